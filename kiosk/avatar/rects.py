"""Changed rectangles, few and apart, so that no pixel is painted twice in a frame."""

from collections.abc import Iterable

import pygame


def merged(rects: Iterable[pygame.Rect]) -> list[pygame.Rect]:
    """Join rectangles that overlap until none does; empty ones are dropped."""
    apart: list[pygame.Rect] = []
    for rect in rects:
        if not rect:
            continue
        joined = rect
        while (index := joined.collidelist(apart)) >= 0:
            joined = joined.union(apart.pop(index))
        apart.append(joined)
    return apart


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
