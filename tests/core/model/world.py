"""The core in a model of its world: all that happens goes in by `Core.step`, as in the kiosk.

The *surviving state* is the state of the session that the present link serves. It is judged at
every quiet moment: the link is up, nothing is under way on it, the service has said all it has to
say and the core waits for nothing.
"""

from collections import deque
from math import inf

import msgspec

from kiosk.core.calls import SPEECH_GATE_S
from kiosk.core.conversation import Conversation
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Action, CallCancelled, Called, Dial, Event, Finished
from kiosk.core.events import Sound as SoundEvent
from kiosk.core.inputs import (
    CallAnswered,
    Input,
    LinkLost,
    LinkOpened,
    MicrophoneAt,
    Pressed,
    Received,
    Released,
    ReplyAt,
    Typed,
    VisitEnded,
)
from kiosk.core.link_state import LinkState, Phase
from kiosk.core.messages import ServerMessage
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.step import Core, Outputs
from kiosk.core.utterance import Fate

from ..service import LIVE, VISIT, core_settings, told_of
from .button import Button
from .judge import Judge
from .line import Line, Link
from .loudspeaker import Loudspeaker
from .microphone import Microphone
from .openings import Openings
from .punctual import Punctual
from .service import BAD_HISTORY, Service
from .state import APOLOGY, Reading, Sound, WrongError, generation_of, pcm_of, spoken_of

RATE = 16_000
PERIOD_S = 0.02
TICK_S = 0.16
"""Steps are run so often at least."""
TOOL_S = 1.3
"""What the tool needs."""
SOON_S = 0.4
"""A GoAway that arrives within this is of use."""
USER_TIMEOUT_S = 5.0
"""The operating system breaks a link that does not acknowledge what is sent."""
BROKEN = Disconnect(reason="the line broke")
REST_TIMEOUT_S = 600.0
"""The core is idle again within this, once all is well."""


class World:
    """See the module."""

    def __init__(
        self,
        reading: Reading | None = None,
        end_after_s: float = 36_000,
        **live: object,
    ) -> None:
        self.service = Service(reading or Reading())
        self.line = Line()
        self._live = msgspec.structs.replace(LIVE, **live)
        self._visit = msgspec.structs.replace(VISIT, end_after_s=end_after_s)
        self.now_s = 100.0
        self.link: Link | None = None
        self.dials = 0
        self.dialling: tuple[float, int, Disconnect] | None = None
        """When which link is refused, and how."""
        self._microphone = Microphone()
        self.judge = Judge(
            self.service, self._microphone, self._live.ask_again, self._live.give_up_s
        )
        self.loudspeaker = Loudspeaker(self.judge)
        self._punctual = Punctual()
        self._openings = Openings()
        self.muted = False
        self.listening = True
        self.holding = False
        self._button = Button()
        self.wiped = 0
        self.looks = 0
        self._react_at_s = 0.0
        self._unsettled: dict[int, bool] = {}
        """Utterances whose sound is kept, and whether they are known by nothing else."""
        self._start(None)

    def _start(self, snapshot: bytes | None, heard: int = 0) -> None:
        """A daemon starts; with the snapshot of one that died."""
        settings = core_settings(self._live, self._visit)
        self.core = Core(settings, lambda: 0.5, apology=pcm_of(APOLOGY))
        # The model looks in, to judge; it does nothing there.
        self.session, self.conversation = self.core._session, self.core._conversation
        self._receive_message, self.session.receive = self.session.receive, self._take
        self.conversation._on = self._on
        self._reset, self.conversation.reset = self.conversation.reset, self._visit_ends
        self.calls = dict[str, float]()
        self.actions = deque[Action]()
        """What the dialer is yet to do."""
        self._snapshot = snapshot
        self._acked = 0
        self._due_s, self._streaming = 0.0, False
        dead = msgspec.msgpack.decode(snapshot, type=VisitSnapshot) if snapshot else None
        if dead is None:
            self.conversation._last_turn = max(self.judge.spoken, default=0)
        reply = ReplyAt(heard, self.loudspeaker.end, self.now_s)
        told = [told_of("light")]
        self.core.start(self.now_s, self._microphone_at(), reply, 1, dead, known=told)
        self.step(0)

    def crash(self, seconds: float) -> None:
        """The daemon dies; the next one is there after a while."""
        if self.link is not None:
            self.link.cut(self.now_s, 1.0, 0.0)
        self.link = self.dialling = None
        self._openings = Openings()
        self.now_s += seconds
        heard = self.loudspeaker.heard
        self.loudspeaker.forget()
        self._start(self._snapshot, heard)
        if self.holding and not self.conversation._talk.acting:
            self.press()

    # --- the visitor -------------------------------------------------------------------------

    @property
    def sample(self) -> int:
        return int(self.now_s * RATE)

    def press(self) -> None:
        if not self.holding or not self.conversation._talk.acting:
            self._button.press(self.sample)
        self.holding = True
        self._happen(Pressed(self.now_s, self.sample))
        self.step(0)

    def release(self) -> None:
        if self.holding:
            self._button.release(self.sample)
        self.holding = False
        self._happen(Released(self.now_s, self.sample))
        self.step(0)

    def say(self) -> None:
        number = self.conversation._last_turn + 1
        known = self.judge.meet(number)
        known.typed, known.closed_s = True, self.now_s
        self._happen(Typed(f"<u{number} typed>"))
        self.step(0)

    def kill_sound(self, seconds: float) -> None:
        """The sound process dies; the next one is there after a while."""
        self._microphone.die(self.now_s + seconds)

    def ask(self, seconds: float = 1.0) -> None:
        self.press()
        self.run(seconds)
        self.release()
        self.run(0.3)

    # --- time --------------------------------------------------------------------------------

    def run(self, seconds: float) -> None:
        """Let time pass: finely where something goes on, else in strides."""
        until = self.now_s + seconds
        while self.now_s < until - 1e-9:
            stride = PERIOD_S if self._lively else 0.5
            self.step(min(stride, until - self.now_s))
        self.step(0)

    @property
    def _lively(self) -> bool:
        link = self.link
        return (
            self.conversation.streaming
            or bool(self.actions)
            or (link is not None and not (link.quiet and not link.connection.busy))
        )

    def step(self, seconds: float = PERIOD_S) -> None:
        """One turn of the kiosk's and the dialer's loop."""
        self.now_s += seconds
        self._loop()
        self._punctual.step(self, seconds)

    def _loop(self) -> None:
        done = [call for call, since_s in self.calls.items() if self.now_s - since_s > TOOL_S]
        for call in done:
            del self.calls[call]
        if done or not self._only_recorded():
            self._happen(*(CallAnswered(call, {"done": True}) for call in done))
        self._dialler()
        link = self.link
        if link is None:
            return
        link.carry(self.now_s)
        while self.link is link and (arrived := link.arrived(self.now_s)) is not None:
            self._receive(link, *arrived)
        if self.link is not link:
            return
        if link.up and self.now_s - link.up[0][0] > USER_TIMEOUT_S:
            self.lose(BROKEN)
        elif link.connection.closed is not None and not self._stalled:
            self.lose(link.connection.closed)
        else:
            self._write(link)
            link.carry(self.now_s)
            if not self.muted and self.now_s >= self._react_at_s:
                self._react_at_s = self.now_s + 0.04
                link.connection.react(self.now_s)
            link.connection.tick(self.now_s)

    def _microphone_at(self) -> MicrophoneAt:
        return MicrophoneAt(self._microphone.written, tuple(self._microphone.holes))

    def _only_recorded(self) -> bool:
        """A period of the microphone between two ticks, as in the kiosk; whether that is all."""
        if not self._streaming or self.now_s >= self._due_s:
            return False
        self._play()
        self._microphone.record(self.now_s, self.sample)
        return not self.core.recorded(self._microphone_at())

    def _happen(self, *inputs: Input) -> None:
        """One step of the core: sound has gone on, and this has happened."""
        self._play()
        self._microphone.record(self.now_s, self.sample)
        reply = ReplyAt(self.loudspeaker.heard, self.loudspeaker.end, self.now_s)
        outputs = self.core.step(self.now_s, [self._microphone_at(), reply, *inputs])
        self._streaming = outputs.wake_every_period
        self._due_s = min(self.now_s + TICK_S, outputs.wake_at_s or inf)
        self._obey(outputs)
        written = self._microphone.written
        unsettled: dict[int, bool] = {}
        for u in self.session.outbox.utterances:
            known = self.judge.meet(u.id)
            if known.end is None and u.end is not None:
                known.start, known.end, known.closed_s = u.start, u.end, self.now_s
                if not known.typed:
                    cut = max(written, known.start) if self._microphone.dead else None
                    self._button.check(known.start, known.end, cut)
            unsettled[u.id] = u.id not in spoken_of(u.heard)
            known.misworded = u.taken and bool(u.heard) and unsettled[u.id]
            if u.fate is Fate.TOLD_ONLY:
                known.told_only = True
                known.said.clear()  # The service answers it again, and knows of that instead.
            # Nobody is told that it is given up: the visitor has had an answer.
            known.textless |= known.told_only and u.fate is Fate.GIVEN_UP
        for number, textless in self._unsettled.items():
            known = self.judge.meet(number)
            late = self.now_s - (known.end or 0) / RATE > self._live.give_up_s
            settled = number not in unsettled and (late or number in self._held())
            known.textless |= textless and settled
        self._unsettled = unsettled

    def _obey(self, outputs: Outputs) -> None:
        """Carry out what a step wants; the dialer has its turn later."""
        for command in outputs.commands:
            self.loudspeaker.take(command)
        for call in outputs.calls:
            if isinstance(call, Called):
                self.calls[call.call] = self.now_s
            else:
                del self.calls[call.call]
        self.actions.extend(outputs.actions)
        self.wiped = max(self.wiped, outputs.keep_from)
        if outputs.snapshot_due:
            snapshot = outputs.snapshot
            self._snapshot = None if snapshot is None else msgspec.msgpack.encode(snapshot)

    def _play(self) -> None:
        if self.listening and self.conversation.turns:
            newest = self.conversation.turns[-1].id
            self.loudspeaker.play(newest, int(PERIOD_S * 24_000) if self._lively else None)

    # --- the dialer --------------------------------------------------------------------------

    def _dialler(self) -> None:
        while self.actions:
            action = self.actions.popleft()
            self._hang_up()
            if isinstance(action, Dial):
                self._dial(action)
        if self.dialling is not None and self.now_s >= self.dialling[0]:
            (_, number, loss), self.dialling = self.dialling, None
            self._lost(number, loss)

    def _dial(self, action: Dial) -> None:
        self.dials += 1
        fate = self.line.refusals.popleft() if self.line.refusals else ""
        if isinstance(fate, Disconnect):
            self.dialling = (self.now_s + self.line.latency_s, action.link, fate)
            return
        setup_s = {"": self.line.setup_s, "slow": 3.0, "mute": 1e9}[fate]
        connection = self.service.connect(action.setup)
        self._openings.dialled(connection, self)
        if self.service.reading.dead_handles and connection.handle:
            setup_s = 1e9
        self.link = Link(action.link, connection, self.line.latency_s, self.now_s + setup_s)
        self._happen(LinkOpened(action.link))

    def _hang_up(self) -> None:
        """Our own good-bye: what was written goes out before it."""
        link, self.link, self.dialling = self.link, None, None
        if (
            link is not None
            and self.now_s >= link.stalled_until_s
            and link.connection.closed is None
        ):
            # What had come but was not yet read is still read: the task sees its end later.
            for message in link.cut(self.now_s, 1.0, 0.5):
                self._receive(link, *message)

    def _write(self, link: Link) -> None:
        for _ in range(self.line.writes):
            out = self.core.pull(self.now_s, link.number)
            if out is None:
                return
            self._check_outgoing(out)
            link.send(out, self.now_s)
            self.core.sent(out, self.now_s)

    def _receive(self, link: Link, message: ServerMessage, newest: int) -> None:
        """A message that the service sent when it had taken no utterance after `newest`."""
        if message.go_away is not None and self.link is not None:
            in_time = self.now_s - self.link.connection.warned_s < SOON_S
            self.link.warned = in_time and self.session.phase is Phase.UP
        self._newest, self._rest = newest, 0
        handed_out = self.loudspeaker.end
        self._happen(Received(link.number, message))
        if self._rest and self.loudspeaker.end == handed_out:
            raise WrongError(f"the rest of {self._rest} is not played, and nothing newer was said")

    def _take(self, message: ServerMessage, now_s: float) -> None:
        """The session is about to take a message."""
        waiting = [u for u in self.session.outbox.utterances if u.id > self._newest]
        before = [(u.taken, u.over) for u in waiting]
        if self.session.link.is_open:  # Else the core has given the link up, and does not listen.
            self._openings.received(message)
            self._rest = self._rest_of_an_answer(message)
        self._receive_message(message, now_s)
        for u, was in zip(waiting, before, strict=True):
            # The wire does not say whose answer it brings. Where one that was spoken over is still
            # unanswered, nobody can tell its late answer from that to both.
            self.judge.meet(u.id).misled |= message.error is None and (u.taken, u.over) != was
        if self.session.outbox.acked > self._acked:
            self._acked = self.session.outbox.acked
            self._check_acked()

    def _rest_of_an_answer(self, message: ServerMessage) -> int:
        """The turn that more of the same answer has come for, or 0; nothing newer was said."""
        content, turns = message.server_content, self.conversation.turns
        if content is None or content.model_turn is None or not turns:
            return 0
        known, data = self.judge.meet(turns[-1].id), content.model_turn.parts[0].inline_data
        begun = data is not None and generation_of(data.pcm()) in known.generations
        return turns[-1].id if begun and turns[-1].outcome in ("", "answered") else 0

    def _lost(self, number: int, loss: Disconnect) -> None:
        for u in self.session.outbox.utterances:
            blamed = u.in_flight and loss.code == 1007 and loss != BAD_HISTORY
            self.judge.meet(u.id).refusals += blamed
        if self.session.link.state is not LinkState.WAITING:  # Else it was given up.
            self._openings.lost(loss)
        self._happen(LinkLost(number, loss))
        self._openings.check_code(self.session.staff_code)
        self._dialler()

    @property
    def _stalled(self) -> bool:
        return self.link is not None and self.now_s < self.link.stalled_until_s

    # --- faults ------------------------------------------------------------------------------

    def lose(self, loss: Disconnect, up: float = 0.0, down: float = 0.0) -> None:
        """The link breaks, or the service ends it."""
        if self._stalled:
            up = down = 0.0
        link, self.link = self.link, None
        if link is None:
            return
        for message in link.cut(self.now_s, up, down):
            self._receive(link, *message)
            if self.actions:
                break
        if any(isinstance(action, Dial) for action in self.actions):
            self._dialler()
        else:
            self.actions.clear()
            self._lost(link.number, loss)

    # --- what the conversation is told -------------------------------------------------------

    def _on(self, event: Event, now_s: float) -> None:
        if isinstance(event, Called | CallCancelled):
            if isinstance(event, Called):
                self.judge.called(event)
            Conversation._on(self.conversation, event, now_s)
            return
        turns = self.conversation.turns
        newest = bool(turns) and turns[-1].id == event.utterance
        self.judge.told(event, newest, now_s)
        Conversation._on(self.conversation, event, now_s)
        self._check_told(event, newest)

    def _visit_ends(self, now_s: float) -> None:
        self._reset(now_s)
        self._openings.forget()
        self.judge.visit_ended({turn.id: turn.outcome for turn in self.conversation.turns})

    def leave(self) -> None:
        """The visit ends."""
        self.look()
        self.holding = False
        self._happen(VisitEnded())
        self.step(0)

    # --- what must hold ----------------------------------------------------------------------

    def _check_told(self, event: Event, newest: bool) -> None:
        commands = self.conversation.commands
        match event:
            case SoundEvent(pcm=pcm) if newest and not (commands and commands[-1] == pcm):
                raise WrongError(f"an answer to {event.utterance} is not played")
            case Finished(outcome=("discarded" | "unanswered" | "empty") as outcome):
                if self.conversation.scene(self.now_s).notice is None:
                    raise WrongError(f"{event.utterance} is {outcome}, and the screen is silent")
                if newest and outcome != "discarded" and pcm_of(APOLOGY) not in commands:
                    raise WrongError(f"no apology for {event.utterance}")

    def _check_outgoing(self, out: Outgoing) -> None:
        link = self.link
        if link is None or link.setup_at_s is not None:
            raise WrongError("sent before setupComplete")
        if out.utterance and self.judge.meet(out.utterance).visit != self.judge.visit:
            raise WrongError(f"{out.utterance} of a visit that is over goes out")
        called_s = max(self.calls.values(), default=-SPEECH_GATE_S)
        if out.kind in (Kind.START, Kind.AUDIO) and self.now_s - called_s < SPEECH_GATE_S:
            raise WrongError(f"{out.utterance} goes out while a call waits")
        if out.kind is Kind.AUDIO and out.start < self.wiped:
            raise WrongError(f"sound of {out.utterance} was wiped before it went out")

    def _held(self) -> set[int]:
        """Utterances that the state of the newest adopted handle holds as sound."""
        handle = self.session.checkpoint.handle
        entries = self.service.handles[handle][1].entries if handle else ()
        return {entry.utterance for entry in entries if isinstance(entry, Sound)}

    def _check_acked(self) -> None:
        handle = self.session.checkpoint.handle
        entries = self.service.handles[handle][1].entries if handle else ()
        held = [r[1] for e in entries if isinstance(e, Sound) for r in e.ranges]
        misled = any(known.misled for known in self.judge.spoken.values())
        if self._acked > max(held, default=0) and not misled:
            raise WrongError("acknowledged, and no adopted handle covers it")

    @property
    def quiet(self) -> bool:
        """Whether the surviving state can be judged now."""
        link = self.link
        return (
            link is not None
            and self.session.phase is Phase.UP
            and link.setup_at_s is None
            and not self._stalled
            and link.connection.closed is None
            and link.quiet
            and not link.connection.busy
            and not self.actions
            and not self.session.events
            and not self.session.outbox.in_flight
            and not self.session.outbox.open
        )

    def look(self) -> bool:
        """Judge, if this is a quiet moment. Returns whether it was."""
        if self.quiet:
            self.looks += 1
            self.judge.check(self.link.connection.held)
            for turn in self.conversation.turns:
                missing = self._microphone.missing(turn.start, turn.end or turn.start)
                if turn.samples_missing != missing:
                    raise WrongError(f"{missing} samples of {turn.id} are missing: {turn}")
        return self.quiet

    def settle(self) -> None:
        """All becomes well: the visitor waits, the line is good, the service answers."""
        self.line = Line()
        self.muted, self.listening = False, True
        self._microphone.die(self.now_s)
        if self._stalled:
            self.lose(BROKEN)
        elif self.link is not None:
            self.link.latency_s = 0.0
            self.link.connection.mute = False
        if self.holding:
            self.release()
        until = self.now_s + REST_TIMEOUT_S
        while self.now_s < until:
            self.run(1.0 if self._lively else 5.0)
            if self.look():
                return
        raise WrongError(
            f"no rest: {self.session.phase}, {[u.id for u in self.session.outbox.utterances]}"
        )
