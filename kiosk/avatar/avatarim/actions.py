"""What a session of AvatarIM wants done, and what it tells."""

from typing import Any

from msgspec import Struct

from kiosk.avatar.avatarim import frames

# --- what is to be done ---------------------------------------------------------------------


class Dial(Struct, frozen=True):
    """Open a socket after a pause."""

    pause_s: float


class Send(Struct, frozen=True):
    """Send a frame on the open socket."""

    text: str


class HangUp(Struct, frozen=True):
    """Close the socket, if there is one; nothing that it still gives is meant any more."""


# --- what there is to tell ------------------------------------------------------------------


class Opened(Struct, frozen=True):
    """The server takes frames."""


class SessionReady(Struct, frozen=True):
    """The session was started; what the server said to it."""

    content: dict[str, Any]


class SessionFailed(Struct, frozen=True):
    """The session was not started: refused, or no answer in time."""

    reason: str
    content: dict[str, Any]


class Gap(Struct, frozen=True):
    """The line was lost and is dialled again; sound of the meantime is lost."""

    reason: str


class Ended(Struct, frozen=True):
    """The line is gone and is not dialled again."""

    reason: str
    kicked: bool = False
    """Another client has the token."""


Action = (
    Dial
    | Send
    | HangUp
    | Opened
    | SessionReady
    | SessionFailed
    | Gap
    | Ended
    | frames.Message
    | frames.Ack
    | frames.Event
    | frames.Unknown
)
