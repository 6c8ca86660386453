"""A window on one of SDL's video drivers, and the upright picture on it.

PyPI's wheels of pygame carry no KMSDRM driver. A board without a desktop needs the package
python3-pygame of its distribution.

The processor copies changed rectangles to the window and turns them where the screen is turned. A
second way, by a texture that GL draws whole, was not faster on any machine that was measured: with
GL in software it took 36.6 % of a core where this takes 1.4 % (1080p, X11, speaking).
"""

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import pygame

from kiosk.errors import DeviceError
from kiosk.settings import installation
from kiosk.settings.types import DisplaySettings
from kiosk.window import video_drivers

T = TypeVar("T")

_WINDOW_SIZE = (1280, 720)
"""Pixels of a window, or of a picture drawn off-screen, where the settings name no size."""


class Window:
    """A window that shows an upright picture, turned as the settings say.

    Args:
        settings: size, full screen, rotation.
        driver: SDL's name of the video driver.

    Raises:
        pygame.error: the driver cannot open a window.
    """

    def __init__(self, settings: DisplaySettings, driver: str) -> None:
        _start_video(driver)
        self._rotation = settings.rotation
        fullscreen = settings.fullscreen or driver == "kmsdrm"
        whole_screen = fullscreen and driver != "dummy"
        size = settings.size or ((0, 0) if whole_screen else _fitting_size())
        self._surface = pygame.display.set_mode(size, pygame.FULLSCREEN if fullscreen else 0)
        pygame.display.set_caption("Kiosk")
        pygame.mouse.set_visible(not fullscreen)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._surface.get_size()

    def show(self, canvas: pygame.Surface, rects: Sequence[pygame.Rect]) -> None:
        """Bring rectangles of the upright picture to the screen."""
        places = []
        for rect in rects:
            place = rotated(rect, canvas.get_size(), self._rotation)
            if self._rotation:
                # pygame turns counter-clockwise.
                part = pygame.transform.rotate(canvas.subsurface(rect), -self._rotation)
                part.set_alpha(None)
                self._surface.blit(part, place)
            else:
                self._surface.blit(canvas, rect, rect)
            places.append(place)
        pygame.display.update(places)

    def resize(self, size: tuple[int, int]) -> None:
        """Take over the size in pixels that the window has now."""
        flags = self._surface.get_flags() & pygame.FULLSCREEN
        self._surface = pygame.display.set_mode(size, flags)

    def close(self) -> None:
        """Close the window."""
        pygame.display.quit()


def open_first(settings: DisplaySettings, opener: Callable[[str], T]) -> T:
    """Give each video driver in turn to `opener` until one opens.

    Raises:
        DeviceError: none did; it says what was tried and what would help.
    """
    tried = []
    for driver in video_drivers.candidates(settings.driver, os.environ):
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


def may_be_closed(settings: DisplaySettings, driver: str, *, demo: bool) -> bool:
    """Whether Escape, q or a window manager's close ends the kiosk.

    A visitor with a keyboard must not end a kiosk that takes the whole screen of a public place.
    """
    return demo or not (settings.fullscreen or driver == "kmsdrm")


def upright_size(size: tuple[int, int], rotation: int) -> tuple[int, int]:
    """The size of the picture that fills a window of `size` once it is turned."""
    return size if rotation in {0, 180} else (size[1], size[0])


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


def _start_video(driver: str) -> None:
    """Start SDL's video; pygame.error where the driver cannot."""
    os.environ["SDL_VIDEODRIVER"] = driver
    # The daemon handles signals itself: SDL would turn SIGTERM into an event, which nobody reads
    # while a frame hangs.
    os.environ["SDL_NO_SIGNAL_HANDLERS"] = "1"
    if driver == "x11":
        # With a GL driver present SDL backs the window with a texture that is uploaded whole at
        # every update (32 % of a core at 1080p30 instead of 2 %); without it, changed rectangles
        # go by shared memory.
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    pygame.display.init()


def _fitting_size() -> tuple[int, int]:
    """The window's own size in pixels, smaller where the desktop is."""
    desktop = pygame.display.get_desktop_sizes()[0]
    return min(_WINDOW_SIZE[0], desktop[0]), min(_WINDOW_SIZE[1], desktop[1])
