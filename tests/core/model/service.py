"""A model of the service: what each session's state holds, what a handle stands for, what it says.

It takes what came over one connection, in order, and refuses with `WrongError` whatever the real
service would close with 1007 on. Its words name the utterance and the generation that they belong
to, so that a test can say of each where it went.
"""

import json
from collections import Counter, deque
from dataclasses import dataclass, field, replace

from kiosk.core.disconnects import Disconnect
from kiosk.core.messages import (
    FunctionCall,
    GoAway,
    ResumptionUpdate,
    ServerContent,
    ServerMessage,
    SetupComplete,
    ToolCall,
    Transcription,
)
from kiosk.core.outgoing import Kind, Outgoing

from .state import (
    Answer,
    Generation,
    Reading,
    Session,
    Sound,
    State,
    Text,
    WrongError,
    said_in,
    sound_of,
    spoken_of,
    thought,
    words,
)

CANCELLED = Disconnect(1000, "The operation was cancelled.")
ABORTED = Disconnect(1008, "The operation was aborted.")
BAD_HANDLE = Disconnect(1007, "Request contains an invalid argument.")
BAD_HISTORY = Disconnect(1007, "Request contains an invalid argument")
"""Said in the same words; the full stop is for the test."""


class Service:
    """All sessions, and what it ever said of each utterance."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.handles: dict[str, tuple[Session, State]] = {}
        self.expired: set[str] = set()
        self.callers: dict[str, Connection] = {}
        """Who made each tool call."""
        self.generations: dict[int, tuple[int, ...]] = {}
        """Which utterances each answered."""
        self.empty = Counter[int]()
        """How often each utterance was answered with nothing."""
        self.reacted: set[int] = set()
        """Utterances of which it said anything."""

    def expire(self) -> None:
        """Every handle that was given out is void."""
        self.expired.update(self.handles)

    def connect(self, setup: bytes) -> "Connection":
        return Connection(self, json.loads(setup)["setup"])


@dataclass
class Connection:
    """One connection to one session. `said` is what goes to the client, in order."""

    service: Service
    setup: dict
    said: deque[ServerMessage] = field(default_factory=deque)
    closed: Disconnect | None = None
    """How the service ended it."""
    session: Session = field(default_factory=Session)
    state: State = field(default_factory=State)
    recap: tuple[Text, ...] = ()
    """What its instruction says of what was said before: in no handle."""
    consumed: int = 0
    past: list[tuple[State, int]] = field(default_factory=list)
    """What it held after each message."""
    newest: int = 0
    """The newest utterance that it took to its end."""
    generation: Generation | None = None
    late: deque[str] = field(default_factory=deque)
    heard: set[tuple[int, int]] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    """Tool calls of this connection."""
    awaited: set[str] = field(default_factory=set)
    """Those of them that are not answered."""
    answered: set[str] = field(default_factory=set)
    wait_for_turn: bool = False
    """Content is history up to its `turnComplete`; nothing else is taken before."""
    finished_reply: bool = False
    update_due_s: float | None = None
    warned_s: float = 0.0
    """When it said its last GoAway."""
    close_at_s: float | None = None
    ended_as_told: bool = False
    """It was ended at the time that a GoAway had named."""
    last_words: Disconnect = field(default_factory=lambda: CANCELLED)
    mute: bool = False

    def __post_init__(self) -> None:
        resumption = self.setup.get("sessionResumption", {})
        reading = self.service.reading
        self.recap = _recap(self.setup)
        if self.recap and reading.history == "words":
            self.closed = BAD_HISTORY
            return
        self.wait_for_turn = "historyConfig" in self.setup
        if handle := resumption.get("handle"):
            if self.wait_for_turn:
                raise WrongError("history and handle together")
            session, state = self.service.handles[handle]
            if handle in self.service.expired or not (
                reading.older_handles or session.newest == handle
            ):
                self.closed = BAD_HANDLE
                return
            if state.open:
                entries = tuple(e for e in state.entries if not isinstance(e, Sound) or e.closed)
                state = replace(state, entries=entries, open=0)
            if not reading.answers_after_resume:
                state = replace(state, waiting=())
            self.session, self.state = session, state

    @property
    def handle(self) -> str:
        """What it resumes, or empty."""
        return str(self.setup.get("sessionResumption", {}).get("handle") or "")

    @property
    def held(self) -> State:
        """All that the model knows on it."""
        return replace(self.state, entries=(*self.recap, *self.state.entries))

    def complete_setup(self) -> None:
        self.said.append(ServerMessage(setup_complete=SetupComplete()))
        if self.service.reading.updates != "turn":
            self._update()

    # --- what comes from the client ----------------------------------------------------------

    def take(self, out: Outgoing, now_s: float) -> None:
        """One message that arrived."""
        self.consumed += 1
        self.session.consumed += 1
        if out.number != self.consumed:
            raise WrongError(f"message {self.consumed} of the connection is numbered {out.number}")
        if (
            out.kind in (Kind.START, Kind.AUDIO)
            and self.awaited
            and self.service.reading.refuses_in_a_call
        ):
            self.closed = ABORTED
            return
        match out.kind:
            case Kind.START:
                self._start(out.utterance)
            case Kind.AUDIO:
                self._sound(out)
            case Kind.END:
                if not self.state.open:
                    raise WrongError("activityEnd outside an activity")
                *before, last = self.state.entries
                if self.service.reading.chokes and last.utterance % 3 == 2:
                    self.closed = BAD_HANDLE
                    return
                self.newest = last.utterance
                self.state = replace(
                    self.state,
                    entries=(*before, replace(last, closed=True)),
                    waiting=(*self.state.waiting, last.utterance),
                    open=0,
                )
            case Kind.MESSAGE:
                self._message(json.loads(out.payload))
        if self.service.reading.updates == "message":
            self.past.append((self.state, self.consumed))
            self._update(self.service.reading.lag if self.state.open else 0)
        elif self.service.reading.updates == "second" and self.update_due_s is None:
            self.update_due_s = now_s + 1.0

    def _start(self, utterance: int) -> None:
        if self.state.open:
            raise WrongError("activityStart inside an activity")
        if self.wait_for_turn:
            raise WrongError("speech before the history is complete")
        self._interrupt()
        self.state = replace(
            self.state, entries=(*self.state.entries, Sound(utterance)), open=utterance
        )

    def _sound(self, out: Outgoing) -> None:
        if not self.state.open:
            raise WrongError("sound outside an activity")
        if out.utterance != self.state.open or out.end <= out.start:
            raise WrongError(
                f"sound of {out.utterance} in {self.state.open}: {out.start}-{out.end}"
            )
        self.state = self.state.with_sound(out.start, out.end)
        last = self.state.entries[-1]
        if self.service.reading.transcript == "live" and len(last.ranges) == 10:
            self._hear(out.utterance, 0)

    def _message(self, message: dict) -> None:
        if "toolResponse" in message:
            for response in message["toolResponse"]["functionResponses"]:
                if response["id"] not in self.calls:
                    raise WrongError("an answer to a call that nobody made")
                if response["id"] in self.answered:
                    raise WrongError("a second answer to a call")
                self.answered.add(response["id"])
                self.awaited.discard(response["id"])
            return
        content = message["clientContent"]
        if self.state.open:
            raise WrongError("content inside an activity")
        if self.wait_for_turn and self.service.reading.history != "taken":
            self.closed = BAD_HISTORY
            return
        roles = [turn["role"] for turn in content["turns"]]
        if roles != (["user", "model"] * len(roles))[: len(roles)]:
            raise WrongError(f"roles do not alternate: {roles}")
        texts = tuple(
            Text(turn["role"], spoken_of(part["text"]), said_in(part["text"]))
            for turn in content["turns"]
            for part in turn["parts"]
        )
        waiting = self.state.waiting
        if self.wait_for_turn:
            self.wait_for_turn = not content.get("turnComplete")
            told = [
                part["text"]
                for turn in content["turns"]
                if turn["role"] == "user"
                for part in turn["parts"]
            ]
            if len(set(told)) < len(told):
                raise WrongError(f"told twice: {told}")
        elif content.get("turnComplete"):
            self._interrupt()
            waiting = (*waiting, *texts[-1].utterances)
            self.newest = waiting[-1]
        else:
            raise WrongError("history that was not announced, or not first")
        self.state = replace(self.state, entries=(*self.state.entries, *texts), waiting=waiting)

    def _interrupt(self) -> None:
        """A visitor speaks: what is generated ends, and what was asked before is not answered."""
        reading = self.service.reading
        unseen = self.state.waiting and not (self.generation and self.generation.seen)
        if (
            (self.generation is not None and self.generation.seen)
            or (unseen and reading.interrupts_unseen)
            or (self.finished_reply and reading.spurious_pair)
        ):
            if reading.pair_in_one_frame:
                self._say(interrupted=True, turn_complete=True)
            else:
                self._say(interrupted=True)
                self._say(turn_complete=True)
        self.late = deque(step for step in self.late if not step.startswith("more"))
        if self.generation is not None:
            self.late.extend(
                step
                for step in self.generation.steps
                if step.startswith("late") and (self.generation.seen or "said" not in step)
            )
            if self.generation.seen:
                self.state = replace(self.state, waiting=())
        self.awaited.clear()
        self.generation, self.finished_reply = None, False

    # --- what it does by itself --------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether it still has something to say."""
        return bool(
            not self.mute
            and (
                self.generation
                or self.late
                or self.awaited
                or (self.state.waiting and not self.state.open)
            )
        )

    def react(self, now_s: float) -> None:
        """Its next word, if it has one."""
        if self.mute or self.closed:
            return
        if self.update_due_s is not None and now_s >= self.update_due_s:
            self.update_due_s = None
            self._update()
        if self.late:
            self._step(self.late.popleft())
            return
        if self.state.open or self.awaited:
            return
        if self.generation is None and self.state.waiting:
            self._think()
        elif self.generation is not None:
            self._step(self.generation.steps.popleft())

    def tick(self, now_s: float) -> None:
        """End the connection when its time is over."""
        if self.close_at_s is not None and now_s >= self.close_at_s:
            self.closed, self.ended_as_told = self.last_words, True

    def go_away(self, time_left: str | None, left_s: float, now_s: float, mute: bool) -> None:
        self.said.append(ServerMessage(go_away=GoAway(time_left)))
        self.warned_s, self.close_at_s, self.mute = now_s, now_s + left_s, mute

    def call_a_tool(self, name: str) -> None:
        """Call a tool, and wait for the answer."""
        self.service.reacted.update(self.state.waiting)
        call = f"c{len(self.service.callers) + 1}"
        self.service.callers[call] = self
        self.calls.add(call)
        self.awaited.add(call)
        self.said.append(ServerMessage(tool_call=ToolCall([FunctionCall(call, name)])))

    def _think(self) -> None:
        service, asked = self.service, self.state.waiting
        number = len(service.generations) + 1
        service.generations[number] = asked
        spoken = {e.utterance for e in self.state.entries if isinstance(e, Sound)}
        transcripts = [f"{u} {n}" for u in asked if u in spoken for n in (0, 1)]
        early = transcripts if service.reading.transcript in ("early", "live") else []
        late = transcripts if service.reading.transcript == "late" else []
        if service.reading.silent_answers and number % 3 == 0:
            service.empty.update(asked)
            answer = ["turn"]
        elif service.reading.in_one_frame:
            answer = ["whole"]
        elif service.reading.stops and number % 4 == 1:
            answer = ["sound", "said", "stop", "turn"]
        elif service.reading.goes_on and service.reading.status != "apart":
            answer = ["sound", "said", "turn", f"more sound {number}", f"more said {number}"]
            answer += ["more complete", "more turn"]
        else:
            answer = ["sound", "said", "sound", "sound", "said", "complete", "turn"]
        if service.reading.thinks:
            answer.insert(0, "thought")
        if service.reading.status == "apart":
            answer[-1:] = ["part", "turn"] if answer[-1] == "turn" else ["whole"]
        if service.reading.said_late:
            late.append(f"said {number}")
        steps = [*(f"hear {t}" for t in early), *answer, *(f"late {t}" for t in late)]
        self.generation = Generation(number, asked, deque(steps))
        if service.reading.updates != "turn":
            self._update()

    def _step(self, step: str) -> None:
        generation, status = self.generation, self.service.reading.status
        match step.split():
            case ["thought"]:
                self.service.reacted.update(generation.utterances)
                self._say(model_turn=thought())
            case ["stop"]:
                self._say(interrupted=True)
            case ["more", "sound", number]:
                self._say(model_turn=sound_of(int(number)))
            case ["more", "complete"]:
                self._say(generation_complete=True)
            case ["more", "turn"]:
                self._say(turn_complete=True)
            case [("late" | "more"), "said", number]:
                self._say(output_transcription=Transcription(f"<g{number}> "))
            case [("hear" | "late"), utterance, n]:
                self._hear(int(utterance), int(n))
            case ["sound"]:
                self._begin(generation)
                self._say(model_turn=sound_of(generation.id))
            case ["said"]:
                self._say(output_transcription=Transcription(f"<g{generation.id}> "))
            case ["complete"]:
                self._say(generation_complete=True)
            case ["whole"]:
                self._begin(generation)
                self._say(
                    model_turn=sound_of(generation.id),
                    output_transcription=Transcription(f"<g{generation.id}> "),
                    generation_complete=True,
                    turn_complete=True,
                )
                self._end(generation)
            case ["part"]:
                self._begin(generation)
                self._say(turn_complete=True, interaction_status="IN_PROGRESS")
            case ["turn"]:
                self._begin(generation)
                if status == "apart":
                    self.said.append(ServerMessage(interaction_status="IDLE"))
                else:
                    self._say(turn_complete=True, interaction_status="IDLE" if status else None)
                self._end(generation)

    def _end(self, generation: Generation) -> None:
        self.late.extend(generation.steps)
        self.generation, self.finished_reply = None, True
        self.state = replace(self.state, waiting=())
        self._update()

    def _begin(self, generation: Generation) -> None:
        if not generation.seen:
            generation.seen = True
            self.service.reacted.update(generation.utterances)
            entry = Answer(generation.id)
            self.state = replace(self.state, entries=(*self.state.entries, entry))

    def _hear(self, utterance: int, n: int) -> None:
        if (utterance, n) not in self.heard:
            self.heard.add((utterance, n))
            if not self.state.open:
                self.service.reacted.add(utterance)
            self._say(input_transcription=Transcription(words(utterance, n)))

    def _say(self, **content: object) -> None:
        self.said.append(ServerMessage(server_content=ServerContent(**content)))

    def _update(self, lag: int = 0) -> None:
        """A resumption update. While it generates, one that is good for nothing but its index."""
        reading = self.service.reading
        # Without an index nobody could tell that it lags.
        past = reading.index is not None and len(self.past) > lag > 0
        state, consumed = self.past[-1 - lag] if past else (self.state, self.consumed)
        number: str | int | None = None
        if reading.index is not None:
            number = consumed - (not reading.counts_setup)
            number += (self.session.consumed - self.consumed) if reading.per_session else 0
            number = str(max(number, 0)) if reading.index == "string" else max(number, 0)
        update = ResumptionUpdate(last_consumed_client_message_index=number)
        if self.generation is None and not self.awaited:
            handle = f"h{len(self.service.handles) + 1}"
            self.service.handles[handle] = (self.session, state)
            self.session.newest = handle
            update.new_handle, update.resumable = handle, True
        self.said.append(ServerMessage(session_resumption_update=update))


def _recap(setup: dict) -> tuple[Text, ...]:
    """What was said before, as the instruction's second part tells it."""
    parts = setup.get("systemInstruction", {}).get("parts", [])
    if len(parts) < 2:
        return ()
    lines = [line.partition(": ") for line in parts[1]["text"].splitlines()[1:]]
    return tuple(
        Text({"Visitor": "user", "You": "model"}[role], spoken_of(text), said_in(text))
        for role, _, text in lines
    )
