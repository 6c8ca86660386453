"""The picture of a cloud avatar: what is painted of it."""

import numpy as np
import pygame
import pytest

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.picture import NewestPicture, cover
from tests.support.publisher import number_of, numbered

pytestmark = pytest.mark.usefixtures("dummy_display")


def frame(picture: np.ndarray, at_s: float = 1.0) -> Frame:
    height, width, _ = picture.shape
    return Frame(width, height, picture.tobytes(), at_s)


class Painted:
    """A picture in its place on a surface."""

    def __init__(self, size: tuple[int, int] = (320, 180), at: tuple[int, int] = (0, 0)) -> None:
        self.picture = NewestPicture()
        self.rect = pygame.Rect(at, size)
        self.surface = pygame.Surface((at[0] + size[0] + 10, at[1] + size[1] + 10))
        self.surface.fill((1, 2, 3))
        backdrop = pygame.Surface(size)
        backdrop.fill((40, 50, 60))
        self.picture.place(backdrop)

    def paint(self, *damage: pygame.Rect) -> list[pygame.Rect]:
        return self.picture.paint(self.surface, self.rect, damage)

    def seen(self) -> np.ndarray:
        return pygame.surfarray.array3d(self.surface.subsurface(self.rect)).swapaxes(0, 1)


class TestPainter:
    def test_before_the_first_frame_there_is_the_backdrop(self):
        it = Painted()
        assert it.paint(it.rect) == [it.rect]
        assert (it.seen() == (40, 50, 60)).all()
        assert it.picture.age_s(99) == float("inf")

    @pytest.mark.parametrize("size", [(320, 180), (160, 90), (640, 360)])
    def test_a_new_frame_is_painted_once_and_all_over(self, size):
        it = Painted(size, at=(7, 5))
        it.picture.show(frame(numbered(0b1010_1100_1111_0001, 320, 180)))
        assert it.paint() == [it.rect]
        assert number_of(it.seen()) == 0b1010_1100_1111_0001
        assert it.paint() == []
        assert it.surface.get_at((0, 0)) == (1, 2, 3, 255)
        assert it.surface.get_at(it.rect.bottomright) == (1, 2, 3, 255)

    def test_of_an_old_frame_only_the_damage_is_painted(self):
        it = Painted(at=(7, 5))
        it.picture.show(frame(numbered(77, 320, 180)))
        it.paint()
        it.surface.fill((255, 0, 255))
        hole = pygame.Rect(20, 30, 40, 50)
        assert it.paint(hole, pygame.Rect(-5, -5, 14, 14)) == [hole, pygame.Rect(7, 5, 2, 4)]
        whole = Painted(at=(7, 5))
        whole.picture.show(frame(numbered(77, 320, 180)))
        whole.paint()
        here = hole.move(-7, -5)
        part = np.s_[here.top : here.bottom, here.left : here.right]
        assert (it.seen()[part] == whole.seen()[part]).all()
        assert tuple(it.seen()[0, 100]) == (255, 0, 255)

    def test_only_the_newest_frame_is_painted(self):
        it = Painted()
        for number in range(5):
            it.picture.show(frame(numbered(number, 320, 180), number))
        it.paint()
        assert number_of(it.seen()) == 4
        assert it.picture.age_s(6.0) == 2.0

    @pytest.mark.parametrize(
        ("source", "place", "part"),
        [
            ((1280, 720), (1280, 720), (0, 0, 1280, 720)),
            ((1280, 720), (720, 1280), (437, 0, 405, 720)),
            ((640, 480), (1280, 720), (0, 60, 640, 360)),
            ((1, 1), (1000, 1), (0, 0, 1, 1)),
        ],
    )
    def test_the_frame_covers_its_place_and_is_not_distorted(self, source, place, part):
        assert cover(source, place) == pygame.Rect(part)

    def test_a_frame_of_another_size_is_taken_too(self):
        it = Painted()
        for size, number in (((320, 180), 1), ((640, 360), 2), ((320, 180), 3)):
            it.picture.show(frame(numbered(number, *size)))
            it.paint()
            assert number_of(it.seen()) == number
