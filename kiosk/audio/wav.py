"""The samples of a WAV file, whoever wrote it and however far they came.

Not by the standard library's `wave`, which knows no WAVE_FORMAT_EXTENSIBLE before Python 3.12, no
floating point and no RF64, and which trusts the lengths in the headers. These are wrong where the
program wrote to a pipe or was killed. libsndfile (`soundfile`, 3.6 MB) reads more formats, and of a
recording that was cut off nothing: a data length of 0 is an empty file to it.
"""

import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from kiosk.formats import MICROPHONE_HZ, SAMPLE_BYTES

PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
"""Source: mmreg.h, WAVE_FORMAT_*."""
_ENCODINGS = {(PCM, 1), (PCM, 2), (PCM, 3), (PCM, 4), (_FLOAT, 4), (_FLOAT, 8)}
"""Formats that are read, with the bytes of a sample."""
_MAGIC = (b"RIFF", b"RF64", b"BW64")
_RATES_HZ = range(1000, 768_001)
_BLOCK_FRAMES = 1 << 16
"""1.4 s at 48 kHz."""


class Wav(NamedTuple):
    """Where the samples of a WAV lie, and what they are."""

    path: Path
    rate: int
    channels: int
    offset: int
    """Byte of the first sample."""
    frames: int
    kind: int = PCM
    width: int = SAMPLE_BYTES
    """Bytes of a sample."""

    @property
    def ready(self) -> bool:
        """Whether it can be played to the kiosk as it is."""
        as_it_is = self.kind == PCM and self.width == SAMPLE_BYTES
        return as_it_is and self.rate == MICROPHONE_HZ and self.channels == 1

    def pcm(self) -> bytes:
        """All samples, s16le, channels interleaved."""
        return b"".join(self.blocks())

    def blocks(self, frames: int = _BLOCK_FRAMES) -> Iterator[bytes]:
        """The same in blocks of so many frames; fewer where the file became shorter."""
        frame = self.channels * self.width
        with self.path.open("rb") as file:
            file.seek(self.offset)
            for at in range(0, self.frames, frames):
                count = min(frames, self.frames - at)
                raw = file.read(count * frame)
                raw = raw[: len(raw) // frame * frame]
                yield raw if (self.kind, self.width) == (PCM, SAMPLE_BYTES) else self._s16(raw)

    def _s16(self, raw: bytes) -> bytes:
        import numpy as np  # Only for what is not 16 bits: 13 MB and 0.1 s.

        if self.kind == _FLOAT:
            floats = np.nan_to_num(np.frombuffer(raw, f"<f{self.width}"), posinf=1.0, neginf=-1.0)
            return np.asarray(np.clip(np.rint(floats * 32768), -32768, 32767), "<i2").tobytes()
        samples = np.frombuffer(raw, np.uint8).reshape(-1, self.width)
        if self.width == 1:  # These have no sign.
            return ((samples.astype("<i2") - 128) << 8).tobytes()
        return samples[:, -SAMPLE_BYTES:].tobytes()  # The upper bytes: the last ones.


def inspect(path: Path) -> Wav:
    """Find the samples of a WAV.

    Raises:
        ValueError: it cannot be played; it says why.
    """
    # Without waiting for somebody to write into a pipe.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is not a file")
        return _found(path, file, about.st_size)


def _found(path: Path, file: IO[bytes], size: int) -> Wav:
    riff = file.read(12)
    if len(riff) < 12 or riff[:4] not in _MAGIC or riff[8:] != b"WAVE":
        raise ValueError("it is not a WAV file")
    whole = int.from_bytes(riff[4:8], "little")
    rate = channels = kind = width = 0
    long_length: int | None = None
    while len(head := file.read(8)) == 8:
        name, length = head[:4], int.from_bytes(head[4:], "little")
        start = file.tell()
        if name == b"fmt ":
            kind, channels, rate, width = _format(file.read(min(length, 40)))
        elif name == b"ds64" and len(lengths := file.read(16)) == 16:
            whole, long_length = struct.unpack("<QQ", lengths)
        elif name == b"data":
            if not rate:
                raise ValueError("it does not say what its samples are")
            there = size - start
            length = length if long_length is None else long_length
            if length > there or (length == 0 and whole + 8 != size):
                length = there  # Its writer was killed, or could not go back to say how much.
            if not (frames := length // (width * channels)):
                raise ValueError("it holds no sound")
            return Wav(path, rate, channels, start, frames, kind, width)
        _skip(file, start + length, length % 2)
    raise ValueError("it holds no sound")


def _format(chunk: bytes) -> tuple[int, int, int, int]:
    """Kind, channels, rate in Hz, and bytes of a sample."""
    if len(chunk) < 16:
        raise ValueError("its format chunk is cut short")
    kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = int.from_bytes(chunk[24:26], "little")
    # A sample of 20 bits stands in 24; some writers leave the size of the block empty.
    width = max(block // max(channels, 1), -(-bits // 8))
    if (kind, width) not in _ENCODINGS:
        raise ValueError(f"its samples are neither PCM nor floats (format {kind}, {bits} bits)")
    if rate not in _RATES_HZ or not channels:
        raise ValueError(f"it tells {rate} Hz and {channels} channels")
    return kind, channels, rate, width


def _skip(file: IO[bytes], end: int, is_odd: int) -> None:
    """To the next chunk. One of odd length is followed by a zero, which some writers leave out."""
    file.seek(end)
    if is_odd and file.read(1) != b"\0":
        file.seek(end)
