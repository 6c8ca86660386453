"""The drawing thread: opens the screen, draws until the kiosk stops, opens it again where it was
lost.

Without a screen the kiosk still talks, and a fault in drawing must not silence it either.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from kiosk.core.scene import Scene, Senses
from kiosk.errors import DeviceError
from kiosk.service.system_view import ScreenView
from kiosk.settings.types import Settings
from kiosk.window.video_drivers import candidates, is_present

if TYPE_CHECKING:
    import pygame

    from kiosk.avatar.face.face import Face
    from kiosk.avatar.interface import Avatar
    from kiosk.window.stage import Stage

log = logging.getLogger("kiosk.screen")

HEAD_START_S = 0.4
"""The screen's libraries are loaded when the first setup is on the wire, or after this."""
RETRY_DELAYS_S = (1.0, 2.0, 5.0, 10.0)
"""Between two attempts to open a screen; the last one over and over. An attempt costs 0.2 s of a
processor."""
STEADY_S = 30.0
"""A screen that held for so long is opened again as fast as at first."""
POLL_INTERVAL_S = 0.5
"""Between two looks whether there is a screen at all, which cost nothing."""
MAX_WAIT_S = 30.0
"""An attempt is made after this also where no screen seems to be there."""
SWITCH_INTERVAL_S = 0.0005
"""The drawing thread lets the loop's thread in after this. Python's own 5 ms are a quarter of a
microphone period: with them the slowest hundredth of the chunks was 8 ms late, with this 3.5."""


class DrawnKiosk(Senses, Protocol):
    """What the drawing thread needs of the kiosk."""

    settings: Settings
    scene: Scene
    stop: threading.Event

    def on_edge(self, pressed: bool, at_s: float) -> None: ...
    def cast(self, face: "Avatar") -> "Avatar": ...


class DrawingThread:
    """See the module.

    Each attribute is written by one thread, and what the other one reads of it is one reference.

    Args:
        kiosk: what is drawn, and who is told of keys and touches.
    """

    def __init__(self, kiosk: DrawnKiosk) -> None:
        self.stage: Stage | None = None
        """Written by the drawing thread alone: read it once into a local."""
        self.trouble = ""
        """Why there is no screen, where one was asked for. Written by the drawing thread alone."""
        self.tap: Callable[[pygame.Surface, float], None] | None = None
        """Looks on at each drawn frame, on the drawing thread; see `Stage.tap`. Set before it
        runs."""
        self.demo = False
        """A person tries the kiosk out, who may close the window although it takes the screen. Set
        before it runs."""
        self.dialled = threading.Event()
        """Set by the loop's thread: the first setup is on the wire, or was tried."""
        self.rings_known = threading.Event()
        """Set by the loop's thread: the rings are there to look at, or never will be."""
        self._known = threading.Event()
        """There is a screen, or it is known that there is none."""
        self._face: Face | None = None
        self._kiosk = kiosk

    def let_go(self) -> None:
        """Wait for the loop's thread no more; called by it when it ends."""
        self.dialled.set()
        self.rings_known.set()

    def view(self) -> ScreenView:
        """The screen as it is now; any thread."""
        stage, face = self.stage, self._face
        known, pack_trouble = self._known.is_set(), face.trouble if face is not None else ""
        if stage is None:
            return ScreenView(known, trouble=self.trouble, pack_trouble=pack_trouble)
        return ScreenView(
            known=known,
            driver=stage.driver,
            size=stage.size,
            pid=stage.pid,
            frames=stage.frames,
            fps=stage.fps,
            turns=stage.turns,
            widget_faults=stage.widget_faults,
            trouble=self.trouble,
            pack_trouble=pack_trouble,
        )

    def run(self) -> None:
        """Draw until the kiosk stops. In the main thread, because SDL wants it."""
        kiosk = self._kiosk
        if kiosk.settings.display.driver == "none":
            self._known.set()
            return
        self.dialled.wait(HEAD_START_S)
        failures = 0
        while not kiosk.stop.is_set():
            began_s = time.monotonic()
            stage = self.open_stage()
            self._known.set()
            changed = False
            if stage is not None:
                self.rings_known.wait()
                sys.setswitchinterval(SWITCH_INTERVAL_S)
                changed = self._draw(stage)
            failures = 0 if changed or time.monotonic() - began_s > STEADY_S else failures + 1
            self._wait(failures)

    def open_stage(self) -> "Stage | None":
        """Open the screen and load who stands on it; None, and `trouble`, where that fails."""
        from kiosk.window.screen_client import start_screen

        kiosk = self._kiosk
        keyboard = kiosk.settings.button.source == "keyboard"
        screen = stage = None
        try:
            # First of all: the window opens in a process of its own while the libraries load here.
            screen = start_screen(
                kiosk.settings.display, kiosk.on_edge, keyboard=keyboard, demo=self.demo
            )
            from kiosk.window.stage import Stage  # Before the avatar: it quietens pygame.

            from kiosk.avatar.drivers import make_face  # isort: skip
            from kiosk.display.theme import look

            face, privacy = make_face(kiosk.settings.avatar), kiosk.settings.privacy
            stage = Stage(
                kiosk.settings.display,
                kiosk.cast(face),
                lambda: kiosk.scene,
                kiosk,
                kiosk.on_edge,
                keyboard=keyboard,
                look=look(kiosk.settings.screen, kiosk.settings.theme, privacy.kept_days),
                wide=kiosk.settings.avatar.driver != "face",
                screen=screen,
            )
            stage.open(kiosk.stop)
        except Exception as error:  # noqa: BLE001 - told, with its traceback where it is no device
            self._tell(error)
            if (opened := stage or screen) is not None:
                opened.close()
            return None
        stage.tap, self._face = self.tap, face
        return stage

    def _tell(self, error: Exception) -> None:
        """Say once why there is no screen."""
        expected = isinstance(error, DeviceError)
        trouble = str(error) if expected else f"{type(error).__name__}: {error}"
        if trouble != self.trouble:
            traceback = None if expected else error
            log.warning("running with sound only: %s", trouble, exc_info=traceback)
        self.trouble = trouble

    def _draw(self, stage: "Stage") -> bool:
        """Draw until the kiosk stops or the screen is lost; whether to open it again at once."""
        from kiosk.window.screen_client import ScreenChangedError

        log.info("screen: %s, %dx%d", stage.driver, *stage.size)
        self.trouble, self.stage = "", stage
        try:
            stage.run(self._kiosk.stop)
        except ScreenChangedError as error:
            log.info("%s: opening it again", error)
            return True
        except DeviceError as error:
            log.warning("the screen is lost, running with sound only: %s", error)
            self.trouble = str(error)
        except Exception as error:
            log.exception("the screen failed, running with sound only")
            self.trouble = f"{type(error).__name__}: {error}"
        finally:
            self.stage = None
            stage.close()
        return False

    def _wait(self, failures: int) -> None:
        """Until it is worth trying again."""
        if not failures:
            return
        stop, driver = self._kiosk.stop, self._kiosk.settings.display.driver
        end_s = time.monotonic() + MAX_WAIT_S
        stop.wait(RETRY_DELAYS_S[min(failures, len(RETRY_DELAYS_S)) - 1])
        while time.monotonic() < end_s and not stop.is_set():
            if any(is_present(name, os.environ) for name in candidates(driver, os.environ)):
                return
            stop.wait(POLL_INTERVAL_S)
