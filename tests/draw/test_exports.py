"""Drawings as design tools export them, beside what a browser shows.

The pictures are Chromium's, 400 pixels wide on white; `python -m tests.draw.test_exports` makes
them anew where `chromium` is installed, to be looked at before they are committed.
"""

import os
import subprocess
import tempfile
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest

from kiosk.avatar.face import pack_check
from kiosk.avatar.face.face import Face
from kiosk.avatar.face.manifest import FILE
from kiosk.draw import svg

FOLDER = Path(__file__).parent / "exports"
NAMES = sorted(file.stem for file in FOLDER.glob("*.svg"))
SIDE = 400
MAX_MEAN, MAX_SHARE = 0.4, 0.001
"""Levels by which pixels differ on average, and the share that differs by more than 40: edges are
smoothed in another way.
"""
TOML = """
name = "Export"
author = "me"
licence = "CC0"
canvas = [{canvas}]
[anchors]
neck = [{neck}]
[[layer]]
name = "head"
file = "head.svg"
follows = "stage"
"""


def on_white(picture: pygame.Surface) -> "np.ndarray":
    ground = pygame.Surface(picture.get_size())
    ground.fill("white")
    ground.blit(picture, (0, 0))
    return pygame.surfarray.array3d(ground).astype(int)


def differ(one: "np.ndarray", other: "np.ndarray") -> tuple[float, float]:
    apart = np.abs(one - other)
    return float(apart.mean()), float((apart.max(axis=2) > 40).mean())


@pytest.mark.parametrize("name", NAMES)
def test_an_export_looks_as_in_a_browser(dummy_display, name):
    drawn = on_white(svg.load((FOLDER / f"{name}.svg").read_bytes(), (SIDE, SIDE)))
    reference = pygame.surfarray.array3d(pygame.image.load(FOLDER / f"{name}.png")).astype(int)
    mean, share = differ(drawn, reference)
    assert mean < MAX_MEAN, mean
    assert share < MAX_SHARE, share


@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_a_layer_of_a_pack(dummy_display, tmp_path, name):
    """It passes the check, and the face is the same picture."""
    data = (FOLDER / f"{name}.svg").read_bytes()
    x, y, width, height = svg.drawing.read(data).box
    canvas, neck = f"{x}, {y}, {width}, {height}", f"{x + width / 2}, {y + height}"
    (tmp_path / FILE).write_text(TOML.format(canvas=canvas, neck=neck))
    (tmp_path / "head.svg").write_bytes(data)
    assert pack_check.faults(tmp_path) == []
    backdrop = pygame.Surface((SIDE, SIDE)).convert()
    backdrop.fill("white")
    face = Face(str(tmp_path))
    face.place(backdrop)
    assert not face.trouble
    for sprite in face.sprites(pose_at_rest()):
        backdrop.blit(sprite.surface, sprite.rect)
    mean, share = differ(
        pygame.surfarray.array3d(backdrop).astype(int), on_white(svg.load(data, (SIDE, SIDE)))
    )
    assert mean < MAX_MEAN, mean
    assert share < MAX_SHARE, share
    face.clear()


def pose_at_rest():
    from kiosk.avatar.face.pose import PosturePhase, Voice, pose
    from kiosk.core.scene import State

    return pose(0.0, PosturePhase.at_rest(State.ATTRACT), Voice(), 1)


def chromium(drawing: Path, picture: Path) -> None:
    """Let Chromium draw a file."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(
            f'<body style="margin:0"><img src="{drawing.resolve().as_uri()}" style="display:block;'
            f'width:{SIDE}px;height:{SIDE}px">'
        )
        command = [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--force-color-profile=srgb", f"--window-size={SIDE},{SIDE}"),
            *(f"--user-data-dir={folder}/user", f"--screenshot={picture.resolve()}"),
        ]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    for export in NAMES:
        chromium(FOLDER / f"{export}.svg", FOLDER / f"{export}.png")
