"""The window on a real X server, with real keys."""

import os
import subprocess
import threading
import time
from io import BytesIO

import pygame
import pytest

from tests.support.screen import run_stage
from tests.support.xvfb import xvfb


@pytest.fixture
def x_display(monkeypatch):
    with xvfb((800, 480)) as name:
        monkeypatch.setenv("DISPLAY", name)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        yield name


def xdotool(*words: str) -> str:
    return subprocess.run(
        ["xdotool", *words], check=True, capture_output=True, text=True, timeout=10
    ).stdout


def focus_window() -> None:
    """Without a window manager nobody gives a window the keyboard."""
    window = xdotool("search", "--sync", "--onlyvisible", "--name", "^Kiosk$").split()[0]
    xdotool("windowfocus", window)
    until(lambda: xdotool("getwindowfocus").strip() == window)


def until(true, limit_s: float = 5) -> None:
    end_s = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end_s, "nothing happened"
        time.sleep(0.01)


def test_a_window_with_real_keys_and_a_real_picture(x_display, open_stage):
    edges = []
    stage = open_stage(
        size=(800, 480),
        driver="auto",
        on_edge=lambda pressed, at_s: edges.append((pressed, at_s, threading.get_ident())),
    )
    assert stage.driver == "x11"
    assert stage.size == (800, 480)
    shots = []

    def press_and_release() -> None:
        focus_window()
        xdotool("keydown", "space")
        until(lambda: len(edges) == 1)
        time.sleep(0.6)  # X repeats a held key after half a second
        xdotool("keyup", "space")
        until(lambda: len(edges) == 2)
        xdotool("mousemove", "400", "240", "mousedown", "1")
        until(lambda: len(edges) == 3)
        xdotool("mouseup", "1")
        until(lambda: len(edges) == 4)

    run_stage(
        stage,
        lambda: shots.append(stage.screenshot().result(10)),
        press_and_release,
        lambda: shots.append(_grab(x_display)),
    )
    assert [pressed for pressed, *_ in edges] == [True, False, True, False]
    assert 0.5 < edges[1][1] - edges[0][1] < 5
    for shot in shots:
        picture = pygame.image.load(BytesIO(shot), "shot.png")
        assert picture.get_size() == (800, 480)
        colours = {
            tuple(picture.get_at((x, y)))[:3] for x in range(0, 800, 9) for y in range(0, 480, 9)
        }
        assert len(colours) > 200, "a picture, not a blank window"
        desk = picture.get_at((30, 460))
        assert desk.b > desk.r, "the desk is dark blue"


def _grab(display: str) -> bytes:
    """What the X server itself has on its screen."""
    grabbed = subprocess.run(
        ["import", "-display", display, "-window", "root", "png:-"], capture_output=True, check=True
    )
    return grabbed.stdout


def test_escape_and_the_window_manager_end_it(x_display, open_stage):
    stage = open_stage(size=(320, 240), driver="x11", on_edge=lambda pressed, at_s: None)
    stop = threading.Event()

    def escape() -> None:
        focus_window()
        xdotool("key", "Escape")

    helper = threading.Thread(target=escape)
    helper.start()
    watchdog = threading.Timer(10, stop.set)
    watchdog.start()
    stage.run(stop)
    helper.join()
    assert watchdog.is_alive(), "Escape did not stop the loop"
    watchdog.cancel()


def test_changed_rectangles_go_without_a_gl_texture(x_display, open_stage):
    open_stage(size=(320, 240), driver="x11")
    assert os.environ["SDL_FRAMEBUFFER_ACCELERATION"] == "0"
