"""What can happen, as the core is told of it: the inputs of `Core.step`.

Times are monotonic seconds; places in sound are sample indexes (microphone 16 kHz, reply 24 kHz).
"""

from typing import Any

from msgspec import Struct

from kiosk.core.disconnects import Disconnect
from kiosk.core.messages import ServerMessage
from kiosk.core.scene import Card


class MicrophoneAt(Struct, frozen=True):
    """How far the microphone was recorded."""

    written: int
    """One past the newest sample."""
    holes: tuple[tuple[int, int], ...] = ()
    """Ranges in which no process recorded, or which are not kept any more: they are not said."""


class ReplyAt(Struct, frozen=True):
    """How far the reply was heard: the one count of it, as `reply/output` keeps it."""

    heard: int
    """The sample that is heard now. What was discarded counts as heard."""
    written: int
    """The index that the next sample of the reply gets."""
    at_s: float
    """When `heard` was heard."""


class Pressed(Struct, frozen=True):
    """The button went down when the microphone was at `sample`."""

    at_s: float
    sample: int


class Released(Struct, frozen=True):
    """The button came up when the microphone was at `sample`."""

    at_s: float
    sample: int


class Typed(Struct, frozen=True):
    """A turn in writing, as if the visitor had said it."""

    text: str


class VisitEnded(Struct, frozen=True):
    """The visit is over: all of it is forgotten."""


class VisitLeaves(Struct, frozen=True):
    """The visitor wants to go: the visit is over soon after the goodbye."""


class Stopping(Struct, frozen=True):
    """The daemon ends: an open turn gets its end on the wire."""


class DevicesAre(Struct, frozen=True):
    """Which devices do not do their work."""

    microphone_missing: bool = False
    microphone_silent: bool = False
    speaker_missing: bool = False
    button_cause: str = ""
    """Why the button that visitors hold does not work; empty while it does."""


class WallClockAt(Struct, frozen=True):
    """The local date and time."""

    day: str
    """Such as `2026-11-24`."""
    minute: int
    """Of the day."""


class AvatarCounted(Struct, frozen=True):
    """What sessions of a cloud avatar have cost so far, by their own meter."""

    day: str
    """On which they were counted."""
    seconds: float


class InstructionIs(Struct, frozen=True):
    """What the service is told of host and house when a session begins, from the next one on."""

    text: str
    edition: int
    """Another one than before: a session that nobody has used is replaced."""
    functions: tuple[dict[str, Any], ...] = ()
    """Declarations of what the model may call. Source: Live API, `FunctionDeclaration`."""


class ShowCard(Struct, frozen=True):
    """A card is to be shown until a moment, or until another one or `HideCard`."""

    card: Card
    until_s: float
    of_visit: bool = False
    """It is the visitor's: the end of the visit takes it away."""


class HideCard(Struct, frozen=True):
    """The card is to be taken away."""


class Express(Struct, frozen=True):
    """The face is asked for an expression until a moment; an empty name gives it back its own."""

    name: str
    until_s: float


class SpeakLanguage(Struct, frozen=True):
    """The screen's own words are to be in this language."""

    language: str


class LinkOpened(Struct, frozen=True):
    """The socket of a link is open and its setup is on the way."""

    link: int
    """Number of the link, as `Dial` gave it; likewise of the others."""


class Received(Struct, frozen=True):
    """A message of the service."""

    link: int
    message: ServerMessage


class LinkLost(Struct, frozen=True):
    """The link is gone, or could not be opened."""

    link: int
    loss: Disconnect


class PictureTaken(Struct, frozen=True):
    """The camera's picture for an utterance (`Outputs.look`)."""

    utterance: int
    jpeg: bytes


class CallAnswered(Struct, frozen=True):
    """What came of a call of the model; see `events.Called`."""

    call: str
    response: dict[str, Any]
    scheduling: str = ""
    """When a model that did not wait is to take it up; empty: nothing is said of that."""


class StaffFault(Struct, frozen=True):
    """What only a person can mend, by a part that knows; an empty code where that is over."""

    code: str
    detail: str


class Abandoned(Struct, frozen=True):
    """The service will not answer what was said so far: the visitor is asked to say it again."""


class AllTaken(Struct, frozen=True):
    """The service holds all that went out on this link."""


Input = (
    MicrophoneAt
    | ReplyAt
    | Pressed
    | Released
    | Typed
    | VisitEnded
    | VisitLeaves
    | Stopping
    | DevicesAre
    | WallClockAt
    | AvatarCounted
    | InstructionIs
    | ShowCard
    | HideCard
    | Express
    | SpeakLanguage
    | LinkOpened
    | Received
    | LinkLost
    | PictureTaken
    | CallAnswered
    | StaffFault
    | Abandoned
    | AllTaken
)
