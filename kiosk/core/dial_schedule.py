"""When the next dial is due, and how long the service may take for the setup."""

from kiosk.core import pauses
from kiosk.core.timeouts import AdaptiveTimeout

SETUP_TIMEOUT_S = 5.0
"""From the open socket to `setupComplete`; about 0.7 s was measured on gemini-3.8-live."""
MAX_SETUP_TIMEOUT_S = 30.0
"""The same on a line where that was too short."""


class DialSchedule:
    """See the module. All times are monotonic seconds."""

    def __init__(self) -> None:
        self.due_s: float | None = None
        """When to dial; None while a link is being opened, or is up."""
        self.setup_timeout = AdaptiveTimeout(SETUP_TIMEOUT_S, MAX_SETUP_TIMEOUT_S)
        self._not_before_s = 0.0
        self._opened_s: float | None = None
        """When the socket was open; None where no `setupComplete` is awaited."""

    def plan(self, due_s: float, not_before_s: float = 0.0) -> None:
        """Dial at a time; `hurry` does not bring it forward to before another."""
        self.due_s, self._not_before_s = due_s, not_before_s

    def hurry(self, now_s: float) -> None:
        """Somebody waits: no long pause before the next dial, where that may be of use."""
        if self.due_s is not None:
            soon_s = max(now_s + pauses.SOMEBODY_WAITS_S, self._not_before_s)
            self.due_s = min(self.due_s, soon_s)

    def is_due(self, now_s: float) -> bool:
        """Whether to dial now."""
        return self.due_s is not None and now_s >= self.due_s

    def opened(self, now_s: float) -> None:
        """The socket is open, and the setup on its way."""
        self._opened_s = now_s

    def setup_is_overdue(self, now_s: float) -> bool:
        """Whether the setup has not been answered in time; the next gets more time then."""
        if self._opened_s is None or now_s - self._opened_s <= self.setup_timeout.seconds:
            return False
        self.setup_timeout.expired()
        return True

    def set_up(self, now_s: float) -> None:
        """`setupComplete` came."""
        if self._opened_s is not None:
            self.setup_timeout.met(now_s - self._opened_s)
        self._opened_s = None

    def unlink(self) -> None:
        """The link is gone."""
        self._opened_s = None
