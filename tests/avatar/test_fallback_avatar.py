"""Who is painted: decided anew at each frame."""

import pygame
import pytest

from kiosk.avatar.fallback_avatar import FallbackAvatar
from kiosk.avatar.interface import PICTURE_STALL_S
from kiosk.core.scene import Scene
from tests.support.screen import FakeSenses


class Painter:
    """Paints one colour, all over what was damaged."""

    def __init__(self, colour: str) -> None:
        self.colour = pygame.Color(colour)
        self.age_s = 0.0
        self.placed = 0
        self.face_rect = pygame.Rect(0, 0, len(colour), 1)

    def place(self, backdrop: pygame.Surface) -> None:
        self.placed += 1

    def clear(self) -> None:
        self.placed = 0

    def frame_age_s(self, now_s: float) -> float:
        return self.age_s

    def paint(self, surface, rect, scene, senses, now_s, *, damage=()):
        for part in damage:
            surface.fill(self.colour, part)
        return list(damage)


class Stage:
    def __init__(self) -> None:
        self.cloud, self.face = Painter("red"), Painter("green")
        self.plays = True
        self.fallback = FallbackAvatar(self.cloud, self.face, lambda: self.plays)
        self.surface = pygame.Surface((40, 30))
        self.fallback.place(self.surface)

    def frame(self) -> tuple[pygame.Color, list[pygame.Rect]]:
        """Colour of what is shown, and what was painted of it."""
        whole = self.surface.get_rect()
        changed = self.fallback.paint(self.surface, whole, Scene(), FakeSenses(), 0.0)
        return self.surface.get_at((5, 5)), changed


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_both_are_placed_and_cleared(stage):
    assert (stage.cloud.placed, stage.face.placed) == (1, 1)
    stage.fallback.clear()
    assert (stage.cloud.placed, stage.face.placed) == (0, 0)


def test_a_change_of_cast_is_painted_all_over_in_the_same_frame(stage):
    colour, changed = stage.frame()
    assert (colour, changed) == (stage.cloud.colour, [stage.surface.get_rect()])
    assert stage.frame()[1] == []
    stage.plays = False
    colour, changed = stage.frame()
    assert (colour, changed) == (stage.face.colour, [stage.surface.get_rect()])


def test_a_picture_that_is_too_old_is_not_shown(stage):
    stage.cloud.age_s = PICTURE_STALL_S - 0.01
    assert stage.frame()[0] == stage.cloud.colour
    assert stage.fallback.on_stage
    stage.cloud.age_s = PICTURE_STALL_S
    assert stage.frame()[0] == stage.face.colour
    assert not stage.fallback.on_stage


def test_nothing_covers_the_face_that_is_shown(stage):
    stage.frame()
    assert stage.fallback.face_rect == stage.cloud.face_rect
    stage.plays = False
    stage.frame()
    assert stage.fallback.face_rect == stage.face.face_rect
