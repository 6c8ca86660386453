"""A model of the service that finds the speech in a stream: automatic activity detection.

It knows what the visitor says, so it never errs about where speech begins and ends: an activity has
ended when `SILENCE` samples without speech have come after it, or the stream is said to end.
"""

import json
import re
from collections import deque
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

from .service import ABORTED, CANCELLED
from .state import WrongError, sound_of

SILENCE = int(0.8 * 16_000)


@dataclass(frozen=True)
class OpenReading:
    """One way to read what the documents leave open."""

    transcript: str = "early"
    """The visitor's words come "live", "early" (before the answer) or "never"."""
    updates: str = "turn"
    """Handles come at the end of a "turn", or with each "message"."""
    index: bool = False
    """They tell how far our messages were consumed."""
    interrupts: bool = True
    """Speech ends an answer that is being made."""
    interrupts_unseen: bool = True
    """Also one of which nothing was sent yet is said to be interrupted."""
    in_one_frame: bool = False
    """Each answer is one frame with all that it has."""
    thinks: bool = False
    """It tells a thought before each answer."""
    refuses_in_a_call: bool = False
    """It closes with 1008 on sound while a tool call waits."""


@dataclass
class Burst:
    """Something that the visitor says without a pause."""

    id: int
    start: int
    end: int
    listened: bool = True
    """The screen said all the time that it listens, and the microphone recorded."""
    told: bool = False
    """The kiosk has said that it came to nothing, or was told to forget it."""
    answered: bool = False
    """The answer has ended that the kiosk took for one to it."""
    crossed: bool = False
    """It was on its way when the answer to what was said before it began."""


@dataclass(frozen=True)
class OpenState:
    """What a session holds. A handle stands for such a snapshot."""

    heard: tuple[int, ...] = ()
    """Bursts, as sound."""
    read: tuple[int, ...] = ()
    """Bursts, as words of a history, and what was typed, below zero."""
    waiting: tuple[int, ...] = ()
    """Those that have ended and are not answered."""


@dataclass
class OpenGeneration:
    """An answer."""

    id: int
    to: tuple[int, ...]
    steps: deque[str]
    seen: bool = False


class OpenService:
    """All sessions."""

    def __init__(self, reading: OpenReading, bursts: list[Burst]) -> None:
        self.reading = reading
        self.bursts = bursts
        self.handles: dict[str, OpenState] = {}
        self.generations: dict[int, tuple[int, ...]] = {}
        self.callers: dict[str, OpenConnection] = {}
        self.answered_at = 0
        """How far it had heard the microphone when it last began to answer."""

    def connect(self, setup: bytes) -> "OpenConnection":
        return OpenConnection(self, json.loads(setup)["setup"])

    def speech_in(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """Bursts of which something lies in a range: id, from, to."""
        found = ((b.id, max(b.start, start), min(b.end, end)) for b in self.bursts)
        return [one for one in found if one[1] < one[2]]


@dataclass
class OpenConnection:
    """One connection to one session. `said` is what goes to the client, in order."""

    service: OpenService
    setup: dict
    said: deque[ServerMessage] = field(default_factory=deque)
    closed: Disconnect | None = None
    state: OpenState = field(default_factory=OpenState)
    consumed: int = 0
    newest: int = 0
    generation: OpenGeneration | None = None
    activity: dict[int, int] = field(default_factory=dict)
    """Bursts that are being heard, and samples of each that came."""
    silence: int = 0
    """Samples without speech since there was some."""
    position: int = 0
    """One past the newest sample that came."""
    flows: bool = False
    """Sound has come, and no end of the stream."""
    awaited: set[str] = field(default_factory=set)
    wait_for_turn: bool = False
    mute: bool = False
    close_at_s: float | None = None

    def __post_init__(self) -> None:
        detection = self.setup["realtimeInputConfig"]["automaticActivityDetection"]
        if detection.get("disabled"):
            raise WrongError("nobody is asked to find the speech")
        self.wait_for_turn = "historyConfig" in self.setup
        if handle := self.setup.get("sessionResumption", {}).get("handle"):
            if self.wait_for_turn:
                raise WrongError("history and handle together")
            self.state = self.service.handles[handle]

    def complete_setup(self) -> None:
        self.said.append(ServerMessage(setup_complete=SetupComplete()))

    def take(self, out: Outgoing, now_s: float) -> None:
        """One message that arrived."""
        self.consumed += 1
        match out.kind:
            case Kind.START | Kind.END:
                raise WrongError("a marker, and nobody asked for it")
            case Kind.AUDIO:
                if self.awaited and self.service.reading.refuses_in_a_call:
                    self.closed = ABORTED
                    return
                self._sound(out)
            case Kind.MESSAGE:
                self._message(json.loads(out.payload))
        if self.service.reading.updates == "message":
            self._update()

    def _sound(self, out: Outgoing) -> None:
        if self.wait_for_turn:
            raise WrongError("sound before the history is complete")
        if out.start < self.position:
            raise WrongError(f"sample {out.start} comes twice on one link")
        at, self.position, self.flows = out.start, out.end, True
        for id_, start, end in self.service.speech_in(out.start, out.end):
            self._quiet(start - at)
            if not self.activity:
                self._activity_begins()
            self.silence = 0
            self.activity[id_] = self.activity.get(id_, 0) + end - start
            if self.service.reading.transcript == "live":
                self._say(input_transcription=Transcription(f"<b{id_} {start}> "))
            at = end
        self._quiet(out.end - at)

    def _quiet(self, samples: int) -> None:
        self.silence += samples
        if self.activity and self.silence >= SILENCE:
            self._activity_ends()

    def _activity_begins(self) -> None:
        reading, generation = self.service.reading, self.generation
        if not reading.interrupts or not (generation or self.state.waiting):
            return
        seen = generation is not None and generation.seen
        if seen or reading.interrupts_unseen:
            self._say(interrupted=True)
            self._say(turn_complete=True)
        if seen:
            self.state = replace(self.state, waiting=())
        self.generation = None
        self.awaited.clear()

    def _activity_ends(self) -> None:
        whole = [b for b in self.service.bursts if self.activity.get(b.id) == b.end - b.start]
        ids = tuple(b.id for b in whole)
        if twice := set(ids) & {*self.state.heard, *self.state.read}:
            raise WrongError(f"the session has heard {twice} before")
        # What it got only a piece of it answers too.
        heard = ids or tuple(-1000 - n for n in self.activity)
        self.state = replace(
            self.state,
            heard=(*self.state.heard, *ids),
            waiting=(*self.state.waiting, *heard),
        )
        self.activity.clear()

    def _message(self, message: dict) -> None:
        if "toolResponse" in message:
            for response in message["toolResponse"]["functionResponses"]:
                self.awaited.discard(response["id"])
            return
        if "realtimeInput" in message:
            if message["realtimeInput"] != {"audioStreamEnd": True} or not self.flows:
                raise WrongError(f"no end of a stream: {message}")
            self.flows = False
            if self.activity:
                self._activity_ends()
            return
        content = message["clientContent"]
        texts = [part["text"] for turn in content["turns"] for part in turn["parts"]]
        ids = tuple(dict.fromkeys(int(n) for text in texts for n in re.findall(r"<b(-?\d+)", text)))
        read = (*self.state.read, *ids)
        if twice := {i for i in ids if i in self.state.heard}:
            raise WrongError(f"the session has heard {twice} before, and reads it now")
        if self.wait_for_turn:
            self.wait_for_turn = False
            self.state = replace(self.state, read=read)
        else:
            self._activity_begins()
            waiting = (*self.state.waiting, *ids)
            self.state = replace(self.state, read=read, waiting=waiting)

    # --- what it does by itself --------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return not self.mute and bool(self.generation or self.awaited or self._may_answer)

    @property
    def _may_answer(self) -> bool:
        return bool(self.state.waiting) and not self.activity

    def react(self, now_s: float) -> None:
        """Its next word, if it has one."""
        if self.mute or self.closed or self.awaited:
            return
        if self.generation is None:
            if self._may_answer:
                self._think()
            return
        self._step(self.generation.steps.popleft())

    def tick(self, now_s: float) -> None:
        if self.close_at_s is not None and now_s >= self.close_at_s:
            self.closed = CANCELLED

    def go_away(self, left_s: float, now_s: float) -> None:
        self.said.append(ServerMessage(go_away=GoAway(f"{left_s}s")))
        self.close_at_s = now_s + left_s

    def call_a_tool(self) -> None:
        call = f"c{len(self.service.callers) + 1}"
        self.service.callers[call] = self
        self.awaited.add(call)
        self.said.append(ServerMessage(tool_call=ToolCall([FunctionCall(call, "light")])))

    def _think(self) -> None:
        reading, asked = self.service.reading, self.state.waiting
        number = len(self.service.generations) + 1
        self.service.answered_at = self.position
        self.service.generations[number] = asked
        spoken = [b for b in asked if b > 0]
        steps = [f"hear {b}" for b in spoken] if reading.transcript == "early" else []
        steps += ["thought"] if reading.thinks else []
        steps += ["whole"] if reading.in_one_frame else [
            "sound", "said", "sound", "sound", "complete", "turn"
        ]  # fmt: skip
        self.generation = OpenGeneration(number, asked, deque(steps))

    def _step(self, step: str) -> None:
        generation = self.generation
        assert generation is not None
        sound = sound_of(generation.id)
        said = Transcription(f"<g{generation.id}> ")
        match step.split():
            case ["hear", burst]:
                self._say(input_transcription=Transcription(f"<b{burst} 0> "))
            case ["thought"]:
                self._say(interaction_status="IN_PROGRESS")
            case ["sound"]:
                generation.seen = True
                self._say(model_turn=sound)
            case ["said"]:
                self._say(output_transcription=said)
            case ["complete"]:
                self._say(generation_complete=True)
            case ["whole"]:
                self._say(
                    model_turn=sound,
                    output_transcription=said,
                    generation_complete=True,
                    turn_complete=True,
                )
                self._end()
            case ["turn"]:
                self._say(turn_complete=True)
                self._end()

    def _end(self) -> None:
        done, self.generation = self.generation, None
        assert done is not None
        waiting = tuple(b for b in self.state.waiting if b not in done.to)
        self.state = replace(self.state, waiting=waiting)
        self._update()

    def _say(self, **content: object) -> None:
        self.said.append(ServerMessage(server_content=ServerContent(**content)))

    def _update(self) -> None:
        update = ResumptionUpdate()
        if self.service.reading.index:
            update.last_consumed_client_message_index = str(self.consumed)
        if self.generation is None and not self.awaited:
            handle = f"h{len(self.service.handles) + 1}"
            self.service.handles[handle] = self.state
            update.new_handle, update.resumable = handle, True
        self.said.append(ServerMessage(session_resumption_update=update))
