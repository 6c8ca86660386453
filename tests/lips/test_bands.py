"""The fallback of a kiosk without a model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.formats import REPLY_HZ
from kiosk.lips.bands import AFTER_SAMPLES, BEFORE_SAMPLES, shares
from kiosk.lips.visemes import VISEMES, Mouth
from tests.support.screen import vowel

SPAN = BEFORE_SAMPLES + AFTER_SAMPLES
AH, EE, OO = (760, 1250), (300, 2400), (320, 800)


def mouth(pcm: bytes) -> Mouth:
    found = shares(np.frombuffer(pcm, "<i2") / 32768)
    return Mouth((1 - sum(found.values()), *(found.get(name, 0.0) for name in VISEMES[1:])))


def noise(samples: int) -> bytes:
    """Hiss above 4 kHz, as of an "s"."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=samples))
    spectrum[np.fft.rfftfreq(samples, 1 / REPLY_HZ) < 4000] = 0
    wave = np.fft.irfft(spectrum, samples)
    return np.asarray(wave / np.abs(wave).max() * 12000, dtype="<i2").tobytes()


def test_silence_is_rest():
    assert shares(np.zeros(SPAN)) == {}


def test_louder_is_wider_open():
    loud = np.frombuffer(vowel(SPAN, AH), "<i2")
    opened = [mouth((loud // part).astype("<i2").tobytes()).open for part in (32, 8, 2, 1)]
    assert opened == sorted(opened)
    assert opened[-1] > 0.6


def test_vowels_have_their_shapes():
    ah, ee, oo = (mouth(vowel(SPAN, formants)) for formants in (AH, EE, OO))
    assert ah.open > max(ee.open, oo.open)
    assert ee.wide > max(ah.wide, oo.wide)
    assert oo.round > max(ah.round, ee.round) + 0.2


def test_a_hiss_is_wide_and_nearly_shut():
    hiss = mouth(noise(SPAN))
    assert hiss.open < 0.35
    assert hiss.wide > hiss.open


@settings(deadline=None)  # Others use this machine too.
@given(st.binary(min_size=1, max_size=200))
def test_any_sound_gives_a_shape_in_range(some):
    shape = mouth((some * 2 * SPAN)[: 2 * SPAN])
    assert all(0 <= value <= 1 for value in (shape.open, shape.wide, shape.round))
    assert sum(shape.weights) == pytest.approx(1)
