import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.audio.visemes import AFTER, BEFORE, CLOSED, RATE_HZ, mouth, stress
from tests.support.screen import vowel

SPAN = BEFORE + AFTER
AH, EE, OO = (760, 1250), (300, 2400), (320, 800)


def noise(samples: int) -> bytes:
    """Hiss above 4 kHz, as of an "s"."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=samples))
    spectrum[np.fft.rfftfreq(samples, 1 / RATE_HZ) < 4000] = 0
    wave = np.fft.irfft(spectrum, samples)
    return np.asarray(wave / np.abs(wave).max() * 12000, dtype="<i2").tobytes()


def test_silence_closes_the_mouth():
    assert mouth(bytes(2 * SPAN)) == CLOSED
    assert stress(bytes(2 * SPAN)) == 0


def test_faint_noise_leaves_it_closed():
    faint = np.random.default_rng(2).normal(scale=30, size=SPAN).astype("<i2").tobytes()
    assert mouth(faint).open < 0.05


def test_louder_is_wider_open():
    loud = np.frombuffer(vowel(SPAN, AH), "<i2")
    opened = [mouth((loud // part).astype("<i2").tobytes()).open for part in (32, 8, 2, 1)]
    assert opened == sorted(opened)
    assert opened[-1] > 0.6
    assert stress(loud.tobytes()) > stress((loud // 8).astype("<i2").tobytes())


def test_vowels_have_their_shapes():
    ah, ee, oo = (mouth(vowel(SPAN, formants)) for formants in (AH, EE, OO))
    assert ah.open > max(ee.open, oo.open)
    assert ee.wide > max(ah.wide, oo.wide)
    assert oo.round > max(ah.round, ee.round) + 0.2


def test_a_hiss_is_wide_and_nearly_shut():
    hiss = mouth(noise(SPAN))
    assert hiss.open < 0.35
    assert hiss.wide > hiss.open


def test_it_opens_a_little_before_the_sound_and_closes_after_it():
    sound = bytes(2 * SPAN) + vowel(2 * SPAN, AH) + bytes(2 * SPAN)
    track = [mouth(sound[2 * at : 2 * (at + SPAN)]).open for at in range(0, 3 * SPAN, 240)]
    start = next(i for i, opened in enumerate(track) if opened > 0.1) * 240 + BEFORE
    end = (len(track) - next(i for i, o in enumerate(track[::-1]) if o > 0.1)) * 240 + BEFORE
    assert -0.04 < (start - SPAN) / RATE_HZ < 0.01
    assert 0 < (end - 3 * SPAN) / RATE_HZ < 0.09


def test_one_sample_further_is_nearly_the_same_shape():
    sound = vowel(SPAN + 1, AH)
    assert mouth(sound[:-2]).open == pytest.approx(mouth(sound[2:]).open, abs=0.01)


@given(st.binary(min_size=1, max_size=200))
def test_any_sound_gives_a_shape_in_range(some):
    shape = mouth((some * 2 * SPAN)[: 2 * SPAN])
    assert all(0 <= value <= 1 for value in (shape.open, shape.wide, shape.round))


def test_another_length_is_refused():
    with pytest.raises(ValueError, match="expected 2880 samples"):
        mouth(bytes(100))
