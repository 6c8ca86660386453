"""Mouth shapes without a model: loudness opens the mouth, the balance of a few bands widens or
rounds it. For a kiosk whose model file is missing or damaged.
"""

from typing import Any

import numpy as np

from kiosk.formats import REPLY_HZ

FRAME_SAMPLES = 480
"""Samples of one analysis frame (20 ms)."""
BEFORE_SAMPLES = 4 * FRAME_SAMPLES
"""Samples before the playhead that still shape the mouth: lips close more slowly than they open."""
AFTER_SAMPLES = 2 * FRAME_SAMPLES
"""Samples after the playhead: lips are in place a little before the sound (coarticulation)."""

_WEIGHTS = np.array([0.06, 0.12, 0.2, 0.28, 0.24, 0.10])
"""How much each of the six frames has to say, the oldest first; together 1."""
_QUIET_DB, _LOUD_DB = -46.0, -17.0
"""Loudness at which the mouth begins to open, and at which it is fully open: RMS of a frame, in dB
relative to full scale."""

_HANN = np.hanning(FRAME_SAMPLES)
_HZ = np.fft.rfftfreq(FRAME_SAMPLES, 1 / REPLY_HZ)
# Which frequencies tell the first and the second formant apart, and a hiss such as "s" from both.
_F1_LOW = (_HZ >= 200) & (_HZ < 560)
_F1_HIGH = (_HZ >= 560) & (_HZ < 1100)
_F2_LOW = (_HZ >= 1100) & (_HZ < 1700)
_F2_HIGH = (_HZ >= 1700) & (_HZ < 3400)
_HISS = (_HZ >= 4000) & (_HZ < 10_000)


def shares(samples: np.ndarray[Any, Any]) -> dict[str, float]:
    """Shares of the visemes that bands can tell apart; what is left of 1 is rest.

    `samples`, -1 to 1, are BEFORE_SAMPLES before the playhead and AFTER_SAMPLES after it.
    """
    frames = samples.reshape(-1, FRAME_SAMPLES)
    power = np.mean(frames**2, axis=1)
    if float(power.max()) < 1e-6:
        return {}
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
    tracks = {"aa": opened, "SS": wide * hiss, "ih": wide * (1 - hiss), "ou": rounded}
    found = {viseme: float(_WEIGHTS @ track) for viseme, track in tracks.items()}
    total = max(1.0, sum(found.values()))
    return {viseme: share / total for viseme, share in found.items()}
