"""Changed rectangles, few and apart, so that no pixel is painted twice in a frame."""

from collections.abc import Iterable

import pygame

_SPARE_PX, _SPARE_SHARE = 20_000, 1 / 8
"""What two rectangles may cover in vain together, in pixels or of all that they then cover, before
they are cheaper as three or four: each of these looks through every picture in it anew.
"""


def merged(rects: Iterable[pygame.Rect]) -> list[pygame.Rect]:
    """Join or cut rectangles that overlap until none does; empty ones are dropped."""
    apart: list[pygame.Rect] = []
    waiting = sorted(filter(None, rects), key=_area)  # The largest first: it holds most others.
    while waiting:
        rect = waiting.pop()
        index = rect.collidelist(apart)
        if index < 0:
            apart.append(rect)
            continue
        other = apart[index]
        joined = rect.union(other)
        spare = _area(joined) - _area(rect) - _area(other) + _area(rect.clip(other))
        if spare <= max(_SPARE_PX, _SPARE_SHARE * _area(joined)):
            del apart[index]
            waiting.append(joined)
        else:
            waiting += outside(rect, other)
    return apart


def _area(rect: pygame.Rect) -> int:
    return rect.width * rect.height


def outside(rect: pygame.Rect, hole: pygame.Rect) -> list[pygame.Rect]:
    """The parts of `rect` that are not in `hole`: up to four rectangles, apart."""
    inner = rect.clip(hole)
    if not inner:
        return [rect]
    parts = (
        pygame.Rect(rect.left, rect.top, rect.width, inner.top - rect.top),
        pygame.Rect(rect.left, inner.bottom, rect.width, rect.bottom - inner.bottom),
        pygame.Rect(rect.left, inner.top, inner.left - rect.left, inner.height),
        pygame.Rect(inner.right, inner.top, rect.right - inner.right, inner.height),
    )
    return [part for part in parts if part]
