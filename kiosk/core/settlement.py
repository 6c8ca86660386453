"""How utterances end: what they came to is told once, and their sound is let go of.

Settled means that the service has reacted and an adopted checkpoint covers the reaction; until then
an utterance's samples are kept, however it has ended for the visitor.
"""

from collections import deque

from kiosk.core.checkpoint import Checkpoint
from kiosk.core.events import Event, Finished
from kiosk.core.outbox import Outbox
from kiosk.core.utterance import Fate, Progress, Utterance

UNDELIVERED = ("discarded", "unanswered")
"""Outcomes of what has come to nothing."""


class Settlement:
    """Ends the outbox's utterances, and tells the conversation.

    Args:
        outbox: the utterances.
        checkpoint: where the words of what is let go of are remembered.
        events: where the events go.
    """

    def __init__(self, outbox: Outbox, checkpoint: Checkpoint, events: deque[Event]) -> None:
        self._outbox = outbox
        self._checkpoint = checkpoint
        self._events = events

    def finish(self, u: Utterance, outcome: str) -> None:
        """Nothing more will come for it."""
        u.move(Progress.OVER)
        undecided = u.fate in (Fate.WANTED, Fate.SPOKEN_OVER) and not u.taken
        if outcome in UNDELIVERED and undecided:
            # Spoken over, it counted as interrupted; that it came to nothing is news.
            u.decide(Fate.GIVEN_UP)
            u.outcome = ""
        self.tell(u, outcome)

    def abandon(self) -> None:
        """The service will not answer what was said so far, and it is not to be said to it again:
        whoever said it is asked to.
        """
        for u in self._outbox.utterances:
            if u.closed_s is not None and not u.over:
                self.finish(u, "unanswered" if u.wanted else "interrupted")

    def suspect(self) -> bool:
        """The service has refused something that was said. What is refused a second time is not
        said a third; the oldest is tried first. Returns whether one was given up.
        """
        suspects = [u for u in self._outbox.utterances if u.in_flight]
        for u in suspects:
            u.refusals += 1
        if not suspects or (u := suspects[0]).refusals <= 1:
            return False
        self.finish(u, "unanswered")
        u.decide(Fate.GIVEN_UP)
        return True

    def pass_over_unrecorded(self) -> None:
        """What nothing was recorded of is not begun: it would be an activity without sound."""
        for u in self._outbox.utterances:
            if u.progress is Progress.QUEUED and self._outbox.unrecorded(u):
                if u.fate is Fate.TOLD_ONLY:
                    u.decide(Fate.GIVEN_UP)
                self.finish(u, "discarded")

    def give_up(self, now_s: float, limit_s: float) -> int:
        """Discard speech that could not be delivered in time, and let go of what nobody will ask
        for. Returns how many were let go of: the next daemon must not say these again.
        """
        gone = 0
        for u in list(self._outbox.utterances):
            if u.closed_s is None or now_s - u.closed_s <= limit_s:
                continue
            if u.over:
                if not u.taken and u.fate is not Fate.TOLD_ONLY:
                    self.finish(u, "discarded")  # Spoken over, and in no state that survives.
                self._let_go(u)
                gone += 1
            elif u.progress < Progress.SENT and u.wanted:
                self._discard(u)
        return gone

    def expire(self, now_s: float, limit_s: float) -> int:
        """Before a dial: what is too old to be said again is told in writing. Returns how many."""
        old = [
            u
            for u in self._outbox.utterances
            if u.fate is Fate.TOLD_ONLY and u.closed_s is not None and now_s - u.closed_s > limit_s
        ]
        for u in old:
            self._let_go(u)
        return len(old)

    def _let_go(self, u: Utterance) -> None:
        """Its sound is wiped from now on: its words are all that is left of it."""
        given_up = u.fate is Fate.GIVEN_UP and not u.taken
        had_an_answer = given_up and u.outcome not in UNDELIVERED  # It was told only before.
        if u.fate is Fate.TOLD_ONLY or had_an_answer:
            self._checkpoint.remember(u)
        self._outbox.utterances.remove(u)

    def _discard(self, u: Utterance) -> None:
        if u.progress is Progress.SENDING:
            # The wire still wants its end; the rest of the speech is not sent, the answer not
            # played.
            u.end = u.cursor
            u.decide(Fate.GIVEN_UP)
            self.tell(u, "discarded")
        else:
            self.finish(u, "discarded")

    def tell(self, u: Utterance, outcome: str) -> None:
        """The turn is over for the visitor, whatever may still come."""
        if not u.outcome:
            u.outcome = outcome
            self._events.append(Finished(u.id, outcome))
