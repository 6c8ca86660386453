"""Parts of the face as pictures, made when first needed and kept while there is room.

A face that turns by whole pixels and degrees twitches. So a part is drawn for the fraction of a
pixel and of a degree at which it stands; these are counted in steps, and each step's picture is
drawn once. A blit is then all that a frame costs.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from math import ceil, cos, floor, radians, sin

import pygame
from msgspec import Struct

from kiosk.avatar.svg import raster

DEGREE_STEPS = 4
"""Steps per degree of tilt. At the crown, 400 design units from the pivot, a step is 1.7 units."""


class Part(Struct, frozen=True):
    """A part of the figure: how it is drawn, and the room that it takes."""

    name: str
    draw: Callable[..., str]
    """SVG elements in design units, the part's anchor at the origin, for a shape (its
    arguments)."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom around the anchor that no shape leaves, in design units."""
    anchor: tuple[float, float]
    """Where the anchor stands in the figure at rest, in design units."""
    pixel_steps: int = 2
    """Steps per pixel at which it is placed."""


class Sprite(Struct, frozen=True):
    """A picture and where it goes."""

    surface: pygame.Surface
    rect: pygame.Rect


class Sprites:
    """The pictures of one face at one scale, the least recently used dropped beyond `budget`
    bytes.
    """

    def __init__(self, scale: float, budget: int) -> None:
        self._scale = scale
        self._budget = budget
        self._bytes = 0
        self._kept: OrderedDict[Hashable, pygame.Surface] = OrderedDict()
        self.made = 0
        """Pictures drawn so far."""

    def place(
        self, part: Part, shape: tuple[float, ...], x: float, y: float, tilt_deg: float
    ) -> Sprite:
        """The part with its anchor at pixel (x, y), both possibly between pixels."""
        steps = part.pixel_steps
        x_steps, y_steps = round(x * steps), round(y * steps)
        tilt_steps = round(tilt_deg * DEGREE_STEPS)
        key = (part.name, shape, x_steps % steps, y_steps % steps, tilt_steps)
        left, top, right, bottom = self._room(part, tilt_steps)
        surface = self._kept.get(key)
        if surface is None:
            x, y = x_steps % steps / steps - left, y_steps % steps / steps - top
            surface = raster(
                part.draw(*shape),
                (right - left, bottom - top),
                f"translate({x:.3f} {y:.3f}) "
                f"rotate({tilt_steps / DEGREE_STEPS:.3f}) scale({self._scale:.5f})",
            )
            self._keep(key, surface)
        else:
            self._kept.move_to_end(key)
        return Sprite(
            surface, surface.get_rect(topleft=(x_steps // steps + left, y_steps // steps + top))
        )

    def _room(self, part: Part, tilt_steps: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels around the anchor, with the tilt's overhang."""
        left, top, right, bottom = part.box
        turn, over = (
            cos(radians(tilt_steps / DEGREE_STEPS)),
            sin(radians(tilt_steps / DEGREE_STEPS)),
        )
        xs = [x * turn - y * over for x in (left, right) for y in (top, bottom)]
        ys = [x * over + y * turn for x in (left, right) for y in (top, bottom)]
        scale = self._scale
        return (
            floor(min(xs) * scale) - 1,
            floor(min(ys) * scale) - 1,
            ceil(max(xs) * scale) + 2,
            ceil(max(ys) * scale) + 2,
        )

    def _keep(self, key: Hashable, surface: pygame.Surface) -> None:
        self.made += 1
        self._kept[key] = surface
        self._bytes += surface.get_pitch() * surface.get_height()
        while self._bytes > self._budget and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.get_pitch() * old.get_height()
