"""What the stand-in's avatar shows and says: a numbered picture, and the sound that it was sent."""

import asyncio
import fractions
import time
from collections import deque

import numpy as np
from aiortc import MediaStreamTrack
from av import AudioFrame, VideoFrame

FPS = 25
BITS = 16
CHECK = 4
_BLOCKS = BITS + CHECK
_LEFT, _TOP, _WIDTH, _HEIGHT = 0.2, 0.44, 0.6, 0.12
"""Where the number stands, as parts of the picture: in the middle, where no crop takes it."""

VOICE_HZ, LINE_HZ, PERIOD_S = 24_000, 48_000, 0.02


def number_in(rgb: bytes | memoryview, width: int, height: int) -> int | None:
    """Read a frame's number from its pixels; None if there is none to be read."""
    picture = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
    row = picture[int(height * (_TOP + _HEIGHT / 2)), :, :].mean(axis=1)
    block = width * _WIDTH / _BLOCKS
    levels = [row[int(width * _LEFT + block * (n + 0.5))] for n in range(_BLOCKS)]
    if any(90 < level < 165 for level in levels):
        return None
    bits = [int(level > 128) for level in levels]
    number = sum(bit << n for n, bit in enumerate(bits[:BITS]))
    check = sum(bit << n for n, bit in enumerate(bits[BITS:]))
    return number if check == _check(number) else None


def _check(number: int) -> int:
    return (number ^ number >> 4 ^ number >> 8 ^ number >> 12 ^ 0b1010) & 0b1111


class NumberedPicture(MediaStreamTrack):
    """A grey room with a number in the middle; its ground is brighter while the avatar speaks."""

    kind = "video"

    def __init__(self, width: int, height: int, voice: "EchoingVoice", busy: bool = False) -> None:
        super().__init__()
        self.size = width, height
        self.number = 0
        self.frozen = False
        self._voice = voice
        self._start: float | None = None
        self._yuv = np.full((height * 3 // 2, width), 128, np.uint8)
        self._noise = np.random.default_rng(7).integers(16, 90, (height, width), np.uint8)
        self._noise = self._noise.repeat(8, 0)[:height].repeat(8, 1)[:, :width] if busy else None

    async def recv(self) -> VideoFrame:
        while self.frozen:
            await asyncio.sleep(0.05)
            self._start = None
        if self._start is None:
            self._start = time.monotonic() - self.number / FPS
        await asyncio.sleep(max(self._start + self.number / FPS - time.monotonic(), 0))
        frame = VideoFrame.from_ndarray(self._draw(), format="yuv420p")
        frame.pts = self.number * 90_000 // FPS
        frame.time_base = fractions.Fraction(1, 90_000)
        self.number += 1
        return frame

    def _draw(self) -> np.ndarray:
        width, height = self.size
        luma = self._yuv[:height]
        if self._noise is not None:
            luma[:] = np.roll(self._noise, self.number * 3 % width, axis=1)
        else:
            luma[:] = 110 if self._voice.speaking else 60
            x = self.number * 8 % (width - 40)
            luma[height * 3 // 4 : height * 7 // 8, x : x + 40] = 200
        number = self.number % (1 << BITS)
        value = number | _check(number) << BITS
        block = width * _WIDTH / _BLOCKS
        top, bottom = int(height * _TOP), int(height * (_TOP + _HEIGHT))
        for n in range(_BLOCKS):
            left = int(width * _LEFT + block * n)
            luma[top:bottom, left : int(left + block) + 1] = 235 if value >> n & 1 else 16
        return self._yuv


class EchoingVoice(MediaStreamTrack):
    """Says the PCM that it was fed (24 kHz), after `delay_s`; silence else. Runs on for ever."""

    kind = "audio"

    def __init__(self, delay_s: float = 0.15) -> None:
        super().__init__()
        self.delay_s = delay_s
        self.mute = False
        """Fault: it says nothing, and does not tell."""
        self._queue: deque[np.ndarray] = deque()
        self._from = 0.0
        self._count = 0
        self._start: float | None = None
        self.heard_at = 0.0
        """Monotonic seconds at which it was last to be heard."""

    @property
    def speaking(self) -> bool:
        """Whether there is more to say."""
        return bool(self._queue)

    @property
    def sounding(self) -> bool:
        """Whether it is to be heard just now."""
        return bool(self._queue) and time.monotonic() >= self._from

    def feed(self, pcm: bytes) -> None:
        """Say this after what is said already."""
        if not self._queue:
            self._from = time.monotonic() + self.delay_s
        samples = np.frombuffer(pcm, "<i2")
        twice = np.empty(2 * len(samples), np.int16)
        twice[::2] = samples
        twice[1::2] = samples
        self._queue.append(twice)

    def clear(self) -> None:
        """Fall silent."""
        self._queue.clear()

    async def recv(self) -> AudioFrame:
        if self._start is None:
            self._start = time.monotonic()
        await asyncio.sleep(max(self._start + self._count * PERIOD_S - time.monotonic(), 0))
        size = int(LINE_HZ * PERIOD_S)
        said = np.zeros(size, np.int16)
        place = 0
        while self.sounding and place < size:
            head = self._queue.popleft()
            part = head[: size - place]
            if len(part) < len(head):
                self._queue.appendleft(head[len(part) :])
            if not self.mute:
                said[place : place + len(part)] = part
            place += len(part)
        if place:
            self.heard_at = time.monotonic()
        frame = AudioFrame.from_ndarray(said.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = LINE_HZ
        frame.pts, frame.time_base = self._count * size, fractions.Fraction(1, LINE_HZ)
        self._count += 1
        return frame
