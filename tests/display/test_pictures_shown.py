"""Pictures of a house on a real screen: a whole kiosk in a window of an X server."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.kiosks import Kiosk, runtime_directory, until
from tests.support.xvfb import xvfb

PICTURES = Path(__file__).parents[1] / "draw" / "pictures"
SIZE = (800, 480)
LEAF, ARROW, BLUE = (21, 160, 59), (201, 31, 31), (31, 60, 200)
"""In the telephone's photograph, upright: above left, in the middle, below right."""


@pytest.fixture
def runtime() -> Iterator[Path]:
    with runtime_directory() as directory:
        yield directory


@pytest.fixture
def folder(tmp_path):
    content = tmp_path / "content"
    content.mkdir()
    for name in ("phone-exif6.jpg", "poster-cmyk-k.jpg"):
        shutil.copy(PICTURES / name, content)
    whole = (content / "phone-exif6.jpg").read_bytes()
    (content / "cut.jpg").write_bytes(whole[:9000])
    (content / "words.png").write_text("no picture")
    (content / "zero.png").symlink_to("/dev/zero")
    os.mkfifo(content / "pipe.png")
    (content / "attract.toml").write_text(
        '[[card]]\nkind = "image"\ntitle = "New"\npicture = "phone-exif6.jpg"\n'
    )
    (content / "logo.png").write_bytes(b"")
    return content


@pytest.fixture
def screen(monkeypatch, tmp_path):
    with xvfb(tmp_path, SIZE) as server:
        monkeypatch.setenv("DISPLAY", server.name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield server


def places(pixels: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Mean row and column of a colour; none where there is little of it."""
    near = (np.abs(pixels.astype(int) - colour) < 14).all(axis=2)
    return np.argwhere(near).mean(axis=0) if near.sum() > 100 else np.empty(0)


def is_upright(pixels: np.ndarray) -> bool:
    leaf, arrow, blue = (places(pixels, colour) for colour in (LEAF, ARROW, BLUE))
    if not (leaf.size and arrow.size and blue.size):
        return False
    return bool((leaf < arrow).all() and (arrow < blue).all())


def test_photographs_and_print_are_shown_as_they_are_meant(
    runtime, concierge, visitor_wav, folder, screen
):
    kiosk = Kiosk(
        *(runtime, concierge.url, visitor_wav, "display.driver=x11", "display.fullscreen=false"),
        *(f"display.size={SIZE[0]}x{SIZE[1]}", f"screen.content={folder}", "theme.logo=logo.png"),
        "screen.attract_s=3600",
    ).up()
    try:
        until(lambda: is_upright(screen.grab()))  # The attract card.
        assert kiosk.do("show", kind="image", title="Open", picture="poster-cmyk-k.jpg")["ok"]
        until(lambda: places(screen.grab(), (255, 0, 0)).size)
        pixels = screen.grab()
        red, blue = places(pixels, (255, 0, 0)), places(pixels, (0, 0, 255))
        assert red[0] < blue[0]
        assert kiosk.do("hide")["ok"]
        for name, what in {
            "cut.jpg": "cut short",
            "words.png": "no picture",
            "zero.png": "leads out",
            "pipe.png": "pipe",
            "nothing.png": "does not exist",
        }.items():
            answer = kiosk.do("show", kind="image", picture=name)
            assert not answer["ok"]
            assert name in answer["error"]
            assert what in answer["error"]
        assert kiosk.do("show", kind="image", picture="phone-exif6.jpg")["ok"]
        until(lambda: is_upright(screen.grab()))
    finally:
        words = kiosk.close()
    assert "Traceback" not in words
    assert words.count("Logo not shown (theme.logo)") == 1
