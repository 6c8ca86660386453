"""Captions: which words have been heard, and in which lines they stand. Pure, but for measuring
text.

A piece of transcript is stamped with the place in the sound where it arrived; its letters are
spread evenly up to the next piece. A word is shown when the playhead reaches its first letter,
never when it arrives: the service is seconds ahead of the loudspeaker.
"""

import re
from collections.abc import Callable, Sequence

from kiosk.core.scene import Piece

LETTER_SAMPLES = 1600
"""Samples (24 kHz) for a letter of the newest piece, whose end is not known yet: 15 letters a
second."""

_WORD = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|\S[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]*"
)
"""A run without spaces, or one character of a script that is written without them."""

Measure = Callable[[str], int]
"""Width of a text in pixels."""


def heard_so_far(pieces: Sequence[Piece], playhead: int) -> str:
    """The part of the reply's words that the playhead has reached, cut at a word."""
    text = "".join(piece.text for piece in pieces)
    starts: list[float] = []
    for index, piece in enumerate(pieces):
        letters = max(len(piece.text), 1)
        spread = letters * LETTER_SAMPLES
        if index + 1 < len(pieces):
            spread = min(max(pieces[index + 1].at_sample - piece.at_sample, 0), spread * 3)
        starts += (piece.at_sample + spread * letter / letters for letter in range(len(piece.text)))
    end = 0
    for word in _WORD.finditer(text):
        if starts[word.start()] > playhead:
            break
        end = word.end()
    return text[:end].strip()


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
                n for n in range(len(line) - 1, 0, -1) if n == 1 or measure(line[:n]) <= width
            )
            lines.append(line[:cut])
            line = line[cut:]
    if line:
        lines.append(line)
    return lines


def balanced(text: str, width: int, measure: Measure) -> list[str]:
    """Like `wrap`, in lines of about the same length: for titles, which stand as a whole."""
    lines = wrap(text, width, measure)
    while len(lines) > 1:
        narrower = wrap(text, max(map(measure, lines)) - 1, measure)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def tail(text: str, width: int, lines: int, measure: Measure) -> list[str]:
    """The last `lines` lines of a wrapped text: it scrolls by whole lines."""
    return wrap(text, width, measure)[-lines:]


def one_line(text: str, width: int, measure: Measure) -> str:
    """A text on one line: its end, after an ellipsis, where it is too long."""
    if measure(text) <= width:
        return text
    words = text.split()
    while len(words) > 1 and measure("… " + " ".join(words)) > width:
        words.pop(0)
    short = " ".join(words)
    while len(short) > 1 and measure("… " + short) > width:
        short = short[1:]
    return "… " + short
