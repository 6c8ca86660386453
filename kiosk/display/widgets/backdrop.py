"""The picture behind everything: daylight, pale discs behind the head, the panel's front.

Smooth gradients in 8 bits show steps as wide as a hand on a large screen; half a grey level of
noise hides them. The picture is computed in strips, so that no step holds the interpreter lock for
a noticeable time.
"""

from functools import partial

import numpy as np
import pygame

from kiosk.display import theme
from kiosk.display.layout import Layout
from kiosk.display.theme import Look

_STRIP = 24
"""Rows computed at a time."""
_DISCS = ((0.99, 0.2), (0.8, 0.38))
"""Discs behind the head: radius in parts of the halo's, and how much lighter they are."""


Pixels = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def backdrop(layout: Layout, look: Look) -> pygame.Surface:
    """Paint the backdrop of a layout, in the display's own pixel format."""
    width, height = layout.size
    surface = pygame.Surface(layout.size).convert()
    # One tile of noise, shifted from strip to strip: a fresh one for each costs 0.1 s at 1080p.
    dice = np.random.default_rng(7)
    noise = dice.uniform(-0.5, 0.5, (_STRIP, width + 97, 1)).astype(np.float32)
    sky, panel = partial(_sky, look, layout), partial(_panel, look, layout)
    for start, end, paint in ((0, layout.panel.top, sky), (layout.panel.top, height, panel)):
        for top in range(start, end, _STRIP):
            rows = np.arange(top, min(top + _STRIP, end), dtype=np.float32)[:, None]
            shift = top * 31 % 97
            levels = paint(rows) + noise[: len(rows), shift : shift + width]
            pixels = np.clip(levels + 0.5, 0, 255).astype(np.uint8)
            strip = pygame.image.frombuffer(pixels.tobytes(), (width, len(rows)), "RGB")
            surface.blit(strip, (0, top))
    return surface


def _sky(look: Look, layout: Layout, rows: Pixels) -> Pixels:
    """Daylight above the panel: a halo and discs behind the head."""
    radius = 0.62 * layout.avatar.height
    centre_y = layout.avatar.top + 0.44 * layout.avatar.height
    columns = np.arange(layout.size[0], dtype=np.float32)
    square = ((columns - layout.avatar.centerx) / radius) ** 2 + ((rows - centre_y) / radius) ** 2
    top, bottom, halo = _levels(look.sky_top), _levels(look.sky_bottom), _levels(theme.HALO)
    sky = (top + (bottom - top) * (rows / layout.panel.top))[:, None, :]
    light = 0.7 * np.exp(-1.6 * square)
    levels = np.asarray(sky + (halo - sky) * light[..., None], dtype=np.float32)
    for edge, strength in _DISCS:
        inside = np.clip((edge - np.sqrt(square)) * radius + 0.5, 0, 1)
        levels += (halo - levels) * (strength * inside)[..., None]
    return levels


def _panel(look: Look, layout: Layout, rows: Pixels) -> Pixels:
    """The panel's front."""
    top, bottom = _levels(look.desk_top), _levels(look.desk_bottom)
    share = (rows - layout.panel.top) / layout.panel.height
    return np.repeat((top + (bottom - top) * share)[:, None, :], layout.size[0], axis=1)


def _levels(colour: theme.Colour) -> Pixels:
    return np.array(colour, dtype=np.float32)
