"""Between a device's own rate and channels and ours, by soxr.

Imported only where a device or file is not what the Live API wants; elsewhere the 13 MB and 0.1 s
of soxr and numpy are saved.

soxr works in blocks: of 20 ms periods at quality HQ nothing comes for 35 ms and then two at once;
at LQ (16 bits too, with a softer edge at the top) none is ever more than 20.4 ms late. A device
wants its periods evenly, so it is LQ here, and a little silence ahead of the first sample lets each
period come out whole.
"""

import os

import numpy as np
import numpy.typing as npt
import soxr

from kiosk.audio.wav import Wav
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ

LATE_S = 0.025
"""Seconds that converted sound is late, always: more than soxr's worst."""

Samples = npt.NDArray[np.int16]


class _Steady:
    """A resampler that gives for every period of sound exactly a period of sound."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._rates = rate_in, rate_out
        self._stream = soxr.ResampleStream(rate_in, rate_out, 1, dtype="int16", quality="LQ")
        self._ready = np.zeros(round(LATE_S * rate_out), np.int16)
        self._in = self._out = 0

    def feed(self, samples: Samples) -> Samples:
        self._ready = np.append(self._ready, self._stream.resample_chunk(samples))
        self._in += len(samples)
        due = self._in * self._rates[1] // self._rates[0] - self._out
        self._out += due
        out, self._ready = self._ready[:due], self._ready[due:]
        return out


class ToKiosk:
    """A device's frames → 16 kHz mono, as much of it as went in."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._steady = None if rate == MICROPHONE_HZ else _Steady(rate, MICROPHONE_HZ)
        self.latency_ns = round(LATE_S * 1e9) if self._steady else 0

    def feed(self, pcm: bytes) -> bytes:
        samples = _mono(pcm, self._channels)
        return (self._steady.feed(samples) if self._steady else samples).tobytes()


class FromKiosk:
    """24 kHz mono → a device's frames, as much of it as went in."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._steady = None if rate == REPLY_HZ else _Steady(REPLY_HZ, rate)
        self.latency_ns = round(LATE_S * 1e9) if self._steady else 0

    def feed(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, np.int16)
        if self._steady:
            samples = self._steady.feed(samples)
        return np.repeat(samples, self._channels).tobytes()


class ToReply:
    """A service's mono sound of another rate → 24 kHz. It waits to be heard in any case, and may
    come in blocks: nothing needs to be steady here.
    """

    def __init__(self, rate: int) -> None:
        self._stream = soxr.ResampleStream(rate, REPLY_HZ, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        """The next of it; some of what was fed may come later."""
        return bytes(self._stream.resample_chunk(np.frombuffer(pcm, np.int16)))

    def end(self) -> bytes:
        """The rest."""
        return bytes(self._stream.resample_chunk(np.empty(0, np.int16), last=True))


def _mono(pcm: bytes, channels: int) -> Samples:
    samples = np.frombuffer(pcm, np.int16)
    if channels == 1:
        return samples
    mono: Samples = samples.reshape(-1, channels).mean(axis=1).astype(np.int16)
    return mono


def converted_file(wav: Wav) -> int:
    """A descriptor of the whole WAV as 16 kHz mono s16le, in memory without a name."""
    fd = os.memfd_create("kiosk-input")
    stream = soxr.ResampleStream(wav.rate, MICROPHONE_HZ, 1, dtype="int16")
    for block in wav.blocks():
        os.write(fd, stream.resample_chunk(_mono(block, wav.channels)).tobytes())
    os.write(fd, stream.resample_chunk(np.empty(0, np.int16), last=True).tobytes())
    return fd
