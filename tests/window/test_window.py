"""Where a rectangle of the upright picture lies on a screen that is turned."""

import pygame

from kiosk.window.window import rotated


def test_rectangles_turn_with_the_picture():
    rect, size = pygame.Rect(10, 20, 30, 40), (200, 100)
    assert rotated(rect, size, 0) == (10, 20, 30, 40)
    assert rotated(rect, size, 90) == (100 - 60, 10, 40, 30)
    assert rotated(rect, size, 180) == (160, 40, 30, 40)
    assert rotated(rect, size, 270) == (20, 200 - 40, 40, 30)


def test_a_turned_rectangle_keeps_its_area():
    rect = pygame.Rect(1, 2, 3, 4)
    assert {tuple(sorted(rotated(rect, (20, 30), angle).size)) for angle in (0, 90, 180, 270)} == {
        (3, 4)
    }
