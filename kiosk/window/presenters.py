"""Two ways of bringing an upright picture to the glass, behind one interface.

`Surfaces`: the processor copies changed rectangles to the window, and turns them where the screen
is turned. `Textures`: changed rectangles are uploaded into a streaming texture, and the graphics
chip draws it whole, turned. Which is better depends on the driver: under X without a GL-backed
window the first moves only what changed; under KMSDRM SDL uploads the whole of a surface at every
update, and the second uploads a part. The second holds the interpreter lock while it draws
(56 of 56 ms with a software GL), so that it is only offered in a process of its own.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import pygame

from kiosk.errors import DeviceError
from kiosk.settings.types import DisplaySettings
from kiosk.window.window import open_surface, start


class Presenter(Protocol):
    """Who owns the window."""

    size: tuple[int, int]
    """Of the window, in pixels."""

    @property
    def name(self) -> str:
        """For people: `surface`, or `texture` and the renderer's own name."""
        ...

    def show(self, canvas: pygame.Surface, rects: Sequence[pygame.Rect]) -> None:
        """Bring rectangles of the upright picture to the glass."""
        ...

    def resize(self, size: tuple[int, int]) -> None:
        """The window has another size now."""
        ...

    def close(self) -> None:
        """Close the window."""
        ...


class Surfaces:
    """The processor does it."""

    name = "surface"

    def __init__(self, settings: DisplaySettings, driver: str) -> None:
        start(driver)
        self._rotation = settings.rotation
        self._window = open_surface(driver, settings)
        self.size = self._window.get_size()

    def show(self, canvas: pygame.Surface, rects: Sequence[pygame.Rect]) -> None:
        """See `Presenter`."""
        places = []
        for rect in rects:
            place = rotated(rect, canvas.get_size(), self._rotation)
            if self._rotation:
                # pygame turns counter-clockwise.
                part = pygame.transform.rotate(canvas.subsurface(rect), -self._rotation)
                part.set_alpha(None)
                self._window.blit(part, place)
            else:
                self._window.blit(canvas, rect, rect)
            places.append(place)
        pygame.display.update(places)

    def resize(self, size: tuple[int, int]) -> None:
        """See `Presenter`."""
        self._window = pygame.display.set_mode(size, self._window.get_flags() & pygame.FULLSCREEN)
        self.size = self._window.get_size()

    def close(self) -> None:
        """See `Presenter`."""
        pygame.display.quit()


class Textures:
    """The graphics chip does it."""

    def __init__(self, settings: DisplaySettings, driver: str) -> None:
        from pygame._sdl2 import video

        self._video = video
        start(driver)
        self._rotation = settings.rotation
        whole = settings.fullscreen or driver == "kmsdrm"
        size = settings.size or pygame.display.get_desktop_sizes()[0]
        self._window = video.Window("Kiosk", size, fullscreen_desktop=whole)
        self._renderer, name = self._open_renderer()
        self.name = f"texture ({name})"
        width, height = self._window.size
        self.size = (width, height)
        self._texture: video.Texture | None = None
        pygame.mouse.set_visible(not whole)

    def _open_renderer(self) -> tuple[Any, str]:
        """The first that works, and its name, which pygame does not tell afterwards."""
        trouble = "no renderer"
        for index, info in enumerate(self._video.get_drivers()):
            if info.name == "software":
                continue
            try:
                return self._video.Renderer(self._window, index=index), info.name
            except RuntimeError as error:
                trouble = f"{info.name}: {error}"
        raise pygame.error(trouble)

    def show(self, canvas: pygame.Surface, rects: Sequence[pygame.Rect]) -> None:
        """See `Presenter`."""
        size = canvas.get_size()
        if self._texture is None or (self._texture.width, self._texture.height) != size:
            self._texture = self._video.Texture(self._renderer, size, streaming=True)
            self._texture.blend_mode = pygame.BLENDMODE_NONE
            rects = [canvas.get_rect()]
        for rect in rects:
            self._texture.update(canvas.subsurface(rect), rect)
        place = pygame.Rect((0, 0), size)
        place.center = self.size[0] // 2, self.size[1] // 2
        self._texture.draw(dstrect=place, angle=self._rotation)
        self._renderer.present()

    def resize(self, size: tuple[int, int]) -> None:
        """See `Presenter`."""
        self.size = size
        self._texture = None

    def close(self) -> None:
        """See `Presenter`."""
        self._texture = None
        self._window.destroy()
        pygame.display.quit()


def open_presenter(kind: str, settings: DisplaySettings, driver: str) -> Presenter:
    """Open a window in one of the two ways; DeviceError where the driver cannot."""
    try:
        return Textures(settings, driver) if kind == "texture" else Surfaces(settings, driver)
    except RuntimeError as error:  # pygame.error, and what pygame._sdl2 has beside it
        pygame.display.quit()
        raise DeviceError(str(error)) from None


def upright(size: tuple[int, int], rotation: int) -> tuple[int, int]:
    """The size of the picture that is turned to fill a window of `size`."""
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
