"""Where a cloud session is: one enum, one table of legal moves, one setter that logs. Pure."""

import logging
from enum import Enum

log = logging.getLogger("kiosk.avatar")


class CloudSessionState(Enum):
    """How far a session with a vendor's cloud has got."""

    OPENING = "opening"
    """The vendor is asked for it. It may cost money already."""
    JOINING = "joining"
    """The vendor has opened it; picture, voice or socket are not there yet."""
    READY = "ready"
    """It can be seen, heard and spoken through."""
    AWAY = "away"
    """Its line broke, or its picture stands: it is kept, and waited for."""
    OVER = "over"
    """There is none: not yet, or not any more. What is left of it is being stopped."""


_STATE = CloudSessionState
LEGAL_MOVES: dict[CloudSessionState, frozenset[CloudSessionState]] = {
    _STATE.OVER: frozenset({_STATE.OPENING}),
    _STATE.OPENING: frozenset({_STATE.JOINING, _STATE.READY, _STATE.OVER}),
    _STATE.JOINING: frozenset({_STATE.READY, _STATE.OVER}),
    _STATE.READY: frozenset({_STATE.AWAY, _STATE.OVER}),
    _STATE.AWAY: frozenset({_STATE.READY, _STATE.OVER}),
}
"""From each state to those that may follow. OPENING to READY: who does not see the joining."""


class CloudSessionStatus:
    """The state of one session, or of one after the other.

    Args:
        what: names it in the log.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._state = CloudSessionState.OVER

    @property
    def state(self) -> CloudSessionState:
        """Where it is now."""
        return self._state

    def move(self, to: CloudSessionState) -> bool:
        """Go there; tell whether that is a change.

        Raises:
            AssertionError: the table has no such move: a fault of ours.
        """
        if to is self._state:
            return False
        assert to in LEGAL_MOVES[self._state], f"{self._what}: {self._state} to {to}"  # noqa: S101
        log.debug("%s: %s, was %s", self._what, to.value, self._state.value)
        self._state = to
        return True
