"""The picture behind everything: daylight, a halo behind the head, the desk's front.

Smooth gradients in 8 bits show steps as wide as a hand on a large screen; half a grey level of
noise hides them. The picture is computed in strips, so that the interpreter lock is never held for
long.
"""

import numpy as np
import pygame

from kiosk.display import theme
from kiosk.display.layout import Layout

_STRIP = 24
"""Rows computed at a time."""


def backdrop(layout: Layout) -> pygame.Surface:
    """Paint the backdrop of a layout, in the display's own pixel format."""
    width, height = layout.size
    surface = pygame.Surface(layout.size).convert()
    dice = np.random.default_rng(7)
    # One tile of noise, shifted from strip to strip: a fresh one for each would cost 0.1 s at
    # 1080p.
    noise = dice.uniform(-0.5, 0.5, (_STRIP, width + 97, 1)).astype(np.float32)
    centre_x = layout.avatar.centerx
    centre_y = layout.avatar.top + 0.44 * layout.avatar.height
    radius = 0.62 * layout.avatar.height
    across = ((np.arange(width, dtype=np.float32) - centre_x) / radius) ** 2
    halo, sky_top, sky_bottom, desk_top, desk_bottom = (
        np.array(colour, dtype=np.float32)
        for colour in (
            theme.HALO, theme.SKY_TOP, theme.SKY_BOTTOM, theme.DESK_TOP, theme.DESK_BOTTOM,
        )
    )  # fmt: skip
    for top in range(0, height, _STRIP):
        rows = np.arange(top, min(top + _STRIP, height), dtype=np.float32)[:, None]
        sky = sky_top + (sky_bottom - sky_top) * (rows / layout.desk.top)
        light = (
            0.85 * np.exp(-1.6 * (across[None, :] + ((rows - centre_y) / radius) ** 2))[..., None]
        )
        picture = sky[:, None, :] * (1 - light) + halo * light
        share = np.clip((rows - layout.desk.top) / layout.desk.height, 0, 1)
        desk = desk_top + (desk_bottom - desk_top) * share
        picture = np.where((rows >= layout.desk.top)[..., None], desk[:, None, :], picture)
        shift = (top * 31) % 97
        picture += noise[: len(rows), shift : shift + width]
        pixels = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
        strip = pygame.image.frombuffer(pixels.tobytes(), (width, len(rows)), "RGB")
        surface.blit(strip, (0, top))
    return surface
