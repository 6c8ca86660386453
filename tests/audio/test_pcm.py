"""Arithmetic on samples, held against numpy's."""

import numpy as np
import pytest

from kiosk.audio.pcm import FADE_SAMPLES, faded_in, faded_out, level, scaled

NOISE = np.random.default_rng(1).integers(-32768, 32767, 480).astype("<i2")
LOUD = np.full(480, 20_000, "<i2")


def test_level_is_the_root_mean_square_of_every_fourth_sample():
    root = np.sqrt(np.mean(NOISE[::4].astype(float) ** 2))
    assert level(NOISE.tobytes()) == pytest.approx(2 * root, abs=2)
    assert level(b"") == 0
    assert level(bytes(640)) == 0
    assert level(np.full(480, -32768, "<i2").tobytes()) == 65535


@pytest.mark.parametrize("volume", [0.0, 0.25, 1.0])
def test_scaled_is_the_samples_times_the_volume(volume):
    ours = np.frombuffer(scaled(NOISE.tobytes(), volume), "<i2")
    assert np.array_equal(ours, np.floor(NOISE * volume).astype("<i2"))


def test_a_fade_falls_to_zero_over_its_length_and_leaves_the_rest():
    out = np.frombuffer(faded_out(LOUD.tobytes()), "<i2").astype(int)
    assert np.array_equal(out[:-FADE_SAMPLES], LOUD[:-FADE_SAMPLES])
    assert (np.diff(out[-FADE_SAMPLES:]) < 0).all()
    assert 0 <= out[-1] < 10
    into = np.frombuffer(faded_in(LOUD.tobytes()), "<i2").astype(int)
    assert np.array_equal(into, out[::-1])


@pytest.mark.parametrize("samples", [0, 1, 7, FADE_SAMPLES - 1])
def test_what_is_shorter_than_a_fade_still_ends_near_zero(samples):
    out = np.frombuffer(faded_out(LOUD[:samples].tobytes()), "<i2")
    assert len(out) == samples
    assert samples == 0 or abs(int(out[-1])) < 10
