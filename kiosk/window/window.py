"""The way to the glass: SDL's video driver, and a window on it.

PyPI's wheels of pygame carry no KMSDRM driver; a board without a desktop needs the distribution's
python3-pygame.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pygame

from kiosk.errors import DeviceError
from kiosk.settings import installation
from kiosk.settings.types import DisplaySettings
from kiosk.window import drivers

T = TypeVar("T")

_WINDOWED = (1280, 720)
"""Size of a window, or of a picture drawn off-screen, where the settings name none."""


def on_a_screen(settings: DisplaySettings, opener: Callable[[str], T]) -> T:
    """Give each driver in turn to `opener`; DeviceError says what was tried and would help."""
    tried = []
    for driver in drivers.candidates(settings.driver, os.environ):
        try:
            return opener(driver)
        except (pygame.error, DeviceError) as error:
            pygame.display.quit()
            remedy = f". {installation.screen()}" if driver == "kmsdrm" else ""
            tried.append(f"{driver}: {error}{remedy}")
    if tried:
        raise DeviceError(f"no screen could be opened: {'; '.join(tried)}")
    raise DeviceError(
        "no screen found: neither WAYLAND_DISPLAY nor DISPLAY is set and there is no /dev/dri."
        f' {installation.screen()}. Where none is meant: display.driver = "none"'
    )


def may_be_left(settings: DisplaySettings, driver: str, *, demo: bool) -> bool:
    """Whether Escape, q or a window manager's close ends the kiosk.

    Who takes the whole screen of a public place is not closed by a visitor with a keyboard.
    """
    return demo or not (settings.fullscreen or driver == "kmsdrm")


def start(driver: str) -> None:
    """Start SDL's video; pygame.error where the driver cannot."""
    os.environ["SDL_VIDEODRIVER"] = driver
    # Signals are app's: SDL would turn SIGTERM into an event, which nobody reads while a frame
    # hangs.
    os.environ["SDL_NO_SIGNAL_HANDLERS"] = "1"
    if driver == "x11":
        # With a GL driver present SDL backs the window with a texture that is uploaded whole at
        # every update (32 % of a core at 1080p30 instead of 2 %); without it, changed rectangles
        # go by shared memory.
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.display.init()


def open_surface(driver: str, settings: DisplaySettings) -> pygame.Surface:
    """Open a window whose pixels can be written; `start` comes first."""
    flags = pygame.FULLSCREEN if settings.fullscreen or driver == "kmsdrm" else 0
    size = settings.size or ((0, 0) if flags and driver != "dummy" else _fitting())
    surface = pygame.display.set_mode(size, flags)
    pygame.display.set_caption("Kiosk")
    pygame.mouse.set_visible(not flags)
    return surface


def has_gpu(dri: Path = drivers.DRI) -> bool:
    """Whether a graphics chip can be behind GL at all; without one it is drawn in software."""
    return any(dri.glob("renderD*"))


def _fitting() -> tuple[int, int]:
    """The window's own size, smaller where the desktop is."""
    desktop = pygame.display.get_desktop_sizes()[0]
    return min(_WINDOWED[0], desktop[0]), min(_WINDOWED[1], desktop[1])
