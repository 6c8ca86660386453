"""What screen and lamp show now: an immutable snapshot, derived from conversation, link and
devices.

The loop's thread makes a new `Scene` whenever something changed; the drawing thread reads the
newest by one reference. What changes at every frame (level, playhead) is not in it: see `Senses`.
"""

from enum import Enum
from typing import Literal, Protocol

from msgspec import Struct

from kiosk.core.hours import Reopening

BUTTON_CODE = "K-BUTTON"
"""Tells staff that the button that visitors hold does not work."""

CONFIG_CODE = "K-CONFIG"
"""Tells staff that the settings cannot be read, and that others are in force."""


class State(Enum):
    """What a visitor sees the kiosk doing."""

    STARTING = "starting"
    ATTRACT = "attract"
    """Nobody is here: "hold the button and speak"."""
    LISTENING = "listening"
    THINKING = "thinking"
    SPEAKING = "speaking"
    RECONNECTING = "reconnecting"
    """The line is down and being dialled; a press is recorded all the same."""
    OFFLINE = "offline"
    """No network for long enough that a visitor should know."""
    MICROPHONE_MISSING = "microphone-missing"
    OUT_OF_ORDER = "out-of-order"
    """Only staff can mend it; `Scene.code` says what it is."""


class Notice(Enum):
    """A short remark to the visitor that stands for a moment over any state."""

    HOLD_TO_TALK = "hold-to-talk"
    BUTTON_STUCK = "button-stuck"
    SPEECH_DISCARDED = "speech-discarded"
    SPEAKER_MISSING = "speaker-missing"
    MICROPHONE_SILENT = "microphone-silent"
    REFUSED = "refused"
    """The service will not answer this."""
    MORE_WANTED = "more-wanted"
    """It wants to be told more."""
    ONE_MOMENT = "one-moment"
    """A tool is at work."""
    STILL_WORKING = "still-working"
    """It takes long."""


class Piece(Struct, frozen=True):
    """A piece of the reply's transcript, stamped with the place in the sound where it arrived."""

    at_sample: int
    """Index in the reply ring (24 kHz)."""
    text: str
    spoken: bool = True
    """There is sound to it; else it stands there as soon as it is known."""


CardKind = Literal["text", "list", "image", "map", "qr"]


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """Something shown beside the avatar: what staff ask for, or the attract screen's content."""

    kind: CardKind
    title: str = ""
    text: str = ""
    """The words of a text, the line below a picture, or what a QR code says."""
    items: tuple[str, ...] = ()
    """Lines of a list."""
    picture: str = ""
    """File of an image or a map, below the content folder."""
    caption: str = ""
    """What stands below a QR code; empty: the address that it holds, where it holds one."""


class Scene(Struct, frozen=True):
    """Everything that the screen shows, apart from what `Senses` gives at each frame."""

    state: State = State.STARTING
    heard: str = ""
    """The visitor's words so far, of this turn."""
    said: tuple[Piece, ...] = ()
    """The reply's words so far, of this turn."""
    notice: Notice | None = None
    code: str = ""
    """Code for staff with `OUT_OF_ORDER` and with degraded parts, such as `K-KEY`."""
    detail: str = ""
    """One line for staff beside the code, in plain words."""
    hint: str = "button"
    """How to talk here: `button`, `space` (keyboard, mouse or touch) or `none`."""
    hands_free: bool = False
    """A press opens the microphone, and nothing is held."""
    seeing: bool = False
    """Pictures of the camera are taken."""
    turn: int = 0
    """Number of the newest turn; 0 before the first."""
    expression: str = ""
    """Expression asked of the face, such as `smile`; empty for its own."""
    language: str = "en"
    """Language of the screen's own words, such as `de`."""
    card: Card | None = None
    """What is shown beside the avatar."""
    countdown_s: int = 0
    """Seconds until the visit is forgotten, once that is near; 0 while it is not."""
    closed: bool = False
    """The house is closed, and nobody is here."""
    reopens: Reopening | None = None
    """When a closed house opens again; None where that is not known."""
    quiet: bool = False
    """Quiet hours, and nobody is here: the screen is dimmed or black."""


class Senses(Protocol):
    """What the drawing thread may ask at each frame. Cheap, thread-safe, never blocks."""

    def level(self) -> float:
        """Root mean square of the newest microphone period, 0 to 1."""
        ...

    def playhead(self) -> int:
        """Index (24 kHz) of the reply sample now being heard, corrected by the device's latency."""
        ...

    def reply(self, start: int, end: int) -> bytes:
        """Reply PCM s16le mono 24 kHz of [start, end); zeros where the ring no longer or not yet
        has it.
        """
        ...
