"""Breaks: where a text may be broken, in every script. Pure.

Some scripts are written without spaces. BudouX finds the phrases of Chinese and Japanese, ICU the
words of Thai, Lao, Khmer and Burmese and the syllables of Tibetan. Without the libraries such a
text is broken between any two letters, except where a mark may not begin or end a line.
"""

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from kiosk.display.text.scripts import han_language
from kiosk.settings import installation

log = logging.getLogger("kiosk.screen")

MAX_LINE_LETTERS = 512
"""No line holds more, whatever its width: the narrowest letters fill 200, marks come on top."""
_MAX_CHUNK = 2 * MAX_LINE_LETTERS
"""A longer run without spaces is cut into pieces of this length, so that the work is bounded."""
_HAN = "\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_SOUTH_EAST = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
"""Thai, Lao, Tibetan; Burmese; Khmer; and what was added to Burmese later."""
_NO_SPACE = "\u200b"
"""The zero-width space: a line may be broken here, in any script."""
_UNSPACED = re.compile(f"[{_HAN}]+|[{_SOUTH_EAST}][{_SOUTH_EAST}\u200b-\u200d]*")
_GLUE = "\xa0\u202f"
"""Spaces at which no line is broken."""
_SPACE = re.compile(rf"[^\S{_GLUE}]+")
_CHUNK = re.compile(rf"(?:«\s)?[\S{_GLUE}]{{1,{_MAX_CHUNK}}}(?:\s[?!:;»](?!\S))?")
"""A run without spaces; French sets a space within its quotes and before some of its marks."""
_NEVER_LAST = "「『（【《〈［｛“‘เแโใไ\u200d"
_NEVER_FIRST = (
    "、。，．・：；？！」』）】》〉］｝”’ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョะาำๅๆฯ\u200c\u200d"
)
_VIRAMA = 9
"""Unicode's combining class of viramas, which join the next letter to the one before."""
_KILLERS = "\u0bcd\u0e3a\u103a"
"""Viramas that end a syllable instead of joining letters: in Tamil, Thai and Burmese."""


def plain(text: str) -> str:
    """One space between words, none around them."""
    return _SPACE.sub(" ", text).strip()


def parts(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Start and end of each part within which no line is broken, from `start` on, as asked for."""
    language = han_language(text) or "zh"
    for chunk in _CHUNK.finditer(text, start):
        start = chunk.start()
        for end in _ends(chunk.group(), language):
            yield start, chunk.start() + end
            start = chunk.start() + end


def _ends(chunk: str, language: str) -> list[int]:
    ends = {len(chunk)}
    ends.update(place + 1 for place, char in enumerate(chunk) if char == _NO_SPACE)
    for run in _UNSPACED.finditer(chunk):
        end = run.start()
        ends.add(end)
        han = run.group()[0] >= "\u2e80"
        for phrase in (_phrases(language) if han else _words())(run.group()):
            end += len(phrase)
            ends.add(end)
    return sorted(end for end in ends if end == len(chunk) or (end and may_break(chunk, end)))


def may_break(text: str, at: int) -> bool:
    """Whether a line may end before `at`: not within a letter and its marks, nor "1887年"."""
    before, after = text[at - 1], text[at]
    hangs = after in _NEVER_FIRST or unicodedata.category(after) in {"Mn", "Mc", "Me", "Sk"}
    joins = unicodedata.combining(before) == _VIRAMA and before not in _KILLERS
    return not (hangs or joins or before in _NEVER_LAST or before.isdigit())


Segmenter = Callable[[str], Iterable[str]]
"""Cuts a text without spaces into phrases."""


@lru_cache(maxsize=4)
def _phrases(language: str) -> Segmenter:
    """Phrases of Chinese or Japanese; letters where the library is missing."""
    try:
        import budoux
    except ImportError:
        _tell_missing("budoux", "Chinese and Japanese")
        return list
    if language == "ja":
        return budoux.load_default_japanese_parser().parse
    return budoux.load_default_simplified_chinese_parser().parse


@lru_cache(maxsize=1)
def _words() -> Segmenter:
    """Words of the scripts of South-East Asia and Tibet; letters where the library is missing."""
    try:
        from icu4py.breakers import LineBreaker
    except ImportError:
        _tell_missing("icu4py", "Thai, Lao, Khmer, Burmese and Tibetan")
        return list
    return lambda text: LineBreaker(text, "en")


def _tell_missing(library: str, languages: str) -> None:
    log.warning(
        "lines of %s may be broken within words: %s is missing. Install it: %s",
        languages,
        library,
        installation.library("screen"),
    )
