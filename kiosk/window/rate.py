"""How many frames reach the screen."""

import time

_SPAN_S = 2.0
"""Long enough that the figure does not jump, short enough to show a stall."""
_MAX_FRAMES = 256
"""Kept; twice what the fastest screens show in the span."""


class FrameRate:
    """Frames of the last two seconds. One thread counts, any thread reads."""

    def __init__(self) -> None:
        self._shown_s: tuple[float, ...] = ()
        """Monotonic times of the newest frames. Written by `count` alone, and replaced whole."""

    def count(self) -> None:
        """Count one more frame, shown now."""
        self._shown_s = (*self._shown_s[1 - _MAX_FRAMES :], time.monotonic())

    @property
    def fps(self) -> float:
        """Frames a second."""
        since_s = time.monotonic() - _SPAN_S
        return sum(shown_s > since_s for shown_s in self._shown_s) / _SPAN_S
