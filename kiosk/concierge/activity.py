"""Automatic activity detection: where speech begins and ends in a stream of sound. Energy alone.

A fixed threshold fails as soon as the microphone or the room changes, so the threshold rides a
few decibels above a noise floor that falls at once and rises slowly. Speech begins after some
loud frames in a row (a click is shorter) and ends after the silence that the setup asks for.
"""

import math
from collections import deque
from collections.abc import Iterator
from typing import Literal

import numpy as np

FRAME_MS = 20
"""Sound that is judged at a time."""
LOUD_FRAMES = 4
"""Frames in a row, 80 ms, that make a beginning."""
MIN_SPEECH_DB = -52.0
"""Relative to full scale. What is quieter is the noise of a muted microphone, never speech."""
RISE_DB_S = 3.0
"""How fast the noise floor follows a room that becomes louder."""
MAX_ACTIVITY_S = 60.0
"""Longer than any question: what has not ended by then is noise, and is ended."""

MARGIN_DB = {"HIGH": 8.0, "LOW": 14.0}
"""How far above the floor speech is, by start sensitivity."""
END_MARGIN_DB = {"HIGH": 14.0, "LOW": 8.0}
"""The same for speech that goes on, by end sensitivity."""

ActivityEvent = tuple[Literal["start", "audio", "end"], bytes]


class ActivityDetector:
    """Cuts a stream of s16le mono sound into activities."""

    def __init__(
        self,
        rate_hz: int,
        sensitivity: str = "HIGH",
        prefix_ms: int = 300,
        silence_ms: int = 700,
        end_sensitivity: str = "HIGH",
    ) -> None:
        """Nothing is heard yet.

        Args:
            rate_hz: of the sound.
            sensitivity: HIGH or LOW: how far above the noise speech begins.
            prefix_ms: of sound from before a beginning that belong to it.
            silence_ms: of silence that make an end.
            end_sensitivity: HIGH or LOW: how far above the noise speech goes on; with LOW, what is
                hardly louder does too.
        """
        self.rate_hz = rate_hz
        self._frame_bytes = rate_hz * FRAME_MS // 1000 * 2
        self._margin_db = MARGIN_DB[sensitivity]
        self._end_margin_db = min(self._margin_db, END_MARGIN_DB[end_sensitivity])
        self._before: deque[bytes] = deque(maxlen=max(prefix_ms // FRAME_MS, LOUD_FRAMES))
        self._silence_frames = max(1, silence_ms // FRAME_MS)
        self._rest = b""
        self._floor_db = MIN_SPEECH_DB
        self._run = 0
        self._frames = 0
        self.open = False

    def feed(self, pcm: bytes) -> Iterator[ActivityEvent]:
        """Take in sound; give out what it means: `start`, then `audio`, then `end`."""
        data = self._rest + pcm
        whole = len(data) // self._frame_bytes * self._frame_bytes
        self._rest = data[whole:]
        for at in range(0, whole, self._frame_bytes):
            yield from self._frame(data[at : at + self._frame_bytes])

    def flush(self) -> Iterator[ActivityEvent]:
        """The stream pauses (`audioStreamEnd`): an open activity ends."""
        if self.open:
            yield "audio", self._rest
            yield self._end()
        self._rest = b""

    def _frame(self, frame: bytes) -> Iterator[ActivityEvent]:
        loud = self._is_loud(frame)
        if not self.open:
            self._before.append(frame)
            self._run = self._run + 1 if loud else 0
            if self._run >= LOUD_FRAMES:
                self.open, self._run, self._frames = True, 0, 0
                yield "start", b""
                yield "audio", b"".join(self._before)
                self._before.clear()
            return
        yield "audio", frame
        self._frames += 1
        self._run = 0 if loud else self._run + 1
        if self._run >= self._silence_frames or self._frames * FRAME_MS >= MAX_ACTIVITY_S * 1000:
            yield self._end()

    def _end(self) -> ActivityEvent:
        self.open, self._run = False, 0
        return "end", b""

    def _is_loud(self, frame: bytes) -> bool:
        samples = np.frombuffer(frame, "<i2").astype(np.float32)
        power = float(np.mean(samples * samples)) / 32768.0**2
        level_db = 10 * math.log10(power + 1e-10)
        self._floor_db = min(level_db, self._floor_db + RISE_DB_S * FRAME_MS / 1000)
        margin_db = self._end_margin_db if self.open else self._margin_db
        return level_db > max(MIN_SPEECH_DB, self._floor_db + margin_db)
