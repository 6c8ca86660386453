from io import BytesIO

import numpy as np
import pygame
import pytest

from kiosk.window.png import Still


@pytest.mark.parametrize("size", [(1, 1), (67, 45), (320, 200)])
def test_a_packed_picture_is_the_picture(dummy_display, size):
    pixels = np.random.default_rng(4).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    surface = pygame.image.frombuffer(pixels.tobytes(), size, "RGB").convert()
    loaded = pygame.image.load(BytesIO(Still(surface).png()), "still.png")
    assert loaded.get_size() == size
    assert pygame.image.tobytes(loaded, "RGB") == pixels.tobytes()


def test_other_formats_are_converted(dummy_display):
    surface = pygame.Surface((20, 10), depth=24)
    surface.fill((200, 100, 50))
    loaded = pygame.image.load(BytesIO(Still(surface).png()), "still.png")
    assert loaded.get_at((3, 3))[:3] == (200, 100, 50)


def test_a_still_stands_still(dummy_display):
    surface = pygame.Surface((20, 10)).convert()
    surface.fill("red")
    still = Still(surface)
    surface.fill("blue")
    loaded = pygame.image.load(BytesIO(still.png()), "still.png")
    assert loaded.get_at((3, 3))[:3] == (255, 0, 0)
