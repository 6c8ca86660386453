"""Signs, as SVG in a box of 48 by 48."""

import pygame

from kiosk.display.theme import Colour, html
from kiosk.draw.svg import raster

BOX = 48
"""Side of the square that each sign is drawn in, in units of its SVG."""


def _stroke(d: str, width: float = 4) -> str:
    return (
        f'<path d="{d}" fill="none" stroke="COLOUR" stroke-width="{width}" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


_MICROPHONE = (
    '<path d="M24 5 a7 7 0 0 1 7 7 v11 a7 7 0 0 1 -14 0 v-11 a7 7 0 0 1 7 -7 Z" fill="COLOUR"/>'
    + _stroke("M11 22 a13 13 0 0 0 26 0 M24 36 v7 M17 43 h14")
)
_SLASH = _stroke("M8 6 L40 42", 4.5)

SIGNS = {
    "microphone": _MICROPHONE,
    "microphone-off": _MICROPHONE + _SLASH,
    "network-off": _stroke("M6 19 C16 9 32 9 42 19 M12 27 C19 20 29 20 36 27")
    + '<circle cx="24" cy="36" r="4.5" fill="COLOUR"/>'
    + _SLASH,
    "warning": _stroke("M24 7 L44 41 H4 Z") + _stroke("M24 20 v9", 4.5)
    + '<circle cx="24" cy="35.5" r="2.6" fill="COLOUR"/>',
    "hand": '<circle cx="24" cy="24" r="11" fill="COLOUR"/>'
    '<circle cx="24" cy="24" r="18" fill="none" stroke="COLOUR" stroke-width="4"/>',
    "space": _stroke("M7 17 h34 a3 3 0 0 1 3 3 v14 a3 3 0 0 1 -3 3 h-34 a3 3 0 0 1 -3 -3 v-14 "
                     "a3 3 0 0 1 3 -3 Z", 3.5) + _stroke("M15 26 v4 h18 v-4", 3.5),
    "clock": '<circle cx="24" cy="24" r="17" fill="none" stroke="COLOUR" stroke-width="4"/>'
    + _stroke("M24 14 v10 l7 5"),
    "picture": _stroke("M8 9 h32 a3 3 0 0 1 3 3 v24 a3 3 0 0 1 -3 3 h-32 a3 3 0 0 1 -3 -3 v-24 "
                       "a3 3 0 0 1 3 -3 Z M7 34 l11 -11 l9 9 l6 -6 l9 9", 3.5)
    + '<circle cx="32" cy="18" r="3.5" fill="COLOUR"/>',
    "map": '<path d="M24 4 a14 14 0 0 1 14 14 c0 10 -14 26 -14 26 s-14 -16 -14 -26 '
    'a14 14 0 0 1 14 -14 Z" fill="none" stroke="COLOUR" stroke-width="4"/>'
    '<circle cx="24" cy="18" r="5" fill="COLOUR"/>',
    "speech": _stroke("M8 9 h32 a3 3 0 0 1 3 3 v19 a3 3 0 0 1 -3 3 h-18 l-9 8 v-8 h-5 "
                      "a3 3 0 0 1 -3 -3 v-19 a3 3 0 0 1 3 -3 Z"),
    "speaker-off": '<path d="M6 18 h8 l11 -9 v30 l-11 -9 h-8 Z" fill="COLOUR"/>'
    + _stroke("M31 18 L43 30 M43 18 L31 30"),
    "camera": _stroke("M6 15 h9 l4 -6 h10 l4 6 h9 a2 2 0 0 1 2 2 v20 a2 2 0 0 1 -2 2 h-36 "
                      "a2 2 0 0 1 -2 -2 v-20 a2 2 0 0 1 2 -2 Z", 3.5)
    + '<circle cx="24" cy="26" r="7" fill="COLOUR"/>',
    "sound": '<path d="M6 18 h8 l11 -9 v30 l-11 -9 h-8 Z" fill="COLOUR"/>'
    + _stroke("M32 18 a9 9 0 0 1 0 12 M37 12 a17 17 0 0 1 0 24"),
}  # fmt: skip
"""Drawings by name; COLOUR stands for the colour asked for."""

SPINNER_STEPS = 12
"""Pictures of one turn."""


def icon(name: str, px: int, colour: Colour) -> pygame.Surface:
    """A sign `px` high and wide."""
    return raster(SIGNS[name].replace("COLOUR", html(colour)), (px, px), f"scale({px / BOX:.4f})")


def spinner(px: int, colour: Colour, step: int) -> pygame.Surface:
    """One picture of a turning ring, of SPINNER_STEPS."""
    ring = (
        f'<g fill="none" stroke="{html(colour)}" stroke-width="5" stroke-linecap="round" '
        f'transform="rotate({360 * step / SPINNER_STEPS} 24 24)">'
        '<circle cx="24" cy="24" r="17" opacity="0.3"/><path d="M24 7 a17 17 0 0 1 17 17"/></g>'
    )
    return raster(ring, (px, px), f"scale({px / BOX:.4f})")


def dots(px: int, colour: Colour, step: int) -> pygame.Surface:
    """One picture of three dots that swell in turn, of SPINNER_STEPS."""
    drawn = ""
    for index in range(3):
        distance = (step - 2 * index) % SPINNER_STEPS
        swell = max(0.0, 1 - min(distance, SPINNER_STEPS - distance) / 3)
        drawn += (
            f'<circle cx="{10 + 14 * index}" cy="24" r="{4 + 1.8 * swell:.2f}" '
            f'fill="{html(colour)}" opacity="{0.45 + 0.55 * swell:.2f}"/>'
        )
    return raster(drawn, (px, px), f"scale({px / BOX:.4f})")


def pill(size: tuple[int, int], colour: Colour, opacity: float = 1.0) -> pygame.Surface:
    """A bar with round ends."""
    width, height = size
    radius = min(width, height) / 2
    return panel(size, colour, radius, opacity)


def panel(
    size: tuple[int, int], colour: Colour, radius: float, opacity: float = 1.0
) -> pygame.Surface:
    """A rectangle with round corners."""
    width, height = size
    return raster(
        f'<rect x="0" y="0" width="{width}" height="{height}" rx="{radius}" ry="{radius}" '
        f'fill="{html(colour)}" opacity="{opacity}"/>',
        size,
    )
