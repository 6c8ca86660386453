"""SVG → picture, in exactly the size asked for. Other threads run while it is drawn.

Our own drawings (`picture`, `raster`) are texts in the code. Files of others are read and judged by
`drawing.read` first, because the renderer is native code that does whatever a document says.
"""

import numpy as np
import pygame

from kiosk.draw.svg import drawing, librsvg
from kiosk.draw.svg.document import DrawingError

__all__ = ["MAX_BYTES", "DrawingError", "load", "picture", "raster"]

MAX_BYTES = drawing.PICTURE.max_bytes
"""Size of the largest file that `load` draws."""

_NAMESPACE = "http://www.w3.org/2000/svg"
_MASKS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
"""Red, green, blue and alpha in a pixel, the same for cairo and SDL: nothing is converted."""


def _straight_table() -> "np.ndarray":
    """A table: at alpha × 256 + colour stands the colour before it was multiplied by alpha."""
    alpha, colour = np.mgrid[0:256, 0:256]
    straight = (colour * 255 + alpha // 2) // np.maximum(alpha, 1)
    table: np.ndarray = np.minimum(straight, 255).astype(np.uint8).ravel()
    return table


_STRAIGHT = _straight_table()


def picture(elements: str, size: tuple[int, int], transform: str = "") -> pygame.Surface:
    """Rasterise SVG elements, moved by `transform`, on a surface of `size` pixels with alpha.

    Raises:
        pygame.error: it cannot be drawn.
    """
    width, height = size
    document = (
        f'<svg xmlns="{_NAMESPACE}" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"><g transform="{transform}">{elements}</g></svg>'
    )
    surface = pygame.Surface(size, pygame.SRCALPHA, 32, _MASKS)
    pixels = np.asarray(surface.get_view("0")).view(np.uint32)
    librsvg.draw(document.encode(), pixels.ctypes.data, size, surface.get_pitch())
    _straighten(pixels)
    return surface


def _straighten(pixels: "np.ndarray") -> None:
    """Divide colours by alpha, because cairo has multiplied them and SDL does so at each blit."""
    where = np.flatnonzero((pixels >> 24) - np.uint32(1) < 254)
    some = pixels[where]
    levels = some.view(np.uint8).reshape(-1, 4)
    row = levels[:, 3].astype(np.intp) << 8
    for colour in range(3):
        levels[:, colour] = _STRAIGHT.take(row | levels[:, colour])
    pixels[where] = some


def raster(elements: str, size: tuple[int, int], transform: str = "") -> pygame.Surface:
    """Rasterise SVG elements to a surface in the display's own pixel format.

    The display must be open, because the format of its pixels is what makes later blits fast.
    """
    return picture(elements, size, transform).convert_alpha()


def load(data: bytes, box: tuple[int, int], *, covers: bool = False) -> pygame.Surface:
    """Draw an SVG file that somebody brought: a logo, a card.

    Args:
        data: what is in the file.
        box: width and height in pixels. The drawing is made as large as fits into it.
        covers: fill the whole box instead, and cut what is over at both sides.

    Returns a surface with alpha, not yet in the display's own format.

    Raises:
        DrawingError: the file is refused; the message has the place and the remedy.
        pygame.error: it cannot be drawn.
    """
    read = drawing.read(data, bounds=drawing.PICTURE)
    width, height = read.size
    scales = box[0] / width, box[1] / height
    scale = max(scales) if covers else min(scales)
    whole = max(round(width * scale), 1), max(round(height * scale), 1)
    size = box if covers else whole
    x, y = ((side - full) / 2 for side, full in zip(size, whole, strict=True))
    return picture(read.page(), size, f"translate({x:.3f} {y:.3f}) scale({scale:.9f})")
