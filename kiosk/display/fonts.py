"""Type: for each script the best of the fonts that this system has, found by known paths.

`pygame.font.SysFont` asks fc-list, which scans every font at its first call on a fresh card
(seconds on a Pi); a look at known paths takes microseconds. Where there is none of them, pygame's
own font is used, and a warning names the package.
"""

import logging
import unicodedata
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

import pygame

from kiosk.display import scripts
from kiosk.display.hyphens import Hyphens
from kiosk.display.scripts import Script
from kiosk.display.theme import Colour
from kiosk.display.ttc import Collection

log = logging.getLogger("kiosk.screen")

_ROOT = Path("/usr/share/fonts")
_FAMILIES = (
    ("truetype/open-sans/OpenSans-Regular.ttf", "truetype/open-sans/OpenSans-Semibold.ttf"),
    ("truetype/open-sans/OpenSans-Regular.ttf", "truetype/open-sans/OpenSans-SemiBold.ttf"),
    ("truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoSans-SemiBold.ttf"),
    ("truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoSans-Bold.ttf"),
    ("truetype/lato/Lato-Regular.ttf", "truetype/lato/Lato-Semibold.ttf"),
    ("truetype/dejavu/DejaVuSans.ttf", "truetype/dejavu/DejaVuSans-Bold.ttf"),
)
"""Regular and bold, below _ROOT, for Latin, Greek and Cyrillic; the first family of which both are
there is taken."""
_NOTO = "truetype/noto/NotoSans{}-{}.ttf"
_HAN = (
    ("opentype/noto/NotoSansCJK-Regular.ttc", "opentype/noto/NotoSansCJK-Bold.ttc"),
    ("truetype/wqy/wqy-microhei.ttc", "truetype/wqy/wqy-microhei.ttc"),
    ("truetype/droid/DroidSansFallbackFull.ttf", "truetype/droid/DroidSansFallbackFull.ttf"),
)
_HAN_FACES = {"ja": 0, "ko": 1, "zh": 2}
"""Which face of Noto's collection draws Han characters as a language's readers know them."""
_LINE = 1.362
"""Height of a line in type sizes, whatever the font, so that lines stand alike."""
_DEEP_LINE = 1.52
"""The same where letters or vowel signs reach far below the base line."""
_DEEP = frozenset(Script) - {
    *(Script.LATIN, Script.HEBREW, Script.HAN, Script.ETHIOPIC, Script.ARMENIAN, Script.GEORGIAN)
}
_BASE = 1.07
"""From a line's top to its base line."""
_NO_LETTER = "\uf8ff"
"""Of no font that we know: for private use."""
_WIDTHS_KEPT = 4096
_FONTS_KEPT = 24
"""Open fonts. One of Han characters takes 2.6 MB and 3 ms at each size; a screen needs about eight
sizes, half of them in two scripts."""


@lru_cache(maxsize=1)
def family() -> tuple[Path, Path] | None:
    """Files of the regular and the bold font, or None for pygame's own."""
    return _first(_FAMILIES)


def files_of(script: Script) -> tuple[Path, Path] | None:
    """Files of a script's regular and bold font; None where the system has none."""
    if script is Script.LATIN:
        return family()
    if family() is None:
        return None  # A system without the commonest fonts has no others.
    if script is Script.HAN:
        return _first(_HAN)
    name = script.name.title()
    own = (_NOTO.format(name, "Regular"), _NOTO.format(name, "Bold"))
    wide = _FAMILIES[-1:] if script in {Script.ARABIC, Script.HEBREW} else ()
    return _first((own, *wide))


def _first(families: tuple[tuple[str, str], ...]) -> tuple[Path, Path] | None:
    for regular, bold in families:
        if (_ROOT / regular).is_file() and (_ROOT / bold).is_file():
            return _ROOT / regular, _ROOT / bold
    return None


class Fonts:
    """Text in any script. Valid while `pygame.font` is.

    Args:
        regular: file of a house's own font for Latin, Greek and Cyrillic; empty: the system's.
        bold: its bold companion.
    """

    def __init__(self, regular: str = "", bold: str = "") -> None:
        self._own = (Path(regular), Path(bold or regular)) if regular else None
        self._opened: OrderedDict[tuple[Script, int, bool, int], pygame.font.Font] = OrderedDict()
        self._widths: dict[tuple[str, int, bool], int] = {}
        self._missing: set[Script] = set()
        self._useless: set[Path] = set()
        self._looked_for: set[str] = set()
        """Letters that the font for Latin was asked for."""
        self._unknown: set[str] = set()
        """Names of scripts of which it has none."""
        self.hyphens = Hyphens()
        """Hyphenation in the language of the screen."""

    @property
    def language(self) -> str:
        """Language of the screen: Han characters look otherwise in each, words break otherwise."""
        return self.hyphens.language

    @language.setter
    def language(self, tag: str) -> None:
        self.hyphens.language = tag

    def width(self, text: str, px: int, bold: bool = False) -> int:
        """Width of a line of text in pixels."""
        key = (text, px, bold)
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) >= _WIDTHS_KEPT:
                self._widths.clear()
            face = self._han_face(text)
            width = sum(
                self._font(script, px, bold, face).size(part)[0]
                for script, part in scripts.runs(text)
            )
            self._widths[key] = width
        return width

    def render(self, text: str, px: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        """A line of text, in the order in which it is read from the left."""
        face = self._han_face(text)
        pieces = []
        for script, part in scripts.runs(text):
            font = self._font(script, px, bold, face)
            if font.size(part)[0] == 0:
                continue  # SDL_ttf refuses to draw what has no width, such as a joiner alone.
            pieces.append((font, font.render(part, True, colour)))
            if script is Script.LATIN:
                self._look_for(part, font)
        if len(pieces) == 1 and pieces[0][1].get_height() == self.line_px(px, text):
            return pieces[0][1]
        width = max(sum(piece.get_width() for _, piece in pieces), 1)
        line = pygame.Surface((width, self.line_px(px, text)), pygame.SRCALPHA)
        line = line.convert_alpha()
        line.fill((*colour, 0))
        left = 0
        for font, piece in pieces:
            # Copied with its alpha, not blended: nothing is below it.
            top = round(px * _BASE) - font.get_ascent()
            line.blit(piece, (left, top), special_flags=pygame.BLEND_RGBA_MAX)
            left += piece.get_width()
        return line

    def line_px(self, px: int, text: str = "") -> int:
        """Height of a line with this text."""
        deep = any(script in _DEEP for script, _ in scripts.runs(text))
        return round(px * (_DEEP_LINE if deep else _LINE))

    def _font(self, script: Script, px: int, bold: bool, face: int) -> pygame.font.Font:
        key = (script, px, bold, face if script is Script.HAN else 0)
        font = self._opened.get(key)
        if font is None:
            font = self._opened[key] = self._open(*key)
            if len(self._opened) > _FONTS_KEPT:
                self._opened.popitem(last=False)
        self._opened.move_to_end(key)
        return font

    def _open(self, script: Script, px: int, bold: bool, face: int) -> pygame.font.Font:
        """The best font that works: the house's, the script's, the system's, pygame's own."""
        own = self._own if script is Script.LATIN else None
        for files in filter(None, (own, self._files_of(script), family())):
            file = files[bold]
            if file in self._useless:
                continue
            try:
                source = Collection(file, face) if file.suffix == ".ttc" and face else file
                font = pygame.font.Font(source, px)  # type: ignore[arg-type]
                # pygame opens what is no font, and ends the process when that is asked for its
                # height; only drawing with it tells.
                font.render("x", False, (0, 0, 0))
                break
            except (OSError, pygame.error) as error:
                self._useless.add(file)
                log.warning("%s is left out, it is no font that can be used: %s", file, error)
        else:
            font = pygame.font.Font(None, px)
        if script.tag and hasattr(font, "set_script"):  # pygame from 2.2
            try:
                font.set_script(script.tag)
            except pygame.error as error:
                log.warning("SDL_ttf cannot join the letters of %s: %s", script.value, error)
        return font

    def _files_of(self, script: Script) -> tuple[Path, Path] | None:
        """Files of a script's fonts; where there are none, the package is named, once."""
        files = files_of(script)
        if files is None and script is not Script.LATIN and script not in self._missing:
            self._missing.add(script)
            log.warning(
                "no font for %s: its letters are empty boxes. Install one: sudo apt-get install %s",
                script.value,
                "fonts-noto-cjk" if script is Script.HAN else "fonts-noto-core",
            )
        return files

    def _look_for(self, text: str, font: pygame.font.Font) -> None:
        """Name the scripts, once each, of letters that this font does not have."""
        for letter in set(text) - self._looked_for:
            self._looked_for.add(letter)
            if not letter.isalpha() or not _is_a_box(letter, font):
                continue
            name = unicodedata.name(letter, "an unknown script").partition(" ")[0].capitalize()
            if name not in self._unknown:
                self._unknown.add(name)
                log.warning(
                    "no font for %s: its letters are empty boxes. Name one that has them, and"
                    " Latin ones, in theme.font",
                    name,
                )

    def _han_face(self, text: str) -> int:
        language = scripts.han_language(text) or self.language.partition("-")[0]
        return _HAN_FACES.get(language, _HAN_FACES["zh"])


def _is_a_box(letter: str, font: pygame.font.Font) -> bool:
    """Whether a font draws a letter as what it draws for any that it does not have."""
    if font.metrics(letter) != font.metrics(_NO_LETTER):
        return False
    looks = (font.render(each, False, (0, 0, 0), (255, 255, 255)) for each in (letter, _NO_LETTER))
    here, box = (pygame.image.tobytes(look, "RGB") for look in looks)
    return here == box
