"""Captions: which words have been heard. Pure.

A piece of transcript is stamped with the place in the sound where it arrived; its letters are
spread up to the next piece, each as long as it is spoken. A word is shown when the playhead reaches
its first letter, never when it arrives: the service is seconds ahead of the loudspeaker.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from kiosk.core.scene import Piece
from kiosk.display.text.breaks import parts

LEAD_SAMPLES = 2400
"""Samples (24 kHz; 100 ms) by which a word is shown before its stamp. A piece of transcript follows
the chunk of sound in which it begins, so its stamp is that much late: with this the words are shown
with the voice, as `docs/performance.md` measures (captions)."""
LETTER_SAMPLES = 1500
"""Samples for a letter of the first piece while its end is not known: 16 letters a second."""
DENSE_LETTERS = 3.2
"""A character of a script that is written without spaces takes as long as so many letters."""
DIGIT_LETTERS = 4.0
"""So does a digit: "1887" is said as four words."""
PAUSE_LETTERS = {" ": 0.0, ",": 4.0, ";": 4.0, ":": 4.0, ".": 5.0, "!": 5.0, "?": 5.0, "…": 5.0}
"""And the pauses of speech. Between words there is none. All found by `benchmarks/captions.py`."""

_WINDOW = 32
"""Pieces before the playhead whose words are timed: all words before them have been heard."""

_DENSE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


class Timing(Struct, frozen=True):
    """When each word of a reply begins to be heard."""

    text: str
    starts: tuple[float, ...]
    """Samples, never falling."""
    ends: tuple[int, ...]
    """One past each word's last letter in `text`."""


def heard_so_far(pieces: Sequence[Piece], playhead: int) -> str:
    """The part of the reply's words that the playhead has reached, cut at a word."""
    reached = playhead + LEAD_SAMPLES
    begun = bisect_right(pieces, reached, key=lambda piece: piece.at_sample)
    first = max(begun - _WINDOW, 0)
    timing = word_times(tuple(pieces[first : begun + 1]))
    words = bisect_right(timing.starts, reached)
    here = timing.text[: timing.ends[words - 1]] if words else ""
    return ("".join(piece.text for piece in pieces[:first]) + here).strip()


@lru_cache(maxsize=4)
def word_times(pieces: tuple[Piece, ...]) -> Timing:
    """Spread the letters of each piece up to the next one."""
    letters: list[float] = []
    weighed = [_weights(piece.text) for piece in pieces]
    pace = _pace(pieces, weighed)
    for index, (piece, weights) in enumerate(zip(pieces, weighed, strict=True)):
        whole = sum(weights) or 1.0
        spread = whole * pace if piece.spoken else 0.0
        if index + 1 < len(pieces):
            spread = min(max(pieces[index + 1].at_sample - piece.at_sample, 0), spread * 3)
        passed = 0.0
        for weight in weights:
            letters.append(piece.at_sample + spread * passed / whole)
            passed += weight
    text = "".join(piece.text for piece in pieces)
    starts: list[float] = []
    ends: list[int] = []
    for start, end in parts(text):
        starts.append(max(letters[start], starts[-1] if starts else 0.0))
        ends.append(end)
    return Timing(text, tuple(starts), tuple(ends))


def forget() -> None:
    """Let go of the words that were timed."""
    word_times.cache_clear()


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
    if _DENSE.match(char):
        return DENSE_LETTERS
    return PAUSE_LETTERS.get(char, 1.0)
