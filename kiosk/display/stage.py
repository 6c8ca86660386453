"""The window and the frame loop, in the main thread: SDL wants it so.

The picture is made on a plain surface and only changed rectangles go to the screen: SDL's Renderer
holds the interpreter lock for as long as it draws (56 of 56 ms with a software GL), a surface does
not.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from kiosk.avatar.base import Avatar
from kiosk.core.scene import Scene, Senses, State
from kiosk.display.picture import Picture
from kiosk.display.png import Still
from kiosk.display.press import OnEdge, Press
from kiosk.display.window import open_window
from kiosk.settings import DisplaySettings

LIVELY_FPS = 30
"""Frames a second while somebody is here."""
QUIET_FPS = 15
"""Frames a second while nobody is: breath, blinks and glances need no more."""
_QUIET_STATES = frozenset(
    {State.ATTRACT, State.OFFLINE, State.MICROPHONE_MISSING, State.OUT_OF_ORDER}
)
_POLL_S = 0.01
"""Seconds between two looks for keys where the keyboard is the button: half of it is the mean
delay of a press. Waiting in SDL instead costs more: it looks every millisecond."""
_STRIP_PIXELS = 200_000
"""Pixels turned at a time where the screen is rotated: the interpreter lock is held meanwhile."""


class Stage:
    """The screen. Everything but `screenshot` and the counters is for the main thread."""

    def __init__(
        self,
        display: DisplaySettings,
        avatar: Avatar,
        scene: Callable[[], Scene],
        senses: Senses,
        on_edge: OnEdge,
        *,
        keyboard: bool,
    ) -> None:
        self._settings = display
        self._avatar = avatar
        self._scene = scene
        self._senses = senses
        self._press = Press(on_edge) if keyboard else None
        self._stills: deque[Future[bytes]] = deque()
        self._drawn: Scene | None = None
        self._is_open = False
        self.turns = 0
        """Turns of the frame loop, for the watchdog; they count also when nothing is drawn."""
        self.frames = 0
        """Frames in which something changed."""
        self.driver = ""
        """SDL's name of the video driver, once open."""
        self.size = (0, 0)
        """The window's width and height in pixels."""
        self.tap: Callable[[pygame.Surface, float], None] | None = None
        """Called with the upright picture and the monotonic time of each frame that changed it."""

    def open(self) -> None:
        """Open the screen and make all pictures; DeviceError names the remedy."""
        self._window = open_window(self._settings)
        pygame.font.init()
        self.driver = pygame.display.get_driver()
        self.size = self._window.get_size()
        width, height = self.size
        if self._settings.rotation == 0:
            self._canvas = self._window
        else:
            upright = (width, height) if self._settings.rotation == 180 else (height, width)
            self._canvas = pygame.Surface(upright).convert()
        self._picture = Picture(self._canvas.get_size(), self._avatar)
        self._is_open = True

    def run(self, stop: threading.Event) -> None:
        """Draw until `stop` is set; closing the window or Escape sets it."""
        due_s = time.monotonic()
        longest_s = _POLL_S if self._press else 1 / LIVELY_FPS
        while not stop.is_set():
            self.turns += 1
            self._see_events(stop)
            now_s = time.monotonic()
            scene = self._scene()
            if now_s >= due_s or scene is not self._drawn:
                self._frame(scene, now_s)
                fps = QUIET_FPS if scene.state in _QUIET_STATES else LIVELY_FPS
                due_s += 1 / fps
                if due_s < now_s:
                    due_s = now_s + 1 / fps
            wait_s = due_s - time.monotonic()
            if wait_s > 0:
                # Not stop.wait: it costs three times as much, a hundred times a second.
                time.sleep(min(wait_s, longest_s))
        if self._press:
            self._press.release()

    def close(self) -> None:
        """Close the window and let everything go; closing again does nothing."""
        if not self._is_open:
            return
        self._is_open = False
        while self._stills:
            self._stills.popleft().cancel()
        self._picture.close()
        pygame.font.quit()
        pygame.display.quit()

    def screenshot(self) -> Future[bytes]:
        """The next frame as PNG, upright. May be called from any thread."""
        future: Future[bytes] = Future()
        self._stills.append(future)
        return future

    def _see_events(self, stop: threading.Event) -> None:
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                stop.set()
            elif event.type == pygame.WINDOWEXPOSED:
                self._picture.refresh()
            elif self._press:
                if event.type == pygame.KEYDOWN and event.key in {pygame.K_ESCAPE, pygame.K_q}:
                    stop.set()
                self._press.see(event)

    def _frame(self, scene: Scene, now_s: float) -> None:
        changed = self._picture.paint(self._canvas, scene, self._senses, now_s)
        self._drawn = scene
        if changed:
            self.frames += 1
            if self.tap:
                self.tap(self._canvas, now_s)
            self._present(changed)
        while self._stills:
            still, future = Still(self._canvas), self._stills.popleft()
            threading.Thread(target=_pack, args=(still, future), name="screenshot").start()

    def _present(self, changed: list[pygame.Rect]) -> None:
        rotation = self._settings.rotation
        if rotation:
            turned = []
            for rect in changed:
                rows = max(1, _STRIP_PIXELS // rect.width)
                for top in range(rect.top, rect.bottom, rows):
                    strip = pygame.Rect(rect.left, top, rect.width, min(rows, rect.bottom - top))
                    place = rotated(strip, self._canvas.get_size(), rotation)
                    # pygame turns counter-clockwise.
                    picture = pygame.transform.rotate(self._canvas.subsurface(strip), -rotation)
                    self._window.blit(picture, place)
                    turned.append(place)
            changed = turned
        pygame.display.update(changed)


def rotated(rect: pygame.Rect, size: tuple[int, int], rotation: int) -> pygame.Rect:
    """Where a rectangle of an upright picture of `size` lies after turning it clockwise."""
    width, height = size
    match rotation:
        case 90:
            return pygame.Rect(height - rect.bottom, rect.left, rect.height, rect.width)
        case 180:
            return pygame.Rect(width - rect.right, height - rect.bottom, rect.width, rect.height)
        case 270:
            return pygame.Rect(rect.top, width - rect.right, rect.height, rect.width)
        case _:
            return rect


def _pack(still: Still, future: "Future[bytes]") -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(still.png())
