"""What the shipped packs look like, against pictures that somebody has looked at."""

import numpy as np
import pygame
import pytest

from tests.avatar.face.looks import FOLDER, draw, looks
from tests.display.test_golden import alike, levels

LOOKS = {name: rest for name, *rest in looks()}


@pytest.mark.parametrize("name", LOOKS)
def test_a_pack_looks_as_it_did(dummy_display, name):
    drawn = levels(draw(*LOOKS[name]))
    golden = levels(pygame.image.load(FOLDER / f"{name}.png"))
    assert alike(drawn, golden), np.abs(drawn - golden).mean()


def test_the_tolerance_tells_looks_apart(dummy_display):
    pictures = {name: levels(pygame.image.load(FOLDER / f"{name}.png")) for name in LOOKS}
    for name, picture in pictures.items():
        for other, its in pictures.items():
            assert name == other or not alike(picture, its), (name, other)


def test_every_picture_belongs_to_a_look():
    assert {file.stem for file in FOLDER.iterdir()} == set(LOOKS)
