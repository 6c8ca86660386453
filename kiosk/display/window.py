"""The way to the glass: which SDL video driver, and a window on it.

PyPI's wheels of pygame carry no KMSDRM driver; a board without a desktop needs the distribution's
python3-pygame.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pygame

from kiosk.errors import DeviceError
from kiosk.settings import DisplaySettings

_WINDOWED = (1280, 720)
"""Size of a window, or of a picture drawn off-screen, where the settings name none."""
_KMSDRM_REMEDY = (
    "on a board without a desktop: install the distribution's pygame (apt install python3-pygame; "
    "the wheel from PyPI has no KMSDRM driver), make the virtual environment with "
    "--system-site-packages, and put the user in the groups video, render and input"
)


def candidates(driver: str, environ: Mapping[str, str], dri: Path = Path("/dev/dri")) -> list[str]:
    """SDL drivers to be tried in turn."""
    if driver != "auto":
        return [driver]
    found = []
    if environ.get("WAYLAND_DISPLAY"):
        found.append("wayland")
    if environ.get("DISPLAY"):
        found.append("x11")
    if not found and dri.exists():
        found.append("kmsdrm")
    return found


def open_window(settings: DisplaySettings) -> pygame.Surface:
    """Open the screen; DeviceError says what was tried and what would help."""
    tried = []
    for driver in candidates(settings.driver, os.environ):
        try:
            return _open(driver, settings)
        except pygame.error as error:
            pygame.display.quit()
            remedy = f" ({_KMSDRM_REMEDY})" if driver == "kmsdrm" else ""
            tried.append(f"{driver}: {error}{remedy}")
    if tried:
        raise DeviceError(f"no screen could be opened: {'; '.join(tried)}")
    raise DeviceError(
        "no screen found: neither WAYLAND_DISPLAY nor DISPLAY is set and there is no /dev/dri; "
        'set display.driver = "none" if none is meant, "dummy" to draw off-screen, or '
        + _KMSDRM_REMEDY
    )


def _open(driver: str, settings: DisplaySettings) -> pygame.Surface:
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
    flags = pygame.FULLSCREEN if settings.fullscreen or driver == "kmsdrm" else 0
    size = settings.size or ((0, 0) if flags and driver != "dummy" else _fitting())
    surface = pygame.display.set_mode(size, flags)
    pygame.display.set_caption("Kiosk")
    pygame.mouse.set_visible(not flags)
    return surface


def _fitting() -> tuple[int, int]:
    """The window's own size, smaller where the desktop is."""
    desktop = pygame.display.get_desktop_sizes()[0]
    return min(_WINDOWED[0], desktop[0]), min(_WINDOWED[1], desktop[1])
