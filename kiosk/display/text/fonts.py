"""Type: for each script the best of the fonts that this system has, found by known paths.

`pygame.font.SysFont` asks fc-list, which scans every font at its first call on a fresh card
(seconds on a Pi); a look at known paths takes microseconds. Where there is none of them, pygame's
own font is used, and a warning names the package.
"""

import logging
import mmap
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pygame

from kiosk.display.text import scripts
from kiosk.display.text.glyphs import Glyphs, Missing, script_name
from kiosk.display.text.hyphens import Hyphens
from kiosk.display.text.scripts import Script, script_of
from kiosk.display.theme import Colour

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
_FIRST_OFFSET = 12
"""Bytes before the offset of a collection's first face: tag, version, number of faces."""
_HAN_FACES = {"ja": 0, "ko": 1, "zh": 2}
"""Which face of Noto's collection draws Han characters as a language's readers know them."""
_SIGNS = (
    ("truetype/noto/NotoSansSymbols-Regular.ttf", "truetype/noto/NotoSansSymbols-Bold.ttf"),
    ("truetype/noto/NotoSansSymbols2-Regular.ttf", "truetype/noto/NotoSansSymbols2-Regular.ttf"),
    ("truetype/noto/NotoSansMath-Regular.ttf", "truetype/noto/NotoSansMath-Regular.ttf"),
)
"""Families of signs, tried after those of text."""
_NAMED = (
    ("truetype/noto/NotoSans{}-Regular.ttf", "truetype/noto/NotoSans{}-Bold.ttf"),
    ("truetype/noto/NotoSans{}-Regular.ttf", "truetype/noto/NotoSans{}-Regular.ttf"),
    ("truetype/noto/NotoSerif{}-Regular.ttf", "truetype/noto/NotoSerif{}-Bold.ttf"),
    ("truetype/noto/NotoSerif{}-Regular.ttf", "truetype/noto/NotoSerif{}-Regular.ttf"),
)
"""Names of Noto's families for all other scripts; {} stands for the name of the script."""
_LINE = 1.362
"""Height of a line in type sizes, whatever the font, so that lines stand alike."""
_DEEP_LINE = 1.52
"""The same where letters or vowel signs reach far below the base line."""
_DEEP = frozenset(Script) - {
    *(Script.LATIN, Script.HEBREW, Script.HAN, Script.ETHIOPIC, Script.ARMENIAN, Script.GEORGIAN)
}
_BASE = 1.07
"""Distance from a line's top to its base line, in type sizes."""
_WIDTHS_KEPT = 4096
"""Widths of texts that are kept; at more all are let go."""
_LETTERS_KEPT = 4096
"""Letters whose face is kept, likewise."""
_TRIAL_PX = 16
"""Size at which a font file is tried."""
_JOINERS = dict.fromkeys((0x200C, 0x200D))
_LETTER = re.compile(r".[\u0300-\u036f\u200c\u200d\u20d0-\u20ff]*", re.DOTALL)
"""A letter with the marks that a font has to have with it."""
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


def others(name: str) -> tuple[tuple[Path, Path], ...]:
    """All installed families that may have a sign which its script's own lacks.

    Args:
        name: of the script of the sign, as in the names of fonts.
    """
    if family() is None:
        return ()
    named = tuple((regular.format(name), bold.format(name)) for regular, bold in _NAMED)
    return _installed(_ROOT, (*_FAMILIES, *(named if name else ()), *_SIGNS, *_HAN))


def _first(families: tuple[tuple[str, str], ...]) -> tuple[Path, Path] | None:
    return next(iter(_installed(_ROOT, families)), None)


@lru_cache(maxsize=512)
def _installed(root: Path, families: tuple[tuple[str, str], ...]) -> tuple[tuple[Path, Path], ...]:
    files = ((root / regular, root / bold) for regular, bold in families)
    return tuple(pair for pair in files if pair[0].is_file() and pair[1].is_file())


class FontFace(NamedTuple):
    """A face of a font file."""

    file: Path | None
    """None is pygame's own font."""
    number: int = 0
    """In a collection."""


class Fonts:
    """Text in any script. Valid while `pygame.font` is.

    Args:
        regular: file of a house's own font for Latin, Greek and Cyrillic; empty: the system's.
        bold: its bold companion.
    """

    def __init__(self, regular: str = "", bold: str = "") -> None:
        self._own = (Path(regular), Path(bold or regular)) if regular else None
        self._opened: OrderedDict[tuple[FontFace, str, int], pygame.font.Font] = OrderedDict()
        self._widths: dict[tuple[str, int, bool], int] = {}
        self._faces: dict[tuple[Script, str, bool, int], FontFace | None] = {}
        """For each letter with its marks the face that has them; None: there is none."""
        self._glyphs = Glyphs()
        self._missing = Missing()
        self._usable: dict[Path, bool] = {}
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
            width = sum(font.size(part)[0] for font, part in self._pieces(text, px, bold))
            self._widths[key] = width
        return width

    def render(self, text: str, px: int, colour: Colour, bold: bool = False) -> pygame.Surface:
        """A line of text, in the order in which it is read from the left."""
        # SDL_ttf refuses to draw what has no width, such as a joiner alone.
        pieces = [
            (font, font.render(part, True, colour))
            for font, part in self._pieces(text, px, bold)
            if font.size(part)[0]
        ]
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
        deep = any(script_of(char) in _DEEP for char in set(text))
        return round(px * (_DEEP_LINE if deep else _LINE))

    def forget(self) -> None:
        """Let go of whatever was measured."""
        scripts.forget()
        self._widths.clear()
        self._faces.clear()

    def _pieces(self, text: str, px: int, bold: bool) -> list[tuple[pygame.font.Font, str]]:
        """A line cut where its font changes, without what no font has."""
        han = self._han_face(text)
        pieces: list[tuple[FontFace, Script, str]] = []
        for script, run in scripts.runs(text):
            for face, part in self._faces_for(script, run, bold, han):
                if pieces and pieces[-1][:2] == (face, script):
                    pieces[-1] = (face, script, pieces[-1][2] + part)
                else:
                    pieces.append((face, script, part))
        return [(self._font(face, script, px), part) for face, script, part in pieces]

    def _faces_for(
        self, script: Script, run: str, bold: bool, han: int
    ) -> Iterator[tuple[FontFace, str]]:
        """Faces for the parts of a run: mostly its script's, which has all of it."""
        face = self._face_for(script, "", bold, han)
        if face is not None and self._glyphs.has_all(*face, run.translate(_JOINERS)):
            yield face, run
            return
        for letter in _LETTER.findall(run):
            yield from self._faces_for_letter(script, letter, bold, han)

    def _faces_for_letter(
        self, script: Script, letter: str, bold: bool, han: int
    ) -> Iterator[tuple[FontFace, str]]:
        """A face for a letter with its marks, or else one for each; or for what it is compatible
        with, such as "°C" for "℃".
        """
        face = self._face_for(script, letter, bold, han)
        if face is not None:
            yield face, letter
        elif len(letter) > 1:
            for sign in letter:
                yield from self._faces_for_letter(script, sign, bold, han)
        elif not script.tag and (alike := unicodedata.normalize("NFKC", letter)) != letter:
            for sign in alike:
                yield from self._faces_for_letter(script_of(sign), sign, bold, han)
        elif not letter.isspace():
            self._missing.name(letter, script)

    def _face_for(self, script: Script, letter: str, bold: bool, han: int) -> FontFace | None:
        key = script, letter, bold, han
        if key not in self._faces:
            if len(self._faces) >= _LETTERS_KEPT:
                self._faces.clear()
            self._faces[key] = self._look_for(script, letter, bold, han)
        return self._faces[key]

    def _look_for(self, script: Script, letter: str, bold: bool, han: int) -> FontFace | None:
        """The first face that has a letter and its marks, of those that can be used."""
        signs = letter.translate(_JOINERS)
        for files in self._families(script, letter):
            file = files[bold]
            face = FontFace(file, han if file.suffix == ".ttc" else 0)
            if self._can_be_used(file) and self._glyphs.has_all(*face, signs):
                return face
        own = FontFace(None)
        return own if self._glyphs.has_all(*own, signs) else None

    def _families(self, script: Script, letter: str) -> Iterator[tuple[Path, Path]]:
        """The house's, the script's, the system's, and all others."""
        own = self._own if script is Script.LATIN else None
        yield from filter(None, (own, files_of(script), family()))
        if letter:
            yield from others(script_name(letter[0]))

    def _can_be_used(self, file: Path) -> bool:
        if file not in self._usable:
            try:
                if not file.is_file():  # A pipe would be waited for.
                    raise FileNotFoundError("there is no such file")
                # pygame opens what is no font, and ends the process when that is asked for its
                # height; only drawing with it tells.
                pygame.font.Font(file, _TRIAL_PX).render("x", False, (0, 0, 0))
                self._glyphs.has_all(file, 0, "x")
                self._usable[file] = True
            except (OSError, pygame.error) as error:
                self._usable[file] = False
                log.warning("Font %s not used: %s", file, error)
        return self._usable[file]

    def _font(self, face: FontFace, script: Script, px: int) -> pygame.font.Font:
        key = (face, script.tag, px)
        font = self._opened.get(key)
        if font is None:
            font = self._opened[key] = self._open(*key)
            if len(self._opened) > _FONTS_KEPT:
                self._opened.popitem(last=False)
        self._opened.move_to_end(key)
        return font

    def _open(self, face: FontFace, tag: str, px: int) -> pygame.font.Font:
        file, number = face
        source = _collection(file, number) if file is not None and number else file
        font = pygame.font.Font(source, px)  # type: ignore[arg-type]
        if tag and hasattr(font, "set_script"):  # pygame from 2.2
            try:
                font.set_script(tag)
            except pygame.error as error:
                log.warning("SDL_ttf cannot join the letters of %s: %s", tag, error)
        return font

    def _han_face(self, text: str) -> int:
        language = scripts.han_language(text) or self.language.partition("-")[0]
        return _HAN_FACES.get(language, _HAN_FACES["zh"])


def _collection(file: Path, number: int) -> mmap.mmap:
    """A font collection in memory, its face `number` in the place of the first.

    Noto's CJK fonts are one file of faces that share their outlines and draw the same character as
    Japan, Korea or China knows it. pygame opens only the first face of a file; the four bytes that
    say where it begins are changed here in this process's copy of their page.

    Source: OpenType 1.9.1, "Font Collections": tag, version, number of fonts, then their offsets.
    """
    with file.open("rb") as stream:
        memory = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
    count = int.from_bytes(memory[8:12], "big")
    if memory[:4] == b"ttcf" and number < count:
        offset = _FIRST_OFFSET + 4 * number
        memory[_FIRST_OFFSET : _FIRST_OFFSET + 4] = memory[offset : offset + 4]
    return memory
