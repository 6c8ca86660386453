"""The drawing thread: opens the screen, draws until the kiosk stops, opens it again where it was
lost.

Without a screen the kiosk still talks, and a fault in drawing must not silence it either.
"""

import logging
import sys
from typing import TYPE_CHECKING

from kiosk.errors import DeviceError

if TYPE_CHECKING:
    from kiosk.app import Kiosk
    from kiosk.display.stage import Stage

log = logging.getLogger("kiosk.screen")

HEAD_START_S = 0.4
"""The screen's libraries are loaded when the first setup is on the wire, or after this."""
AGAIN_S = 10.0
"""Between two attempts to open a screen that is missing or failed."""
YIELD_S = 0.0005
"""The drawing thread lets the loop's thread in after this. Python's own 5 ms are a quarter of a
microphone period: with them the slowest hundredth of the chunks was 8 ms late, with this 3.5."""


def draw(kiosk: "Kiosk") -> None:
    """See the module. Runs in the main thread, because SDL wants it, until the kiosk stops."""
    if kiosk.settings.display.driver == "none":
        kiosk.screen_known.set()
        return
    kiosk.dialled.wait(HEAD_START_S)
    while not kiosk.stop.is_set():
        stage = _open(kiosk)
        kiosk.screen_known.set()
        if stage is not None:
            kiosk.rings_known.wait()
            sys.setswitchinterval(YIELD_S)
            _run(kiosk, stage)
        kiosk.stop.wait(AGAIN_S)


def _open(kiosk: "Kiosk") -> "Stage | None":
    from kiosk.display.stage import Stage  # Before the avatar: it quietens pygame.

    from kiosk.avatar.base import make_avatar  # isort: skip

    stage = Stage(
        kiosk.settings.display,
        make_avatar(kiosk.settings.avatar),
        lambda: kiosk.scene,
        kiosk,
        kiosk.on_edge,
        keyboard=kiosk.settings.button.source == "keyboard",
    )
    try:
        stage.open()
    except DeviceError as error:
        if str(error) != kiosk.screen_trouble:
            log.warning("no screen, talking without: %s", error)
        kiosk.screen_trouble = str(error)
        return None
    stage.tap = kiosk.tap
    return stage


def _run(kiosk: "Kiosk", stage: "Stage") -> None:
    kiosk.screen_trouble, kiosk.stage = "", stage
    try:
        stage.run(kiosk.stop)
    except Exception as error:
        log.exception("the screen failed, talking without")
        kiosk.screen_trouble = f"{type(error).__name__}: {error}"
    finally:
        kiosk.stage = None
        stage.close()
