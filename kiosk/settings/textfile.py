"""Text files that people write: settings, attract cards, packs, knowledge, scripts, faults.

One reader for all of them, so that each forgives the same (a byte order mark, the line ends of
Windows, letters in decomposed form as macOS saves them) and refuses the rest in the same words.
"""

import os
import re
import stat
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.errors import ConfigError
from kiosk.settings.findings import Finding

TOML_HELP = (
    "Put text in straight quotes, write true and false in lower case, use each table and key only"
    " once"
)

_UTF_16_OR_32 = (b"\xff\xfe", b"\xfe\xff")
_HEADER = re.compile(r"\s*\[\[?([^\[\]#]+)\]")
_ASSIGNED = re.compile(r"""\s*([\w\s."'-]+?)\s*=""")
_PLACE = re.compile(r" \(at (line \d+, column \d+|end of document)\)$")
"""How tomllib says where."""


class NoSuchFileError(ConfigError):
    """There is no file of that name."""


def read_toml(file: Path, max_bytes: int) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: names file, line and remedy.
    """
    return parse_toml(read_text(file, max_bytes), str(file))


def read_text(file: Path, max_bytes: int, *, pipes: bool = False) -> str:
    """Read a file as text: UTF-8, lines end with a line feed, letters are composed (NFC).

    Args:
        file: its path.
        max_bytes: a longer file is refused.
        pipes: whether a pipe or device may be read too, for as long as it takes.

    Raises:
        ConfigError: it cannot be read or is not UTF-8; with file, line where it is known, remedy.
    """
    data = _read(file, max_bytes, pipes)
    if len(data) > max_bytes:
        size = f"{max_bytes >> 20} MiB" if max_bytes >> 20 else f"{max_bytes >> 10} KiB"
        raise ConfigError(f"{file}: is longer than {size}. Name the right file, or shorten it")
    text = _decoded(data, str(file)).replace("\r\n", "\n")
    return unicodedata.normalize("NFC", text)


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        ConfigError: with `origin`, line and column, what is wrong, and the remedy.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(
            f"{origin}: not usable TOML: nested too deeply. A table or list holds few others"
        ) from None
    except ValueError as error:  # TOMLDecodeError, and a whole number of thousands of digits
        message = str(error)
        place = _PLACE.search(message)
        where = f"{origin}, {_line(place[1], text)}" if place else origin
        what = _PLACE.sub("", message)
        what = what[:1].lower() + what[1:]
        raise ConfigError(f"{where}: not valid TOML ({what}). {TOML_HELP}") from error


def line_of(key: str, text: str) -> int:
    """Line of a TOML text on which a key such as `live.voice`, or its table, stands; 0 if none.

    tomllib does not tell. For a message only: where somebody writes inline tables over several
    lines it is the line on which the outermost begins.
    """
    table, found, within = "", 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if within:  # text in three quotes may hold whatever looks like a key
            within = "" if within in line else within
            continue
        if header := _HEADER.match(line):
            table = f"{_bare(header[1])}."
            if table == f"{key}.":
                return number
        elif assigned := _ASSIGNED.match(line):
            full = table + _bare(assigned[1])
            if full == key:
                return number
            if key.startswith(f"{full}."):
                found = number
            within = next((q for q in ('"""', "'''") if line.count(q) % 2), "")
    return found


def misnamed(file: Path) -> Iterator[Finding]:
    """Files that may be meant as `file`, which is not there, but have another name.

    `attract.toml.txt`, `Attract.toml`, `kiosk.toml.toml`.
    """
    name = file.name.casefold()
    meant = {f"{name}.txt", f"{name}.toml", f"{name.removesuffix('.toml')}.txt", name}
    try:
        there = sorted(file.parent.iterdir())
    except OSError:
        return  # No folder, or none that we may read: whoever opens the file says so.
    if file in there:
        return
    for other in there:
        if other.name.casefold() in meant:
            yield Finding(
                str(other), f"is not read: its name is not {file.name}",
                f"mv '{other}' '{file}'", "warning",
            )  # fmt: skip


def spelled(path: Path) -> Path:
    """The path as the disk spells it, where it is there in composed or decomposed letters alone.

    `Grüße.png` from a Mac may hold the letters u and ¨, the settings the letter ü.
    """
    if path.parent == path or os.path.lexists(path):
        return path
    folder = spelled(path.parent)
    wanted = unicodedata.normalize("NFC", path.name)
    try:
        for name in os.listdir(folder):  # noqa: PTH208 - names as they are
            if unicodedata.normalize("NFC", name) == wanted:
                return folder / name
    except OSError:
        return path  # Whoever opens it says why it cannot be opened.
    return folder / path.name


def _bare(name: str) -> str:
    """`a . "b"` as `a.b`."""
    return re.sub(r"""[\s"']""", "", name)


def _line(place: str, text: str) -> str:
    if place != "end of document":
        return place
    return f"line {text.rstrip().count(chr(10)) + 1}, at the end"


def _read(file: Path, max_bytes: int, pipes: bool) -> bytes:
    try:
        with open(file, "rb", opener=None if pipes else _open_at_once) as stream:
            regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            data = stream.read(max_bytes + 1) if regular or pipes else None
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoSuchFileError(f"{file}: there is no such file. Check the path") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{file}: is a directory. Name a file") from error
    except PermissionError as error:
        raise ConfigError(
            f"{file}: may not be read by this user. It holds no secrets: chmod a+r {file}, and a+x"
            " for the folders above it"
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{file}: cannot be read: {reason}. Check the path and the disk"
        ) from error
    if data is None:
        raise ConfigError(f"{file}: is not a file but a pipe or device. Name a file")
    return data


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting: a pipe in the file's place must not hold up the kiosk."""
    return os.open(path, flags | os.O_NONBLOCK)


def _decoded(data: bytes, origin: str) -> str:
    if data.startswith(_UTF_16_OR_32) or b"\0" in data[:4]:
        raise ConfigError(
            f"{origin}: is encoded in UTF-16 or UTF-32; expected UTF-8. Save it again as UTF-8, or:"
            " iconv -f UTF-16 -t UTF-8"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{origin}, line {line}: the byte 0x{data[error.start]:02x} is not UTF-8, perhaps"
            " Latin-1. Save it again as UTF-8, or: iconv -f LATIN1 -t UTF-8"
        ) from error
