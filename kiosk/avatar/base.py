"""What an avatar is: someone who is painted before a backdrop, frame by frame.

An avatar owns one rectangle of the screen and paints it fully; the stage draws captions and signs
over it. It may be our own face or, later, a picture that comes over a line.
"""

from collections.abc import Sequence
from typing import Protocol

import pygame

from kiosk.core.scene import Scene, Senses
from kiosk.settings import AvatarSettings


class Avatar(Protocol):
    """Who talks. Called from the drawing thread alone."""

    def open(self, backdrop: pygame.Surface) -> None:
        """Get ready to be painted before `backdrop`, whose size is the avatar's place from now on.

        Called when the display is open, and again when its size changed.
        """
        ...

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
        """Paint the frame of monotonic time `now_s` into `rect` of `surface`; return what changed.

        What did not change since the last call is left as it is, except `damage`: rectangles of the
        surface where the stage has drawn over the avatar, or that were never painted.
        """
        ...

    @property
    def face_rect(self) -> pygame.Rect:
        """Where hair, face and chin may be, relative to the avatar's place: nothing covers it."""
        ...

    def close(self) -> None:
        """Let go of everything that `open` took."""
        ...


def make_avatar(settings: AvatarSettings) -> Avatar:
    """Make the avatar that the settings name; its pictures are made by `open`."""
    # Only "face" passes the type of `settings.driver`; drivers on a line are imported here when
    # named.
    from kiosk.avatar.face.face import Face

    return Face(settings.pack)
