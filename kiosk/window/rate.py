"""How fast pictures are presented."""

import time
from collections import deque

_FPS_SPAN_S = 2.0


class Rate:
    """How many frames were presented in the last two seconds."""

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=256)

    def count(self) -> None:
        """One more."""
        self._at_s.append(time.monotonic())

    @property
    def fps(self) -> float:
        """Frames a second."""
        since_s = time.monotonic() - _FPS_SPAN_S
        return sum(at_s > since_s for at_s in tuple(self._at_s)) / _FPS_SPAN_S
