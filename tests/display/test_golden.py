"""What a scene looks like, as a whole, against pictures that somebody has looked at."""

import numpy as np
import pygame
import pytest

from tests.display.golden import FOLDER, draw, scenes

SCENES = {name: rest for name, *rest in scenes()}
MEAN_OFF = 2.0
"""Of 255, over all cells and colours: a pixel more or less at each letter's edge."""
CELLS_OFF = 0.02
"""Part of the cells that may differ by more than CELL_OFF."""
CELL_OFF = 24


def levels(picture: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(picture).astype(int)


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    off = np.abs(one - other)
    return bool(off.mean() <= MEAN_OFF and (off.max(axis=2) > CELL_OFF).mean() <= CELLS_OFF)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_looks_as_it_did(dummy_display, monkeypatch, name):
    monkeypatch.setattr("kiosk.display.text.fonts.family", lambda: None)
    drawn = levels(draw(*SCENES[name]))
    golden = levels(pygame.image.load(FOLDER / f"{name}.png"))
    assert drawn.shape == golden.shape
    assert alike(drawn, golden), np.abs(drawn - golden).mean()


def test_the_tolerance_tells_scenes_apart(dummy_display):
    """Each golden picture is unlike every other of its size."""
    pictures = {name: levels(pygame.image.load(FOLDER / f"{name}.png")) for name in SCENES}
    for name, picture in pictures.items():
        for other, its in pictures.items():
            if name != other and picture.shape == its.shape:
                assert not alike(picture, its), (name, other)


def test_they_are_small():
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 300_000
    assert {file.stem for file in FOLDER.iterdir()} == set(SCENES)
