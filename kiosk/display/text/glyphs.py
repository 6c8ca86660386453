"""Glyphs: which characters a font has, and a line in the journal about those that none has."""

import logging
import unicodedata
from pathlib import Path

import pygame.freetype

from kiosk.display.text.scripts import Script

log = logging.getLogger("kiosk.screen")

_PX = 16
"""Any size: whether there is a glyph does not depend on it."""
_EMOJI = range(0x1F000, 0x1FB00)
_SIGNS = range(0x2000, 0x2C00)
"""Punctuation and signs of no script."""
_MAX_NAMED = 40
"""Lines in the journal; a text of random characters must not fill it."""


class Glyphs:
    """Asks FreeType once for each sign of a font, because pygame draws a box for a missing one."""

    def __init__(self) -> None:
        self._faces: dict[tuple[Path | None, int], pygame.freetype.Font] = {}
        self._known: dict[tuple[Path | None, int], dict[str, bool]] = {}

    def has_all(self, file: Path | None, face: int, signs: str) -> bool:
        """Whether a font has all of these signs; None is pygame's own font.

        Args:
            file: of the font.
            face: number of the face in a collection; 0 elsewhere.
            signs: visible ones.

        Raises:
            OSError, pygame.error: the file is no font.
        """
        known = self._known.setdefault((file, face), {})
        wanted = set(signs)
        if unknown := "".join(wanted.difference(known)):
            metrics = self._face(file, face).get_metrics(unknown)
            found = (metric is not None for metric in metrics)
            known.update(zip(unknown, found, strict=True))
        return all(map(known.__getitem__, wanted))

    def _face(self, file: Path | None, face: int) -> pygame.freetype.Font:
        opened = self._faces.get((file, face))
        if opened is None:
            if not pygame.freetype.get_init():
                pygame.freetype.init()
            path = str(file) if file is not None else None
            opened = self._faces[file, face] = pygame.freetype.Font(path, _PX, font_index=face)
        return opened


class Missing:
    """Names in the journal, once each, what no font has."""

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._signs: set[str] = set()
        """Signs without a font that were named already, or whose script was."""

    def name(self, sign: str, script: Script) -> None:
        """Name a sign, or the script that it is a letter of."""
        if sign in self._signs:
            return
        self._signs.add(sign)
        what, package = _what(sign, script)
        if what not in self._named and len(self._named) < _MAX_NAMED:
            self._named.add(what)
            log.warning("no font for %s. Install one: sudo apt-get install %s", what, package)


def script_name(sign: str) -> str:
    """The script of a letter as the names of fonts have it, such as `Tibetan`."""
    return unicodedata.name(sign, "").partition(" ")[0].capitalize()


def _what(sign: str, script: Script) -> tuple[str, str]:
    """What is left out, and Debian's package that has it."""
    name = unicodedata.name(sign, "")
    if script is Script.HAN:
        return f"{script.value}: its letters are left out", "fonts-noto-cjk"
    if script is not Script.LATIN:
        return f"{script.value}: its letters are left out", "fonts-noto-core"
    if ord(sign) in _EMOJI:
        return "some emoji: they are left out", "fonts-noto-core"
    if name and ord(sign) not in _SIGNS and not unicodedata.category(sign).startswith("S"):
        return f"{script_name(sign)}: its letters are left out", "fonts-noto-core"
    return f"the sign U+{ord(sign):04X} {name}: it is left out", "fonts-noto-core"
