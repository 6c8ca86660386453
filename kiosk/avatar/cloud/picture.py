"""The picture of a cloud avatar: the newest frame only, painted without a smooth scale.

`NewestPicture` is the one slot between whoever receives (any thread) and the drawing thread. A
queue of frames would only be delay: what was not drawn before the next one came is dropped.
"""

from collections.abc import Sequence

import pygame

from kiosk.avatar.cloud.frame import Frame
from kiosk.draw.rects import merged


class NewestPicture:
    """The newest frame, and its painter. `show` and `age_s` are for any thread."""

    def __init__(self) -> None:
        self._newest: Frame | None = None
        self._painted: Frame | None = None
        self._fitted: pygame.Surface | None = None
        """The painted frame in the size of the place."""
        self._scaled: pygame.Surface | None = None
        """Where frames of other sizes are scaled into."""
        self._backdrop: pygame.Surface | None = None
        self.frames = 0

    # --- any thread --------------------------------------------------------------------------

    def show(self, frame: Frame) -> None:
        """Make `frame` the newest."""
        self._newest = frame
        self.frames += 1

    def forget(self) -> None:
        """There is no frame any more."""
        self._newest = None

    def age_s(self, now_s: float) -> float:
        """Monotonic seconds since the newest frame came; infinite before the first."""
        newest = self._newest
        return float("inf") if newest is None else now_s - newest.at_s

    # --- the drawing thread ------------------------------------------------------------------

    def place(self, backdrop: pygame.Surface) -> None:
        """Its place is as large as `backdrop`, which is shown before the first frame."""
        self._backdrop = backdrop
        self._painted = self._fitted = self._scaled = None

    def clear(self) -> None:
        """Let go of the surfaces."""
        self._backdrop = self._painted = self._fitted = self._scaled = None

    @property
    def face_rect(self) -> pygame.Rect:
        """Where a presenter's head is: the vendors frame them from the waist up, in the middle."""
        width, height = self._backdrop.get_size() if self._backdrop else (0, 0)
        return pygame.Rect(width // 4, height // 20, width // 2, height * 11 // 20)

    def paint(
        self, surface: pygame.Surface, rect: pygame.Rect, damage: Sequence[pygame.Rect] = ()
    ) -> list[pygame.Rect]:
        """Paint a new frame all over `rect`, else what was damaged of it; return what changed."""
        newest = self._newest
        source = self._backdrop
        if newest is not None:
            fresh = newest is not self._painted
            if fresh:
                self._fitted = self._fit(newest, rect.size)
                self._painted = newest
            source = self._fitted
            if fresh:
                damage = (rect,)
        if source is None:
            return []
        changed = merged(part.clip(rect) for part in damage)
        for part in changed:
            surface.blit(source, part, part.move(-rect.x, -rect.y))
        return changed

    def _fit(self, frame: Frame, size: tuple[int, int]) -> pygame.Surface:
        """Scale the middle of the frame to `size`: nothing is distorted, what is over is cut."""
        whole = frame.surface()
        crop = whole.subsurface(cover(whole.get_size(), size))
        if crop.get_size() == size:
            return crop
        if self._scaled is None or self._scaled.get_size() != size:
            # scale() wants the very format of its source.
            self._scaled = pygame.Surface(size, 0, whole.get_bitsize(), whole.get_masks())
        pygame.transform.scale(crop, size, self._scaled)
        return self._scaled


def cover(source: tuple[int, int], place: tuple[int, int]) -> pygame.Rect:
    """The largest part of `source`, from its middle, that has the shape of `place`."""
    width, height = source
    wide = max(round(height * place[0] / place[1]), 1)
    if wide <= width:
        return pygame.Rect((width - wide) // 2, 0, wide, height)
    high = min(max(round(width * place[1] / place[0]), 1), height)
    return pygame.Rect(0, (height - high) // 2, width, high)
