"""The frame loop, in the main thread: scene and senses in, a picture on the glass.

The picture is made on a plain surface, and only what changed is brought to the screen (`glass.py`),
by a process of its own where there is a real one: no driver can hold the interpreter lock here,
hang the kiosk or end it.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

import pygame

from kiosk.avatar.interface import Avatar
from kiosk.core.scene import Scene, Senses, State
from kiosk.display.compositor import Picture
from kiosk.display.faults import Faults
from kiosk.display.theme import Look
from kiosk.settings.types import DisplaySettings
from kiosk.window.client import Glass, start_glass
from kiosk.window.png import Still
from kiosk.window.presenters import upright
from kiosk.window.touch_button import OnEdge

LIVELY_FPS = 30
"""Frames a second while somebody is here."""
QUIET_FPS = 15
"""Frames a second while nobody is: breath, blinks and glances need no more."""
_BUSY_S = 0.002
"""Between two looks whether the last frame is on the screen."""
_QUIET_STATES = frozenset(
    {State.ATTRACT, State.OFFLINE, State.MICROPHONE_MISSING, State.OUT_OF_ORDER}
)


class Stage:
    """The screen. Everything but `screenshot` and the figures is for the main thread."""

    def __init__(
        self,
        display: DisplaySettings,
        avatar: Avatar,
        scene: Callable[[], Scene],
        senses: Senses,
        on_edge: OnEdge,
        *,
        keyboard: bool,
        look: Look | None = None,
        wide: bool = False,
        glass: Glass | None = None,
    ) -> None:
        """Begin to open the screen.

        Args:
            display: which screen, and how.
            avatar: who talks.
            scene: gives the newest scene.
            senses: what is heard now.
            on_edge: called when keyboard, mouse or touch press or release.
            keyboard: whether those are the button.
            look: colours, type, a house's own pictures.
            wide: the avatar's place is the full width, for a picture that comes over a line.
            glass: one that is opening already; None opens one by the settings.
        """
        self._look, self._wide = look, wide
        self._rotation = display.rotation
        self._avatar = avatar
        self._scene = scene
        self._senses = senses
        self._glass = glass or start_glass(display, on_edge, keyboard=keyboard)
        self._stills: deque[Future[bytes]] = deque()
        self._drawn: Scene | None = None
        self._pictures: list[Picture] = []
        """The one that is shown; none before the screen is open."""
        self._faults = Faults()
        self._is_closed = False
        self._blackens = (look or Look()).quiet == "black"
        """Whether quiet hours switch the panel off: what is dimmed is to be seen."""
        self._dark = False
        self.turns = 0
        """Turns of the frame loop, for the watchdog; they count also when nothing is drawn."""
        self.frames = 0
        """Frames in which something changed."""
        self.size = (0, 0)
        """The window's width and height in pixels."""
        self.tap: Callable[[pygame.Surface, float], None] | None = None
        """Called with the upright picture and the monotonic time of each frame that changed it."""

    @property
    def driver(self) -> str:
        """SDL's name of the video driver, once open."""
        return self._glass.driver

    @property
    def renderer(self) -> str:
        """Who brings the picture to the screen: `surface`, or `texture` and its driver."""
        return self._glass.renderer

    @property
    def fps(self) -> float:
        """Frames a second that reached the screen in the last two seconds."""
        return self._glass.rate.fps

    @property
    def pid(self) -> int | None:
        """Of the process that owns the window; None where it is this one."""
        return self._glass.pid

    @property
    def widget_faults(self) -> int:
        """Times that a part of the picture could not be drawn."""
        return self._faults.total

    def open(self, stop: threading.Event | None = None) -> None:
        """Open the screen and make all pictures; DeviceError names the remedy.

        Args:
            stop: ends the wait for a screen that does not answer.
        """
        self._glass.open(stop or threading.Event())
        if not pygame.display.get_init():
            # Another process has the window; here surfaces need a display to be in the format of.
            os.environ["SDL_VIDEODRIVER"] = "dummy"
            os.environ["SDL_NO_SIGNAL_HANDLERS"] = "1"
            pygame.display.init()
            pygame.display.set_mode((1, 1))
        pygame.font.init()
        self._lay_out()

    def run(self, stop: threading.Event) -> None:
        """Draw until `stop` is set; closing a window that may be closed sets it."""
        due_s = time.monotonic()
        while not stop.is_set():
            self.turns += 1
            self._glass.see()
            if self._glass.quit:
                stop.set()
            if self._glass.size != self.size:
                self._lay_out()
            now_s = time.monotonic()
            scene = self._scene()
            if (now_s >= due_s or scene is not self._drawn) and self._glass.ready:
                self._frame(scene, now_s)
                fps = QUIET_FPS if scene.state in _QUIET_STATES else LIVELY_FPS
                due_s += 1 / fps
                if due_s < now_s:
                    due_s = now_s + 1 / fps
            wait_s = max(due_s - time.monotonic(), 0 if self._glass.ready else _BUSY_S)
            if wait_s > 0:
                # Not stop.wait: it costs three times as much, a hundred times a second.
                time.sleep(min(wait_s, self._glass.look_s))

    def close(self) -> None:
        """Close the window and let everything go; closing again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        while self._stills:
            self._stills.popleft().cancel()
        self._let_go()
        self._glass.close()
        pygame.font.quit()
        pygame.display.quit()

    def screenshot(self) -> Future[bytes]:
        """The next frame as PNG, upright. May be called from any thread."""
        future: Future[bytes] = Future()
        self._stills.append(future)
        return future

    def _lay_out(self) -> None:
        """Make all pictures for the window's size."""
        self._let_go()
        self.size = self._glass.size
        self._canvas = self._glass.canvas(upright(self.size, self._rotation))
        size = self._canvas.get_size()
        self._pictures = [
            Picture(size, self._avatar, self._look, self._wide, self._canvas, self._faults)
        ]

    def _let_go(self) -> None:
        while self._pictures:
            self._pictures.pop().close()

    def _frame(self, scene: Scene, now_s: float) -> None:
        changed = self._pictures[0].paint(self._canvas, scene, self._senses, now_s)
        self._drawn = scene
        if changed:
            self.frames += 1
            if self.tap:
                self.tap(self._canvas, now_s)
        self._glass.show(changed)
        if self._blackens and scene.quiet != self._dark:
            self._dark = scene.quiet
            self._glass.power(not self._dark)
        while self._stills:
            still, future = Still(self._canvas), self._stills.popleft()
            threading.Thread(target=_pack, args=(still, future), name="screenshot").start()


def _pack(still: Still, future: "Future[bytes]") -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(still.png())
