"""Reply PCM → mouth shape.

A pure function of the samples around the playhead, smoothing included: the shape is a weighted
mean of short frames, so that it depends neither on the frame rate nor on what was asked before,
and a picture taken at the same place in the sound always shows the same lips.
"""

import logging
from collections.abc import Sequence
from functools import cache
from math import log10

import numpy as np
from msgspec import Struct

from kiosk.lips import bands, network
from kiosk.settings import packaged

log = logging.getLogger("kiosk.audio.visemes")  # The name that is in the journals of the field.

BEFORE_SAMPLES = network.BEFORE_SAMPLES
"""Samples before the playhead that the mouth depends on: lips, and how the voice sounds."""
AFTER_SAMPLES = network.AFTER_SAMPLES
"""Samples after the playhead that it depends on."""

VISEMES = (
    *("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR"),
    *("aa", "E", "ih", "oh", "ou"),
)
"""Mouth shapes by the names of the Oculus set, in its order."""

_SHAPES = {
    # viseme: (open, wide, round), of lips that form it fully
    **{"sil": (0.0, 0.0, 0.0), "PP": (0.0, 0.1, 0.0), "FF": (0.12, 0.25, 0.0)},
    **{"TH": (0.22, 0.35, 0.0), "DD": (0.25, 0.35, 0.0), "kk": (0.3, 0.3, 0.0)},
    **{"CH": (0.2, 0.0, 0.6), "SS": (0.15, 0.65, 0.0), "nn": (0.22, 0.35, 0.0)},
    **{"RR": (0.3, 0.05, 0.4), "aa": (1.0, 0.35, 0.0), "E": (0.65, 0.6, 0.0)},
    **{"ih": (0.33, 0.9, 0.0), "oh": (0.65, 0.0, 0.7), "ou": (0.3, 0.0, 1.0)},
}
_OPEN, _WIDE, _ROUND = zip(*(_SHAPES[name] for name in VISEMES), strict=True)


def _mixed(weights: Sequence[float], shapes: Sequence[float]) -> float:
    return sum(weight * shape for weight, shape in zip(weights, shapes, strict=True))


class Mouth(Struct, frozen=True):
    """The shape of the lips: a mixture of visemes, "sil" being lips at rest."""

    weights: tuple[float, ...] = (1.0,) + (0.0,) * (len(VISEMES) - 1)
    """The share of each of VISEMES, 0 to 1, together 1. "sil" has most of it where sound is
    faint or absent."""

    @property
    def open(self) -> float:
        """How far the jaw has dropped, 0 to 1."""
        return _mixed(self.weights, _OPEN)

    @property
    def wide(self) -> float:
        """How far the corners are drawn apart, as in "ee" and "s", 0 to 1."""
        return _mixed(self.weights, _WIDE)

    @property
    def round(self) -> float:
        """How far the lips are pushed forward, as in "oo", 0 to 1."""
        return _mixed(self.weights, _ROUND)

    def relaxed(self, left: float) -> "Mouth":
        """The same mouth on its way to rest: `left` of it, and the others closed lips."""
        sil, *others = (weight * left for weight in self.weights)
        return Mouth((sil + 1 - left, *others))


CLOSED = Mouth()


_FADE = np.hanning(2 * network.SPREAD_FRAMES + 3)[1:-1].astype(np.float32)
_FADE /= _FADE.sum()
"""How much each frame around the playhead has to say: lips pass from shape to shape in 80 ms."""
_PRESS = np.zeros_like(_FADE)
_PRESS[network.SPREAD_FRAMES - 3 : network.SPREAD_FRAMES + 4] = np.array((1, 2, 3, 4, 3, 2, 1)) / 16
_FADE_AND_PRESS = np.stack((_FADE, _PRESS))
_PRESS_SHUT = (0.1, 0.75)
"""Lips that must meet do: from the first of these shares of "PP" around the playhead on they press,
from the second they are shut. A "b" of 50 ms would drown in the fade."""
_GATE_DB = (-52.0, -44.0)
"""Loudness, dB below full scale, below which nothing is speech, and from which all may be."""
_LOUD_DB = (-44.0, -24.0)
_MUMBLE = 0.8
"""Between these a voice opens the mouth from _MUMBLE of a shape to the whole of it."""
_NEARNESS = 10 ** (
    -0.4 * np.maximum(np.abs(np.arange(-network.REACH_FRAMES, network.REACH_FRAMES + 1)) - 3, 0)
)
"""What is further away opens the gate less, by 4 dB a frame."""
_PP = VISEMES.index("PP")


@cache
def _model() -> network.Lips | None:
    """The model, read at the first sound; None, and one line in the log, where it is damaged."""
    path = packaged.path("lips.npz")
    try:
        return network.load(path, VISEMES)
    except ValueError as error:
        log.warning(
            "%s %s. Mouth shapes follow the loudness only; install the kiosk again", path, error
        )
        return None


def mouth(pcm: bytes) -> Mouth:
    """Mouth shape at a place in the sound.

    Args:
        pcm: s16le mono, BEFORE_SAMPLES before the place and AFTER_SAMPLES after it.

    Raises:
        ValueError: it has another length.
    """
    samples: network.Pcm = np.frombuffer(pcm, dtype="<i2")
    if samples.size != BEFORE_SAMPLES + AFTER_SAMPLES:
        raise ValueError(f"expected {BEFORE_SAMPLES + AFTER_SAMPLES} samples, not {samples.size}")
    near = samples[BEFORE_SAMPLES - bands.BEFORE_SAMPLES : BEFORE_SAMPLES + bands.AFTER_SAMPLES]
    if not near.any():
        return CLOSED
    model = _model()
    if model is None:
        return _by_bands((near / 32768).astype(np.float32))
    return _by_model(model, samples)


def _by_bands(near: network.Array) -> Mouth:
    found = bands.shares(near)
    return Mouth((1 - sum(found.values()), *(found.get(name, 0.0) for name in VISEMES[1:])))


def _by_model(model: network.Lips, samples: network.Pcm) -> Mouth:
    shares, level = model.around(samples)
    # Few calls of numpy, and numbers of Python's own after them: each costs more than its sums.
    weights, pressed = (_FADE_AND_PRESS @ shares).tolist()
    shut = _ramp(pressed[_PP], *_PRESS_SHUT)
    level_db = 10 * log10(float(((level + 1e-9) * _NEARNESS).max()))
    gate = _ramp(level_db, *_GATE_DB)
    share = gate * (_MUMBLE + (1 - _MUMBLE) * _ramp(level_db, *_LOUD_DB))
    voiced = [weight * (1 - shut) * share for weight in weights]
    voiced[_PP] += shut * share
    _, *others = voiced
    return Mouth((max(0.0, 1 - sum(others)), *others))


def _ramp(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
