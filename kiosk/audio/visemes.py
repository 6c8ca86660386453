"""Reply PCM → mouth shape: loudness opens the mouth, the balance of a few bands widens or rounds
it.

A pure function of the samples around the playhead, smoothing included: the shape is a weighted
mean of short frames, so that it depends neither on the frame rate nor on what was asked before,
and a picture taken at the same place in the sound always shows the same lips.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

RATE_HZ = 24_000
FRAME = 480
"""Samples of one analysis frame (20 ms)."""
BEFORE = 4 * FRAME
"""Samples before the playhead that still shape the mouth: lips close more slowly than they open."""
AFTER = 2 * FRAME
"""Samples after the playhead: lips are in place a little before the sound (coarticulation)."""

_WEIGHTS = np.array([0.06, 0.12, 0.2, 0.28, 0.24, 0.10])
_QUIET_DB, _LOUD_DB = -46.0, -17.0
"""Loudness (dB below full scale, RMS of a frame) at which the mouth starts to open and is fully
open."""

_HANN = np.hanning(FRAME)
_HZ = np.fft.rfftfreq(FRAME, 1 / RATE_HZ)
_F1_LOW = (_HZ >= 200) & (_HZ < 560)
_F1_HIGH = (_HZ >= 560) & (_HZ < 1100)
_F2_LOW = (_HZ >= 1100) & (_HZ < 1700)
_F2_HIGH = (_HZ >= 1700) & (_HZ < 3400)
_HISS = (_HZ >= 4000) & (_HZ < 10_000)

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
_AA, _SS, _IH, _OU = (VISEMES.index(name) for name in ("aa", "SS", "ih", "ou"))


def _mixed(weights: Sequence[float], shapes: Sequence[float]) -> float:
    return sum(weight * shape for weight, shape in zip(weights, shapes, strict=True))


class Mouth(Struct, frozen=True):
    """The shape of the lips: a mixture of visemes, "sil" being lips at rest."""

    weights: tuple[float, ...] = (1.0,) + (0.0,) * (len(VISEMES) - 1)
    """The share of each of VISEMES, 0 to 1, together 1. Sound that is faint leaves most of it to
    "sil".
    """

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


def mouth(pcm: bytes) -> Mouth:
    """Mouth shape in the middle of `pcm`, s16le mono: BEFORE + AFTER samples around the
    playhead.
    """
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
    if samples.size != BEFORE + AFTER:
        raise ValueError(f"expected {BEFORE + AFTER} samples, not {samples.size}")
    frames = samples.reshape(-1, FRAME)
    power = np.mean(frames**2, axis=1)
    if float(power.max()) < 1e-6:
        return CLOSED
    loudness = (10 * np.log10(power + 1e-9) - _QUIET_DB) / (_LOUD_DB - _QUIET_DB)
    gate = np.clip(loudness, 0, 1) ** 1.2

    spectrum = np.abs(np.fft.rfft(frames * _HANN, axis=1)) ** 2
    voiced = spectrum[:, (_HZ >= 200) & (_HZ < 3400)].sum(axis=1) + 1e-9
    low = spectrum[:, _F1_LOW].sum(axis=1) / voiced
    high = spectrum[:, _F1_HIGH].sum(axis=1) / voiced
    central = spectrum[:, _F2_LOW].sum(axis=1) / voiced
    front = spectrum[:, _F2_HIGH].sum(axis=1) / voiced
    hiss = spectrum[:, _HISS].sum(axis=1)
    hiss = hiss / (hiss + voiced)

    opened = gate * np.clip(0.45 + 0.75 * (high + central), 0, 1) * (1 - 0.75 * hiss)
    wide = gate * np.clip(3.2 * front + 0.9 * hiss, 0, 1)
    dark = np.clip((low + 0.35 * high - 0.5 * central - 0.55) * 2.5, 0, 1)
    rounded = gate * dark * np.clip(1 - 5 * front, 0, 1) * (1 - hiss)
    weights = [0.0] * len(VISEMES)
    for viseme, track in (
        (_AA, opened),
        (_SS, wide * hiss),
        (_IH, wide * (1 - hiss)),
        (_OU, rounded),
    ):
        weights[viseme] = float(_WEIGHTS @ track)
    total = max(1.0, sum(weights))
    weights = [weight / total for weight in weights]
    weights[0] = 1 - sum(weights)
    return Mouth(tuple(weights))


def stress(pcm: bytes) -> float:
    """How strongly the voice pushes just now, 0 to 1: loudness of the second half over the whole.

    Brows and head follow it; a third of a second around the playhead is a good measure.
    """
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768
    if not samples.size:
        return 0.0
    power = float(np.mean(samples**2))
    loudness = (10 * np.log10(power + 1e-9) + 34) / 20
    return float(np.clip(loudness, 0, 1))
