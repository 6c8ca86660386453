"""The daemon's side of the screen: where the finished picture goes.

`Apart`: the window belongs to a process of its own (`pane.py`). The picture is painted into memory
that both have, and not again before what was painted last is on the screen.
`Inside`: painted into this process's own memory, for drivers without a screen.

Loaded without pygame, so that the other process can open its window while this one loads it.
"""

import contextlib
import logging
import mmap
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from kiosk.errors import DeviceError
from kiosk.settings.types import DisplaySettings
from kiosk.window import wire
from kiosk.window.drivers import OFF_SCREEN
from kiosk.window.rate import Rate

if TYPE_CHECKING:
    import pygame

log = logging.getLogger("kiosk.screen")

OPEN_LIMIT_S = 15.0
"""For the process to have a window: setting a mode may take a while."""
SHOW_LIMIT_S = 5.0
"""For one frame. Then the process hangs, and the next one is started."""
_STOP_LOOK_S = 0.2
"""Between two looks whether the kiosk stops while a window opens."""
_END_LIMIT_S = 0.5
"""For the process to end, by itself and then by force: one in a driver's hands does not."""


class ScreenChangedError(DeviceError):
    """The screen has another mode or another plug: it can be opened again at once."""


class Glass(Protocol):
    """Where the picture goes. For the drawing thread, except the figures."""

    driver: str
    """SDL's name of the video driver."""
    renderer: str
    """`surface` or `texture (…)`."""
    size: tuple[int, int]
    """Of the window, in pixels."""
    quit: bool
    """Somebody closed the window."""
    rate: Rate
    look_s: float
    """The longest time between two calls of `see`, in seconds."""

    @property
    def pid(self) -> int | None:
        """Of the process that owns the window; None where it is this one."""
        ...

    def open(self, stop: threading.Event) -> None:
        """Wait until there is a window, or `stop` is set; DeviceError names the remedy."""
        ...

    def see(self) -> None:
        """Take note of what happened; DeviceError where the screen is lost."""
        ...

    @property
    def ready(self) -> bool:
        """Whether the canvas may be painted: what was shown last is on the screen."""
        ...

    def canvas(self, size: tuple[int, int]) -> "pygame.Surface":
        """A surface of this size for the upright picture, in place of the one before."""
        ...

    def show(self, rects: "list[pygame.Rect]") -> None:
        """Bring changed rectangles of the canvas to the screen."""
        ...

    def power(self, on: bool) -> None:
        """Switch the panel, where it can be switched."""
        ...

    def close(self) -> None:
        """Let go of the window."""
        ...


class Apart:
    """The window is another process's."""

    quit = False
    look_s = 1 / 30

    def __init__(
        self,
        settings: DisplaySettings,
        on_edge: Callable[[bool, float], None],
        keyboard: bool,
        demo: bool = False,
    ) -> None:
        self.driver = self.renderer = ""
        self.size = (0, 0)
        self.rate = Rate()
        self.on_shown: Callable[[float], object] = float
        """Called with the seconds that each frame took over there, on the listening thread."""
        self._on_edge = on_edge
        self._held = False
        self._gone: wire.Gone | None = None
        self._known = threading.Event()
        self._sent = self._shown = 0
        self._sent_s = 0.0
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        job = msgspec.json.encode(wire.Job(settings, keyboard, os.getpid(), demo)).decode()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kiosk.window.process", str(theirs.fileno()), job],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._reader = threading.Thread(target=self._listen, name="pane", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int | None:
        """See `Glass`."""
        return self._process.pid

    def open(self, stop: threading.Event) -> None:
        """See `Glass`."""
        limit_s = time.monotonic() + OPEN_LIMIT_S
        while time.monotonic() < limit_s and not stop.is_set():
            if self._known.wait(_STOP_LOOK_S):
                break
        else:
            raise DeviceError(f"no screen: it did not open within {OPEN_LIMIT_S:.0f} s")
        if self._gone is not None:
            raise DeviceError(self._gone.words)

    def see(self) -> None:
        """See `Glass`."""
        if self._gone is not None:
            kind = ScreenChangedError if self._gone.changed else DeviceError
            raise kind(self._gone.words)
        if self._shown != self._sent and time.monotonic() - self._sent_s > SHOW_LIMIT_S:
            raise DeviceError(f"the screen did not take a frame for {SHOW_LIMIT_S:.0f} s")

    @property
    def ready(self) -> bool:
        """See `Glass`."""
        return self._shown == self._sent

    def canvas(self, size: tuple[int, int]) -> "pygame.Surface":
        """See `Glass`. Its memory is the other process's too."""
        import pygame

        descriptor = os.memfd_create("kiosk-canvas")
        try:
            os.ftruncate(descriptor, 4 * size[0] * size[1])
            memory = mmap.mmap(descriptor, 4 * size[0] * size[1])
            with contextlib.suppress(OSError):  # Its end is seen by `see`.
                socket.send_fds(self._line, [wire.encode(wire.Canvas(size))], [descriptor])
        finally:
            os.close(descriptor)
        surface = pygame.image.frombuffer(memoryview(memory), size, wire.PIXELS)
        surface.set_alpha(None)  # The fourth byte means nothing.
        return surface

    def show(self, rects: "list[pygame.Rect]") -> None:
        """See `Glass`."""
        if rects:
            self._sent += 1
            self._sent_s = time.monotonic()
            self._send(wire.Show(self._sent, [(rect.x, rect.y, rect.w, rect.h) for rect in rects]))

    def power(self, on: bool) -> None:
        """See `Glass`."""
        self._send(wire.Power(on))

    def close(self) -> None:
        """See `Glass`. A process that does not end by itself is killed."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            try:
                self._process.wait(_END_LIMIT_S)
            except subprocess.TimeoutExpired:
                log.warning("the screen's process %d hangs in its driver", self._process.pid)
        self._reader.join()
        self._line.close()

    def _send(self, order: wire.Order) -> None:
        with contextlib.suppress(OSError):  # Its end is seen by `see`.
            self._line.send(wire.encode(order))

    def _listen(self) -> None:
        """On a thread: an edge does not wait for the next frame."""
        gone: wire.Gone | None = None
        with contextlib.suppress(OSError):
            while packet := self._line.recv(wire.PACKET_BYTES):
                match wire.decode_news(packet):
                    case wire.Opened() as opened:
                        self.driver, self.renderer = opened.driver, opened.renderer
                        self.size = opened.size
                        self._known.set()
                    case wire.Resized(size=size):
                        self.size = size
                    case wire.Shown(number=number, spent_s=spent_s):
                        self.rate.count()
                        self.on_shown(spent_s)
                        self._shown = number
                    case wire.Edge(pressed=pressed, at_s=at_s):
                        self._held = pressed
                        self._on_edge(pressed, at_s)
                    case wire.Quit():
                        self.quit = True
                    case wire.Note(words=words):
                        log.info("%s", words)
                    case wire.Gone() as gone:
                        pass
        if gone is None and self._known.is_set():
            gone = wire.Gone("the screen went away")
        self._gone = gone or wire.Gone("SDL ended its process while it opened the screen")
        self._known.set()
        if self._held:
            self._on_edge(False, time.monotonic())


def start_glass(
    settings: DisplaySettings,
    on_edge: Callable[[bool, float], None],
    *,
    keyboard: bool,
    demo: bool = False,
) -> Glass:
    """Begin to open the screen that the settings name; `Glass.open` waits for it."""
    if settings.driver not in OFF_SCREEN:
        return Apart(settings, on_edge, keyboard, demo)
    from kiosk.window.offscreen import Inside

    return Inside(settings, on_edge, keyboard, demo)
