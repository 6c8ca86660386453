"""The stream of an open microphone, as the session follows it.

It is one utterance after the other, from answer to answer; where one ends, the service decides by
answering. Always one is open, the newest.
"""

from collections import deque

from kiosk.core.checkpoint import Checkpoint
from kiosk.core.events import Event, Rewound, StreamTaken
from kiosk.core.outbox import Outbox
from kiosk.core.settlement import Settlement
from kiosk.core.utterance import Fate, Progress, Utterance


class OpenStream:
    """See the module. Times are monotonic seconds.

    Args:
        outbox: the utterances.
        checkpoint: where those that the service reacted to are remembered.
        settlement: ends what nothing more will come for.
        events: where the events go.
    """

    def __init__(
        self,
        outbox: Outbox,
        checkpoint: Checkpoint,
        settlement: Settlement,
        events: deque[Event],
    ) -> None:
        self._outbox = outbox
        self._checkpoint = checkpoint
        self._settlement = settlement
        self._events = events
        self._waits_s: float | None = None
        """Since when what is heard cannot be sent."""

    @property
    def answers(self) -> bool:
        """Whether an answer is coming that somebody waits for."""
        return any(u.wanted and u.progress is Progress.ANSWERING for u in self._outbox.awaiting)

    def speak_over(self) -> None:
        """Nobody wants to hear what is being answered."""
        for u in self._outbox.awaiting:
            if u.wanted:
                u.decide(Fate.SPOKEN_OVER)

    @property
    def is_open(self) -> bool:
        """Whether there is an open microphone, and something of it went out on this link."""
        u = self._outbox.stream
        return u is not None and u.on_link

    def makes_way(self, u: Utterance) -> bool:
        """Whether what comes now is no answer to this, but to what the open microphone heard.

        It is where somebody spoke over the whole answer to this; and where more was understood
        before any answer: the service took both as one.
        """
        stream = self._outbox.stream
        if stream is None or not stream.on_link:
            return False
        if u.answered:
            return not u.wanted and u.progress is Progress.GENERATED
        return bool(stream.heard)

    def take(self, now_s: float) -> Utterance | None:
        """The service answers what it was sent by now, if it was."""
        u = self._outbox.stream
        if u is None or not u.on_link:
            return None
        u.end, u.closed_s, u.progress_s = u.cursor, now_s, now_s
        u.reach(Progress.SENT)
        utterances = self._outbox.utterances
        utterances.remove(u)
        typed = (n for n, o in enumerate(utterances) if o.progress is Progress.QUEUED)
        utterances.insert(next(typed, len(utterances)), u)
        self._events.append(StreamTaken(u.id, u.start, u.end, u.heard))
        return u

    def end(self, outcome: str, now_s: float) -> None:
        """The microphone is closed, and nothing of what it heard last will be answered."""
        if (u := self._outbox.stream) is not None:
            u.end, u.closed_s = u.cursor, now_s
            self._settlement.finish(u, outcome)

    def expire(self, now_s: float, limit_s: float) -> None:
        """Close it where the link has been down for too long."""
        u = self._outbox.stream
        if u is None or u.on_link or not self._outbox.waiting:
            self._waits_s = None
        elif self._waits_s is None:
            self._waits_s = now_s
        elif now_s - self._waits_s > limit_s:
            self.end("discarded", now_s)

    def unlink(self, again_s: float) -> None:
        """The link is gone: what was not answered is said again, in one piece.

        Args:
            again_s: what the service has answered for less than this is asked again; seconds.
        """
        stream, streamed = self._outbox.stream, [u for u in self._outbox.utterances if u.streamed]
        if stream is not None:
            streamed.pop()
            while streamed and _is_said_again(streamed[-1], again_s):
                self._go_back(stream, streamed.pop())
            if stream.on_link:
                stream.said_before = True
                self._events.append(Rewound(stream.id))
            stream.rewind()
        for u in streamed:
            self._settlement.finish(u, "cut" if u.wanted else "interrupted")
            u.on_link = False

    def _go_back(self, stream: Utterance, u: Utterance) -> None:
        """The stream begins where an utterance before it did, and takes its place."""
        self._checkpoint.take_back(u)
        self._settlement.finish(u, "interrupted")
        self._outbox.utterances.remove(u)
        stream.start, stream.said_before = u.start, True
        stream.no_answers = max(stream.no_answers, u.no_answers)
        stream.empties = max(stream.empties, u.empties)


def _is_said_again(u: Utterance, again_s: float) -> bool:
    if u.over or not u.wanted or u.calls:
        return False
    return not u.taken or u.played_s < again_s
