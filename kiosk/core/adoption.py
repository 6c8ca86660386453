"""Which resumption handle may be adopted: one that holds all that was said.

A handle of a moment when something was in flight may hold half of it; one that lags behind, or that
predates a history that was just told, would count what it does not hold as held.
"""

from kiosk.core.consumed import Consumed
from kiosk.core.messages import ResumptionUpdate
from kiosk.core.outbox import Outbox
from kiosk.core.outgoing import Kind
from kiosk.core.silences import Updates

HISTORY_SETTLE_S = 1.0
"""A handle that comes sooner after history was sent may predate it."""

HANDLE_WAIT_S = 1.0
"""An open microphone waits so long after an answer was heard for the handle that comes with its
end.
"""


class Adoption:
    """The updates of one link after the other.

    Args:
        outbox: what is in flight, and how our messages are numbered.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._not_before_s = 0.0
        self._sent_s = 0.0
        self.new_link()

    def new_link(self) -> None:
        """Nothing is known of how the service counts on this link."""
        self._answered_number = 0
        """Number of our newest message when the service completed its last turn on this link."""
        self._consumed = Consumed()
        self._updates = Updates()

    def stream_waits(self, now_s: float, *, covered: bool) -> bool:
        """Whether an open microphone waits for the handle of the turn that has just ended: none can
        be adopted once the next words are half sent. They wait in the ring meanwhile.

        Args:
            now_s: now.
            covered: a handle holds all that the service reacted to.
        """
        stream = self._outbox.stream
        fresh = stream is not None and not (stream.on_link or stream.said_before)
        return fresh and not covered and now_s - self._outbox.muted.ended_s < HANDLE_WAIT_S

    def set_up(self, now_s: float, *, told_history: bool) -> None:
        """`setupComplete` came; what was said before is told now, or was not."""
        self._not_before_s = now_s + HISTORY_SETTLE_S if told_history else 0.0

    def sent(self, kind: Kind, now_s: float) -> None:
        """A message of ours went out."""
        self._sent_s = now_s
        self._updates.sent(kind, now_s)

    def answered(self) -> None:
        """The service has completed a turn."""
        self._answered_number = self._outbox.number

    def learn(self, now_s: float, *, guessed: bool) -> None:
        """At a quiet moment, learn what the service's index of our messages counts from.

        Args:
            now_s: now.
            guessed: the answer was taken for that to the newest of several questions.
        """
        # What went out after the last answer, such as that to a tool call, may be under way.
        answered = self._outbox.number == self._answered_number and not guessed
        if answered and not self._outbox.in_flight:
            self._consumed.learn(self._outbox.number, self._sent_s, now_s)

    def overdue(self, now_s: float) -> bool:
        """Whether updates that used to come in mid-utterance have stopped: nobody listens."""
        return self._updates.overdue(self._outbox.open, now_s)

    def take(self, update: ResumptionUpdate, now_s: float, *, guessed: bool) -> bool:
        """Whether its handle covers everything before it, and may be adopted."""
        self._updates.came(self._outbox.open)
        consumed = self._consumed.take(update.index(), now_s)
        if not update.resumable or not update.new_handle or now_s < self._not_before_s:
            return False
        if self._outbox.in_flight:
            return False
        return not guessed if consumed is None else consumed >= self._outbox.number
