"""What the model of the service knows: readings of the documents, what a state holds, its words."""

import base64
import re
import struct
from collections import deque
from dataclasses import dataclass, replace

from kiosk.core.messages import InlineData, ModelTurn, ServerPart

APOLOGY = 0
"""The generation of what the kiosk says by itself."""
REPLY_CHUNK = 9600
"""Samples of one piece of an answer, 400 ms: of two less than a second is heard, of three more."""


class WrongError(AssertionError):
    """The core did what no interleaving allows."""


@dataclass(frozen=True)
class Reading:
    """One way to read what the documents leave open. Source: gemini-live.md, sections 2.2 and 3."""

    index: str | None = None
    """`lastConsumedClientMessageIndex` is left out, a "string" or a "number"."""
    counts_setup: bool = True
    """The first message after the setup is number 1, not 0."""
    per_session: bool = False
    """Numbers go on over the connections of one logical session."""
    updates: str = "turn"
    """An update comes with each "message", each "second" or only at the end of a "turn"."""
    lag: int = 0
    """Inside an activity an update stands for the state so many messages ago."""
    older_handles: bool = True
    """A handle that is not the newest is still good."""
    answers_after_resume: bool = True
    """A turn that was unanswered when the handle was made is answered after the resume."""
    transcript: str = "early"
    """The visitor's words come "live", "early" (before the answer), "late" (after it) or "never".
    """
    interrupts_unseen: bool = True
    """Speaking over a question that is not yet answered brings an `interrupted`."""
    spurious_pair: bool = False
    """Speaking after a finished answer brings one, too."""
    pair_in_one_frame: bool = False
    """`interrupted` and its `turnComplete` share a frame."""
    silent_answers: bool = False
    """Every third answer is only a `turnComplete`."""
    said_late: bool = False
    """The last words of an answer's transcript come after its `turnComplete`."""
    status: str = ""
    """`interactionStatus` is left out, stands "beside" the `turnComplete`, or ends the turn "apart"
    from it.
    """
    goes_on: bool = False
    """Each answer goes on after its `turnComplete`, and has another."""
    stops: bool = False
    """It interrupts every fourth of its answers itself, though nobody speaks."""
    thinks: bool = False
    """It tells a thought before each answer."""
    in_one_frame: bool = False
    """Each answer is one frame with all that it has."""
    refuses_in_a_call: bool = False
    """It closes with 1008 on speech while a tool call waits."""
    chokes: bool = False
    """It closes with 1007 on every third utterance."""
    history: str = "taken"
    """What was said before is "taken", refused with 1007 as "turns", or as turns and as "words" of
    the instruction.
    """
    dead_handles: bool = False
    """A setup with a handle is never answered."""


@dataclass(frozen=True)
class Sound:
    """In the state: an utterance as sound."""

    utterance: int
    ranges: tuple[tuple[int, int], ...] = ()
    closed: bool = False


@dataclass(frozen=True)
class Text:
    """In the state: a turn as text, and the utterances and generations that its words name."""

    role: str
    utterances: tuple[int, ...]
    generations: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """In the state: what was generated here."""

    generation: int


@dataclass(frozen=True)
class State:
    """What a session holds. A handle stands for such a snapshot."""

    entries: tuple[Sound | Text | Answer, ...] = ()
    waiting: tuple[int, ...] = ()
    """Utterances that have ended and are not answered."""
    open: int = 0
    """The utterance inside an activity, or 0."""

    def with_sound(self, start: int, end: int) -> "State":
        *before, last = self.entries
        return replace(self, entries=(*before, replace(last, ranges=(*last.ranges, (start, end)))))


@dataclass
class Session:
    """A logical session: what lives on over connections."""

    consumed: int = 0
    newest: str = ""


@dataclass
class Generation:
    id: int
    utterances: tuple[int, ...]
    steps: deque[str]
    seen: bool = False
    """Some of it went out."""


def words(utterance: int, n: int) -> str:
    """Transcript of the nth piece of an utterance."""
    return f"<u{utterance} {n}> "


def spoken_of(text: str) -> tuple[int, ...]:
    """Utterances that a text names, in order, each once."""
    return _named("u", text)


def said_in(text: str) -> tuple[int, ...]:
    """Generations that a text names, likewise."""
    return _named("g", text)


def _named(kind: str, text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(number) for number in re.findall(rf"<{kind}(\d+)", text)))


def pcm_of(generation: int) -> bytes:
    return struct.pack("<I", generation) + b"\x00\x20" * (REPLY_CHUNK - 2)


def sound_of(generation: int) -> ModelTurn:
    data = base64.b64encode(pcm_of(generation)).decode()
    return ModelTurn("model", [ServerPart(inline_data=InlineData("audio/pcm;rate=24000", data))])


def thought() -> ModelTurn:
    return ModelTurn("model", [ServerPart("They want to know the way.", thought=True)])


def generation_of(pcm: bytes) -> int:
    return int(struct.unpack_from("<I", pcm)[0])
