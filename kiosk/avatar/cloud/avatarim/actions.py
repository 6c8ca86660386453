"""What a session of AvatarIM wants done, and what it tells."""

from typing import Any

from msgspec import Struct

from kiosk.avatar.cloud.avatarim import frames

# --- what is to be done ---------------------------------------------------------------------


class DialSocket(Struct, frozen=True):
    """Open a socket after a pause."""

    pause_s: float


class SendFrame(Struct, frozen=True):
    """Send a frame on the open socket."""

    text: str


class CloseSocket(Struct, frozen=True):
    """Close the socket, if there is one; nothing that it still gives is meant any more."""


# --- what there is to tell ------------------------------------------------------------------


class LineOpened(Struct, frozen=True):
    """The server takes frames."""


class SessionReady(Struct, frozen=True):
    """The session was started; what the server said to it."""

    content: dict[str, Any]


class SessionFailed(Struct, frozen=True):
    """The session was not started: refused, or no answer in time."""

    reason: str
    content: dict[str, Any]


class LineLost(Struct, frozen=True):
    """The line was lost and is dialled again; sound of the meantime is lost."""

    reason: str


class LineEnded(Struct, frozen=True):
    """The line is gone and is not dialled again."""

    reason: str
    kicked: bool = False
    """Another client has the token."""


Action = (
    DialSocket
    | SendFrame
    | CloseSocket
    | LineOpened
    | SessionReady
    | SessionFailed
    | LineLost
    | LineEnded
    | frames.BusinessMessage
    | frames.Acknowledgement
    | frames.ServerEvent
    | frames.UnknownFrame
)
