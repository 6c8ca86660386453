"""Lines: how a text stands in a width. Pure, but for measuring text.

The work is linear in what is shown, whatever the text is: how much fits on a line is searched by
halves, no more than a line is ever measured at once, and of captions only the end is laid out.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from kiosk.display.text.breaks import MAX_LINE_LETTERS, may_break, parts, plain
from kiosk.display.text.scripts import directed, reads_leftward

BREAK = "\u200b"
"""Marks the best places to break a title in a script without spaces."""
MAX_LINES = 200
"""No screen shows more."""
_MAX_AHEAD = 3 * MAX_LINE_LETTERS
"""Letters of captions that are laid out at once; where more came, those before are passed over."""
_MAX_CAPTION_LINES = 32
"""Lines of captions that are kept while a text grows."""
_SEAMS = "/-–_.?&="
"""Characters after which a word that is too long, such as an address, is broken first."""
_SOFT_HYPHEN = "\xad"
_WORD = re.compile(r"[^\W\d_]+")

Measure = Callable[[str], int]
"""Width of a text in pixels."""
Hyphenate = Callable[[str], Sequence[int]]
"""Places of a word before which a hyphen may stand."""


def _unhyphenated(word: str) -> Sequence[int]:
    return ()


class Line(Struct, frozen=True):
    """A line as a part of its text."""

    start: int
    end: int
    hyphen: bool = False
    """Whether a hyphen is written at its end, within a word."""

    def of(self, text: str, leftward: bool, end: int | None = None) -> str:
        """What is written, up to `end` of the text, in the direction of the whole."""
        whole = end is None or end >= self.end
        words = text[self.start : self.end if whole else end]
        return directed(words + "-" * (whole and self.hyphen), leftward)


class Lines:
    """Breaks texts into lines of at most `width` pixels, between words where that is possible.

    Args:
        width: of a line in pixels.
        measure: width of a text.
        hyphenate: where a word that is wider than a line may be broken.
    """

    def __init__(self, width: int, measure: Measure, hyphenate: Hyphenate = _unhyphenated) -> None:
        self._width = width
        self._measure = measure
        self._hyphenate = hyphenate

    def of(self, text: str, start: int = 0) -> Iterator[Line]:
        """Lines of a plain text from `start` on, each laid out when it is asked for."""
        more = parts(text, start)
        ahead: deque[tuple[int, int]] = deque()
        word_end, hyphens = 0, []
        while True:
            while not ahead or ahead[-1][1] - ahead[0][0] < MAX_LINE_LETTERS:
                part = next(more, None)
                if part is None:
                    break
                ahead.append(part)
            if not ahead:
                return
            first, last = ahead[0]
            count = self._fitting(text, first, [end for _, end in ahead])
            if count:
                for _ in range(count):
                    _, last = ahead.popleft()
                yield Line(first, last)
                continue
            if word_end != last:
                word_end, hyphens = last, self._hyphens_of(text, first, last)
            line = self._cut(text, first, last, hyphens)
            yield line
            ahead[0] = (line.end, last)

    def _fitting(self, text: str, start: int, ends: Sequence[int]) -> int:
        """How many of the ends, in rising order, fit on one line that begins at `start`."""

        def fits(index: int) -> bool:
            end = ends[index]
            return end - start <= MAX_LINE_LETTERS and self._fits(text[start:end])

        return first_false(fits, len(ends))

    def _fits(self, words: str) -> bool:
        return self._measure(words) <= self._width

    def _hyphens_of(self, text: str, start: int, end: int) -> list[int]:
        """Places in the text before which a hyphen may stand, of a part that is too wide."""
        soft = [at + 1 for at in range(start, end - 1) if text[at] == _SOFT_HYPHEN]
        if soft:
            return soft
        return [
            word.start() + at
            for word in _WORD.finditer(text, start, end)
            for at in self._hyphenate(word.group())
        ]

    def _cut(self, text: str, start: int, end: int, hyphens: Sequence[int]) -> Line:
        """The first line of a part that is wider than a line."""
        last = min(end - 1, start + MAX_LINE_LETTERS)
        room = start + max(self._fitting(text, start, range(start + 1, last + 1)), 1)
        for at in range(room, start, -1):
            if text[at - 1] in _SEAMS:
                return Line(start, at)
        for at in reversed(hyphens):
            if start < at <= room and self._fits(text[start:at] + "-"):
                return Line(start, at, hyphen=True)
        for at in range(room, start, -1):
            if at < len(text) and may_break(text, at):
                return Line(start, at)
        return Line(start, room)


def first_false(true: Callable[[int], bool], count: int) -> int:
    """The first index for which `true` is false; `count` where there is none.

    It is true for all indexes before. They are tried by doubling, then by halves, so that the cost
    grows with the index that is found and not with `count`.
    """
    low, step = 0, 1
    while low + step <= count and true(low + step - 1):
        low += step
        step *= 2
    high = min(low + step - 1, count)
    while low < high:
        middle = (low + high) // 2
        if true(middle):
            low = middle + 1
        else:
            high = middle
    return low


class Captions:
    """The last lines of a text that grows at its end: lines that others follow never change."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._text = ""
        self._done: list[Line] = []
        """Lines that others follow."""

    def last(self, said: str, known: str, count: int) -> list[str]:
        """The last `count` lines of what was said, broken as all of `known`, which begins with it.

        A word that is only begun stands in the line that will hold all of it.
        """
        text, end = plain(known), len(plain(said))
        if self._done and not text.startswith(self._text[: self._done[-1].end]):
            self._done = []
        self._text = text
        laid = [line for line in self._laid_up_to(end) if line.start < end][-count:]
        leftward = reads_leftward(text)
        return [line.of(text, leftward, end) for line in laid]

    def _laid_up_to(self, end: int) -> list[Line]:
        start = self._done[-1].end if self._done else 0
        if end - start > _MAX_AHEAD:
            self._done, start = [], end - _MAX_AHEAD
            start = self._text.find(" ", start, start + MAX_LINE_LETTERS) + 1 or start
        if start >= end:
            return self._done
        for line in self._lines.of(self._text, start):
            if line.end == len(self._text):
                return [*self._done, line]  # It may become longer.
            self._done.append(line)
            if line.end >= end:
                break
        del self._done[:-_MAX_CAPTION_LINES]
        return self._done


def wrap(
    text: str,
    width: int,
    measure: Measure,
    hyphenate: Hyphenate = _unhyphenated,
    most: int = MAX_LINES,
) -> list[str]:
    """Break a text into lines of at most `width` pixels, between words where that is possible.

    Adding words at the end never changes the breaks before them, so captions do not jump. Of more
    than `most` lines the rest is left out.
    """
    text = plain(text)
    leftward = reads_leftward(text)
    lines = Lines(width, measure, hyphenate).of(text)
    return [line.of(text, leftward) for line in islice(lines, most)]


def shown(said: str, known: str, width: int, count: int, measure: Measure) -> list[str]:
    """The last lines of captions at once; see `Captions.last`."""
    return Captions(Lines(width, measure)).last(said, known, count)


def widest_part(text: str, measure: Measure) -> int:
    """Width of the widest part that should not be broken; see `balanced`."""
    if BREAK in text:
        return max(map(measure, text.split(BREAK)))
    whole = (text[start : min(end, start + MAX_LINE_LETTERS)] for start, end in parts(text))
    return max(map(measure, whole), default=0)


def balanced(
    text: str,
    width: int,
    measure: Measure,
    hyphenate: Hyphenate = _unhyphenated,
    most: int = MAX_LINES,
) -> list[str]:
    """Like `wrap`, in lines of about the same length, or at `BREAK`: for what stands as a whole.

    Lines never become narrower than the widest word. What has more than `most` lines is returned as
    `most` + 1 of them, the rest left out, and is not balanced.
    """
    phrases = text.split(BREAK)
    text = "".join(phrases)
    if len(phrases) > 1 and measure(text) > width and max(map(measure, phrases)) <= width:
        return _joined(phrases, width, measure)
    lines = wrap(text, width, measure, hyphenate, most + 1)
    if not 1 < len(lines) <= most:
        return lines
    low, high = widest_part(plain(text), measure), width
    while low < high:
        middle = (low + high) // 2
        narrower = wrap(text, middle, measure, hyphenate, len(lines) + 1)
        if len(narrower) > len(lines):
            low = middle + 1
        else:
            high, lines = middle, narrower
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


def head(
    text: str, width: int, lines: int, measure: Measure, hyphenate: Hyphenate = _unhyphenated
) -> list[str]:
    """The first `lines` lines of a wrapped text, with an ellipsis where there are more."""
    wrapped = wrap(text, width, measure, hyphenate, lines + 1)
    if len(wrapped) <= lines or not lines:
        return wrapped[:lines]
    last = wrapped[lines - 1]
    kept = first_false(lambda index: measure(last[: index + 1] + "…") <= width, len(last))
    return [*wrapped[: lines - 1], last[:kept].rstrip() + "…"]


def one_line(text: str, width: int, measure: Measure) -> str:
    """A text on one line: its end, after an ellipsis, where it is too long."""
    text = plain(text)
    if len(text) <= MAX_LINE_LETTERS and measure(text) <= width:
        return text
    start = max(len(text) - MAX_LINE_LETTERS, 0)
    for places in ([first for first, _ in parts(text, start)], range(start, len(text))):
        if end := _longest_end(text, places, width, measure):
            return directed(end, reads_leftward(text))
    return "…"


def _longest_end(text: str, starts: Sequence[int], width: int, measure: Measure) -> str:
    """The longest end of a text that fits behind an ellipsis; empty where none does."""
    count = first_false(lambda n: measure("… " + text[starts[-1 - n] :]) <= width, len(starts))
    return "… " + text[starts[-count] :] if count else ""
