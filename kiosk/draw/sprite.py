"""Pictures in their places before a ground, of which only what changed is painted again."""

from collections.abc import Iterable, Sequence

import pygame
from msgspec import Struct

from kiosk.draw.rects import merged


class Sprite(Struct, frozen=True):
    """A picture and where it goes."""

    surface: pygame.Surface
    rect: pygame.Rect


def moved(before: Iterable[Sprite], now: Iterable[Sprite]) -> list[pygame.Rect]:
    """Where a sprite was and is not any more, or is and was not. Their order stays."""
    was, here = ({(id(s.surface), *s.rect): s.rect for s in some} for some in (before, now))
    return [rect for key, rect in (was | here).items() if (key in was) is not (key in here)]


def repaint(
    surface: pygame.Surface,
    ground: pygame.Surface,
    sprites: Sequence[Sprite],
    dirty: Iterable[pygame.Rect],
    at: tuple[int, int] = (0, 0),
) -> list[pygame.Rect]:
    """Paint the dirty rectangles of a ground and of what stands before it.

    Args:
        surface: what is painted on.
        ground: behind everything, opaque.
        sprites: from back to front, their places counted from the ground's corner.
        dirty: rectangles of the ground; they may overlap.
        at: where on `surface` the ground's corner is.

    Returns the rectangles of `surface` that were painted, apart: a half-transparent edge that is
    blitted twice gets a rim.
    """
    painted = []
    clip = surface.get_clip()
    for area in merged(rect.clip(ground.get_rect()) for rect in dirty):
        place = area.move(at)
        surface.set_clip(place)
        surface.blit(ground, place, area)
        for sprite in sprites:
            if sprite.rect.colliderect(area):
                surface.blit(sprite.surface, sprite.rect.move(at))
        painted.append(place)
    surface.set_clip(clip)
    return painted
