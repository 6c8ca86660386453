"""Checks of values beyond their type, and words that tell a person what was expected.

What a key may hold by itself stands beside it in `kiosk.settings.types`: bounds and patterns as
`msgspec.Meta`, and where a pattern does not do, a function (some are here, those of URLs in
`kiosk.settings.urls`). Such a function gives back what goes into the settings, or raises
`ValueError` with what was expected, as the end of a sentence: "expected ...". It never names the
value: `kiosk.settings.layers` decides whether that may be shown.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from kiosk.errors import ConfigError

MAX_SHOWN_CHARACTERS = 60
"""Of a value in a message, which is a line for a person."""


def converted(kind: Any, value: Any) -> Any:
    """Make what goes into the settings of a value as TOML gives it.

    Raises:
        ValueError: it cannot be used; with what was expected.
    """
    for check in _checks(kind):
        if isinstance(value, str) or kind.__origin__ is not str:
            value = check(value)
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError:
        raise ValueError(expected_of(kind, value)) from None


def check_together(values: Mapping[str, Any], where: Callable[[str, str], str]) -> None:
    """Check what several keys together can violate.

    Args:
        values: by full key, all present.
        where: tells file and line of the first of two keys that has no default any more.

    Raises:
        ConfigError: names the place, the key, its value and the remedy.
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
    if values["live.tuning.compress_to"] >= values["live.tuning.compress_at"]:
        why = f"it is not below live.tuning.compress_at, {values['live.tuning.compress_at']}"
        refuse("live.tuning.compress_to", "live.tuning.compress_at", why, "Make it smaller")
    own_dialogue = values["avatar.avatarim.mode"] == "visitors-voice"
    if values["talk.mode"] == "open" and values["avatar.driver"] == "avatarim" and own_dialogue:
        refuse(
            "talk.mode",
            "avatar.avatarim.mode",
            "AvatarIM's own dialogue is told by the button where a question ends",
            'Set "hold", or avatar.avatarim.mode = "voice-of-gemini"',
        )
    if values["camera.source"] != "none" and values["avatar.driver"] == "avatarim" and own_dialogue:
        why = "AvatarIM's own dialogue takes no pictures"
        refuse("camera.source", "avatar.avatarim.mode", why, 'Set "none"')
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


def is_below(name: str) -> bool:
    """Whether a file's name, links aside, stays below a folder."""
    parts = name.split("/")
    return bool(name) and "\0" not in name and not name.startswith("/") and ".." not in parts


def nearest(word: str, known: Iterable[str]) -> str:
    """Guess which known word was meant; empty where none is like it."""
    from difflib import get_close_matches  # only somebody's mistake pays for this import

    return next(iter(get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)), "")


def expected_of(kind: Any, value: Any = "") -> str:
    """Say in plain words what a setting takes, such as "a whole number from 0 to 27".

    Args:
        kind: type of the setting.
        value: what it was given; of another type, that is told and not the pattern.
    """
    if get_origin(kind) is Literal:
        choices = [quoted(choice) for choice in get_args(kind)]
        return choices[0] if len(choices) == 1 else "one of " + ", ".join(choices)
    words = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number"}
    base = getattr(kind, "__origin__", kind)
    for part in getattr(kind, "__metadata__", ()):
        if not isinstance(part, Meta):
            continue
        if part.description and (base is not str or isinstance(value, str)):
            return part.description
        if part.ge is not None:
            return f"{words[base]} from {part.ge} to {part.le}"
    return words.get(base, str(base))


def quoted(value: Any) -> str:
    """Write a value as TOML, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        import json  # only messages and `config show` need it

        # TOML's basic strings know JSON's escapes, but want DEL escaped too; the others end lines.
        text = json.dumps(value, ensure_ascii=False)
        for c in "\x7f\x85\u2028\u2029":
            text = text.replace(c, f"\\u{ord(c):04x}")
        return text
    if isinstance(value, list | tuple):
        return f"[{', '.join(quoted(item) for item in value)}]"
    if isinstance(value, dict):
        pairs = (f"{quoted(key)} = {quoted(item)}" for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return repr(value)


def shortened(value: Any) -> str:
    """Write a value as TOML for a message, which is a line for a person."""
    try:
        text = quoted(value)
    except (ValueError, RecursionError):  # a whole number of thousands of digits
        return "(too long to show)"
    most = MAX_SHOWN_CHARACTERS
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _checks(kind: Any) -> list[Callable[[Any], Any]]:
    return [part for part in getattr(kind, "__metadata__", ()) if not isinstance(part, Meta)]


# --- functions of single keys --------------------------------------------------------------------


def audio_input(value: str) -> str:
    """`default`, a name that lasts, or a WAV file, which may be played round and round."""
    _refuse_device_number(value)
    if value.startswith("file:"):
        _refuse_other_than_wav(value, "loop=[01]")
    return value


def audio_output(value: str) -> str:
    """`default`, `null`, a name that lasts, or a WAV file to record into."""
    _refuse_device_number(value)
    if value.startswith("file:"):
        _refuse_other_than_wav(value, "")
    return value


def size(value: Any) -> tuple[int, int] | None:
    """`auto`, `1280x720` or `[1280, 720]` as a pair; None for `auto`."""
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


def below_content(value: str) -> str:
    """A name that does not lead out of the folder `screen.content`, or none."""
    if value and not is_below(value):
        raise ValueError('"" for none, or a file below screen.content, such as "logo.png"')
    return value


def _refuse_device_number(value: str) -> None:
    if not value.strip() or any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise ValueError('"default", a device name or "file:PATH.wav"')
    if value.isdecimal() or re.fullmatch(r"[a-z]\w*:(CARD=)?\d+(,.*)?", value):
        raise ValueError(
            "a stable name (`arecord -L` lists them as CARD=...), since a number changes with what"
            " is plugged in"
        )


def _refuse_other_than_wav(value: str, query: str) -> None:
    """Accept `file:PATH.wav`, and after a `?` what `query` matches (nothing if it is empty)."""
    path, mark, rest = value.removeprefix("file:").partition("?")
    if not path.rstrip("/").rpartition("/")[2] or (mark and not re.fullmatch(query, rest)):
        raise ValueError(
            '"file:PATH.wav"' + (', or "file:PATH.wav?loop=1" to loop' if query else "")
        )
