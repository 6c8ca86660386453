"""`[tools]` and each `[tools.NAME]`: what the model may call. Types, and checks of single keys.

What keys mean together (a pin or a webhook, not both) is judged by `kiosk.tools`, whose room knows
what a tool needs: such a mistake costs that tool, and not the settings.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from kiosk.settings.urls import is_loopback

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Of a tool, and of an argument. The Live API takes up to 64 characters."""
REFERENCE = re.compile(r"\{(tool-[a-z0-9]+(?:-[a-z0-9]+)*)\}")
"""A secret by its name, such as `{tool-desk}`: never another secret of the kiosk's."""
MAX_TIMEOUT_S = 60
MAX_PULSE_MS = 60_000
BUILT_IN = (
    "show_text",
    "show_list",
    "show_image",
    "show_map",
    "show_qr",
    "clear_screen",
    "set_expression",
    "current_time",
    "end_visit",
)
"""What the product can do by itself; `look_up` is there wherever there is something to look up."""
_LOCAL_NAMES = (".local", ".lan", ".home.arpa", ".internal")
"""Names that no public name server knows. Source: RFC 6762, RFC 8375, ICANN's .internal."""
_SECRET_NAME = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
"""Headers that follow from the rest."""


def built_in(value: Any) -> tuple[str, ...]:
    """Accept names of the product's own tools."""
    if not isinstance(value, list) or any(one not in BUILT_IN for one in value):
        raise ValueError(f'a list of names out of {", ".join(BUILT_IN)}, such as ["show_text"]')
    return tuple(dict.fromkeys(value))


def program(value: Any) -> tuple[str, ...]:
    """Accept a program and its arguments."""
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not texts or not value or not value[0] or any("\0" in one for one in value):
        raise ValueError('a program and its arguments, such as ["/usr/local/bin/tickets", "--mcp"]')
    if any(REFERENCE.search(one) for one in value):
        raise ValueError("no secrets: everybody on the board can read a program's arguments")
    return tuple(value)


def mcp_names(value: Any) -> tuple[str, ...]:
    """Accept names of tools of an MCP server."""
    if not isinstance(value, list) or any(not isinstance(one, str) or not one for one in value):
        raise ValueError('a list of names of tools of the server, such as ["find_ticket"]')
    return tuple(value)


def names(value: Any) -> tuple[str, ...]:
    """Accept names of arguments."""
    if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
        raise ValueError('a list of names of arguments, such as ["room"]')
    return tuple(value)


def output_pin(value: Any) -> int:
    """Accept the number of a pin."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 27:
        raise ValueError("a BCM number, a whole number from 0 to 27")
    return value


def url(value: str) -> str:
    """Accept where a tool is: encrypted, or in this house."""
    if not value:
        return value
    expected = '"https://host/path"'
    if re.search(r"[\x00-\x20\x7f-\U0010ffff\\]", value):
        raise ValueError(f"{expected}, in ASCII and without spaces")
    try:
        parts = urlsplit(REFERENCE.sub("x", value))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{expected}; a port is a number from 1 to 65535") from None
    if parts.scheme not in {"http", "https"} or not host or port == 0 or parts.fragment:
        raise ValueError(expected)
    if "@" in parts.netloc or REFERENCE.search(value.split("/", 3)[2]):
        raise ValueError("a URL without user, password and references before its path")
    if re.search(r"[{}]", REFERENCE.sub("", value)):
        raise ValueError("no braces but {tool-NAME}, where a secret belongs")
    if parts.scheme == "http" and not _is_near(host):
        raise ValueError(
            "https://, or http:// for this board, a private address such as 192.168.1.9, or a name"
            f" that ends in {', '.join(_LOCAL_NAMES)}"
        )
    return value


def _is_near(host: str) -> bool:
    if is_loopback(host) or host.endswith(_LOCAL_NAMES):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def header_table(value: Any) -> dict[str, str]:
    """Accept headers whose secrets are names of secrets."""
    expected = 'a table of headers, such as { Authorization = "Bearer {tool-desk}" }'
    if not isinstance(value, dict):
        raise ValueError(expected)  # noqa: TRY004 - as all checks of settings
    for name, text in value.items():
        if not _HEADER.fullmatch(name) or not isinstance(text, str):
            raise ValueError(expected)
        if name.lower() in _OURS:
            raise ValueError(f"no header {name}: it follows from the URL and the body")
        if re.search(r"[^\x20-\x7e]", text):
            raise ValueError("headers of printable ASCII")
        _refuse_secret(name, text)
    return value


def _refuse_secret(name: str, text: str) -> None:
    if _SECRET_NAME.search(name) and not REFERENCE.search(text):
        raise ValueError(
            f"the secret of {name} by its name, such as {{tool-desk}}, which stands in"
            " /etc/kiosk/tool-desk; secrets never stand in settings"
        )


def environment_table(value: Any) -> dict[str, str]:
    """Accept environment variables whose secrets are names of secrets."""
    expected = 'a table of variables, such as { API_TOKEN = "{tool-desk}" }'
    if not isinstance(value, dict):
        raise ValueError(expected)  # noqa: TRY004 - as all checks of settings
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) or not isinstance(text, str):
            raise ValueError(expected)
        if "\0" in text:
            raise ValueError("no NUL in a variable")
        _refuse_secret(name, text)
    return value


def table(value: Any) -> dict[str, Any]:
    """Accept a table of what JSON can hold."""
    if not isinstance(value, dict):
        raise ValueError('a table, such as { text = "..." }')  # noqa: TRY004 - as all checks of settings
    import json  # Who has no tools does not pay for these imports.

    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("texts, numbers, true, false, lists and tables, no dates") from None
    return value


_Text = Annotated[str, Meta(max_length=2000, description="at most 2000 characters")]


class ToolSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[tools.NAME]`: one tool, or the server of some."""

    about: _Text = ""
    """What it does and when to call it, in words for the model."""
    arguments: Annotated[dict[str, Any], table] = {}
    """By name, what the model has to tell: words that say what, or a schema of the Live API."""
    optional: Annotated[tuple[str, ...], names] = ()
    """Arguments that may be left out."""
    timeout_s: Annotated[float, Meta(ge=0.1, le=MAX_TIMEOUT_S)] = 10.0
    """Seconds after which the model is told that it took too long."""
    answer: Literal["first", "later", "silent"] = "first"
    """Whether the host waits for the answer, talks on and takes it up later, or never speaks of it.
    """
    show: _Text = ""
    """What the screen tells the visitor once it was done."""
    pin: Annotated[int | None, output_pin] = None
    """BCM number of an output of the board."""
    pulse_ms: Annotated[int, Meta(ge=0, le=MAX_PULSE_MS)] = 0
    """Milliseconds for which it is on; 0: the model switches it on and off."""
    active_high: bool = True
    """Whether on is 3.3 V."""
    webhook: Annotated[str, url] = ""
    """URL that is called."""
    method: Literal["POST", "PUT", "PATCH", "GET"] = "POST"
    """Of the webhook. With GET the arguments stand in the URL's query."""
    headers: Annotated[dict[str, str], header_table] = {}
    """Of the webhook or the MCP server; secrets by their names."""
    body: Annotated[dict[str, Any], table] = {}
    """JSON of the webhook, with `{argument}` in its texts; empty: the arguments."""
    python: Annotated[
        str,
        Meta(
            pattern=r"\A(([A-Za-z_][\w.]*|/[^\x00-\x1f:]+\.py):[A-Za-z_]\w*)?\Z",
            description='"module:function" or "/etc/kiosk/tools/file.py:function"',
        ),
    ] = ""
    """An async function of the house; its arguments come from its annotations."""
    mcp: Annotated[str, url] = ""
    """URL of an MCP server, whose tools the model may call."""
    command: Annotated[tuple[str, ...], program] = ()
    """A program of this board that is an MCP server, and its arguments."""
    environment: Annotated[dict[str, str], environment_table] = {}
    """Of the program; secrets by their names."""
    only: Annotated[tuple[str, ...], mcp_names] = ()
    """Names of the server's tools that may be called; empty: all."""


class ToolsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """`[tools]`."""

    builtin: Annotated[tuple[str, ...], built_in]
    """Which of the product's own tools the model may call."""
    scheduling: Literal["beside", "inside"]
    """Where `scheduling` goes in an answer to the model: beside `response`, or into it."""
    own: dict[str, ToolSettings] = {}
    """Each `[tools.NAME]`, by its name."""


def secrets_of(tool: ToolSettings) -> list[str]:
    """Names of the secrets that a tool goes by."""
    texts = [tool.webhook, tool.mcp, *tool.headers.values(), *tool.environment.values()]
    texts += texts_of(tool.body)
    return list(dict.fromkeys(REFERENCE.findall(" ".join(texts))))


def texts_of(value: Any) -> Iterator[str]:
    """All texts in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_of(one)
