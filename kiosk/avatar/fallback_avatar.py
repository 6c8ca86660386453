"""Our own face, ready behind a cloud avatar: it plays whenever the other cannot.

The change is made on the drawing thread, at the next frame: an avatar is only shown while it may be
spoken through, its newest picture is young, and the board does not speak in its stead.
"""

from collections.abc import Callable, Sequence

import pygame

from kiosk.avatar.interface import PICTURE_STALL_S, Avatar, CloudAvatar, LocalAvatar
from kiosk.core.scene import Scene, Senses


class FallbackAvatar(LocalAvatar):
    """Who is painted: the avatar on the line, or the face.

    Args:
        cloud: the avatar on the line.
        face: our own.
        plays: whether the avatar on the line has the part just now; asked at each frame.
    """

    def __init__(self, cloud: CloudAvatar, face: Avatar, plays: Callable[[], bool]) -> None:
        self._cloud = cloud
        self._face = face
        self._plays = plays
        self._shown: Avatar = face
        """Who was painted last. The drawing thread alone writes it; any thread reads it once."""

    @property
    def on_stage(self) -> bool:
        """Whether the avatar on the line is shown."""
        return self._shown is self._cloud

    def place(self, backdrop: pygame.Surface) -> None:
        """Place both."""
        self._face.place(backdrop)
        self._cloud.place(backdrop)

    def paint(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        scene: Scene,
        senses: Senses,
        now_s: float,
        *,
        damage: Sequence[pygame.Rect] = (),
    ) -> list[pygame.Rect]:
        """Paint whoever has the part; all of it where that has just changed."""
        plays = self._plays() and self._cloud.frame_age_s(now_s) < PICTURE_STALL_S
        shown: Avatar = self._cloud if plays else self._face
        if shown is not self._shown:
            self._shown = shown
            damage = (rect,)
        return shown.paint(surface, rect, scene, senses, now_s, damage=damage)

    @property
    def face_rect(self) -> pygame.Rect:
        """Where the shown one's face is."""
        return self._shown.face_rect

    def clear(self) -> None:
        """Let go of both."""
        self._face.clear()
        self._cloud.clear()
