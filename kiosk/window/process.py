"""The window process: `python -m kiosk.window.process FD OPTIONS` owns the window.

It is a process of its own because of what cannot be mended inside the daemon: Xlib calls exit()
when its server is gone, SDL spins for ever in a window that is, and a graphics driver may hang. The
daemon sees this process end, or not answer, and starts the next one. It ends with its socket, or
with its parent.
"""

import contextlib
import ctypes
import gc
import mmap
import os
import select
import signal
import socket
import sys
import time

if __name__ == "__main__":
    # pygame would load it for what is not used here: a third of the memory and of the start.
    sys.modules["numpy"] = None  # type: ignore[assignment]

import msgspec
import pygame

from kiosk.errors import DeviceError
from kiosk.window import packets, power, video_drivers
from kiosk.window.touch_button import KEY_POLL_INTERVAL_S, TouchButton
from kiosk.window.window import Window, may_be_closed, open_first

_POLL_INTERVAL_S = 0.1
"""Between two looks where only a closed or resized window is to be noticed."""
_SCREEN_POLL_INTERVAL_S = 1.0
"""Between two looks at the screen's mode and plug."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class WindowProcess:
    """The window, what is shown in it, and what happens to it.

    Args:
        connection: to the daemon.
        options: what it was started with.
    """

    def __init__(self, connection: socket.socket, options: packets.WindowOptions) -> None:
        self._socket, self._options = connection, options
        self.driver = ""
        """SDL's name of the video driver, once open."""
        self._button = TouchButton(self._report_edge) if options.keyboard else None
        self._canvas: pygame.Surface | None = None
        self._next_canvas: pygame.Surface | None = None
        """The canvas from the next `Show` on."""
        self._is_off = False
        """Whether the panel is switched off."""
        self._cannot_switch = False
        """Whether the daemon has been told that the panel cannot be switched."""
        self._shows_all = False
        """Whether all of the canvas is to be shown at the next chance."""

    def open(self) -> None:
        """Open the window.

        Raises:
            DeviceError: no driver could; it says what was tried.
        """
        display = self._options.display
        self._window = open_first(display, lambda driver: Window(display, driver))
        driver = pygame.display.get_driver()
        self.driver = driver.lower()  # SDL says "KMSDRM" of what is asked for as "kmsdrm".
        self._size = self._window.size
        self._x = power.x_screen() if driver == "x11" else None
        self._mode = self._screen_mode()
        self._report(packets.WindowOpened(driver, self._size))

    def run(self) -> None:
        """Show what is asked for until the socket ends, and leave the panel on."""
        try:
            self._run()
        finally:
            if self._is_off:
                self._switch(on=True)

    def _run(self) -> None:
        wait_s = KEY_POLL_INTERVAL_S if self._button else _POLL_INTERVAL_S
        next_look_s = time.monotonic() + _SCREEN_POLL_INTERVAL_S
        while True:
            if select.select([self._socket], [], [], wait_s)[0] and not self._obey():
                return
            self._handle_events()
            now_s = time.monotonic()
            if self._button:
                self._button.tick()
            if now_s >= next_look_s:
                next_look_s = now_s + _SCREEN_POLL_INTERVAL_S
                if self._x is not None and not self._is_off:
                    self._x.keep_on()
                if (mode := self._screen_mode()) != self._mode:
                    self._mode = mode
                    if self._needs_reopening():
                        reason = "the screen is another one now"
                        self._report(packets.WindowLost(reason, changed=True))
                        return

    # --- the window

    def _screen_mode(self) -> object:
        """A value that changes with the screen's mode, or with what is plugged in."""
        if self._x is not None:
            return self._x.size()
        return video_drivers.outputs() if self.driver == "kmsdrm" else None

    def _needs_reopening(self) -> bool:
        """Whether the window must be opened anew for the screen's new mode."""
        if self._x is not None:
            return self._options.display.fullscreen
        return video_drivers.is_present(self.driver, os.environ)

    def _handle_events(self) -> None:
        for event in pygame.event.get():
            match event.type:
                case pygame.QUIT:
                    # SDL also says so when it has lost its Wayland compositor.
                    if not video_drivers.is_present(self.driver, os.environ):
                        raise DeviceError("the screen went away")
                    self._request_close()
                case pygame.WINDOWEXPOSED:
                    self._shows_all = True
                case pygame.WINDOWSIZECHANGED if (event.x, event.y) != self._size:
                    self._size = event.x, event.y
                    self._window.resize(self._size)
                    self._canvas = None
                    self._report(packets.WindowResized(self._size))
                case pygame.KEYDOWN if self._button and event.key in {pygame.K_ESCAPE, pygame.K_q}:
                    self._request_close()
            if self._button:
                self._button.handle(event)
        if self._shows_all and self._canvas is not None:
            self._shows_all = False
            self._window.show(self._canvas, [self._canvas.get_rect()])

    def _request_close(self) -> None:
        """Pass on that somebody wants to close the window, where that is allowed."""
        options = self._options
        if may_be_closed(options.display, self.driver, demo=options.demo):
            self._report(packets.CloseRequested())

    # --- the daemon

    def _obey(self) -> bool:
        """Take one command; False at the end of the socket."""
        packet, descriptors, _, _ = socket.recv_fds(self._socket, packets.MAX_PACKET_BYTES, 1)
        if not packet:
            return False
        match packets.decode_command(packet):
            case packets.Canvas(size=size):
                memory = mmap.mmap(descriptors[0], 4 * size[0] * size[1])
                os.close(descriptors[0])
                pixels = memoryview(memory)
                self._next_canvas = pygame.image.frombuffer(pixels, size, packets.PIXEL_FORMAT)
                self._next_canvas.set_alpha(None)  # The fourth byte has no meaning.
            case packets.Show(number=number, rects=rects):
                began_s = time.perf_counter()
                if self._next_canvas is not None:
                    self._canvas, self._next_canvas = self._next_canvas, None
                    self._shows_all = False
                if self._canvas is not None:
                    self._window.show(self._canvas, [pygame.Rect(rect) for rect in rects])
                self._report(packets.Shown(number, time.perf_counter() - began_s))
            case packets.Power(on=on):
                self._switch(on)
        return True

    def _switch(self, on: bool) -> None:
        """Switch the panel by the first way that works."""
        self._is_off = not on
        switches: list[power.Switch] = [*([self._x] if self._x else []), power.Files()]
        if not any(switch.turn(on) for switch in switches) and not self._cannot_switch:
            self._cannot_switch = True
            self._report(packets.Note("cannot switch the display off, showing black instead"))

    def _report_edge(self, pressed: bool, at_s: float) -> None:
        self._report(packets.Edge(pressed, at_s))

    def _report(self, report: packets.Report) -> None:
        with contextlib.suppress(BrokenPipeError):  # The daemon is gone: the socket's end tells.
            self._socket.send(packets.encode(report))


def main() -> None:
    """See the module."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is for the daemon.
    connection = socket.socket(fileno=int(sys.argv[1]))
    options = msgspec.json.decode(sys.argv[2], type=packets.WindowOptions)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != options.parent_pid:
        return
    process = WindowProcess(connection, options)
    try:
        process.open()
        gc.freeze()
        process.run()
    except (pygame.error, DeviceError) as error:
        with contextlib.suppress(OSError):  # The daemon is gone too.
            connection.send(packets.encode(packets.WindowLost(str(error))))
    if process.driver == "kmsdrm":
        pygame.display.quit()  # It gives the console its keyboard back.
    # Else not by SDL: closing a window whose server is gone never returns, and the server does it.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
