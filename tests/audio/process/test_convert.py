"""Between a device's rate and channels and ours: the same sound, a fixed time later."""

import os
import wave

import numpy as np
import pytest

from kiosk.audio.process.convert import LATE_S, FromKiosk, ToKiosk, ToReply, converted_file
from kiosk.audio.wav import inspect

FREQUENCY_HZ = 440.0


def tone(rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    at_s = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.round(8000 * np.sin(2 * np.pi * FREQUENCY_HZ * at_s)).astype("<i2")


def likeness(heard: np.ndarray, rate_hz: int, late_s: float = 0.0) -> float:
    """How far the middle of what was heard is the tone, so much later: 1 is all of it."""
    at_s = np.arange(len(heard)) / rate_hz - late_s
    wanted = np.sin(2 * np.pi * FREQUENCY_HZ * at_s)
    part = slice(len(heard) // 4, -len(heard) // 4)
    return float(np.corrcoef(heard[part].astype(float), wanted[part])[0, 1])


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_each_period_of_a_device_is_a_period_of_the_kiosk(rate_hz):
    microphone, sound = ToKiosk(rate_hz, 2), np.repeat(tone(rate_hz), 2)
    periods = np.split(sound, range(0, len(sound), rate_hz // 25))[1:]  # 20 ms of two channels
    fed = [np.frombuffer(microphone.feed(period.tobytes()), "<i2") for period in periods]
    assert {len(period) for period in fed} == {320}
    assert microphone.latency_ns == round(LATE_S * 1e9)
    assert likeness(np.concatenate(fed), 16_000, LATE_S) > 0.99


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_each_period_of_the_reply_is_a_period_of_the_device(rate_hz):
    loudspeaker, sound = FromKiosk(rate_hz, 2), tone(24_000)
    frames = [
        np.frombuffer(loudspeaker.feed(period.tobytes()), "<i2").reshape(-1, 2)
        for period in np.split(sound, range(480, len(sound), 480))
    ]
    assert {len(period) for period in frames} == {rate_hz // 50}
    heard = np.concatenate(frames)
    assert np.array_equal(heard[:, 0], heard[:, 1])
    assert likeness(heard[:, 0], rate_hz, LATE_S) > 0.99


def test_what_is_ours_already_comes_out_as_it_went_in_and_at_once():
    sound = tone(16_000).tobytes()
    assert (ToKiosk(16_000, 1).feed(sound), ToKiosk(16_000, 1).latency_ns) == (sound, 0)
    assert (FromKiosk(24_000, 1).feed(sound), FromKiosk(24_000, 1).latency_ns) == (sound, 0)


def test_a_reply_of_another_rate_is_whole_at_its_end():
    stream, sound = ToReply(16_000), tone(16_000)
    pieces = [stream.feed(piece.tobytes()) for piece in np.split(sound, 10)]
    heard = np.frombuffer(b"".join([*pieces, stream.end()]), "<i2")
    assert len(heard) == pytest.approx(24_000, abs=1)
    assert likeness(heard, 24_000) > 0.999


def test_a_file_of_another_rate_is_converted_whole(tmp_path):
    file = tmp_path / "a.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((2, 2, 48_000, 0, "NONE", ""))
        out.writeframes(np.repeat(tone(48_000), 2).tobytes())
    descriptor = converted_file(inspect(file))
    heard = np.frombuffer(os.pread(descriptor, 1 << 20, 0), "<i2")
    os.close(descriptor)
    assert len(heard) == pytest.approx(16_000, abs=1)
    assert likeness(heard, 16_000) > 0.999
