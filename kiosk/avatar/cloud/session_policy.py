"""When a paid session is opened, kept, closed and opened again: a pure rule, told the time.

Such a session costs money by the minute, from the moment that the vendor opened it. It is there
while a visitor is (or, if asked for, in the opening hours), it is closed in a silence before the
vendor's own limit cuts it in the middle of a word, and after a failure it waits, longer each time,
while our own face speaks.
"""

from collections.abc import Callable
from enum import Enum

from kiosk.settings.types import CloudSettings

EXTEND_INTERVAL_S = 25.0
"""The longest time between two signs of life. Up to a fifth of it is taken off at random, so that
many kiosks do not call together."""
EXTENSIONS_IN_IDLE_TIMEOUT = 3
"""So many of them fit into the vendor's idle time-out: one that fails is made up for."""
CAP_S = 55 * 60.0
"""Vendors' tokens die after an hour, and the session with them: it is renewed before."""
MARGIN_S = 30.0
"""Before its limit a session is closed at the first silence."""
MIN_RETRY_DELAY_S, MAX_RETRY_DELAY_S = 2.0, 300.0
"""Bounds of the pause after a failure; it doubles."""
FINAL_RETRY_DELAY_S = 3600.0
"""What only a person can mend is tried again after an hour: the person may not tell us."""
EMPTY_SHARE = 0.5
"""Of `daily_minutes`, what `always_on` may spend while nobody is here."""
MIN_GOOD_S = 60.0
"""A session that lasted so long makes the next pause short again."""


class CloudAction(Enum):
    """What is to be done now."""

    OPEN = "open"
    EXTEND = "extend"
    CLOSE = "close"


class CloudSessionPolicy:
    """See the module.

    Args:
        settings: `[avatar.cloud]`.
        chance: gives random numbers from 0 to 1.
    """

    def __init__(self, settings: CloudSettings, chance: Callable[[], float]) -> None:
        self._settings = settings
        self._chance = chance
        self.may_ask = True
        """Whether questions are answered at all."""
        self._seen_s = float("-inf")
        self._since_s: float | None = None
        """When the session was asked for; None while there is none."""
        self._opened = False
        self._extend_at_s = 0.0
        self._idle_s = 0.0
        self._cap_s = CAP_S
        self._retry_at_s = float("-inf")
        self._pause_s = MIN_RETRY_DELAY_S

    def visitor(self, now_s: float) -> None:
        """There is a sign of a visitor."""
        self._seen_s = now_s

    def opened(self, now_s: float, cap_s: float | None, idle_s: float = 0.0) -> None:
        """The session is there; the vendor ends it after `cap_s`, if that is known, and after
        `idle_s` without a sign of life, if it ever does.
        """
        self._opened = True
        self._idle_s = idle_s
        self._cap_s = min(cap_s or CAP_S, CAP_S)
        self._extend_at_s = self._next_extension_s(now_s)

    def lost(
        self,
        now_s: float,
        *,
        final: bool = False,
        retry_after_s: float = 0.0,
    ) -> None:
        """It failed, or was taken away."""
        pause_s = self._next_pause_s(now_s)
        self._retry_at_s = now_s + max(FINAL_RETRY_DELAY_S if final else pause_s, retry_after_s)
        self.closed()

    def closed(self) -> None:
        """It was ended as asked."""
        self._since_s, self._opened = None, False

    def advance(
        self, now_s: float, minute: int, quiet: bool, spent_s: float, least_s: float = 0.0
    ) -> CloudAction | None:
        """Time has gone on.

        Args:
            now_s: monotonic time.
            minute: of the day, local time.
            quiet: nobody speaks or listens just now.
            spent_s: seconds of session that the day has cost.
            least_s: seconds that another one would cost at least.
        """
        if self._since_s is None:
            if now_s >= self._retry_at_s and self._wanted(now_s, minute, spent_s, least_s):
                self._since_s = now_s
                self._opened = False
                return CloudAction.OPEN
            return None
        if not self._opened:
            return None
        if quiet and not self._wanted(now_s, minute, spent_s):
            return CloudAction.CLOSE
        if quiet and now_s >= self._renew_s:
            if now_s - self._since_s < MIN_GOOD_S:
                # A vendor that ends each one at once sells many.
                self._retry_at_s = now_s + self._next_pause_s(now_s)
            return CloudAction.CLOSE
        if now_s >= self._extend_at_s:
            self._extend_at_s = self._next_extension_s(now_s)
            return CloudAction.EXTEND
        return None

    def _next_pause_s(self, now_s: float) -> float:
        """How long to wait after a session that failed, or was short."""
        if self._since_s is not None and self._opened and now_s - self._since_s >= MIN_GOOD_S:
            self._pause_s = MIN_RETRY_DELAY_S
        pause_s = self._pause_s * (0.5 + self._chance() / 2)
        self._pause_s = min(self._pause_s * 2, MAX_RETRY_DELAY_S)
        return pause_s

    @property
    def _renew_s(self) -> float:
        """When the session has become too old to begin another answer in it."""
        assert self._since_s is not None  # noqa: S101 - asked while there is one
        return self._since_s + max(self._cap_s - MARGIN_S, self._cap_s / 2)

    def _next_extension_s(self, now_s: float) -> float:
        return now_s + keep_alive_interval_s(self._idle_s) * (1 - 0.2 * self._chance())

    def _wanted(self, now_s: float, minute: int, spent_s: float, least_s: float = 0.0) -> bool:
        if not self.may_ask:
            return False
        present = now_s - self._seen_s < self._settings.present_s
        if not present and not (self._settings.always_on and is_open(self._settings.hours, minute)):
            return False
        most_s = self._settings.daily_minutes * 60
        # An empty hall is not to spend what the visitors of the day will want.
        bound_s = most_s if present else most_s * EMPTY_SHARE
        return not most_s or (spent_s < bound_s and spent_s + least_s <= bound_s)


def keep_alive_interval_s(idle_s: float) -> float:
    """Seconds between two signs of life, less a jitter of a fifth.

    Args:
        idle_s: seconds without one after which the vendor ends the session; 0: it never does.
    """
    return min(EXTEND_INTERVAL_S, idle_s / EXTENSIONS_IN_IDLE_TIMEOUT or EXTEND_INTERVAL_S)


def is_open(hours: str, minute: int) -> bool:
    """Whether a minute of the day is within opening hours such as `09:00-17:30`; empty: always."""
    if not hours:
        return True
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in hours.split("-"))
    return start <= minute < end if start <= end else minute >= start or minute < end
