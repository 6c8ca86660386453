"""The core with an open microphone in a model of its world.

What must hold: what is said while the screen says that it listens is heard by the service once, and
answered, or the kiosk says that it came to nothing; and nothing is sent that was recorded while the
avatar spoke. No client can save what was on its way when the answer to what was said before began,
where the line then breaks (`Burst.crossed`).
"""

from collections import deque

import msgspec

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Action, Called, Dial, Event, Finished, StreamTaken
from kiosk.core.inputs import (
    CallAnswered,
    Input,
    LinkLost,
    LinkOpened,
    MicrophoneAt,
    Pressed,
    Received,
    ReplyAt,
    Typed,
    VisitEnded,
)
from kiosk.core.link_state import Phase
from kiosk.core.messages import ServerMessage
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.scene import Notice, State
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.step import Core
from kiosk.core.turns import Command, ReplyCommand

from ..service import LIVE, VISIT, core_settings, told_of
from .line import Line, Link
from .microphone import Microphone
from .open_service import SILENCE, Burst, OpenReading, OpenService
from .state import APOLOGY, WrongError, generation_of, pcm_of

RATE = 16_000
PERIOD_S = 0.04
TOOL_S = 1.3
USER_TIMEOUT_S = 5.0
REST_TIMEOUT_S = 400.0
CAME_TO_NOTHING = ("discarded", "unanswered", "cut", "empty")
BROKEN = Disconnect(reason="the line broke")


class Speaker:
    """What is heard of the answers. Places are samples of the reply."""

    def __init__(self) -> None:
        self.end = self.heard = 0
        self.generations: set[int] = set()
        """Whose sound was handed out."""

    @property
    def speaks(self) -> bool:
        return self.heard < self.end

    def take(self, command: Command) -> None:
        if isinstance(command, bytes):
            self.end += len(command) // 2
            self.generations.add(generation_of(command))
        elif command is ReplyCommand.DISCARD:
            self.forget()

    def forget(self) -> None:
        self.heard = self.end

    def play(self, samples: int) -> None:
        self.heard = min(self.end, self.heard + samples)


class OpenWorld:
    """See the module."""

    def __init__(self, reading: OpenReading, end_after_s: float = 3600, **live: object) -> None:
        self.now_s = 100.0
        self.bursts: list[Burst] = []
        self.service = OpenService(reading, self.bursts)
        self.speaker = Speaker()
        self.line = Line()
        self.link: Link | None = None
        self.muted = False
        """The service says nothing."""
        self.losses = 0
        self._typed = 0
        self._live = msgspec.structs.replace(LIVE, **live)
        self._visit = msgspec.structs.replace(VISIT, end_after_s=end_after_s)
        self._microphone = Microphone()
        self._spoken = [(0, 0)]
        """Where the avatar was heard, in microphone samples."""
        self._sent_s: float | None = None
        """When sound last went out on this link; None where the stream is said to have ended."""
        self._called_s = 0.0
        """When a tool last worked."""
        self._snapshot: bytes | None = None
        self._start(None)

    def _start(self, snapshot: bytes | None) -> None:
        settings = core_settings(self._live, self._visit)
        talk = msgspec.structs.replace(settings.talk, mode="open")
        settings = msgspec.structs.replace(settings, talk=talk)
        self.core = Core(settings, lambda: 0.5, apology=pcm_of(APOLOGY))
        # The model looks in, to judge; it does nothing there.
        self.session, self.conversation = self.core._session, self.core._conversation
        self._told, self.conversation._on = self.conversation._on, self._on
        self.actions, self.calls = deque[Action](), dict[str, float]()
        self._scene = State.STARTING
        dead = msgspec.msgpack.decode(snapshot, type=VisitSnapshot) if snapshot else None
        reply = ReplyAt(self.speaker.heard, self.speaker.end, self.now_s)
        at = MicrophoneAt(self._microphone.written, tuple(self._microphone.holes))
        self.core.start(self.now_s, at, reply, 1, dead, known=[told_of("light")])
        self.step(0)

    # --- what happens ------------------------------------------------------------------------

    @property
    def sample(self) -> int:
        return int(self.now_s * RATE)

    def press(self) -> None:
        """Where the avatar speaks, or is about to, nobody wants to hear it."""
        if self._scene is not State.LISTENING or self.conversation.session.stream.answers:
            for burst in self.bursts:
                burst.told |= burst.end <= self.sample
        self._happen(Pressed(self.now_s, self.sample))
        self.step(0)

    def say(self, seconds: float) -> None:
        """The visitor begins to speak, if he does not."""
        start = max([self.sample, *(b.end + RATE // 10 for b in self.bursts)])
        self.bursts.append(Burst(len(self.bursts) + 1, start, start + int(seconds * RATE)))

    def type(self) -> None:
        """It ends what is being answered."""
        for burst in self.bursts:
            burst.told |= burst.end <= self.sample
        self._typed += 1
        self._happen(Typed(f"<b-{self._typed} typed>"))
        self.step(0)

    def leave(self) -> None:
        self._forget()
        self._happen(VisitEnded())
        self.step(0)

    def _forget(self) -> None:
        for burst in self.bursts:
            burst.told = True

    def crash(self, seconds: float) -> None:
        if self.link is not None:
            self.link.cut(self.now_s, 1.0, 0.0)
            self.losses += 1
        self.link = None
        self._microphone.die(self.now_s + seconds)
        self._record()
        self.now_s += seconds
        self.speaker.forget()
        self._scene = State.STARTING
        self._record()
        self._start(self._snapshot)

    def kill_sound(self, seconds: float) -> None:
        self._microphone.die(self.now_s + seconds)

    def lose(self, loss: Disconnect, up: float = 0.0, down: float = 0.0) -> None:
        link, self.link = self.link, None
        if link is None:
            return
        self.losses += 1
        for message, _ in link.cut(self.now_s, up, down):
            self._happen(Received(link.number, message))
        if not self.actions:
            self._happen(LinkLost(link.number, loss))
        self._dialler()

    # --- time --------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        until = self.now_s + seconds
        while self.now_s < until - 1e-9:
            self.step(min(PERIOD_S, until - self.now_s))

    def step(self, seconds: float = PERIOD_S) -> None:
        self.now_s += seconds
        self.speaker.play(int(seconds * 24_000))
        done = [call for call, since_s in self.calls.items() if self.now_s - since_s > TOOL_S]
        for call in done:
            del self.calls[call]
        self._happen(*(CallAnswered(call, {"done": True}) for call in done))
        self._dialler()
        if (link := self.link) is None:
            return
        link.carry(self.now_s)
        while self.link is link and (arrived := link.arrived(self.now_s)) is not None:
            self._happen(Received(link.number, arrived[0]))
            self._dialler()
        if self.link is not link:
            return
        if link.up and self.now_s - link.up[0][0] > USER_TIMEOUT_S:
            self.lose(BROKEN)
        elif link.connection.closed is not None:
            self.lose(link.connection.closed)
        else:
            self._write(link)
            link.carry(self.now_s)
            if not self.muted:
                link.connection.react(self.now_s)
            link.connection.tick(self.now_s)

    def _record(self) -> None:
        before = self._microphone.written
        self._microphone.record(self.now_s, self.sample)
        if self.speaker.speaks and self._microphone.written > before:
            self._spoken.append((before, self._microphone.written))
        written = self._microphone.written
        for burst in self.bursts:
            if before < burst.end and burst.start < written:
                burst.listened &= self._scene is State.LISTENING
                burst.listened &= not self._microphone.missing(burst.start, burst.end)

    def _happen(self, *inputs: Input) -> None:
        self._record()
        reply = ReplyAt(self.speaker.heard, self.speaker.end, self.now_s)
        at = MicrophoneAt(self._microphone.written, tuple(self._microphone.holes))
        visiting = self.conversation.visit.since_s is not None
        outputs = self.core.step(self.now_s, [at, reply, *inputs])
        if visiting and self.conversation.visit.since_s is None:
            self._forget()
        for command in outputs.commands:
            self.speaker.take(command)
        for call in outputs.calls:
            if isinstance(call, Called):
                self.calls[call.call] = self.now_s
            else:
                self.calls.pop(call.call, None)
        self.actions.extend(outputs.actions)
        self._scene = outputs.scene.state
        if outputs.scene.notice is Notice.SPEECH_DISCARDED and self.session.outbox.stream is None:
            self._forget()
        if outputs.snapshot_due:
            snapshot = outputs.snapshot
            self._snapshot = None if snapshot is None else msgspec.msgpack.encode(snapshot)

    def _dialler(self) -> None:
        while self.actions:
            action = self.actions.popleft()
            if self.link is not None:
                self.losses += 1
                for message, _ in self.link.cut(self.now_s, 1.0, 0.5):
                    self._happen(Received(self.link.number, message))
                self.link = None
            if isinstance(action, Dial):
                self._dial(action)

    def _dial(self, action: Dial) -> None:
        fate = self.line.refusals.popleft() if self.line.refusals else ""
        if isinstance(fate, Disconnect):
            self._happen(LinkLost(action.link, fate))
            return
        connection = self.service.connect(action.setup)
        setup_s = {"": self.line.setup_s, "slow": 3.0, "mute": 1e9}[fate]
        at_s = self.now_s + setup_s
        self.link = Link(action.link, connection, self.line.latency_s, at_s)
        self._sent_s = None
        self._happen(LinkOpened(action.link))

    def _write(self, link: Link) -> None:
        for _ in range(self.line.writes):
            out = self.core.pull(self.now_s, link.number)
            if out is None:
                break
            self._check_outgoing(link, out)
            link.send(out, self.now_s)
            self.core.sent(out, self.now_s)
        if self.calls:
            self._called_s = self.now_s
        since_s = max(self._sent_s or self.now_s, self._called_s)
        if self.now_s - since_s > 1.0 + 3 * PERIOD_S and link.setup_at_s is None:
            raise WrongError("the stream has paused, and the service was not told")

    # --- what must hold ----------------------------------------------------------------------

    def _check_outgoing(self, link: Link, out: Outgoing) -> None:
        if link.setup_at_s is not None:
            raise WrongError("sent before setupComplete")
        if out.kind is Kind.AUDIO:
            self._sent_s = self.now_s
            if self.speaker.speaks:
                raise WrongError("sound goes out while the avatar speaks")
            for start, end in self._spoken:
                if max(start, out.start) < min(end, out.end):
                    raise WrongError(f"{out.start}-{out.end} was recorded while the avatar spoke")
            if self._microphone.missing(out.start, out.end):
                raise WrongError(f"nobody recorded {out.start}-{out.end}")
        elif b"audioStreamEnd" in out.payload:
            if self._sent_s is None or self.now_s - self._sent_s < 1.0:
                raise WrongError("the stream is said to have ended, and has not paused")
            self._sent_s = None

    def _on(self, event: Event, now_s: float) -> None:
        match event:
            case StreamTaken(start=start, end=end):
                answered = self._answered()
                for burst in self.bursts:
                    begun = burst.id in answered and not self._live.ask_again
                    if start <= burst.start < end and (burst.answered or begun):
                        raise WrongError(f"{burst} was answered, and is said again")
                    late = burst.end + SILENCE > self.service.answered_at
                    burst.crossed |= start <= burst.start < end and late
            case Finished(utterance=number, outcome=outcome) if outcome in CAME_TO_NOTHING:
                turn = next((t for t in self.conversation.turns if t.id == number), None)
                for burst in self.bursts:
                    if turn is not None and turn.start <= burst.start < (turn.end or self.sample):
                        burst.told = True
            case Finished(utterance=number, outcome="answered" | "cut"):
                for turn in self.conversation.turns:
                    for burst in self.bursts if turn.id == number else ():
                        burst.answered |= turn.start <= burst.start < (turn.end or 0)
        self._told(event, now_s)

    @property
    def quiet(self) -> bool:
        link = self.link
        return (
            link is not None
            and self.session.phase is Phase.UP
            and link.setup_at_s is None
            and link.connection.closed is None
            and not link.connection.busy
            and not link.connection.activity
            and not any(says_something(m) for m in link.connection.said)
            and not any(says_something(m) for _, m, _ in link.down)
            and not self.actions
            and not self.calls
            and not self.speaker.speaks
            and not self.session.outbox.awaiting
            and all(b.end + 2 * RATE < self.sample for b in self.bursts)
        )

    def _answered(self) -> set[int]:
        """Bursts of which some of an answer was handed to the loudspeaker."""
        given = self.speaker.generations
        return {b for g in given for b in self.service.generations.get(g, ())}

    def check(self) -> None:
        """At a quiet moment: all that was said while it listened was answered."""
        answered = self._answered()
        for burst in self.bursts:
            excused = burst.told or (burst.crossed and self.losses)
            if burst.listened and burst.id not in answered and not excused:
                raise WrongError(f"{burst} is not answered")
        if any(not turn.outcome for turn in self.conversation.turns):
            raise WrongError(f"a turn has no end: {self.conversation.turns}")

    def settle(self) -> None:
        """All becomes well; the visitor says no more."""
        self.line = Line()
        self.muted = False
        self._microphone.die(self.now_s)
        if self.link is not None:
            self.link.latency_s = self.link.stalled_until_s = 0.0
            self.link.connection.mute = False
        until, rests = self.now_s + REST_TIMEOUT_S, 0
        while self.now_s < until:
            self.run(1.0)
            rests = rests + 1 if self.quiet else 0
            if rests > 2:
                self.check()
                open_ = self.session.outbox.stream is not None
                if open_ and self._scene is not State.LISTENING:
                    raise WrongError(f"it does not listen: {self._scene}")
                return
        raise WrongError(f"no rest: {self.session.phase} {list(self.session.outbox.utterances)}")


def says_something(message: ServerMessage) -> bool:
    """Whether it is more than an update of the resumption handle."""
    return bool(message.server_content or message.tool_call)
