"""SVG text → picture, at exactly the pixels asked for.

pygame 2.6 can only load an SVG at the size written in its root, so the root is written here with
the size in pixels and the drawing is scaled by a transform inside it. What SDL_image's renderer
(nanosvg) passes over in silence is therefore not used: text, clip paths, masks, filters, CSS.
"""

from io import BytesIO

import pygame


def picture(drawing: str, size: tuple[int, int], transform: str = "") -> pygame.Surface:
    """Rasterise SVG elements; the interpreter lock is free meanwhile."""
    width, height = size
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><g transform="{transform}">{drawing}</g></svg>'
    )
    return pygame.image.load(BytesIO(root.encode()), "drawing.svg")


def raster(drawing: str, size: tuple[int, int], transform: str = "") -> pygame.Surface:
    """Rasterise SVG elements to a surface in the display's own pixel format.

    The display must be open, because the format of its pixels is what makes later blits fast.
    """
    return picture(drawing, size, transform).convert_alpha()


def scaled(drawing: str, box: tuple[float, float, float, float], height: int) -> pygame.Surface:
    """Rasterise the part `box` (x, y, width, height) of a drawing so that it is `height` pixels
    high.
    """
    x, y, box_width, box_height = box
    scale = height / box_height
    size = (max(1, round(box_width * scale)), max(1, height))
    return raster(drawing, size, f"scale({scale:.5f}) translate({-x:.3f} {-y:.3f})")
