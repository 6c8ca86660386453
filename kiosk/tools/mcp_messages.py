"""Messages of the Model Context Protocol, of both eras, as far as tools need them. Pure.

Source: modelcontextprotocol.io, specification 2025-11-25 (which begins with a handshake) and
2026-07-28 (which has none: each request carries version and capabilities, and over HTTP repeats
what it is in headers); the official SDK, mcp 2.3.0.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from kiosk import __version__
from kiosk.errors import KioskError
from kiosk.settings import secrets, untrusted

LATEST = "2026-07-28"
"""Newest version without a handshake."""
HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Versions with one, the newest first."""
UNSUPPORTED_VERSION = -32022
MAX_DESCRIPTION_CHARACTERS = 1000
MAX_ERROR_CHARACTERS = 300
CLIENT = {"name": "kiosk", "version": __version__}
_META = "io.modelcontextprotocol/"
_SENTINEL = re.compile(r"=\?base64\?.*\?=")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_TYPES = ("string", "integer", "boolean")
_DATA = ("enum", "const", "default", "examples")
"""Keywords that hold values, not schemas."""

decode = msgspec.json.Decoder().decode


class McpError(KioskError, RuntimeError):
    """A server answers a request with an error.

    Args:
        code: of JSON-RPC.
        message: in the server's words; they are cleaned.
        data: what it adds.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(secrets.clean(message))
        self.code = code
        self.data = data


class McpUnreachableError(KioskError, ConnectionError):
    """A server cannot be asked, or does not speak the protocol.

    Args:
        message: why.
        in_doubt: what was asked for may have been done.
    """

    def __init__(self, message: str, *, in_doubt: bool = False) -> None:
        super().__init__(secrets.clean(message))
        self.in_doubt = in_doubt


class McpSessionError(McpUnreachableError):
    """A server has forgotten the handshake; nothing was done."""


class McpRequest(Struct, frozen=True):
    """What is asked of a server."""

    method: str
    params: dict[str, Any] = {}
    headers: dict[str, str] = {}
    """Over HTTP, beside those of the connection."""

    def message(self, number: int | None = None) -> bytes:
        """As JSON-RPC; without a number it is one that has no answer."""
        id_ = {} if number is None else {"id": number}
        told = {"jsonrpc": "2.0", **id_, "method": self.method, "params": self.params}
        return json.dumps(told).encode()

    @property
    def is_called_off_by_message(self) -> bool:
        """Whether a server over HTTP is told of its end, and does not learn it from the line's."""
        return self.method == "tools/call" and f"{_META}protocolVersion" not in self.params.get(
            "_meta", {}
        )


def plain(method: str, params: dict[str, Any], version: str = "") -> McpRequest:
    """A request of the handshake's era; `version` is the one agreed upon, if any is yet."""
    return McpRequest(method, params, {"Mcp-Protocol-Version": version} if version else {})


def enveloped(
    method: str, params: dict[str, Any], param_headers: dict[str, str] | None = None
) -> McpRequest:
    """A request of the era without a handshake, with what it must carry."""
    meta = {
        f"{_META}protocolVersion": LATEST,
        f"{_META}clientCapabilities": {},
        f"{_META}clientInfo": CLIENT,
    }
    headers = {"Mcp-Protocol-Version": LATEST, "Mcp-Method": method, **(param_headers or {})}
    if "name" in params:
        headers["Mcp-Name"] = header_value(params["name"])
    return McpRequest(method, {**params, "_meta": meta}, headers)


def called_off(number: int, version: str = "") -> McpRequest:
    """The message that nobody waits for an answer any more."""
    params = {"requestId": number, "reason": "the kiosk does not wait any more"}
    return plain("notifications/cancelled", params, version)


def header_value(value: str) -> str:
    """A text as a header carries it: in base64 where it would not come through as it is."""
    safe = re.fullmatch(r"[\x20-\x7e]*", value) and value == value.strip()
    if safe and not _SENTINEL.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def headers_of(schema: Any) -> dict[tuple[str, ...], str]:
    """Header by the argument that it repeats: `x-mcp-header` in a tool's schema.

    Raises:
        ValueError: one stands where none may; such a tool must not be used.
    """
    found = dict(_annotated(schema, ()))
    tokens = {name.lower() for name in found.values()}
    if len(tokens) != len(found) or len(found) != _count(schema):
        raise ValueError("its x-mcp-header is wrong")
    return found


def _annotated(schema: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if not isinstance(schema, dict):
        return
    name, takes_header = schema.get("x-mcp-header"), schema.get("type") in _HEADER_TYPES
    if path and takes_header and isinstance(name, str) and _TOKEN.fullmatch(name):
        yield path, f"Mcp-Param-{name}"
    properties = schema.get("properties")
    for key, one in properties.items() if isinstance(properties, dict) else ():
        yield from _annotated(one, (*path, key))


def _count(schema: Any) -> int:
    """How many places of a schema, and of all in it, have such a header."""
    if isinstance(schema, list):
        return sum(map(_count, schema))
    if not isinstance(schema, dict):
        return 0
    below = sum(_count(one) for name, one in schema.items() if name not in _DATA)
    return below + ("x-mcp-header" in schema)


def param_headers(found: dict[tuple[str, ...], str], args: dict[str, Any]) -> dict[str, str]:
    """The headers of a call that repeat arguments."""
    headers = {}
    for path, name in found.items():
        value: Any = args
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str | int | float):
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            headers[name] = header_value(text)
    return headers


def answer_in(body: bytes, number: int) -> dict[str, Any] | None:
    """The answer to a request, in JSON or a stream of events; None where it is not there (yet).

    Raises:
        McpError: it is an error.
    """
    message = next((one for one in _messages(body) if one.get("id") == number), None)
    if message is None:  # The id of a request that could not be read is null.
        errors = (one for one in _messages(body) if one.get("id") is None and "error" in one)
        message = next(errors, None)
    if message is None:
        return None
    if isinstance(error := message.get("error"), dict):
        code = error.get("code")
        words = str(error.get("message", ""))
        raise McpError(code if isinstance(code, int) else 0, words, error.get("data"))
    result = message.get("result")
    return result if isinstance(result, dict) else {}


def _messages(body: bytes) -> Iterator[dict[str, Any]]:
    """JSON-RPC answers in a body."""
    if body.lstrip()[:1] == b"{":
        texts = [body]
    else:
        events = re.split(rb"\r?\n\r?\n", body)[:-1]
        texts = [b"\n".join(re.findall(rb"(?m)^data:[ ]?([^\r\n]*)", one)) for one in events]
    for text in texts:
        try:
            message = decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        if isinstance(message, dict) and "method" not in message:
            yield message


def words_of(listed: dict[str, Any]) -> str:
    """What a tool does, in its server's words, as far as they are safe and short enough."""
    annotations = listed.get("annotations")
    titles = [listed.get("title"), annotations.get("title") if isinstance(annotations, dict) else 0]
    words = [listed.get("description"), *titles, listed.get("name")]
    text = next(one for one in words if isinstance(one, str) and one.strip())
    text = secrets.hidden(text)[: 4 * MAX_DESCRIPTION_CHARACTERS]
    text = " ".join(untrusted.printable(text).split())
    return text[:MAX_DESCRIPTION_CHARACTERS].rstrip()


def result_of(result: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Whether a call came to something, and what the model gets of it.

    Raises:
        ValueError: it is no result of a call.
    """
    if result.get("resultType", "complete") != "complete":
        return False, {"text": "it asks for something that this kiosk cannot give"}
    content = result.get("content", [])
    if not isinstance(content, list):
        raise ValueError("its result is none")  # noqa: TRY004 - of another's making
    parts = [one for one in content if isinstance(one, dict)]
    texts = [one["text"] for one in parts if isinstance(one.get("text"), str)]
    others = [one.get("type", "something") for one in parts if "text" not in one]
    texts += [f"[{str(kind)[:20]} that cannot be shown]" for kind in others]
    given: dict[str, Any] = {"text": "\n".join(texts)} if texts else {"done": True}
    if isinstance(structured := result.get("structuredContent"), dict):
        given = {"result": structured}
    try:
        return result.get("isError") is not True, cleaned(given)
    except RecursionError:
        raise ValueError("its result is too deep") from None


def cleaned(value: Any) -> Any:
    """A value of JSON without control characters and without our secrets."""
    if isinstance(value, str):
        return untrusted.printable(secrets.hidden(value))
    if isinstance(value, list):
        return [cleaned(one) for one in value]
    if isinstance(value, dict):
        return {cleaned(name): cleaned(one) for name, one in value.items()}
    return value
