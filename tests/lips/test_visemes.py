import logging

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import espeak
from benchmarks.lips.phones import pieces
from kiosk.formats import REPLY_HZ
from kiosk.lips import visemes
from kiosk.lips.visemes import AFTER_SAMPLES, BEFORE_SAMPLES, CLOSED, VISEMES, Mouth, mouth
from tests.support.screen import vowel

SPAN = BEFORE_SAMPLES + AFTER_SAMPLES


def said(text: str, voice: str = "en-us", gain: float = 1.0):
    """Samples as int16 at REPLY_HZ, and what the lips do in them."""
    spoken = espeak.speak(text, voice, 150)
    sound = soxr.resample(spoken.sound, espeak.RATE_HZ, REPLY_HZ) * 32767 * gain
    return sound.clip(-32768, 32767).astype("<i2"), pieces(spoken.phones)


def at(samples, place_s: float) -> Mouth:
    padded = np.pad(samples, (BEFORE_SAMPLES, AFTER_SAMPLES))
    start = round(place_s * REPLY_HZ)
    return mouth(padded[start : start + SPAN].tobytes())


def middles(found, *names: str) -> list[float]:
    return [(each.start_s + each.end_s) / 2 for each in found if each.viseme in names]


def test_silence_closes_the_mouth():
    assert mouth(bytes(2 * SPAN)) == CLOSED


def test_faint_noise_leaves_it_closed():
    faint = np.random.default_rng(2).normal(scale=30, size=SPAN).astype("<i2").tobytes()
    assert mouth(faint).open < 0.05


def test_a_wide_vowel_opens_the_mouth_and_a_round_one_rounds_it():
    samples, found = said("father, who saw the moon?")
    ah = at(samples, middles(found, "aa")[0])
    assert ah.open > 0.6
    moon = at(samples, middles(found, "ou")[-1])
    assert moon.round > 0.5 > moon.open


def test_lips_meet_for_p_b_and_m():
    samples, found = said("a map, a baby, mama and papa, above a boat")
    closures = middles(found[1:], "PP")
    assert len(closures) >= 8
    shut = [min(at(samples, s + d).open for d in (-0.017, 0, 0.017)) for s in closures]
    assert max(shut) < 0.15
    assert min(at(samples, s).open for s in middles(found, "aa")) > 0.35


def test_a_quiet_voice_moves_the_same_lips():
    loud, found = said("a map, a baby, mama and papa")
    for place_s in middles(found, "aa", "PP"):
        quiet = at((loud // 4).astype("<i2"), place_s)
        assert quiet.open == pytest.approx(at(loud, place_s).open, abs=0.3)


def test_it_opens_a_little_before_the_sound_and_closes_with_its_end():
    samples, _ = said("ah")
    heard = np.flatnonzero(np.abs(samples.astype(int)) > 400) / REPLY_HZ
    shown = [
        s for s in np.arange(-0.2, len(samples) / REPLY_HZ + 0.2, 0.01) if at_or_rest(samples, s)
    ]
    assert -0.06 < shown[0] - heard[0] < 0.02
    assert -0.1 < shown[-1] - heard[-1] < 0.08


def at_or_rest(samples, place_s: float) -> bool:
    padded = np.pad(samples, REPLY_HZ)
    return at(padded, place_s + 1).open > 0.15


def test_the_same_place_has_the_same_lips_whoever_asks():
    """Nothing is remembered: neither order nor rate of the pictures matters."""
    samples, _ = said("the purple boat sank")
    places = [0.3, 0.7, 0.1, 0.7, 0.3]
    looks = {place_s: at(samples, place_s) for place_s in places}
    assert all(at(samples, place_s) == looks[place_s] for place_s in reversed(places))


def test_one_sample_further_is_nearly_the_same_shape():
    samples, _ = said("the purple boat sank")
    for place_s in np.arange(0.1, 1.2, 0.09):
        here, there = (at(samples, place_s + step / REPLY_HZ).open for step in (0, 1))
        assert here == pytest.approx(there, abs=0.02)


def test_lips_do_not_jump():
    samples, _ = said("please bring a map of the museum")
    opened = [at(samples, n / 120).open for n in range(len(samples) // 200)]
    assert np.abs(np.diff(opened)).max() < 0.35


@settings(deadline=None)  # The first call reads the model, and others use this machine.
@given(st.binary(min_size=1, max_size=200))
def test_any_sound_gives_a_mixture(some):
    shape = mouth((some * 2 * SPAN)[: 2 * SPAN])
    assert sum(shape.weights) == pytest.approx(1)
    assert all(0 <= weight <= 1 for weight in shape.weights)
    assert all(0 <= value <= 1 for value in (shape.open, shape.wide, shape.round))


def test_another_length_is_refused():
    with pytest.raises(ValueError, match=f"expected {SPAN} samples"):
        mouth(bytes(100))


def test_a_damaged_model_leaves_the_bands_and_one_line(tmp_path, monkeypatch, caplog):
    broken = tmp_path / "lips.npz"
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    monkeypatch.setattr(visemes.packaged, "path", lambda name: broken)
    monkeypatch.setattr(visemes, "_model", visemes.cache(visemes._model.__wrapped__))
    with caplog.at_level(logging.WARNING):
        shapes = [mouth(vowel(SPAN)) for _ in range(3)]
    assert all(shape.open > 0.5 for shape in shapes)
    assert set(np.array(VISEMES)[np.flatnonzero(shapes[0].weights)]) <= {
        *("sil", "aa", "SS", "ih", "ou")
    }
    assert [str(broken) in record.getMessage() for record in caplog.records] == [True]
