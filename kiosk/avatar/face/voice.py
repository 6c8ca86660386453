"""What is heard of the reply, as a face needs it: lips, loudness, stress, and where phrases end.

A function of the samples around the playhead and of how long that has stood still, so that neither
the frame rate nor what was asked before matters.
"""

import numpy as np
from msgspec import Struct

from kiosk.avatar.face.pose import PHRASE_BLINK_S, Voice
from kiosk.core.scene import Senses
from kiosk.formats import REPLY_HZ
from kiosk.lips.visemes import AFTER_SAMPLES, BEFORE_SAMPLES, mouth

_STILL_S = 0.06
"""A playhead that has not moved for so long stands: sound is held or has ended, and lips close."""
_SHUT_S = 0.12
"""Seconds in which they close then."""
_STEP = 120
"""Samples of one measurement (5 ms)."""
_HISTORY = 240
"""Measurements that are looked at (1.2 s): a phrase, and the pause after it."""
_SYLLABLE = 40
"""Measurements of a syllable (0.2 s)."""
_QUIET_DB = -42.0
"""Below it nobody speaks (of full scale, over 5 ms)."""
_HANN = np.hanning(_SYLLABLE) / np.hanning(_SYLLABLE).sum()


_GRID = 1600
"""Samples (67 ms) from one judgement of loudness and stress to the next: they are slower than lips,
and between two places of this grid they go evenly from one to the other.
"""


class Prosody(Struct, frozen=True):
    """How something is said, up to a place in the sound."""

    loud: float = 0.0
    """0 to 1."""
    stress: float = 0.0
    """0 to 1."""
    phrase_end_s: float = float("inf")
    """Seconds since the last phrase ended that a pause followed."""


class ReplyListener:
    """Hears the reply: silence unless the playhead moves."""

    def __init__(self) -> None:
        self._playhead = 0
        self._moved_s = float("-inf")
        self._judged: dict[int, Prosody] = {}
        """The newest two places of the grid. What is judged there has been played already, and
        does not change any more.
        """

    def voice(self, senses: Senses, now_s: float) -> Voice:
        """What is heard at the sample now being played."""
        playhead = senses.playhead()
        if playhead < self._playhead:
            self._judged.clear()
        if playhead != self._playhead:
            self._playhead, self._moved_s = playhead, now_s
        still_s = now_s - self._moved_s
        if playhead <= 0 or still_s > 1:
            return Voice()
        left = 1 - min(max((still_s - _STILL_S) / _SHUT_S, 0.0), 1.0)
        said = self._between(senses, playhead)
        phrase_end_s = said.phrase_end_s
        if left < 1:
            heard = senses.reply(playhead - _HISTORY * _STEP, playhead)
            phrase_end_s = prosody(heard, still_s).phrase_end_s
        if not left:
            return Voice(phrase_end_s=phrase_end_s)
        shape = mouth(senses.reply(playhead - BEFORE_SAMPLES, playhead + AFTER_SAMPLES))
        if left < 1:
            shape = shape.relaxed(left)
        return Voice(shape, said.loud * left, said.stress * left, phrase_end_s)

    def _between(self, senses: Senses, playhead: int) -> Prosody:
        """The prosody at a playhead, one step of the grid late."""
        place = playhead // _GRID
        self._judged = {
            at: self._judged.get(at)
            or prosody(senses.reply(at * _GRID - _HISTORY * _STEP, at * _GRID))
            for at in (place - 1, place)
        }
        before, here = self._judged.values()
        passed = playhead - place * _GRID
        share = passed / _GRID
        return Prosody(
            before.loud + (here.loud - before.loud) * share,
            before.stress + (here.stress - before.stress) * share,
            here.phrase_end_s + passed / REPLY_HZ,
        )


def prosody(pcm: bytes, still_s: float = 0.0) -> Prosody:
    """How it is said.

    Args:
        pcm: 1.2 s of s16le mono 24 kHz up to the playhead.
        still_s: for so long nothing has followed.
    """
    steps = np.frombuffer(pcm, dtype="<i2").astype(np.float32).reshape(-1, _STEP)
    power = np.einsum("ij,ij->i", steps, steps) / (_STEP * 32768.0**2) + 1e-10
    spoken = 10 * np.log10(power) > _QUIET_DB
    if not spoken.any():
        return Prosody()
    # Twice smoothed, power and then what it means: heads and brows are slower than sound.
    level_db = 10 * np.log10(np.convolve(power[-2 * _SYLLABLE + 1 :], _HANN, "valid"))
    phrase_db = 10 * np.log10(power[spoken].mean())
    loud = np.clip((level_db + 36) / 22, 0, 1)
    stress = np.clip((level_db - phrase_db) / 3.5, 0, 1) * np.minimum(2 * loud, 1.0)
    return Prosody(float(_HANN @ loud), float(_HANN @ stress), _phrase_end_s(spoken, still_s))


def _phrase_end_s(spoken: np.ndarray, still_s: float) -> float:
    """Seconds since the newest pause began that is long enough; infinite where there is none."""
    step_s = _STEP / REPLY_HZ
    edges = np.flatnonzero(np.diff(spoken.astype(np.int8)))
    ends = [edge + 1 for edge in edges if spoken[edge]]
    for start in reversed(ends):
        later = np.flatnonzero(spoken[start:])
        length_s = later[0] * step_s if later.size else (spoken.size - start) * step_s + still_s
        if length_s >= PHRASE_BLINK_S:
            return float((spoken.size - start) * step_s + still_s)
    return float("inf")
