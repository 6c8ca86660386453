"""The window on a real X server, with real keys."""

import os
import subprocess
import threading
import time
from io import BytesIO

import numpy as np
import pygame
import pytest

from tests.support.screen import run_stage
from tests.support.xvfb import xvfb


@pytest.fixture
def x_server(monkeypatch, tmp_path):
    with xvfb(tmp_path, (800, 480)) as server:
        monkeypatch.setenv("DISPLAY", server.name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield server


def xdotool(*words: str) -> str:
    return subprocess.run(
        ["xdotool", *words], check=True, capture_output=True, text=True, timeout=10
    ).stdout


def until(true, limit_s: float = 5) -> None:
    end_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end_s, "nothing happened"
        time.sleep(0.01)


def test_a_window_with_real_keys_and_a_real_picture(x_server, open_stage):
    edges = []
    stage = open_stage(
        size=(800, 480),
        driver="auto",
        on_edge=lambda pressed, at_s: edges.append((pressed, at_s, threading.get_ident())),
    )
    assert stage.driver == "x11"
    assert stage.size == (800, 480)
    shots, grabs = [], []

    def press_and_release() -> None:
        xdotool("mousemove", "400", "240")
        xdotool("keydown", "space")
        until(lambda: len(edges) == 1)
        time.sleep(0.6)  # X repeats a held key after half a second
        xdotool("keyup", "space")
        until(lambda: len(edges) == 2)
        xdotool("mousedown", "1")
        until(lambda: len(edges) == 3)
        xdotool("mouseup", "1")
        until(lambda: len(edges) == 4)

    run_stage(
        stage,
        lambda: shots.append(stage.screenshot().result(10)),
        press_and_release,
        lambda: grabs.append(x_server.grab()),
    )
    assert [pressed for pressed, *_ in edges] == [True, False, True, False]
    assert 0.5 < edges[1][1] - edges[0][1] < 5
    shot = pygame.image.load(BytesIO(shots[0]), "shot.png")
    pictures = [np.swapaxes(pygame.surfarray.array3d(shot), 0, 1), grabs[0]]
    for picture in pictures:
        assert picture.shape == (480, 800, 3)
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 1000, "a picture, not a blank"
    # The face moves between the two; desk and sky do not.
    for place in (np.s_[470:, :100], np.s_[:20, :100]):
        assert (pictures[0][place] == pictures[1][place]).all()


def test_escape_ends_it(x_server, open_stage):
    stage = open_stage(size=(800, 480), driver="x11", on_edge=lambda pressed, at_s: None)
    stop = threading.Event()

    def escape() -> None:
        xdotool("mousemove", "400", "240")
        xdotool("key", "Escape")

    helper = threading.Thread(target=escape)
    helper.start()
    watchdog = threading.Timer(10, stop.set)
    watchdog.start()
    stage.run(stop)
    helper.join()
    assert watchdog.is_alive(), "Escape did not stop the loop"
    watchdog.cancel()


def test_changed_rectangles_go_without_a_gl_texture(x_server, open_stage):
    open_stage(size=(320, 240), driver="x11")
    assert os.environ["SDL_FRAMEBUFFER_ACCELERATION"] == "0"
