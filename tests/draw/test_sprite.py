"""Sprites before a ground: only what moved is painted, and it is as if all were."""

import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.draw.sprite import Sprite, moved, repaint

SIZE = (60, 40)


@pytest.fixture(scope="module")
def pictures():
    """Three half-transparent squares."""
    made = []
    for number, side in enumerate((9, 16, 25)):
        picture = pygame.Surface((side, side), pygame.SRCALPHA)
        picture.fill((40 + 90 * number, 200 - 80 * number, 60, 150))
        made.append(picture)
    return made


places = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-10, 60), st.integers(-10, 40)), max_size=5
)


@settings(max_examples=60)
@given(frames=st.lists(places, min_size=1, max_size=5))
def test_what_is_painted_bit_by_bit_is_what_is_painted_at_once(pictures, frames):
    ground = pygame.Surface(SIZE)
    ground.fill((20, 30, 40), (0, 0, 30, 40))
    canvas = pygame.Surface((80, 60))
    shown: list[Sprite] = []
    repaint(canvas, ground, shown, [ground.get_rect()], (10, 5))
    for frame in frames:
        # No picture twice at a place, and what is in front stays so: a figure's parts do.
        sprites = [
            Sprite(pictures[which], pictures[which].get_rect(topleft=at))
            for which, *at in sorted(set(frame))
        ]
        repaint(canvas, ground, sprites, moved(shown, sprites), (10, 5))
        shown = sprites
        whole = pygame.Surface((80, 60))
        repaint(whole, ground, shown, [ground.get_rect()], (10, 5))
        assert pygame.image.tobytes(canvas, "RGB") == pygame.image.tobytes(whole, "RGB")


def test_what_stays_is_not_painted(pictures):
    ground, canvas = pygame.Surface(SIZE), pygame.Surface(SIZE)
    here = Sprite(pictures[0], pictures[0].get_rect(topleft=(5, 5)))
    there = Sprite(pictures[0], pictures[0].get_rect(topleft=(40, 5)))
    assert moved([here], [here]) == []
    assert repaint(canvas, ground, [here], []) == []
    assert sorted(map(tuple, moved([here], [here, there]))) == [(40, 5, 9, 9)]
    assert repaint(canvas, ground, [here, there], moved([here], [here, there])) == [there.rect]
