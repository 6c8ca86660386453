"""How near a track of mouth shapes is to the truth: what is shown, and when."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np

from benchmarks.lips.phones import Piece
from kiosk.lips.visemes import VISEMES, Mouth

FPS = 60
"""Pictures a second: what a browser draws, on which the peer's smoothing depends."""
CLASSES = {
    "closed": ("sil", "PP"),
    "open": ("aa", "E"),
    "round": ("oh", "ou"),
    "wide": ("ih",),
    "fricative": ("FF", "TH", "SS", "CH"),
    "tongue": ("DD", "kk", "nn", "RR"),
}
"""What lips do. "tongue": sounds made behind lips that are a little apart."""
CLASS_OF = np.array(
    [next(n for n, each in enumerate(CLASSES.values()) if name in each) for name in VISEMES]
)
_VOWELS = ("aa", "E", "ih", "oh", "ou")
_PAUSE_S = 0.06
_AROUND_S = 0.04
"""A peak belongs to a vowel, and a trough to a closure, when it is no further off than this."""
_DEEP = 0.6
"""Lips have closed when they are open by less than this share of what they were beside it."""

Array = np.ndarray


class Event(NamedTuple):
    """Lips that part or meet."""

    kind: str
    """ "closing" or "opening" """
    error_s: float | None
    """Shown less true; None where nothing is shown."""


class Score(NamedTuple):
    truth: Array
    """Viseme of each frame, as an index."""
    shown: Array
    """Viseme that has most of the mixture."""
    kind: Array
    """Class (index of CLASSES) that has most of it."""
    events: list[Event]
    closures: list[float]
    """How far lips stay open at the most shut moment of each p, b and m, 0 to 1."""
    vowels: list[float]
    """How far they are open at the most open moment of each vowel."""


def shapes(weights: Sequence[Array] | Array) -> Array:
    """How far each mixture is open, 0 to 1."""
    return np.array([Mouth(tuple(float(w) for w in each)).open for each in weights])


def score(weights: Array, pieces: list[Piece]) -> Score:
    """Judge a track, (frames, visemes), FPS frames a second."""
    times = np.arange(len(weights)) / FPS
    truth = truth_at(pieces, times)
    by_class = np.zeros((len(weights), len(CLASSES)))
    for viseme, number in enumerate(CLASS_OF):
        by_class[:, number] += weights[:, viseme]
    opened = shapes(weights)
    return Score(
        truth,
        weights.argmax(axis=1),
        by_class.argmax(axis=1),
        events(opened, pieces),
        [float(each.min()) for each in _during(opened, pieces, ("PP",))],
        [float(each.max()) for each in _during(opened, pieces, _VOWELS)],
    )


def _during(opened: Array, pieces: list[Piece], names: Sequence[str]) -> list[Array]:
    """The track within each piece of one of these names that holds a picture."""
    bounds = [
        (max(ceil(piece.start_s * FPS), 0), ceil(piece.end_s * FPS))
        for piece in pieces
        if piece.viseme in names
    ]
    return [opened[first:last] for first, last in bounds if opened[first:last].size]


def truth_at(pieces: list[Piece], times: Array) -> Array:
    """Which viseme (index) is spoken at each time, in seconds."""
    ends = np.array([piece.end_s for piece in pieces])
    names = np.array([VISEMES.index(piece.viseme) for piece in pieces] + [0])
    at = np.searchsorted(ends, times, side="right")
    return np.where((times < pieces[0].start_s) | (times >= ends[-1]), 0, names[at])


def events(opened: Array, pieces: list[Piece]) -> list[Event]:
    """How well the partings and meetings of the lips are met: between vowels and closed lips.

    An event is shown where the track crosses the middle between its peak in the vowel and its
    trough in the closure.
    """
    found = []
    for first, second in pairwise(pieces):
        if _shut(first) and second.viseme in _VOWELS:
            found.append(Event("opening", _crossing(opened, second, first, first.end_s)))
        elif first.viseme in _VOWELS and _shut(second):
            found.append(Event("closing", _crossing(opened, first, second, first.end_s)))
    return found


def _shut(piece: Piece) -> bool:
    long = piece.end_s - piece.start_s >= _PAUSE_S
    return piece.viseme == "PP" or (piece.viseme == "sil" and long)


def _crossing(opened: Array, vowel: Piece, closure: Piece, true_s: float) -> float | None:
    peak = _extreme(opened, vowel, np.argmax)
    trough = _extreme(opened, closure, np.argmin)
    if peak is None or trough is None or peak == trough:
        return None
    high, low = opened[peak], opened[trough]
    if high < 0.05 or low > _DEEP * high:
        return None
    middle = (high + low) / 2
    places = range(min(peak, trough), max(peak, trough))
    crossed = [
        at + (opened[at] - middle) / (opened[at] - opened[at + 1])
        for at in places
        if (opened[at] - middle) * (opened[at + 1] - middle) <= 0 and opened[at] != opened[at + 1]
    ]
    return min((at / FPS - true_s for at in crossed), key=abs, default=None)


def _extreme(opened: Array, piece: Piece, which: object) -> int | None:
    first = max(round((piece.start_s - _AROUND_S) * FPS), 0)
    last = min(round((piece.end_s + _AROUND_S) * FPS) + 1, len(opened))
    assert callable(which)
    return first + int(which(opened[first:last])) if last > first else None
