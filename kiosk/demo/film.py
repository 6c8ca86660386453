"""Films the screen: small frames are put aside while the kiosk talks, and encoded when it is done.

Encoding at once would disturb what the demo measures, and raw frames of a minute fill the memory of
a small board; flat pictures shrink to a few per cent, and zlib works outside the interpreter lock.
"""

import contextlib
import queue
import struct
import threading
import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pygame

from kiosk.audio.wav import inspect
from kiosk.formats import REPLY_HZ

FRAMES_PER_S = 12
"""Enough for a talking face; more would take time from what the demo measures."""
LONG_SIDE_PX = 640
"""Of the film; a larger picture is made smaller."""


class Film:
    """Takes frames on the drawing thread, keeps them in a file.

    Args:
        path: where the frames are kept until `encode`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # One writer: the drawing thread (`take`). `encode` reads the size when it has stopped.
        self._size: tuple[int, int] | None = None
        self._next_s = 0.0
        self._frames: queue.Queue[tuple[float, bytes] | None] = queue.Queue(maxsize=FRAMES_PER_S)
        self._thread = threading.Thread(target=self._keep, name="film", daemon=True)
        self._thread.start()

    def take(self, surface: pygame.Surface, at_s: float) -> None:
        """One drawn frame; most are passed over."""
        if at_s < self._next_s:
            return
        self._next_s = at_s + 1 / FRAMES_PER_S
        if self._size is None:
            width, height = surface.get_size()
            shrink = LONG_SIDE_PX / max(width, height, LONG_SIDE_PX)
            self._size = (int(width * shrink) // 2 * 2, int(height * shrink) // 2 * 2)
        small = pygame.transform.smoothscale(surface, self._size)
        with contextlib.suppress(queue.Full):  # A frame less is not seen; waiting would be.
            self._frames.put_nowait((at_s, pygame.image.tobytes(small, "RGB")))

    def close(self) -> None:
        """No more frames."""
        self._frames.put(None)
        self._thread.join()

    def _keep(self) -> None:
        with self._path.open("wb") as out:
            while (frame := self._frames.get()) is not None:
                packed = zlib.compress(frame[1], 1)
                out.write(struct.pack("<dI", frame[0], len(packed)) + packed)

    def _kept(self) -> Iterator[tuple[float, np.ndarray]]:
        assert self._size is not None  # noqa: S101 - `encode` has looked
        with self._path.open("rb") as kept:
            while head := kept.read(12):
                at_s, size = struct.unpack("<dI", head)
                pixels = np.frombuffer(zlib.decompress(kept.read(size)), np.uint8)
                yield at_s, pixels.reshape(self._size[1], self._size[0], 3)

    def encode(self, sound: Path, from_s: float, film: Path) -> None:
        """Write the film with its sound; nothing where there was no frame.

        Args:
            sound: stereo WAV, both sides of the conversation, at 24 kHz.
            from_s: monotonic time of its first sample.
            film: the `.mp4` to write.
        """
        import av

        if self._size is None:
            return
        with av.open(str(film), "w") as out:
            picture = out.add_stream("libx264", rate=FRAMES_PER_S, options={"preset": "veryfast"})
            picture.width, picture.height = self._size
            picture.pix_fmt = "yuv420p"
            tick = Fraction(1, FRAMES_PER_S)
            voice = out.add_stream("aac", rate=REPLY_HZ, layout="stereo")
            last = -1
            for at_s, pixels in self._kept():
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                last = max(round((at_s - from_s) * FRAMES_PER_S), last + 1)
                frame.pts, frame.time_base = last, tick
                out.mux(picture.encode(frame))
            out.mux(picture.encode(None))
            for block in inspect(sound).blocks(REPLY_HZ):
                samples = np.frombuffer(block, "<i2").reshape(1, -1)
                heard = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
                heard.sample_rate = REPLY_HZ
                out.mux(voice.encode(heard))
            out.mux(voice.encode(None))
        self._path.unlink()
