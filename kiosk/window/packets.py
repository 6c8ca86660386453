"""Packets between the daemon and the window process.

One message a packet, as MessagePack. `Canvas` carries the descriptor of the memory in which the
upright picture lies, row by row.
"""

from typing import Final

import msgspec
from msgspec import Struct

from kiosk.settings.types import DisplaySettings

Rect = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""
MAX_PACKET_BYTES = 65536
"""More than any message: a `Show` has at most 16 bytes for each of a few dozen rectangles."""
PIXEL_FORMAT: Final = "BGRA"
"""Bytes of a pixel, as pygame names them; the fourth has no meaning."""


class WindowOptions(Struct, frozen=True):
    """What the window process is started with."""

    display: DisplaySettings
    keyboard: bool
    """Whether keys, mouse and touch are the button."""
    parent_pid: int
    """Of the daemon: without it the window process ends."""
    demo: bool = False
    """Whether a person who tries the kiosk out may close a full-screen window."""


# --- from the daemon


class Canvas(Struct, frozen=True, tag=True):
    """The picture lies in this memory from the next `Show` on, which then shows all of it."""

    size: tuple[int, int]


class Show(Struct, frozen=True, tag=True):
    """Bring these rectangles of the canvas to the screen."""

    number: int
    rects: list[Rect]


class Power(Struct, frozen=True, tag=True):
    """Switch the panel on or off, where that is possible."""

    on: bool


# --- from the window process


class WindowOpened(Struct, frozen=True, tag=True):
    """There is a window of this size in pixels."""

    driver: str
    """SDL's name of the video driver."""
    size: tuple[int, int]


class WindowResized(Struct, frozen=True, tag=True):
    """The window has another size in pixels now."""

    size: tuple[int, int]


class Shown(Struct, frozen=True, tag=True):
    """The `Show` of this number is on the screen; the canvas may be painted again."""

    number: int
    spent_s: float
    """Seconds that it took."""


class Edge(Struct, frozen=True, tag=True):
    """The button on screen or keyboard was pressed or released."""

    pressed: bool
    at_s: float
    """Monotonic seconds, whose clock all processes share."""


class CloseRequested(Struct, frozen=True, tag=True):
    """Somebody closed a window that may be closed."""


class Note(Struct, frozen=True, tag=True):
    """A line for the journal."""

    text: str


class WindowLost(Struct, frozen=True, tag=True):
    """The last message: the window could not be opened, or is gone."""

    reason: str
    changed: bool = False
    """The screen is there with another mode or plug: it can be opened again at once."""


Command = Canvas | Show | Power
Report = WindowOpened | WindowResized | Shown | Edge | CloseRequested | Note | WindowLost

encode = msgspec.msgpack.Encoder().encode
decode_command = msgspec.msgpack.Decoder(Command).decode
decode_report = msgspec.msgpack.Decoder(Report).decode
