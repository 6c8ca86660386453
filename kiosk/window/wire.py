"""What the daemon and the process that owns the window tell each other.

One message a packet, as MessagePack. A `Canvas` carries the descriptor of the memory in which the
upright picture lies, row by row.
"""

from typing import Final

import msgspec
from msgspec import Struct

from kiosk.settings.types import DisplaySettings

Rect = tuple[int, int, int, int]
"""Left, top, width, height."""
PACKET_BYTES = 65536
"""More than any message; a `Show` has 16 bytes a rectangle at most, of a few dozen."""
PIXELS: Final = "BGRA"
"""Bytes of a pixel, as pygame names them; the fourth means nothing."""


class Job(Struct, frozen=True):
    """What the window's process is started for."""

    display: DisplaySettings
    keyboard: bool
    """Whether keys, mouse and touch are the button."""
    parent: int
    """Process id of the daemon."""
    demo: bool = False
    """Whether a person who tries it out may close the window, although it takes the screen."""


class Canvas(Struct, frozen=True, tag=True):
    """The picture lies in this memory from the next `Show` on, which shows all of it."""

    size: tuple[int, int]


class Show(Struct, frozen=True, tag=True):
    """Bring these rectangles to the screen."""

    number: int
    rects: list[Rect]


class Power(Struct, frozen=True, tag=True):
    """Switch the panel on or off, where that is possible."""

    on: bool


class Opened(Struct, frozen=True, tag=True):
    """There is a window of this size in pixels."""

    driver: str
    renderer: str
    size: tuple[int, int]


class Resized(Struct, frozen=True, tag=True):
    """It has another size now."""

    size: tuple[int, int]


class Shown(Struct, frozen=True, tag=True):
    """What `Show` of this number asked for is on the screen; its memory may be written again."""

    number: int
    spent_s: float
    """Seconds that it took."""


class Edge(Struct, frozen=True, tag=True):
    """The button on screen or keyboard; monotonic seconds, whose clock all processes share."""

    pressed: bool
    at_s: float


class Quit(Struct, frozen=True, tag=True):
    """Somebody closed the window."""


class Note(Struct, frozen=True, tag=True):
    """For the journal."""

    words: str


class Gone(Struct, frozen=True, tag=True):
    """The last message: there is no window, or none any more."""

    words: str
    changed: bool = False
    """The screen is there, but another one: it can be opened again at once."""


Order = Canvas | Show | Power
News = Opened | Resized | Shown | Edge | Quit | Note | Gone

encode = msgspec.msgpack.Encoder().encode
decode_order = msgspec.msgpack.Decoder(Order).decode
decode_news = msgspec.msgpack.Decoder(News).decode
