"""What the session tells: actions for the dialer, events for the conversation."""

from typing import Any

from msgspec import Struct

from kiosk.core.disconnects import Disconnect


class Dial(Struct, frozen=True):
    """Action: close what is open, connect, send `setup` first."""

    link: int
    """Number of the link; what comes of it is told with this number."""
    setup: bytes
    refresh_credential: bool
    blank: bool
    """Nothing of any visit is given to the session."""
    left_out: str = ""
    """What the session is not given any more, because it could not be opened with it."""


class Trouble(Struct, frozen=True):
    """For the journal: a session could not be opened, or was lost."""

    loss: Disconnect
    code: str
    """Code for staff; empty where the next session, which is given less, may be taken."""
    was_up: bool
    """A session was lost, and is opened again at once."""


class HangUp(Struct, frozen=True):
    """Action: close the link."""


class Heard(Struct, frozen=True):
    """Event: a piece of what the service understood of the visitor."""

    utterance: int
    text: str


class Said(Struct, frozen=True):
    """Event: a piece of the reply's transcript."""

    utterance: int
    text: str


class Sound(Struct, frozen=True):
    """Event: reply PCM, s16le mono 24 kHz."""

    utterance: int
    pcm: bytes
    audible: bool = True
    """Something that can be heard has come of this answer by now."""


class SoundComplete(Struct, frozen=True):
    """Event: no more sound comes for this utterance."""

    utterance: int


class StreamTaken(Struct, frozen=True):
    """Event: of an open microphone, the service answers what was heard between these samples."""

    utterance: int
    start: int
    end: int
    heard: str
    """All that was understood of it by now."""


class Rewound(Struct, frozen=True):
    """Event: it will be said again from its start, and transcribed again."""

    utterance: int


class Finished(Struct, frozen=True):
    """Event: the turn is over. `outcome` is one of `turn_end`, `interrupted`, `cut` (the line broke
    in the answer), `unanswered` or `discarded`.
    """

    utterance: int
    outcome: str


class Called(Struct, frozen=True):
    """Event: the model wants a tool to be used. `inputs.CallAnswered` tells what came of it."""

    utterance: int
    """What it is answering, or 0."""
    call: str
    name: str
    args: dict[str, Any]


class CallCancelled(Struct, frozen=True):
    """Event: nobody waits for the answer to a call any more."""

    utterance: int
    call: str


Action = Dial | HangUp
Call = Called | CallCancelled
Event = Heard | Said | Sound | SoundComplete | StreamTaken | Rewound | Finished | Call
