"""Lines: where a text may be broken, in every script, and how it stands in a width. Pure, but for
measuring text.

Chinese, Japanese and Thai are written without spaces: BudouX finds their phrases. Without it they
are broken between any two letters, except where a mark may not begin or end a line.
"""

import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from kiosk import installation
from kiosk.display.scripts import directed, han_language, reads_leftward

log = logging.getLogger("kiosk.screen")

BREAK = "\u200b"
"""In a title of a script without spaces: where a line may best be broken."""

_HAN = "\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_THAI = "\u0e00-\u0e7f"
_UNSPACED = re.compile(f"[{_HAN}]+|[{_THAI}]+")
_GLUE = "\xa0\u202f"
"""Spaces at which no line is broken."""
_SPACE = re.compile(rf"[^\S{_GLUE}]+")
_CHUNK = re.compile(rf"(?:«\s)?[\S{_GLUE}]+(?:\s[?!:;»](?!\S))?")
"""A run without spaces; French sets a space within its quotes and before some of its marks."""
_NEVER_LAST = "「『（【《〈［｛“‘เแโใไ"
_NEVER_FIRST = (
    "、。，．・：；？！」』）】》〉］｝”’ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョะาำๅๆฯ\u200c\u200d"
)
_SEAMS = "/-–_.?&="
"""After these a word that is too long, such as an address, is best broken."""

Measure = Callable[[str], int]
"""Width of a text in pixels."""


def parts(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each part of a text within which no line is broken."""
    language = han_language(text) or "zh"
    for chunk in _CHUNK.finditer(text):
        start = chunk.start()
        for end in _ends(chunk.group(), language):
            yield start, chunk.start() + end
            start = chunk.start() + end


def _ends(chunk: str, language: str) -> list[int]:
    ends = {len(chunk)}
    for run in _UNSPACED.finditer(chunk):
        thai = "\u0e00" <= run.group() <= "\u0e7f\uffff"
        end = run.start()
        ends.add(end)
        for phrase in _segmenter("th" if thai else language)(run.group()):
            end += len(phrase)
            ends.add(end)
    return sorted(end for end in ends if end == len(chunk) or (end and _may_break(chunk, end)))


def _may_break(text: str, at: int) -> bool:
    """Whether a line may end before `at`: not within a letter and its marks, nor "1887年"."""
    before, after = text[at - 1], text[at]
    hangs = after in _NEVER_FIRST or unicodedata.category(after).startswith("M")
    return not (hangs or before in _NEVER_LAST or before.isdigit())


@lru_cache(maxsize=4)
def _segmenter(language: str) -> Callable[[str], Sequence[str]]:
    """Cuts a text without spaces into phrases; into letters where the library is missing."""
    try:
        import budoux
    except ImportError:
        log.warning(
            "lines of Chinese, Japanese and Thai may be broken within words: budoux is missing."
            " Install it: %s",
            installation.library("screen"),
        )
        return list
    match language:
        case "th":
            return budoux.load_default_thai_parser().parse
        case "ja":
            return budoux.load_default_japanese_parser().parse
        case _:
            return budoux.load_default_simplified_chinese_parser().parse


def wrap(text: str, width: int, measure: Measure) -> list[str]:
    """Break a text into lines of at most `width` pixels, between words where that is possible.

    Adding words at the end never changes the breaks before them, so captions do not jump.
    """
    return shown(text, text, width, len(text), measure)


def shown(said: str, known: str, width: int, count: int, measure: Measure) -> list[str]:
    """The last `count` lines of what was said, broken as all of `known`, which begins with it.

    A word that is only begun stands in the line that will hold all of it.
    """
    return Laid.out(known, width, measure).last(said, count)


class Laid(Struct, frozen=True):
    """A text and where its lines are broken."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """Start and end of each line."""

    @classmethod
    def out(cls, text: str, width: int, measure: Measure) -> "Laid":
        """Break a text into lines of at most `width` pixels."""
        plain = _plain(text)
        return cls(plain, tuple(_spans(plain, width, measure)))

    def last(self, said: str, count: int) -> list[str]:
        """See `shown`."""
        end = len(_plain(said))
        leftward = reads_leftward(self.text)
        spans = [span for span in self.spans if span[0] < end]
        return [directed(self.text[a : min(b, end)], leftward) for a, b in spans[-count:]]


def _plain(text: str) -> str:
    """One space between words, none around them."""
    return _SPACE.sub(" ", text).strip()


def _spans(text: str, width: int, measure: Measure) -> Iterator[tuple[int, int]]:
    """Start and end of each line."""
    start = end = 0
    for first, last in parts(text):
        if end and measure(text[start:last]) > width:
            yield start, end
            start = end = 0
        if not end:
            start = first
        end = last
        while measure(text[start:end]) > width and end - start > 1:
            cut = _cut(text, start, end, width, measure)
            yield start, cut
            start = cut
    if end:
        yield start, end


def _cut(text: str, start: int, end: int, width: int, measure: Measure) -> int:
    """Where to break a word that is wider than a line."""
    fits = [
        at
        for at in range(start + 1, end)
        if _may_break(text, at) and measure(text[start:at]) <= width
    ]
    seams = [at for at in fits if text[at - 1] in _SEAMS]
    return (seams or fits or [start + 1])[-1]


def widest_part(text: str, measure: Measure) -> int:
    """Width of the widest part that should not be broken; see `balanced`."""
    if BREAK in text:
        return max(map(measure, text.split(BREAK)))
    return max((measure(text[start:end]) for start, end in parts(text)), default=0)


def balanced(text: str, width: int, measure: Measure) -> list[str]:
    """Like `wrap`, in lines of about the same length, or at `BREAK`: for what stands as a whole."""
    phrases = text.split(BREAK)
    text = "".join(phrases)
    if len(phrases) > 1 and measure(text) > width and max(map(measure, phrases)) <= width:
        return _joined(phrases, width, measure)
    lines = wrap(text, width, measure)
    while len(lines) > 1:
        widest = max(map(measure, lines))
        narrower = wrap(text, widest - 1, measure)
        # A line may be a little wider by itself than it was within the text: then none is narrower.
        if len(narrower) > len(lines) or max(map(measure, narrower)) >= widest:
            break
        lines = narrower
    return lines


def _joined(phrases: Sequence[str], width: int, measure: Measure) -> list[str]:
    """Lines of whole phrases."""
    lines = [phrases[0]]
    for phrase in phrases[1:]:
        if measure(lines[-1] + phrase) <= width:
            lines[-1] += phrase
        else:
            lines.append(phrase)
    return lines


def head(text: str, width: int, lines: int, measure: Measure) -> list[str]:
    """The first `lines` lines of a wrapped text, with an ellipsis where there are more."""
    wrapped = wrap(text, width, measure)
    if len(wrapped) <= lines or not lines:
        return wrapped[:lines]
    last = wrapped[lines - 1]
    while last and measure(last + "…") > width:
        last = last[:-1]
    return [*wrapped[: lines - 1], last.rstrip() + "…"]


def one_line(text: str, width: int, measure: Measure) -> str:
    """A text on one line: its end, after an ellipsis, where it is too long."""
    text = _plain(text)
    if measure(text) <= width:
        return text
    starts = [start for start, _ in parts(text)]
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high) // 2
        if measure("… " + text[starts[middle] :]) <= width:
            high = middle
        else:
            low = middle + 1
    short = text[starts[low] :]
    while len(short) > 1 and measure("… " + short) > width:
        short = short[1:]
    return directed("… " + short, reads_leftward(text))
