"""Captions: which words have been heard, and in which lines they stand. Pure, but for measuring
text.

A piece of transcript is stamped with the place in the sound where it arrived; its letters are
spread up to the next piece, each as long as it is spoken. A word is shown when the playhead reaches
its first letter, never when it arrives: the service is seconds ahead of the loudspeaker.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache

from msgspec import Struct

from kiosk.core.scene import Piece

LEAD_SAMPLES = 2400
"""Samples (24 kHz) by which a word is shown before its place: a piece of transcript follows the
chunk of sound in which it begins, so its stamp is that much late (`benchmarks/captions.py`)."""
LETTER_SAMPLES = 1500
"""Samples for a letter of the first piece while its end is not known: 16 letters a second."""
DENSE_LETTERS = 3.2
"""A character of a script that is written without spaces takes as long as so many letters."""
DIGIT_LETTERS = 4.0
"""So does a digit: "1887" is said as four words."""
PAUSE_LETTERS = {" ": 0.0, ",": 4.0, ";": 4.0, ":": 4.0, ".": 5.0, "!": 5.0, "?": 5.0, "…": 5.0}
"""And the pauses of speech. Between words there is none. All found by `benchmarks/captions.py`."""

_DENSE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_ALONE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_OPENING = "「『（【《〈［｛"
_CLOSING = "、。，．・：；？！」』）】》〉］｝ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_WORD = re.compile(rf"[{_OPENING}]*[{_ALONE}][{_CLOSING}]*|\S[^\s{_ALONE}]*(?:\s[?!:;»](?!\S))?")
"""A run without spaces, or one character of a script that is written without them, with the marks
that may not stand apart from it; French sets a space before some of its marks."""
_DENSE_CHAR = re.compile(f"[{_DENSE}]")

BREAK = "\u200b"
"""In a title of a script without spaces: where a line may best be broken."""

Measure = Callable[[str], int]
"""Width of a text in pixels."""


class Timing(Struct, frozen=True):
    """When each word of a reply begins to be heard."""

    text: str
    starts: tuple[float, ...]
    """Samples, never falling."""
    ends: tuple[int, ...]
    """One past each word's last letter in `text`."""


def heard_so_far(pieces: Sequence[Piece], playhead: int) -> str:
    """The part of the reply's words that the playhead has reached, cut at a word."""
    if not pieces:
        return ""
    timing = word_times(tuple(pieces))
    words = bisect_right(timing.starts, playhead + LEAD_SAMPLES)
    return timing.text[: timing.ends[words - 1]].strip() if words else ""


@lru_cache(maxsize=4)
def word_times(pieces: tuple[Piece, ...]) -> Timing:
    """Spread the letters of each piece up to the next one."""
    letters: list[float] = []
    weighed = [_weights(piece.text) for piece in pieces]
    pace = _pace(pieces, weighed)
    for index, (piece, weights) in enumerate(zip(pieces, weighed, strict=True)):
        whole = sum(weights) or 1.0
        spread = whole * pace
        if index + 1 < len(pieces):
            spread = min(max(pieces[index + 1].at_sample - piece.at_sample, 0), spread * 3)
        passed = 0.0
        for weight in weights:
            letters.append(piece.at_sample + spread * passed / whole)
            passed += weight
    text = "".join(piece.text for piece in pieces)
    starts: list[float] = []
    ends: list[int] = []
    for word in _WORD.finditer(text):
        starts.append(max(letters[word.start()], starts[-1] if starts else 0.0))
        ends.append(word.end())
    return Timing(text, tuple(starts), tuple(ends))


def _pace(pieces: Sequence[Piece], weighed: Sequence[Sequence[float]]) -> float:
    """Samples for a letter of the newest piece, whose end is not known yet: as of those before."""
    if len(pieces) < 2:
        return LETTER_SAMPLES
    passed = pieces[-1].at_sample - pieces[0].at_sample
    pace = passed / max(sum(sum(weights) for weights in weighed[:-1]), 1.0)
    return min(max(pace, LETTER_SAMPLES * 0.7), LETTER_SAMPLES * 1.4)


def _weights(text: str) -> list[float]:
    """How long each character is spoken, in letters."""
    return [_weight(char) for char in text]


@lru_cache(maxsize=1024)
def _weight(char: str) -> float:
    if char.isdigit():
        return DIGIT_LETTERS
    if _DENSE_CHAR.match(char):
        return DENSE_LETTERS
    return PAUSE_LETTERS.get(char, 1.0)


def wrap(text: str, width: int, measure: Measure) -> list[str]:
    """Break a text into lines of at most `width` pixels, between words where that is possible.

    Adding words at the end never changes the breaks before them, so captions do not jump.
    """
    lines: list[str] = []
    line = ""
    place = 0
    for match in _WORD.finditer(text):
        gap = " " if line and match.start() > place else ""
        place = match.end()
        word = match.group()
        if measure(line + gap + word) <= width:
            line += gap + word
            continue
        if line:
            lines.append(line)
        line = word
        while measure(line) > width and len(line) > 1:
            cut = next(
                n
                for n in range(len(line) - 1, 0, -1)
                if n == 1 or (not _hangs(line[n]) and measure(line[:n]) <= width)
            )
            lines.append(line[:cut])
            line = line[cut:]
    if line:
        lines.append(line)
    return lines


def _hangs(char: str) -> bool:
    """Whether a character belongs to the one before it."""
    return char in "\u200c\u200d" or unicodedata.category(char).startswith("M")


def balanced(text: str, width: int, measure: Measure) -> list[str]:
    """Like `wrap`, in lines of about the same length, or at `BREAK`: for titles, which stand
    as a whole.
    """
    phrases = text.split(BREAK)
    text = "".join(phrases)
    if len(phrases) > 1 and measure(text) > width and max(map(measure, phrases)) <= width:
        return _joined(phrases, width, measure)
    lines = wrap(text, width, measure)
    while len(lines) > 1:
        narrower = wrap(text, max(map(measure, lines)) - 1, measure)
        if len(narrower) > len(lines):
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


def shown_lines(
    said: str, known: str, width: int, lines: int, measure: Measure
) -> list[tuple[str, str]]:
    """The last lines of what was said, each with the whole line that it will become.

    `known` begins with `said`: its words have their places before they are shown.
    """
    heard = wrap(said, width, measure)
    whole = wrap(known, width, measure)
    pairs = zip(heard, [*whole, *heard[len(whole) :]], strict=False)
    return [(now, full if full.startswith(now) else now) for now, full in pairs][-lines:]


def tail(text: str, width: int, lines: int, measure: Measure) -> list[str]:
    """The last `lines` lines of a wrapped text: it scrolls by whole lines."""
    return wrap(text, width, measure)[-lines:]


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
    if measure(text) <= width:
        return text
    starts = [word.start() for word in _WORD.finditer(text)] or [0]
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
    return "… " + short
