"""What a setting must be beyond its type, and how to say so to a person.

A check raises `ValueError` with what was expected, as the end of a sentence: "expected ...". It
never names the value: `config.py` decides whether that may be shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin
from urllib.parse import SplitResult, urlsplit

from msgspec import Meta

from kiosk.errors import ConfigError
from kiosk.settings.secrets import IN_URLS
from kiosk.settings.thinking import LEVELS, refusal
from kiosk.settings.types import is_loopback

Check = Callable[[Any], Any]
"""Takes the value, gives back what goes into the settings."""


_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_HOURS = f"({_TIME}-{_TIME})?"
"""A range of local time; it may go over midnight."""


def check_value(key: str, value: Any) -> Any:
    """Check the value of one key by itself; its type is left to msgspec."""
    if key in CHECKS and (isinstance(value, str) or key == "display.size"):
        return CHECKS[key](value)
    return value


def check_together(values: Mapping[str, Any], where: Callable[[str, str], str]) -> None:
    """Check what several keys together can violate.

    Args:
        values: by full key, all present.
        where: tells file and line of the first of two keys that has no default any more.
    """

    def refuse(key: str, other: str, why: str, remedy: str) -> None:
        raise ConfigError(
            f"{where(key, other)}: {key} = {quoted(values[key])} cannot be used: {why}. {remedy}"
        )

    if values["live.api"] == "vertex":
        for key, example in (("live.project", "my-project"), ("live.location", "global")):
            if not values[key]:
                refuse(
                    key, "live.api", 'live.api = "vertex" needs one', f'Set it, such as "{example}"'
                )
    if (refused := refusal(values["live.model"], values["live.thinking"])) is not None:
        refuse("live.thinking", "live.model", *refused)
    gpio_button = values["button.source"] == "gpio"
    if (
        gpio_button
        and values["lamp.driver"] != "none"
        and values["lamp.pin"] == values["button.pin"]
    ):
        refuse(
            "lamp.pin",
            "button.pin",
            "it is the button's pin too",
            "Give lamp and button a pin each",
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """Guess which known word was meant; empty where none is like it."""
    from difflib import get_close_matches  # only somebody's mistake pays for this import

    return next(iter(get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)), "")


def expected_of(kind: Any) -> str:
    """Say a setting's type in plain words, such as "a whole number from 0 to 27"."""
    if get_origin(kind) is Literal:
        choices = [quoted(choice) for choice in get_args(kind)]
        return choices[0] if len(choices) == 1 else "one of " + ", ".join(choices)
    words = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number"}
    base = kind
    bounds = ""
    for part in getattr(kind, "__metadata__", ()):
        if isinstance(part, Meta):
            bounds = f" from {part.ge} to {part.le}"
            base = kind.__origin__
    return words.get(base, str(base)) + bounds


def quoted(value: Any) -> str:
    """Write a value as TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        import json  # only messages and `config show` need it

        # TOML's basic strings know JSON's escapes, but want DEL escaped too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(quoted(item) for item in value)}]"
    return repr(value)


def _line(value: str) -> str:
    """One line of visible text."""
    if not value.strip() or any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise ValueError("one line of text, not empty and without control characters")
    return value


def _matching(pattern: str, expected: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(expected)
        return value

    return check


def _instructions(value: str) -> str:
    if len(value) > 100_000:
        raise ValueError("at most 100000 characters")
    if any(ord(c) < 32 and c not in "\t\r\n" for c in value):
        raise ValueError("text without control characters")
    return value


def _endpoint(value: str) -> str:
    return _base_url(value, "wss://gateway.example/live")


def _rest(value: str) -> str:
    return _base_url(value, "https://gateway.example")


def _picture(value: str) -> str:
    """Accept where a picture comes from; what is pushed here may come from anywhere."""
    if not value or value.startswith("external:/"):
        return value
    _references(value)
    url = urlsplit(value.removeprefix("listen:"))
    here = ("rtmp",) if value.startswith("listen:") else ("rtmp", "rtmps", "http", "https")
    if url.scheme not in here or not url.hostname:
        raise ValueError(
            '"" for none, "rtmp://host/app/stream", "https://host/stream.flv" or ".m3u8",'
            ' "listen:rtmp://0.0.0.0:1935/live/kiosk", or "external:/path/of/a/program"'
        )
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("https:// for a host that is not this one; http:// is for loopback only")
    return value


def _references(url: str) -> None:
    """Accept in braces only what `kiosk.settings.secrets.filled` puts in."""
    for name in re.findall(r"\{([^{}]*)\}", url):
        if name not in IN_URLS:
            known = " or ".join(f"{{{each}}}" for each in IN_URLS)
            raise ValueError(f"{known} where a secret belongs, and no other braces")


def _push(value: str) -> str:
    _references(value)
    if value and (urlsplit(value).scheme not in {"rtmp", "rtmps"} or not urlsplit(value).hostname):
        raise ValueError('"" for none, or "rtmp://relay.example/live/kiosk"')
    return value


def _base_url(value: str, example: str) -> str:
    """Accept a base URL: no secret in it, clear text on this board only."""
    expected = f'"" for the service\'s own, or a base URL such as "{example}"'
    if not value:
        return value
    if re.search(r"[\x00-\x20\x7f-\uffff]", value):
        raise ValueError(f"{expected}, in ASCII and without spaces")
    try:
        url = urlsplit(value)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise ValueError(f"{expected}; a port is a number from 1 to 65535") from None
    secure = urlsplit(example).scheme
    _refuse_odd_parts(url, secure, expected)
    if not host or port == 0:
        raise ValueError(expected)
    if url.scheme != secure and not is_loopback(host):
        raise ValueError(
            f"{secure}:// for a host that is not this one;"
            f" plain {url.scheme}:// is for loopback only"
        )
    return value


def _refuse_odd_parts(url: SplitResult, secure: str, expected: str) -> None:
    plain = secure.removesuffix("s")
    if url.scheme in {"http", "https", "ws", "wss"} - {plain, secure}:
        kind = "a WebSocket" if secure == "wss" else "a REST API"
        raise ValueError(
            f"{expected}; {kind} begins with {secure}:// (or {plain}:// on this board)"
        )
    if url.scheme not in {plain, secure}:
        raise ValueError(expected)
    if url.username is not None or url.password is not None:
        raise ValueError("a URL without user and password; secrets never stand in settings")
    if url.query or url.fragment:
        raise ValueError(f"{expected}, without ? and #; secrets never stand in settings")


def _audio_file(value: str, query: str) -> None:
    """`file:PATH.wav`, and after a `?` what `query` matches (nothing if it is empty)."""
    path, mark, rest = value.removeprefix("file:").partition("?")
    if not Path(path).name or (mark and not re.fullmatch(query, rest)):
        raise ValueError(
            '"file:PATH.wav"' + (', or "file:PATH.wav?loop=1" to loop' if query else "")
        )


def _input(value: str) -> str:
    _device(value)
    if value.startswith("file:"):
        _audio_file(value, "loop=[01]")
    return value


def _output(value: str) -> str:
    _device(value)
    if value.startswith("file:"):
        _audio_file(value, "")
    return value


def _device(value: str) -> None:
    try:
        _line(value)
    except ValueError:
        raise ValueError('"default", a device name or "file:PATH.wav"') from None
    if value.isdecimal() or re.fullmatch(r"[a-z]\w*:(CARD=)?\d+(,.*)?", value):
        raise ValueError(
            "a stable name (`arecord -L` lists them as CARD=...), since a number changes with what"
            " is plugged in"
        )


def _source(value: str) -> str:
    if value in {"gpio", "keyboard", "none"} or re.fullmatch(r"script:[^\x00-\x1f\x7f]+", value):
        return value
    raise ValueError('one of "gpio", "keyboard", "script:PATH", "none"')


def _size(value: Any) -> tuple[int, int] | None:
    """`auto`, `1280x720` or `[1280, 720]`."""
    expected = '"auto", or width and height from 64 to 16384 such as "1280x720" or [1280, 720]'
    if value == "auto":
        return None
    if isinstance(value, str):
        found = re.fullmatch(r"([0-9]{1,5})[xX×]([0-9]{1,5})", value)
        sides: list[Any] = [int(found[1]), int(found[2])] if found else []
    else:
        sides = value if isinstance(value, list) else []
    if len(sides) != 2 or any(type(side) is not int or not 64 <= side <= 16384 for side in sides):
        raise ValueError(expected)
    return sides[0], sides[1]


def _colour(value: str) -> str:
    if value and not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise ValueError('"" for the default, or a colour such as "#1f2d46"')
    return value


def _folder(value: str) -> str:
    if not value.startswith("/") or any(ord(c) < 32 for c in value):
        raise ValueError('an absolute path, such as "/etc/kiosk/content"')
    return value


def _font(value: str) -> str:
    return _folder(value) if value else value


def _below_content(value: str) -> str:
    if value and (value.startswith("/") or ".." in value.split("/") or "\0" in value):
        raise ValueError('"" for none, or a file below screen.content, such as "logo.png"')
    return value


CHECKS: dict[str, Check] = {
    "live.endpoint": _endpoint,
    "live.model": _matching(
        r"[A-Za-z0-9][A-Za-z0-9._-]*", 'a model id such as "gemini-3.8-live", without "models/"'
    ),
    "live.voice": _matching(r"[A-Za-z][A-Za-z0-9_-]*", 'the name of a voice, such as "Kore"'),
    "live.language": _matching(
        r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", 'a language tag such as "en-US" or "de"'
    ),
    "live.instructions": _instructions,
    "live.thinking": _matching(
        rf"({'|'.join(LEVELS)}|-1|\d{{1,5}})?",
        '"" for none, a level ("minimal", "low", "medium", "high", "xhigh") or a budget of tokens'
        ' in quotes, such as "1024"',
    ),
    "live.project": _matching(r"([a-z0-9][a-z0-9.:-]*)?", 'a project id such as "my-project"'),
    "live.location": _matching(
        r"([a-z][a-z0-9-]*)?", '"global", "us", "eu" or a region such as "us-central1"'
    ),
    "audio.input": _input,
    "audio.output": _output,
    "button.source": _source,
    "display.driver": _matching(
        r"[A-Za-z0-9_]+", '"auto", "none" or an SDL video driver such as "kmsdrm", "wayland", "x11"'
    ),
    "display.size": _size,
    "screen.language": _matching(
        r"([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?",
        '"" for the conversation\'s, or a language tag such as "de"',
    ),
    "screen.content": _folder,
    "screen.quiet_hours": _matching(_HOURS, '"" for none, or a range such as "22:00-07:00"'),
    **dict.fromkeys(
        (
            f"theme.{part}"
            for part in (
                "sky_top",
                "sky_bottom",
                "desk_top",
                "desk_bottom",
                "text",
                "muted",
                "accent",
            )
        ),
        _colour,
    ),
    "theme.font": _font,
    "theme.font_bold": _font,
    "theme.logo": _below_content,
    "theme.background": _below_content,
    "avatar.pack": _matching(
        r"[a-z][a-z0-9-]*|[^\0]*/[^\0]*",
        'the name of a pack, such as "host" (kiosk avatars list), or a path with a slash',
    ),
    "avatar.cloud.hours": _matching(_HOURS, '"" for all day, or a range such as "09:00-17:30"'),
    "avatar.heygen.base_url": _rest,
    "avatar.liveavatar.base_url": _rest,
    "avatar.avatarim.url": _endpoint,
    "avatar.avatarim.video_url": _picture,
    "avatar.avatarim.push_url": _push,
    "avatar.avatarim.control_url": _rest,
}
