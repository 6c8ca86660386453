"""One press of the button: not yet long enough to be speech, then open, then in its tail."""

from enum import Enum

from msgspec import Struct

from kiosk.core.moves import check_move

TAIL_GRACE_S = 0.5
"""A tail whose samples do not come (the microphone is gone) ends all the same."""


class PressState(Enum):
    """How far a press is."""

    PENDING = "pending"
    """Down for less than `min_hold_ms`: it may be a tap."""
    OPEN = "open"
    """Down, and an utterance."""
    TAIL = "tail"
    """Up, and what is said just after it still belongs to the utterance."""


_MOVES = {
    PressState.PENDING: {PressState.OPEN},
    PressState.OPEN: {PressState.TAIL},
    PressState.TAIL: {PressState.OPEN},
}


class Press(Struct):
    """See the module. Times are monotonic seconds, places microphone samples."""

    press_s: float
    start: int
    """First sample of the utterance."""
    barge_in: bool
    state: PressState = PressState.PENDING
    turn: int = 0
    """Its turn, from `OPEN` on."""
    release_s: float | None = None
    """When it came up, or was taken to."""
    end: int | None = None
    """Where the tail ends."""

    def open(self, turn: int) -> None:
        """It is long enough to be speech.

        Raises:
            IllegalMoveError: it is not pending; likewise of the others.
        """
        self._move(PressState.OPEN)
        self.turn = turn

    def release(self, now_s: float, end: int) -> None:
        """It is up, and the tail goes on to `end`."""
        self._move(PressState.TAIL)
        self.release_s, self.end = now_s, max(end, self.start)

    def go_on(self) -> None:
        """It is down again before the tail was over: a finger slipped."""
        self._move(PressState.OPEN)
        self.release_s = self.end = None

    def ended_at(self, now_s: float, written: int, tail_s: float) -> int | None:
        """Where it ended, once its tail is over; None before.

        Args:
            now_s: now.
            written: one past the newest microphone sample.
            tail_s: how long a tail lasts.
        """
        if self.end is None or self.release_s is None:
            return None
        if now_s - self.release_s > tail_s + TAIL_GRACE_S:
            return min(self.end, max(written, self.start))  # What is beyond may never come.
        return self.end if written >= self.end else None

    def _move(self, state: PressState) -> None:
        check_move(_MOVES, self.state, state, "the press")
        self.state = state
