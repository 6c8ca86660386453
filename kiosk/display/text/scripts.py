"""Scripts: which a character is of, and in which order a line stands on the screen. Pure.

SDL_ttf shapes with HarfBuzz (joined Arabic letters, Indic clusters) once it is told the script, but
knows no bidirectional text: that is put in order here, line by line, and cut into runs of one
script each. HarfBuzz takes a right-to-left script in that order too: it turns the run, joins the
letters, and gives back the pictures in the order from the left.
"""

import logging
import re
import unicodedata
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from kiosk.settings import installation

log = logging.getLogger("kiosk.screen")


class Script(Enum):
    """A script, or several that one font covers."""

    LATIN = "Latin"
    """With Greek, Cyrillic, digits and signs."""
    ARABIC = "Arabic"
    HEBREW = "Hebrew"
    DEVANAGARI = "Devanagari"
    BENGALI = "Bengali"
    GURMUKHI = "Gurmukhi"
    GUJARATI = "Gujarati"
    TAMIL = "Tamil"
    TELUGU = "Telugu"
    KANNADA = "Kannada"
    MALAYALAM = "Malayalam"
    THAI = "Thai"
    ORIYA = "Oriya"
    SINHALA = "Sinhala"
    LAO = "Lao"
    MYANMAR = "Myanmar"
    KHMER = "Khmer"
    JAVANESE = "Javanese"
    ETHIOPIC = "Ethiopic"
    ARMENIAN = "Armenian"
    GEORGIAN = "Georgian"
    HAN = "Chinese, Japanese and Korean"

    @property
    def tag(self) -> str:
        """ISO 15924 tag, where letters depend on their neighbours."""
        return _TAGS.get(self, "")


_TAGS = {
    Script.ARABIC: "Arab",
    Script.HEBREW: "Hebr",
    Script.DEVANAGARI: "Deva",
    Script.BENGALI: "Beng",
    Script.GURMUKHI: "Guru",
    Script.GUJARATI: "Gujr",
    Script.TAMIL: "Taml",
    Script.TELUGU: "Telu",
    Script.KANNADA: "Knda",
    Script.MALAYALAM: "Mlym",
    Script.THAI: "Thai",
    Script.ORIYA: "Orya",
    Script.SINHALA: "Sinh",
    Script.LAO: "Laoo",
    Script.MYANMAR: "Mymr",
    Script.KHMER: "Khmr",
    Script.JAVANESE: "Java",
}

_RANGES = (
    (0x0530, 0x058F, Script.ARMENIAN),
    (0x0590, 0x05FF, Script.HEBREW),
    (0x0600, 0x077F, Script.ARABIC),
    (0x08A0, 0x08FF, Script.ARABIC),
    (0x0900, 0x097F, Script.DEVANAGARI),
    (0x0980, 0x09FF, Script.BENGALI),
    (0x0A00, 0x0A7F, Script.GURMUKHI),
    (0x0A80, 0x0AFF, Script.GUJARATI),
    (0x0B00, 0x0B7F, Script.ORIYA),
    (0x0B80, 0x0BFF, Script.TAMIL),
    (0x0C00, 0x0C7F, Script.TELUGU),
    (0x0C80, 0x0CFF, Script.KANNADA),
    (0x0D00, 0x0D7F, Script.MALAYALAM),
    (0x0D80, 0x0DFF, Script.SINHALA),
    (0x0E00, 0x0E7F, Script.THAI),
    (0x0E80, 0x0EFF, Script.LAO),
    (0x1000, 0x109F, Script.MYANMAR),
    (0x10A0, 0x10FF, Script.GEORGIAN),
    (0x1100, 0x11FF, Script.HAN),
    (0x1200, 0x139F, Script.ETHIOPIC),
    (0x1780, 0x17FF, Script.KHMER),
    (0x1C90, 0x1CBF, Script.GEORGIAN),
    (0x2D00, 0x2D2F, Script.GEORGIAN),
    (0x2D80, 0x2DDF, Script.ETHIOPIC),
    (0x2E80, 0x9FFF, Script.HAN),
    (0xA8E0, 0xA8FF, Script.DEVANAGARI),
    (0xA980, 0xA9DF, Script.JAVANESE),
    (0xAC00, 0xD7FF, Script.HAN),
    (0xF900, 0xFAFF, Script.HAN),
    (0xFB1D, 0xFB4F, Script.HEBREW),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFE, Script.ARABIC),
    (0xFF00, 0xFFEF, Script.HAN),
    (0x20000, 0x3FFFF, Script.HAN),
)
_LEFT_TO_RIGHT_MARK, _RIGHT_TO_LEFT_MARK = "\u200e", "\u200f"
_MARKS = _LEFT_TO_RIGHT_MARK + _RIGHT_TO_LEFT_MARK
_RIGHT_TO_LEFT = re.compile(rf"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe{_RIGHT_TO_LEFT_MARK}]")
_STRONG = re.compile(rf"[^\W\d_]|[{_MARKS}]")
_TURNED_MARKS = re.compile(r"([\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+)(\S)")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028-\u202e\u2060-\u2065"
    "\u206a-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff"
    + "".join(map(chr, (*range(0x1FFFE, 0xE0000, 1 << 16), *range(0x1FFFF, 0xE0000, 1 << 16))))
    + "]"
)  # fmt: skip
"""Characters that are never drawn: controls, embedded directions, whatever Unicode allows to ignore
(variation selectors, tags, fillers, soft hyphens, spaces of no width), halves of surrogates,
private use, and noncharacters."""
_DIRECTIONS = dict.fromkeys((*map(ord, _MARKS), 0x061C, *range(0x2066, 0x206A)))
"""Direction marks and isolates, which are removed once a line has its order on the screen."""
_PLAIN_HYPHENS = {0x2010: "-", 0x2011: "-"}
_OPENING, _CLOSING = "([{<«‹", ")]}>»›"
_MIRRORED = dict(zip(_OPENING + _CLOSING, _CLOSING + _OPENING, strict=True))
_JOINERS = "\u200c\u200d"


@lru_cache(maxsize=4096)
def script_of(char: str) -> Script:
    """The script of a character."""
    code = ord(char)
    if code < 0x0530:
        return Script.LATIN
    for first, last, script in _RANGES:
        if first <= code <= last:
            return script
    return Script.LATIN


def reads_leftward(text: str) -> bool:
    """Whether a text begins at the right: its first letter, or a mark before it, says so."""
    first = _STRONG.search(text)
    return bool(first and _RIGHT_TO_LEFT.match(first[0]))


def directed(line: str, leftward: bool) -> str:
    """A line of a text that is read in this direction, marked where its letters do not tell."""
    if reads_leftward(line) is leftward:
        return line
    return (_RIGHT_TO_LEFT_MARK if leftward else _LEFT_TO_RIGHT_MARK) + line


def han_language(text: str) -> str:
    """`ja` or `ko` where the text's own letters tell; else empty."""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    return "ko" if re.search(r"[\u1100-\u11ff\uac00-\ud7af]", text) else ""


@lru_cache(maxsize=512)
def runs(text: str) -> tuple[tuple[Script, str], ...]:
    """A line cut into runs of one script each, in their order from the left.

    Only what is drawn is in them, and joiners where they shape a letter.
    """
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).translate(_PLAIN_HYPHENS)
    if _RIGHT_TO_LEFT.search(text):
        text = _mirrored(_turn()(text), reads_leftward(text))
        text = _TURNED_MARKS.sub(lambda found: found[2] + found[1][::-1], text)
    cut: list[tuple[Script, str]] = []
    joiner = ""
    for char in text.translate(_DIRECTIONS):
        last = cut[-1][0] if cut else None
        if char in _JOINERS:
            joiner = char
            continue
        script = script_of(char)
        if last and (char == " " or unicodedata.category(char).startswith("M")):
            script = last
        shaped = joiner if script.tag else ""
        joiner = ""
        if script is last:
            cut[-1] = (script, cut[-1][1] + shaped + char)
        else:
            cut.append((script, shaped + char))
    if joiner and cut and cut[-1][0].tag:
        cut[-1] = (cut[-1][0], cut[-1][1] + joiner)
    return tuple(cut) or ((Script.LATIN, ""),)


def forget() -> None:
    """Let go of the lines that were cut."""
    runs.cache_clear()


def _mirrored(line: str, leftward: bool) -> str:
    """A line in order, its turned brackets mirrored: the library leaves that to whoever draws.

    A pair whose closing half comes first was turned. A single half was turned where the line reads
    from the right.
    """
    chars = list(line)
    unpaired: list[int] = []
    for index, char in enumerate(chars):
        partner = _MIRRORED.get(char)
        if partner is None:
            continue
        if unpaired and chars[unpaired[-1]] == partner:
            first = unpaired.pop()
            if chars[first] in _CLOSING:
                chars[first], chars[index] = char, partner
        else:
            unpaired.append(index)
    for index in unpaired if leftward else ():
        chars[index] = _MIRRORED[chars[index]]
    return "".join(chars)


@lru_cache(maxsize=1)
def _turn() -> Callable[[str], str]:
    """Puts a line in the order from the left; the identity where the library is missing."""
    try:
        from bidi import get_display
    except ImportError:
        log.warning(
            "right-to-left text is shown from the left: python-bidi is missing. Install it: %s",
            installation.library("screen"),
        )
        return lambda text: text
    return lambda text: str(get_display(text))
