"""When a microphone's sample really came, told from when its period was handed to us.

A period is never early, only late: by the scheduler, or because a stall made several come at once.
So the earliest of the last second is the truth, and the others are put in line with it. A sound
card's clock is not the computer's; over a second the difference (0.1 ms at 100 ppm) does not
matter, over ten hours it is 3.6 s, which is why nothing older is used.
"""

from typing import Final

HALF: Final = 25
"""Periods of half a second. The earliest is sought over this half and the one before it."""
LOST_NS: Final = 60_000_000
"""Three periods. A lag that stays above it for half a second is lost sound, not a late reader."""

_NEVER: Final = 1 << 62
"""Nanoseconds, later than any lag: the least lag of a window that has none yet."""


class PeriodClock:
    """The clock of one open stream. Tell it of each period."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._samples = self._count = 0
        self._now = self._before = _NEVER

    def period(self, samples: int, now_ns: int) -> tuple[int, int]:
        """After `samples` more: (monotonic ns at which the newest came, samples lost)."""
        self._samples += samples
        self._now = min(self._now, now_ns - self._samples * 1_000_000_000 // self._rate)
        self._count += 1
        lost = 0
        if self._count == HALF:
            if self._now - self._before > LOST_NS:
                lost = (self._now - self._before) * self._rate // 1_000_000_000
                self._samples += lost
                self._now = self._before
            self._count, self._before, self._now = 0, self._now, _NEVER
        earliest = min(self._now, self._before)
        return self._samples * 1_000_000_000 // self._rate + earliest, lost
