"""The frame loop, in the main thread: scene and senses in, a picture on the screen.

The picture is made on a plain surface, and only what changed is brought to the screen
(`screen_client.py`), by a process of its own where there is a real one: no driver can hold the
interpreter lock here, hang the kiosk or end it.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from io import BytesIO

import pygame

from kiosk.avatar.interface import Avatar
from kiosk.core.scene import Scene, Senses, State
from kiosk.display.compositor import Compositor
from kiosk.display.faults import Faults
from kiosk.display.theme import Look
from kiosk.settings.types import DisplaySettings
from kiosk.window.screen_client import ScreenClient, start_screen
from kiosk.window.touch_button import OnEdge
from kiosk.window.window import upright_size

LIVELY_FPS = 30
"""Frames a second while somebody is here."""
QUIET_FPS = 15
"""Frames a second while nobody is: breath, blinks and glances need no more."""
_BUSY_POLL_INTERVAL_S = 0.002
"""Between two looks whether the last frame is on the screen."""
_QUIET_STATES = frozenset(
    {State.ATTRACT, State.OFFLINE, State.MICROPHONE_MISSING, State.OUT_OF_ORDER}
)


class Stage:
    """The screen. All of it is for the main thread but `screenshot` and the properties and figures.

    The main thread is the one writer of `turns`, `frames` and `size`; others read each once, and it
    is a number or a tuple that is replaced and never changed.
    """

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
        screen: ScreenClient | None = None,
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
            screen: one that is opening already; None opens one by the settings.
        """
        self._look, self._wide = look, wide
        self._rotation = display.rotation
        self._avatar = avatar
        self._scene = scene
        self._senses = senses
        self._screen = screen or start_screen(display, on_edge, keyboard=keyboard)
        self._screenshots: deque[Future[bytes]] = deque()
        """Those asked for. Any thread appends, the main thread takes: a deque allows both."""
        self._drawn: Scene | None = None
        self._pictures: list[Compositor] = []
        """The one that is shown; none before the screen is open."""
        self._faults = Faults()
        self._is_closed = False
        self._blackens = (look or Look()).quiet == "black"
        """Whether quiet hours switch the panel off: what is dimmed is to be seen."""
        self._is_off = False
        """Whether the panel is switched off."""
        self.turns = 0
        """Turns of the frame loop, for the watchdog; they count also when nothing is drawn."""
        self.frames = 0
        """Frames in which something changed."""
        self.size = (0, 0)
        """The window's width and height in pixels."""
        self.tap: Callable[[pygame.Surface, float], None] | None = None
        """Called with the upright picture and the monotonic time of each frame that changed it, on
        the main thread, which sets it before `run`."""

    @property
    def driver(self) -> str:
        """SDL's name of the video driver, once open."""
        return self._screen.driver

    @property
    def fps(self) -> float:
        """Frames a second that reached the screen in the last two seconds."""
        return self._screen.rate.fps

    @property
    def pid(self) -> int | None:
        """Of the window process; None where the window is this process's own."""
        return self._screen.pid

    @property
    def widget_faults(self) -> int:
        """Times that a part of the picture could not be drawn."""
        return self._faults.total

    def open(self, stop: threading.Event | None = None) -> None:
        """Open the screen and make all pictures.

        Args:
            stop: ends the wait for a screen that does not answer.

        Raises:
            DeviceError: there is no screen; it names the remedy.
        """
        self._screen.open(stop or threading.Event())
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
            self._screen.poll()
            if self._screen.close_requested:
                stop.set()
            if self._screen.size != self.size:
                self._lay_out()
            now_s = time.monotonic()
            scene = self._scene()
            if (now_s >= due_s or scene is not self._drawn) and self._screen.is_ready:
                self._frame(scene, now_s)
                fps = QUIET_FPS if scene.state in _QUIET_STATES else LIVELY_FPS
                due_s += 1 / fps
                if due_s < now_s:
                    due_s = now_s + 1 / fps
            least_s = 0 if self._screen.is_ready else _BUSY_POLL_INTERVAL_S
            wait_s = max(due_s - time.monotonic(), least_s)
            if wait_s > 0:
                # Not stop.wait: it costs three times as much, a hundred times a second.
                time.sleep(min(wait_s, self._screen.poll_interval_s))

    def close(self) -> None:
        """Close the window and let everything go; closing again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        while self._screenshots:
            self._screenshots.popleft().cancel()
        self._let_go()
        self._screen.close()
        pygame.font.quit()
        pygame.display.quit()

    def screenshot(self) -> Future[bytes]:
        """The next frame as PNG, upright. May be called from any thread."""
        future: Future[bytes] = Future()
        self._screenshots.append(future)
        return future

    def _lay_out(self) -> None:
        """Make all pictures for the window's size."""
        self._let_go()
        self.size = self._screen.size
        self._canvas = self._screen.canvas(upright_size(self.size, self._rotation))
        size = self._canvas.get_size()
        self._pictures = [
            Compositor(size, self._avatar, self._look, self._wide, self._canvas, self._faults)
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
        self._screen.show(changed)
        if self._blackens and scene.quiet != self._is_off:
            self._is_off = scene.quiet
            self._screen.power(not self._is_off)
        while self._screenshots:
            future = self._screenshots.popleft()
            pixels = pygame.image.tobytes(self._canvas, "RGB")
            work = (future, self._canvas.get_size(), pixels)
            threading.Thread(target=_encode, args=work, name="screenshot").start()


def _encode(future: "Future[bytes]", size: tuple[int, int], pixels: bytes) -> None:
    """Give a picture as PNG, on a thread beside.

    Pillow lets other threads run while it packs; `pygame.image.save` holds the interpreter lock for
    0.1 to 0.2 s at 1080p and 0.6 s at 2160p.
    """
    if not future.set_running_or_notify_cancel():
        return
    try:
        from PIL import Image  # At the first screenshot: most kiosks never make one.

        png = BytesIO()
        Image.frombuffer("RGB", size, pixels, "raw", "RGB", 0, 1).save(png, "PNG")
    except Exception as error:  # noqa: BLE001 - carried to whoever asked
        future.set_exception(error)
    else:
        future.set_result(png.getvalue())
