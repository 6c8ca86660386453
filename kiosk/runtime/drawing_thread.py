"""The drawing thread: opens the screen, draws until the kiosk stops, opens it again where it was
lost.

Without a screen the kiosk still talks, and a fault in drawing must not silence it either.
"""

import logging
import os
import sys
import time
from typing import TYPE_CHECKING

from kiosk.errors import DeviceError
from kiosk.window.video_drivers import candidates, is_present

if TYPE_CHECKING:
    from kiosk.runtime.kiosk import Kiosk
    from kiosk.window.stage import Stage

log = logging.getLogger("kiosk.screen")

HEAD_START_S = 0.4
"""The screen's libraries are loaded when the first setup is on the wire, or after this."""
AGAIN_S = (1.0, 2.0, 5.0, 10.0)
"""Between two attempts to open a screen; the last one over and over. An attempt costs 0.2 s of a
processor."""
STEADY_S = 30.0
"""A screen that held for so long is opened again as fast as at first."""
LOOK_S = 0.5
"""Between two looks whether there is a screen at all, which cost nothing."""
ANYWAY_S = 30.0
"""An attempt is made after this also where none seems to be there."""
YIELD_S = 0.0005
"""The drawing thread lets the loop's thread in after this. Python's own 5 ms are a quarter of a
microphone period: with them the slowest hundredth of the chunks was 8 ms late, with this 3.5."""


def draw(kiosk: "Kiosk") -> None:
    """See the module. Runs in the main thread, because SDL wants it, until the kiosk stops."""
    if kiosk.settings.display.driver == "none":
        kiosk.screen_known.set()
        return
    kiosk.dialled.wait(HEAD_START_S)
    failures = 0
    while not kiosk.stop.is_set():
        began_s = time.monotonic()
        stage = _open(kiosk)
        kiosk.screen_known.set()
        changed = False
        if stage is not None:
            kiosk.rings_known.wait()
            sys.setswitchinterval(YIELD_S)
            changed = _run(kiosk, stage)
        failures = 0 if changed or time.monotonic() - began_s > STEADY_S else failures + 1
        _wait(kiosk, failures)


def _open(kiosk: "Kiosk") -> "Stage | None":
    from kiosk.window.screen_client import start_screen

    keyboard = kiosk.settings.button.source == "keyboard"
    screen = stage = None
    try:
        # First of all: the window opens in a process of its own while the libraries load here.
        screen = start_screen(
            kiosk.settings.display, kiosk.on_edge, keyboard=keyboard, demo=kiosk.demo
        )
        from kiosk.window.stage import Stage  # Before the avatar: it quietens pygame.

        from kiosk.avatar.drivers import make_face  # isort: skip
        from kiosk.display.theme import look

        face = make_face(kiosk.settings.avatar)
        stage = Stage(
            kiosk.settings.display,
            kiosk.performer.cast(face),
            lambda: kiosk.scene,
            kiosk,
            kiosk.on_edge,
            keyboard=keyboard,
            look=look(kiosk.settings.screen, kiosk.settings.theme),
            wide=kiosk.settings.avatar.driver != "face",
            screen=screen,
        )
        stage.open(kiosk.stop)
    except Exception as error:
        trouble = (
            str(error) if isinstance(error, DeviceError) else f"{type(error).__name__}: {error}"
        )
        if trouble != kiosk.screen_trouble:
            told = None if isinstance(error, DeviceError) else error
            log.warning("running with sound only: %s", trouble, exc_info=told)
        kiosk.screen_trouble = trouble
        if (opened := stage or screen) is not None:
            opened.close()
        return None
    stage.tap, kiosk.face = kiosk.tap, face
    return stage


def _run(kiosk: "Kiosk", stage: "Stage") -> bool:
    """Draw until the kiosk stops or the screen is lost; whether it can be opened again at once."""
    from kiosk.window.screen_client import ScreenChangedError

    log.info("screen: %s, %dx%d", stage.driver, *stage.size)
    kiosk.screen_trouble, kiosk.stage = "", stage
    try:
        stage.run(kiosk.stop)
    except ScreenChangedError as error:
        log.info("%s: opening it again", error)
        return True
    except DeviceError as error:
        log.warning("the screen is lost, running with sound only: %s", error)
        kiosk.screen_trouble = str(error)
    except Exception as error:
        log.exception("the screen failed, running with sound only")
        kiosk.screen_trouble = f"{type(error).__name__}: {error}"
    finally:
        kiosk.stage = None
        stage.close()
    return False


def _wait(kiosk: "Kiosk", failures: int) -> None:
    """Until it is worth trying again."""
    if not failures:
        return
    driver = kiosk.settings.display.driver
    end_s = time.monotonic() + ANYWAY_S
    kiosk.stop.wait(AGAIN_S[min(failures, len(AGAIN_S)) - 1])
    while time.monotonic() < end_s and not kiosk.stop.is_set():
        if any(is_present(name, os.environ) for name in candidates(driver, os.environ)):
            return
        kiosk.stop.wait(LOOK_S)
