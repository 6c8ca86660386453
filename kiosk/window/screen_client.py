"""The daemon's side of the screen: where the finished picture goes.

`WindowProcessClient`: the window belongs to a process of its own (`process.py`). The picture is
painted into memory that both have, and not again before what was painted last is on the screen.
`offscreen.OffScreenClient`: painted into this process's own memory, for drivers without a screen.

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
from kiosk.window import packets
from kiosk.window.rate import FrameRate
from kiosk.window.video_drivers import OFF_SCREEN

if TYPE_CHECKING:
    import pygame

log = logging.getLogger("kiosk.screen")

OPEN_TIMEOUT_S = 15.0
"""For the process to have a window: setting a mode may take a while."""
SHOW_TIMEOUT_S = 5.0
"""For one frame. After it the process is taken for hung, and the next one is started."""
_STOP_POLL_INTERVAL_S = 0.2
"""Between two looks whether the kiosk stops while a window opens."""
_END_TIMEOUT_S = 0.5
"""For the process to end, by itself and then by force: one in a driver's hands does neither."""


class ScreenChangedError(DeviceError):
    """The screen has another mode or another plug: it can be opened again at once."""


class ScreenClient(Protocol):
    """Where the picture goes. For the drawing thread; any thread may read the attributes."""

    driver: str
    """SDL's name of the video driver; empty before the screen is open."""
    size: tuple[int, int]
    """Of the window, in pixels."""
    close_requested: bool
    """Whether somebody closed the window."""
    rate: FrameRate
    poll_interval_s: float
    """The longest time between two calls of `poll`, in seconds."""

    @property
    def pid(self) -> int | None:
        """Of the window process; None where the window is this process's own."""
        ...

    def open(self, stop: threading.Event) -> None:
        """Wait until there is a window, or `stop` is set.

        Raises:
            DeviceError: there is none; it names the remedy.
        """
        ...

    def poll(self) -> None:
        """Take note of what happened to the window.

        Raises:
            DeviceError: the screen is lost.
        """
        ...

    @property
    def is_ready(self) -> bool:
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


class WindowProcessClient:
    """See `ScreenClient`. The window is another process's.

    A thread listens to that process, because an edge must not wait for the next frame. It is the
    one writer of `driver`, `size`, `close_requested`, `_shown`, `_lost` and `_is_pressed`: each
    holds one immutable value, which others read once into a local. It alone counts `rate`.
    """

    poll_interval_s = 1 / 30

    def __init__(
        self,
        settings: DisplaySettings,
        on_edge: Callable[[bool, float], None],
        keyboard: bool,
        demo: bool = False,
    ) -> None:
        self.driver = ""
        self.size = (0, 0)
        self.rate = FrameRate()
        self.close_requested = False
        self.on_shown: Callable[[float], object] = float
        """Called with the seconds that each frame took over there, on the listening thread. Set by
        the drawing thread before its first frame."""
        self._on_edge = on_edge
        self._is_pressed = False
        """By the newest edge: what is held when the process ends is let go."""
        self._lost: packets.WindowLost | None = None
        self._answered = threading.Event()
        """Set once the window is open or lost."""
        self._shown = 0
        """Number of the newest frame that is on the screen."""
        self._sent = 0
        """Number of the newest frame that was sent. The drawing thread's alone, as `_sent_s`."""
        self._sent_s = 0.0
        """Monotonic seconds at which it was sent."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        options = packets.WindowOptions(settings, keyboard, os.getpid(), demo)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kiosk.window.process", str(theirs.fileno()),
                 msgspec.json.encode(options).decode()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, name="window", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int | None:
        """See `ScreenClient`."""
        return self._process.pid

    def open(self, stop: threading.Event) -> None:
        """See `ScreenClient`."""
        deadline_s = time.monotonic() + OPEN_TIMEOUT_S
        while time.monotonic() < deadline_s and not stop.is_set():
            if self._answered.wait(_STOP_POLL_INTERVAL_S):
                break
        else:
            raise DeviceError(f"no screen: it did not open within {OPEN_TIMEOUT_S:.0f} s")
        if (lost := self._lost) is not None:
            raise DeviceError(lost.reason)

    def poll(self) -> None:
        """See `ScreenClient`."""
        if (lost := self._lost) is not None:
            raise (ScreenChangedError if lost.changed else DeviceError)(lost.reason)
        if not self.is_ready and time.monotonic() - self._sent_s > SHOW_TIMEOUT_S:
            raise DeviceError(f"the screen did not take a frame for {SHOW_TIMEOUT_S:.0f} s")

    @property
    def is_ready(self) -> bool:
        """See `ScreenClient`."""
        return self._shown == self._sent

    def canvas(self, size: tuple[int, int]) -> "pygame.Surface":
        """See `ScreenClient`. Its memory is the other process's too."""
        import pygame

        descriptor = os.memfd_create("kiosk-canvas")
        try:
            os.ftruncate(descriptor, 4 * size[0] * size[1])
            memory = mmap.mmap(descriptor, 4 * size[0] * size[1])
            with contextlib.suppress(OSError):  # `poll` tells that the process has ended.
                packet = packets.encode(packets.Canvas(size))
                socket.send_fds(self._socket, [packet], [descriptor])
        finally:
            os.close(descriptor)
        surface = pygame.image.frombuffer(memoryview(memory), size, packets.PIXEL_FORMAT)
        surface.set_alpha(None)  # The fourth byte has no meaning.
        return surface

    def show(self, rects: "list[pygame.Rect]") -> None:
        """See `ScreenClient`."""
        if rects:
            self._sent += 1
            self._sent_s = time.monotonic()
            places = [(rect.x, rect.y, rect.w, rect.h) for rect in rects]
            self._send(packets.Show(self._sent, places))

    def power(self, on: bool) -> None:
        """See `ScreenClient`."""
        self._send(packets.Power(on))

    def close(self) -> None:
        """See `ScreenClient`. A process that does not end by itself is killed."""
        with contextlib.suppress(OSError):  # The other side has closed it already.
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            try:
                self._process.wait(_END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                log.warning("the screen's process %d hangs in its driver", self._process.pid)
        self._listener.join()
        self._socket.close()

    def _send(self, command: packets.Command) -> None:
        with contextlib.suppress(OSError):  # `poll` tells that the process has ended.
            self._socket.send(packets.encode(command))

    def _listen(self) -> None:
        """Take reports until the socket ends. On the listening thread."""
        lost: packets.WindowLost | None = None
        with contextlib.suppress(OSError):  # The process was killed: as its end.
            while packet := self._socket.recv(packets.MAX_PACKET_BYTES):
                report = packets.decode_report(packet)
                if isinstance(report, packets.WindowLost):
                    lost = report
                else:
                    self._take(report)
        if lost is None:
            went = "the screen went away"
            never_opened = "SDL ended its process while it opened the screen"
            lost = packets.WindowLost(went if self._answered.is_set() else never_opened)
        self._lost = lost
        self._answered.set()
        if self._is_pressed:
            self._on_edge(False, time.monotonic())

    def _take(self, report: packets.Report) -> None:
        match report:
            case packets.WindowOpened(driver=driver, size=size):
                self.driver, self.size = driver, size
                self._answered.set()
            case packets.WindowResized(size=size):
                self.size = size
            case packets.Shown(number=number, spent_s=spent_s):
                self.rate.count()
                self.on_shown(spent_s)
                self._shown = number
            case packets.Edge(pressed=pressed, at_s=at_s):
                self._is_pressed = pressed
                self._on_edge(pressed, at_s)
            case packets.CloseRequested():
                self.close_requested = True
            case packets.Note(text=text):
                log.info("%s", text)


def start_screen(
    settings: DisplaySettings,
    on_edge: Callable[[bool, float], None],
    *,
    keyboard: bool,
    demo: bool = False,
) -> ScreenClient:
    """Begin to open the screen that the settings name; `ScreenClient.open` waits for it."""
    if settings.driver not in OFF_SCREEN:
        return WindowProcessClient(settings, on_edge, keyboard, demo)
    from kiosk.window.offscreen import OffScreenClient

    return OffScreenClient(settings, on_edge, keyboard, demo)
