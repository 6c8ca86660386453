"""The figures of the demo's table are computed; here is that they can be wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.demo.report import Recording, compare, silence_after

SOUND = np.random.default_rng(7).integers(-3000, 3000, 4000).astype("<i2")


def test_equal_is_nothing_lost_and_nothing_doubled():
    assert compare(SOUND.tobytes(), SOUND.tobytes()) == (0, 0)


@given(st.integers(0, 3000), st.integers(1, 900))
def test_a_lost_piece_is_counted(start, length):
    got = np.delete(SOUND, slice(start, start + length))
    lost, doubled = compare(SOUND.tobytes(), got.tobytes())
    assert (lost, doubled) == (length, 0)


@given(st.integers(0, 3000), st.integers(1, 900))
def test_a_doubled_piece_is_counted(start, length):
    piece = SOUND[start : start + length]
    got = np.concatenate([SOUND[: start + length], piece, SOUND[start + length :]])
    lost, doubled = compare(SOUND.tobytes(), got.tobytes())
    assert (lost, doubled) == (0, length)


def test_nothing_heard_is_all_lost():
    assert compare(SOUND.tobytes(), b"") == (len(SOUND), 0)


def test_silence_is_measured_from_the_press_to_the_last_audible_sample():
    pcm = np.zeros(24_000, np.int16)
    pcm[: 12_000 + 480] = 5000
    recording = Recording(pcm, 24_000, 100.0)
    assert silence_after(recording, 100.5, 101.0) == pytest.approx(0.020)
    assert silence_after(recording, 100.6, 101.0) is None
