"""The whole picture, upright: backdrop, avatar, signs, and which of their pixels changed.

Each pixel that changed is painted once from the back to the front. That the rectangles are apart
matters: a half-transparent edge that is blitted twice gets a rim.
"""

import pygame

from kiosk.avatar.base import Avatar
from kiosk.avatar.rects import merged, outside
from kiosk.core.scene import Scene, Senses
from kiosk.display.backdrop import backdrop
from kiosk.display.desk import Desk
from kiosk.display.fonts import Fonts
from kiosk.display.layout import layout
from kiosk.display.screens import Badge, Meter, Toast


class Picture:
    """Composes scene and avatar on a canvas of one size."""

    def __init__(self, size: tuple[int, int], avatar: Avatar) -> None:
        self.layout = layout(size)
        self._backdrop = backdrop(self.layout)
        self._avatar = avatar
        avatar.place(self._backdrop.subsurface(self.layout.avatar))
        fonts = Fonts()
        self.desk = Desk(self.layout, fonts, self._backdrop)
        others = [kind(self.layout, fonts) for kind in (Meter, Badge, Toast)]
        self.signs = [self.desk, *others]
        self._fresh = True

    def paint(
        self, canvas: pygame.Surface, scene: Scene, senses: Senses, now_s: float
    ) -> list[pygame.Rect]:
        """Bring the canvas up to date; return the rectangles that changed."""
        place = self.layout.avatar
        touched = [rect for sign in self.signs for rect in sign.update(scene, senses, now_s)]
        if self._fresh:
            touched, self._fresh = [canvas.get_rect()], False
        damage = merged(rect.clip(canvas.get_rect()) for rect in touched)
        painted = [part for rect in damage for part in outside(rect, place)]
        for part in painted:
            canvas.blit(self._backdrop, part, part)
        painted += self._avatar.paint(
            canvas, place, scene, senses, now_s, damage=[rect.clip(place) for rect in damage]
        )
        for part in painted:
            for sign in self.signs:
                sign.draw(canvas, part)
        return painted

    def refresh(self) -> None:
        """Paint everything at the next frame: the canvas was lost, or is another one."""
        self._fresh = True

    def close(self) -> None:
        """Let go of the avatar's pictures."""
        self._avatar.clear()
