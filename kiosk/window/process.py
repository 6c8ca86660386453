"""The process that owns the window: `python -m kiosk.window.process FD JOB`.

A process of its own, because of what cannot be mended inside the daemon: Xlib calls exit() when its
server is gone, SDL spins for ever in a window that is, a graphics driver may hang, and the GPU's
renderer holds the interpreter lock while it draws. The daemon sees this process end, or not answer,
and starts the next one. It ends with its socket, or with its parent.
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
from kiosk.window import drivers, power, presenter_choice, window, wire
from kiosk.window.presenters import Presenter, open_presenter
from kiosk.window.touch_button import TouchButton

_KEYS_S = 0.01
"""Between two looks for keys where the keyboard is the button: half of it is the mean delay of a
press."""
_LOOK_S = 0.1
"""The same where only a closed or resized window is to be noticed."""
_WATCH_S = 1.0
"""Between two looks at the screen's mode and plug."""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Pane:
    """The window, what is shown in it, and what happens to it."""

    def __init__(self, line: socket.socket, job: wire.Job) -> None:
        self._line, self._job = line, job
        self.driver = ""
        """SDL's name of the video driver, once open."""
        self._press = TouchButton(self._edge) if job.keyboard else None
        self._canvas: pygame.Surface | None = None
        self._next: pygame.Surface | None = None
        """The canvas from the next `Show` on."""
        self._dark = False
        """The panel is switched off."""
        self._told = False
        """That it cannot be."""
        self._whole = False
        """Whether all of the canvas is to be shown at the next chance."""

    def open(self) -> None:
        """Open the window; DeviceError says what was tried."""
        self._presenter = window.on_a_screen(self._job.display, self._open)
        driver = pygame.display.get_driver()
        self.driver = driver.lower()  # SDL says "KMSDRM" of what is asked for as "kmsdrm".
        self._size = self._presenter.size
        self._x = power.x_screen() if driver == "x11" else None
        self._mode = self._look()
        self._tell(wire.Opened(driver, self._presenter.name, self._size))

    def run(self) -> None:
        """Show what is asked for until the socket ends, and leave the panel on."""
        try:
            self._run()
        finally:
            if self._dark:
                self._switch(on=True)

    def _run(self) -> None:
        wait_s = _KEYS_S if self._press else _LOOK_S
        watch_s = time.monotonic() + _WATCH_S
        while True:
            if select.select([self._line], [], [], wait_s)[0] and not self._obey():
                return
            self._see_events()
            now_s = time.monotonic()
            if self._press:
                self._press.tick()
            if now_s >= watch_s:
                watch_s = now_s + _WATCH_S
                if self._x is not None and not self._dark:
                    self._x.keep_on()
                if (mode := self._look()) != self._mode:
                    self._mode = mode
                    if self._matters():
                        self._tell(wire.Gone("the screen is another one now", changed=True))
                        return

    # --- the window

    def _open(self, driver: str) -> Presenter:
        display = self._job.display
        kind = display.stage
        if kind == "auto":
            if not window.has_gpu():
                return open_presenter("surface", display, driver)
            return self._choose(driver)
        try:
            return open_presenter(kind, display, driver)
        except DeviceError as error:
            if kind == "surface":
                raise
            self._tell(wire.Note(f"no texture stage, a surface instead: {error}"))
            return open_presenter("surface", display, driver)

    def _choose(self, driver: str) -> Presenter:
        """Measure both, keep the better."""
        display = self._job.display
        trials = []
        for kind in ("texture", "surface"):
            try:
                presenter = open_presenter(kind, display, driver)
            except DeviceError as error:
                if kind == "surface":
                    raise
                self._tell(wire.Note(f"no texture stage: {error}"))
                return open_presenter("surface", display, driver)
            trials.append(presenter_choice.attempt(presenter, display.rotation))
            if kind == "texture":
                presenter.close()
        texture, surface = trials
        kind = presenter_choice.better(surface, texture)
        self._tell(wire.Note(f"stage: {kind} ({surface}; {texture})"))
        if kind == "texture":
            presenter.close()
            presenter = open_presenter(kind, display, driver)
        return presenter

    def _look(self) -> object:
        """What tells that the screen has another mode, or another plug in it."""
        if self._x is not None:
            return self._x.size()
        return drivers.outputs() if self.driver == "kmsdrm" else None

    def _matters(self) -> bool:
        """Whether to begin anew on the screen's new mode."""
        if self._x is not None:
            return self._job.display.fullscreen
        return drivers.there(self.driver, os.environ)

    def _see_events(self) -> None:
        for event in pygame.event.get():
            match event.type:
                case pygame.QUIT:
                    # SDL also says so when it has lost its Wayland compositor.
                    if not drivers.there(self.driver, os.environ):
                        raise DeviceError("the screen went away")
                    self._leave()
                case pygame.WINDOWEXPOSED:
                    self._whole = True
                case pygame.WINDOWSIZECHANGED if (event.x, event.y) != self._size:
                    self._size = event.x, event.y
                    self._presenter.resize(self._size)
                    self._canvas = None
                    self._tell(wire.Resized(self._size))
                case pygame.KEYDOWN if self._press and event.key in {pygame.K_ESCAPE, pygame.K_q}:
                    self._leave()
            if self._press:
                self._press.see(event)
        if self._whole and self._canvas is not None:
            self._whole = False
            self._presenter.show(self._canvas, [self._canvas.get_rect()])

    def _leave(self) -> None:
        """Somebody wants to close the window."""
        if window.may_be_left(self._job.display, self.driver, demo=self._job.demo):
            self._tell(wire.Quit())

    # --- the daemon

    def _obey(self) -> bool:
        """Take one order; False at the end of the socket."""
        packet, descriptors, _, _ = socket.recv_fds(self._line, wire.PACKET_BYTES, 1)
        if not packet:
            return False
        match wire.decode_order(packet):
            case wire.Canvas(size=size):
                memory = mmap.mmap(descriptors[0], 4 * size[0] * size[1])
                os.close(descriptors[0])
                self._next = pygame.image.frombuffer(memoryview(memory), size, wire.PIXELS)
                self._next.set_alpha(None)  # The fourth byte means nothing.
            case wire.Show(number=number, rects=rects):
                began_s = time.perf_counter()
                if self._next is not None:
                    self._canvas, self._next, self._whole = self._next, None, False
                if self._canvas is not None:
                    self._presenter.show(self._canvas, [pygame.Rect(rect) for rect in rects])
                self._tell(wire.Shown(number, time.perf_counter() - began_s))
            case wire.Power(on=on):
                self._switch(on)
        return True

    def _switch(self, on: bool) -> None:
        """Switch the panel by the first way that works."""
        self._dark = not on
        ways: list[power.Switch] = [*([self._x] if self._x else []), power.Files()]
        if not any(way.turn(on) for way in ways) and not self._told:
            self._told = True
            self._tell(wire.Note("cannot switch the display off, showing black instead"))

    def _edge(self, pressed: bool, at_s: float) -> None:
        self._tell(wire.Edge(pressed, at_s))

    def _tell(self, news: wire.News) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._line.send(wire.encode(news))


def main() -> None:
    """See the module."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C is for the daemon.
    line = socket.socket(fileno=int(sys.argv[1]))
    job = msgspec.json.decode(sys.argv[2], type=wire.Job)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != job.parent:
        return
    pane = Pane(line, job)
    try:
        pane.open()
        gc.freeze()
        pane.run()
    except (pygame.error, DeviceError) as error:
        with contextlib.suppress(OSError):
            line.send(wire.encode(wire.Gone(str(error))))
    if pane.driver == "kmsdrm":
        pygame.display.quit()  # It gives the console its keyboard back.
    # Else not by SDL: closing a window whose server is gone never returns, and the server does it.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
