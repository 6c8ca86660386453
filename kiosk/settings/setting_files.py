"""Which settings name files of this machine, and what the kiosk does with each. A leaf."""

import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Literal, NamedTuple

from kiosk.settings.textfile import spelled
from kiosk.settings.types import Settings

Use = Literal["read", "write", "run"]

KEYS: dict[str, Use] = {
    "audio.input": "read",
    "audio.output": "write",
    "button.source": "read",
    "knowledge.folder": "read",
    "screen.content": "read",
    "screen.words": "read",
    "theme.font": "read",
    "theme.font_bold": "read",
    "avatar.pack": "read",
    "avatar.avatarim.video_url": "run",
}
_PATH = re.compile(r"(?P<kind>file:|script:|external:)?(?P<path>[^?]+)(?P<rest>\?.*)?", re.DOTALL)


class SettingFile(NamedTuple):
    """A file or folder that a setting names."""

    key: str
    path: Path
    use: Use


def files_of(settings: Settings) -> Iterator[SettingFile]:
    """Every file and folder that the settings name, as they stand there."""
    for key, use in KEYS.items():
        if match := _path(attrgetter(key)(settings)):
            yield SettingFile(key, Path(match["path"]), use)


def respelled(key: str, value: object) -> object:
    """The value of a setting with its path as the disk spells it; others as they are."""
    match = _path(value) if key in KEYS else None
    if match is None:
        return value
    path = Path(match["path"])
    found = spelled(path)
    if found == path:
        return value
    # A path without `file:` and the like keeps a slash, by which it is known as one.
    here = "" if match["kind"] or "/" in str(found) else "./"
    return f"{match['kind'] or ''}{here}{found}{match['rest'] or ''}"


def _path(value: object) -> re.Match[str] | None:
    """A path in a value: behind `file:` and the like, or with a slash in it."""
    if not isinstance(value, str) or "://" in value or "\0" in value:
        return None
    match = _PATH.fullmatch(value)
    return match if match and (match["kind"] or "/" in match["path"]) else None
