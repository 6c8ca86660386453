"""Where the samples of a WAV file lie."""

import os
import struct
from pathlib import Path
from typing import NamedTuple

from kiosk.audio.pcm import BYTES, MICROPHONE_RATE

PCM, _EXTENSIBLE = 1, 0xFFFE  # mmreg.h: WAVE_FORMAT_PCM, WAVE_FORMAT_EXTENSIBLE


class Wav(NamedTuple):
    """Where the samples of a 16-bit PCM WAV lie."""

    path: Path
    rate: int
    channels: int
    offset: int
    """Byte of the first sample."""
    frames: int

    @property
    def ready(self) -> bool:
        """Whether it can be played to the kiosk as it is."""
        return self.rate == MICROPHONE_RATE and self.channels == 1


def inspect(path: Path) -> Wav:
    """Find the samples of a WAV. `ValueError` says why it is not 16-bit PCM.

    Not by the standard library's `wave`, which knows no WAVE_FORMAT_EXTENSIBLE before Python 3.12
    and trusts the lengths that a program that writes to a pipe (espeak-ng, sox) cannot know.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        riff = file.read(12)
        if len(riff) < 12 or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
            raise ValueError("it is not a WAV file")
        rate = channels = 0
        while len(head := file.read(8)) == 8:
            name, length = head[:4], int.from_bytes(head[4:], "little")
            if name == b"fmt ":
                fmt = file.read(length + length % 2)
                if len(fmt) < 16:
                    raise ValueError("its format chunk is cut short")
                kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
                if kind == _EXTENSIBLE and len(fmt) >= 26:
                    kind = int.from_bytes(fmt[24:26], "little")
                if kind != PCM or bits != 16:
                    raise ValueError(f"its samples are not 16-bit PCM (format {kind}, {bits} bits)")
            elif name == b"data":
                if not rate or not channels:
                    raise ValueError("it does not say its sample rate")
                start = file.tell()
                frames = min(length, size - start) // (BYTES * channels)
                if not frames:
                    raise ValueError("it holds no sound")
                return Wav(path, rate, channels, start, frames)
            else:
                file.seek(length + length % 2, os.SEEK_CUR)
    raise ValueError("it holds no sound")
