"""Between a device's own rate and channels and ours, by soxr.

Imported only where a device or file is not what the Live API wants; elsewhere their 13 MB and 0.1 s
are saved.
"""

import os

import numpy as np
import soxr

from kiosk.audio.files import Wav
from kiosk.audio.pcm import BYTES, MICROPHONE_RATE, REPLY_RATE

_CHUNK = 1 << 16  # frames of a file converted at a time: 1.4 s at 48 kHz


class ToKiosk:
    """A device's frames → 16 kHz mono. The filter's state is kept: no seam between periods."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._stream = (
            soxr.ResampleStream(rate, MICROPHONE_RATE, 1, dtype="int16")
            if rate != MICROPHONE_RATE
            else None
        )

    def feed(self, pcm: bytes, last: bool = False) -> bytes:
        """What came out so far; more or less than went in, by the filter's delay."""
        samples = np.frombuffer(pcm, np.int16)
        if self._channels > 1:
            samples = samples.reshape(-1, self._channels).mean(axis=1).astype(np.int16)
        if self._stream is not None:
            samples = self._stream.resample_chunk(samples, last=last)
        return samples.tobytes()


class FromKiosk:
    """24 kHz mono → a device's frames."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._stream = (
            soxr.ResampleStream(REPLY_RATE, rate, 1, dtype="int16") if rate != REPLY_RATE else None
        )

    def feed(self, pcm: bytes) -> bytes:
        samples = np.frombuffer(pcm, np.int16)
        if self._stream is not None:
            samples = self._stream.resample_chunk(samples)
        return np.repeat(samples, self._channels).tobytes()


def converted_file(wav: Wav) -> int:
    """A descriptor of the whole WAV as 16 kHz mono s16le, in memory without a name."""
    fd = os.memfd_create("kiosk-input")
    convert = ToKiosk(wav.rate, wav.channels)
    with wav.path.open("rb") as file:
        file.seek(wav.offset)
        left = wav.frames
        while left:
            n = min(left, _CHUNK)
            left -= n
            os.write(fd, convert.feed(file.read(n * wav.channels * BYTES), last=not left))
    return fd
