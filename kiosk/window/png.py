"""A surface as PNG, without standing in the way of sound.

`pygame.image.save` holds the interpreter lock for the whole of its work (0.8 s for a large
picture). Here the pixels are copied at once and packed elsewhere in strips; zlib lets others run
meanwhile.
"""

import struct
import zlib

import numpy as np
import pygame

_STRIP = 32
"""Rows packed at a time."""


class Still:
    """The pixels of a surface at a moment, ready to be packed in any thread."""

    def __init__(self, surface: pygame.Surface) -> None:
        if surface.get_bytesize() != 4:
            surface = surface.convert(32)
        self.size = surface.get_size()
        self._pitch = surface.get_pitch()
        self._bytes_of = [shift // 8 for shift in surface.get_shifts()[:3]]
        # In strips, so that others may have the interpreter between two of them.
        pixels = memoryview(surface.get_buffer())  # type: ignore[arg-type]  # its stub has no __buffer__
        size = _STRIP * self._pitch
        self._strips = [bytes(pixels[at : at + size]) for at in range(0, len(pixels), size)]

    def png(self) -> bytes:
        """Pack as an 8-bit RGB PNG."""
        width, height = self.size
        packer = zlib.compressobj(6)
        packed = []
        above = np.zeros((1, width, 3), dtype=np.uint8)
        for pixels in self._strips:
            rows = np.frombuffer(pixels, dtype=np.uint8).reshape(-1, self._pitch)
            strip = rows[:, : width * 4].reshape(-1, width, 4)[..., self._bytes_of]
            # Filter 2 (up): each byte less the one above; gradients become runs.
            differences = strip - np.concatenate([above, strip[:-1]])
            above = strip[-1:]
            lines = np.empty((len(strip), 1 + width * 3), dtype=np.uint8)
            lines[:, 0] = 2
            lines[:, 1:] = differences.reshape(len(strip), -1)
            packed.append(packer.compress(lines.tobytes()))
        packed.append(packer.flush())
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + _chunk(b"IHDR", header)
            + _chunk(b"IDAT", b"".join(packed))
            + _chunk(b"IEND", b"")
        )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
