"""What is to be said to the service, and in which order.

The visitor's speech is not in here: an utterance is a range of the microphone ring. Replay is
resetting its cursor.

The order that the wire wants (start, sound, end; nothing of the next before the end of the one
before) is the only order in which `Outbox.pull` can give things out.
"""

from collections import deque
from collections.abc import Sequence

from kiosk.core.muted import Muted, StreamPause
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.realtime_messages import ACTIVITY_END, ACTIVITY_START, AUDIO_STREAM_END
from kiosk.core.utterance import Fate, Progress, Utterance

MIN_CHUNK_SAMPLES = 320
"""Least samples of a chunk that is not an utterance's last: 20 ms at 16 kHz, the service's
advice.
"""
MAX_CHUNK_SAMPLES = 1600
"""Most samples of a chunk: 100 ms, the longest that the service advises. Bounds the memory of one
send.
"""

MAX_MESSAGES = 64
"""Answers to the service that wait to go out: it may ask faster than the line takes them."""


class Outbox:
    """The utterances that are not settled, and the messages that wait."""

    def __init__(self) -> None:
        self.utterances: deque[Utterance] = deque()
        """Oldest first."""
        self.holes: Sequence[tuple[int, int]] = ()
        """Ranges of the microphone ring in which no process listened: they are not said."""
        self.sent = 0
        """One past the newest microphone sample that went out."""
        self.acked = 0
        """One past the last sample that an adopted checkpoint is known to cover."""
        self.number = 0
        """Number of the newest message of this link."""
        self.muted = Muted()
        """Where an open microphone heard the avatar."""
        self._pictures: dict[int, bytes] = {}
        """The newest picture of each utterance that is not settled, as a message."""
        self._shown: set[int] = set()
        """Utterances whose newest picture went out on this link."""
        self._messages: deque[bytes] = deque()
        self._pause = StreamPause()
        self._sent_on_link = 0
        """One past the newest microphone sample that went out on this link."""

    def begin(self, utterance: int, start: int, *, streamed: bool = False) -> None:
        """An utterance begins at microphone sample `start`."""
        self.utterances.append(Utterance(utterance, start, cursor=start, streamed=streamed))

    @property
    def stream(self) -> Utterance | None:
        """What an open microphone hears now: it is always the newest."""
        newest = self.utterances[-1] if self.utterances else None
        return newest if newest is not None and newest.is_open_stream else None

    def close(self, utterance: int, end: int, now_s: float) -> None:
        """It ends at microphone sample `end` (exclusive)."""
        for u in self.utterances:
            if u.id == utterance and u.end is None:
                u.end, u.closed_s = end, now_s

    def trim_stream(self, floor: int) -> None:
        """Of an open microphone, what was sent before this sample is not said again."""
        if (stream := self.stream) is not None:
            stream.start = max(stream.start, min(floor, stream.cursor))
        self.muted.forget(self.keep_from(floor))

    def type(self, utterance: int, text: str, payload: bytes, now_s: float) -> None:
        """A turn in writing, and the message that says it."""
        typed = Utterance(utterance, 0, end=0, closed_s=now_s, payload=payload, heard=text)
        # An open microphone has no end for which this could wait.
        self.utterances.insert(len(self.utterances) - (self.stream is not None), typed)

    def played(self, utterance: int, seconds: float) -> None:
        """So much was heard of all answers to an utterance, the present one and those before it."""
        for u in self.utterances:
            if u.id == utterance:
                u.played_s = seconds

    def went_out(self, outgoing: Outgoing, now_s: float) -> None:
        """The wait for an answer begins with an utterance's end."""
        for u in self.utterances:
            if u.id == outgoing.utterance and u.end_is_out:
                u.progress_s = now_s

    def wait_anew(self, now_s: float) -> None:
        """No call waits any more: the model has its time for an answer from here on."""
        for u in self.awaiting:
            u.progress_s = now_s

    def keep_from(self, otherwise: int) -> int:
        """First microphone sample that may still be needed: the oldest unsettled utterance's."""
        starts = [u.start for u in self.utterances if u.payload is None]
        return min([otherwise, *starts])

    def new_link(self) -> None:
        """A new connection: numbering starts again, and what goes out is decided anew."""
        self._messages.clear()
        self._pause = StreamPause()
        self._shown.clear()
        self.number = self._sent_on_link = 0

    def clear(self) -> None:
        """Forget everything: the visit is over."""
        self.new_link()
        self._pictures.clear()
        self.utterances.clear()

    @property
    def listens_to(self) -> int:
        """What a visitor is saying now, or may be, into an open microphone; else 0."""
        newest = self.utterances[-1] if self.utterances else None
        if newest is None or newest.end is not None or newest.over:
            return 0
        return 0 if newest.streamed and self.muted.now else newest.id

    def show(self, utterance: int, payload: bytes) -> None:
        """A picture goes with an utterance, in the place of the one before."""
        known = {u.id for u in self.utterances}
        self._pictures = {of: one for of, one in self._pictures.items() if of in known}
        if utterance in known:
            self._pictures[utterance] = payload
            self._shown.discard(utterance)

    def _picture(self, utterance: Utterance) -> Outgoing | None:
        """The picture that goes with what is being said, once on each link."""
        if utterance.id in self._shown or utterance.id not in self._pictures:
            return None
        self._shown.add(utterance.id)
        return self._entry(Kind.MESSAGE, payload=self._pictures[utterance.id])

    def post(self, payload: bytes) -> bool:
        """A message that goes out before any further speech. Returns whether there is room."""
        if len(self._messages) >= MAX_MESSAGES:
            return False
        self._messages.append(payload)
        return True

    @property
    def open(self) -> int:
        """The utterance whose start went out and whose end did not, or 0."""
        return next(
            (u.id for u in self.utterances if u.on_link and u.reached is Progress.SENDING), 0
        )

    @property
    def awaiting(self) -> list[Utterance]:
        """Those whose end went out and for which more is to come, oldest first."""
        return [u for u in self.utterances if Progress.SENT <= u.progress < Progress.OVER]

    @property
    def waiting(self) -> bool:
        """Whether anything that was said is not answered yet."""
        return any(not (u.over or self._rests(u)) for u in self.utterances)

    def _rests(self, u: Utterance) -> bool:
        """Whether the avatar speaks, and nothing waits that the microphone heard before."""
        fresh = u.is_open_stream and u.progress is Progress.QUEUED and not u.said_before
        return fresh and self.muted.now

    @property
    def unsent(self) -> bool:
        """Whether anything that was said has not gone out yet."""
        return any(u.progress < Progress.SENT and not self._rests(u) for u in self.utterances)

    @property
    def working(self) -> bool:
        """Whether the service shows that it is at work on an answer."""
        return any(u.working_s is not None for u in self.awaiting)

    @property
    def in_flight(self) -> bool:
        """Whether the service may still owe us something, or we it."""
        return bool(self._messages) or self.waiting

    def pull(
        self, ready: int, hold: bool = False, stream_waits: bool = False, now_s: float = 0.0
    ) -> Outgoing | None:
        """The next message, or None where there is nothing to say yet.

        Args:
            ready: one past the last microphone sample that may be sent of an open utterance.
            hold: no speech now, but for the end of what has all been said.
            stream_waits: nothing of an open microphone now.
            now_s: now.
        """
        if self._messages:
            return self._entry(Kind.MESSAGE, payload=self._messages.popleft())
        for utterance in self.utterances:
            # One that is over in the middle still has its end to go out.
            if utterance.end_is_out or (utterance.over and not utterance.on_link):
                continue
            if utterance.streamed:
                if not (hold or stream_waits or self.muted.now) and utterance.is_open_stream:
                    outgoing = self._pull_stream(utterance, ready)
                    if outgoing is not None and outgoing.kind is Kind.AUDIO:
                        self._pause.sounded(now_s)
                    if outgoing is not None:
                        return outgoing
                continue
            if hold and not (utterance.on_link and utterance.cursor == utterance.end):
                return None
            return self._pull_from(utterance, ready)
        if not hold and self._pause.is_due(now_s):
            return self._entry(Kind.MESSAGE, payload=AUDIO_STREAM_END)
        return None

    def _pull_from(self, utterance: Utterance, ready: int) -> Outgoing | None:
        if utterance.progress is Progress.QUEUED:
            for older in self.utterances:
                if older.in_flight and older.wanted and not older.is_open_stream:
                    older.decide(Fate.SPOKEN_OVER)
            if utterance.payload is not None:
                utterance.move(Progress.SENT)
                if (stream := self.stream) is not None and stream.id < utterance.id:
                    stream.id = utterance.id + 1  # What it hears is answered after this.
                typed, text = utterance.payload, utterance.heard
                return self._entry(Kind.MESSAGE, utterance, payload=typed, text=text)
            utterance.move(Progress.SENDING)
            return self._entry(Kind.START, utterance, payload=ACTIVITY_START)
        if (picture := self._picture(utterance)) is not None:
            return picture
        limit = ready if utterance.end is None else min(ready, utterance.end)
        if (sound := self._sound(utterance, limit, self.holes)) is not None:
            return sound
        if utterance.end is not None and utterance.end <= max(limit, utterance.cursor):
            utterance.reach(Progress.SENT)
            return self._entry(Kind.END, utterance, payload=ACTIVITY_END)
        return None

    def _pull_stream(self, utterance: Utterance, ready: int) -> Outgoing | None:
        """The next of an open microphone: no markers, and nothing that it heard of the avatar."""
        if utterance.on_link and (picture := self._picture(utterance)) is not None:
            return picture
        holes = sorted((*self.holes, *self.muted.holes()))
        sound = self._sound(utterance, ready, holes)
        if sound is not None and utterance.progress is Progress.QUEUED:
            utterance.move(Progress.SENDING)
        return sound

    def _sound(
        self, utterance: Utterance, limit: int, holes: Sequence[tuple[int, int]]
    ) -> Outgoing | None:
        """The next piece of its sound before `limit`, where there is enough of it."""
        utterance.cursor, until = _around_holes(holes, utterance.cursor, limit)
        available = until - utterance.cursor
        if available < MIN_CHUNK_SAMPLES and not (
            available > 0 and (until < limit or limit == utterance.end)
        ):
            return None
        start = utterance.cursor
        utterance.cursor += min(available, MAX_CHUNK_SAMPLES)
        more = utterance.cursor < limit or utterance.cursor == utterance.end
        return self._entry(Kind.AUDIO, utterance, start, utterance.cursor, more=more)

    def unrecorded(self, utterance: Utterance) -> bool:
        """Whether it is over, and nothing of it is there to be said."""
        if utterance.end is None or utterance.payload is not None:
            return False
        cursor = utterance.start
        while (gap := _around_holes(self.holes, cursor, utterance.end))[0] > cursor:
            cursor = gap[0]
        return gap[1] == gap[0]

    def _entry(
        self,
        kind: Kind,
        utterance: Utterance | None = None,
        start: int = 0,
        end: int = 0,
        payload: bytes = b"",
        text: str = "",
        more: bool = True,
    ) -> Outgoing:
        self.number += 1
        self._sent_on_link = max(self._sent_on_link, end)
        self.sent = max(self.sent, end)
        of = utterance.id if utterance else 0
        return Outgoing(self.number, kind, of, start, end, payload, text, more)

    def acknowledge(self) -> None:
        """An adopted checkpoint covers all that went out on this link."""
        self.acked = max(self.acked, self._sent_on_link)


def _around_holes(holes: Sequence[tuple[int, int]], cursor: int, limit: int) -> tuple[int, int]:
    """The next range before `limit` that is in none of the holes; empty if there is none."""
    until = limit
    for start, end in holes:
        if start <= cursor < end:
            cursor = min(end, limit)
        elif cursor < start:
            until = min(until, start)
    return cursor, max(until, cursor)
