"""The window on a real X server, with real keys."""

import os
import signal
import subprocess
import threading
import time
from io import BytesIO

import numpy as np
import pygame
import pytest

from kiosk.core.scene import Scene, State
from kiosk.errors import DeviceError
from kiosk.settings.types import DisplaySettings
from kiosk.window.screen_client import ScreenChangedError, start_screen
from tests.support.screen import make_screen, make_stage, run_stage
from tests.support.xorg import xorg
from tests.support.xvfb import ask_to_close, xvfb


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


@pytest.mark.parametrize("demo", [False, True])
def test_full_screen_is_left_in_the_demo_alone(x_server, demo):
    edges = []
    settings = DisplaySettings("x11", (800, 480), True, 0, "auto")
    screen = start_screen(settings, lambda *edge: edges.append(edge[0]), keyboard=True, demo=demo)
    try:
        screen.open(threading.Event())
        xdotool("mousemove", "400", "240")
        for key in ("q", "Escape", "alt+F4", "ctrl+c"):
            xdotool("key", key)
        ask_to_close(x_server, int(xdotool("getmouselocation").partition("window:")[2]))
        xdotool("key", "space")  # It is the button all the same, and comes after the others.
        until(lambda: edges == [True, False])
        assert screen.close_requested is demo
    finally:
        screen.close()


@pytest.mark.parametrize("rotation", [0, 90])
def test_the_screen_shows_what_was_composed(x_server, open_stage, rotation):
    """A picture under a real X server, pixel by pixel."""
    scene = Scene(State.OUT_OF_ORDER, code="K-KEY", detail="the service refuses the API key")
    screen = make_screen((800, 480), "x11", rotation)
    words = {"size": (800, 480), "driver": "x11", "rotation": rotation}
    stage = open_stage(**words, scene=lambda: scene, screen=screen)
    composed, grabs = [], []

    def freeze() -> None:
        until(lambda: stage.frames > 3 and screen.is_ready)
        stage.tap = lambda canvas, at_s: composed.append(canvas.copy())
        until(lambda: composed)

    def grab() -> None:
        until(lambda: screen.is_ready)
        time.sleep(0.3)
        grabs.append(x_server.grab())

    run_stage(stage, freeze)
    grab()
    turned = pygame.transform.rotate(composed[-1], -rotation)
    golden = np.swapaxes(pygame.surfarray.array3d(turned), 0, 1)
    assert grabs[0].shape == golden.shape
    assert (np.abs(grabs[0].astype(int) - golden) <= 1).all()


def test_another_size_of_the_window_is_another_layout(x_server, open_stage):
    screen = make_screen((400, 300), "x11")
    stage = open_stage(size=(400, 300), driver="x11", screen=screen)
    sizes = []
    stage.tap = lambda canvas, at_s: sizes.append(canvas.get_size())

    def resize() -> None:
        until(lambda: sizes)
        xdotool("mousemove", "400", "240")
        window = xdotool("getmouselocation", "--shell").partition("WINDOW=")[2].strip()
        xdotool("windowsize", window, "640", "360")
        until(lambda: sizes[-1] == (640, 360))
        until(lambda: screen.is_ready)

    run_stage(stage, resize)
    assert stage.size == (640, 360)


@pytest.mark.long
def test_another_mode_of_the_screen_is_told(tmp_path, monkeypatch):
    """Xvfb has one mode only; Xorg's dummy driver has more."""
    with xorg(tmp_path) as display:
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        stage = make_stage(size=None, driver="x11", fullscreen=True)
        stage.open()
        assert stage.size == (1280, 720)

        def change() -> None:
            time.sleep(0.3)
            words = "xrandr --output DUMMY0 --mode 800x480"
            subprocess.run(words.split(), check=True, timeout=10)
            time.sleep(5)

        with pytest.raises(ScreenChangedError):
            run_stage(stage, change)
        stage.close()
        stage = make_stage(size=None, driver="x11", fullscreen=True)
        stage.open()
        assert stage.size == (800, 480)
        stage.close()


def test_a_server_that_dies_is_a_lost_screen_and_no_end(x_server, open_stage):
    edges = []
    stage = open_stage(
        size=(400, 300), driver="x11", on_edge=lambda pressed, at_s: edges.append(pressed)
    )

    def kill() -> None:
        until(lambda: stage.fps > 0)
        xdotool("mousemove", "200", "150")
        xdotool("keydown", "space")
        until(lambda: edges == [True])
        x_server.kill()
        time.sleep(0.7)

    with pytest.raises(DeviceError, match="went away"):
        run_stage(stage, kill)
    assert edges == [True, False], "what was held is let go"


def test_a_window_that_hangs_is_a_lost_screen(x_server, open_stage, monkeypatch):
    monkeypatch.setattr("kiosk.window.screen_client.SHOW_TIMEOUT_S", 0.3)
    stage = open_stage(size=(400, 300), driver="x11")

    def hang() -> None:
        until(lambda: stage.fps > 0)
        os.kill(stage.pid, signal.SIGSTOP)
        time.sleep(0.8)

    with pytest.raises(DeviceError, match="did not take a frame"):
        run_stage(stage, hang)


def test_nothing_is_painted_before_the_last_frame_is_on_the_screen(x_server, open_stage):
    """The canvas is the window's too: what it still shows is not painted over."""
    screen = make_screen((400, 300), "x11")
    stage = open_stage(size=(400, 300), driver="x11", screen=screen)
    frames = []

    def hold() -> None:
        until(lambda: stage.fps > 0)
        os.kill(stage.pid, signal.SIGSTOP)
        until(lambda: not screen.is_ready)
        frames.append((stage.frames, stage.turns))
        time.sleep(0.5)
        frames.append((stage.frames, stage.turns))
        os.kill(stage.pid, signal.SIGCONT)
        until(lambda: stage.frames > frames[1][0])

    run_stage(stage, hold)
    (before, turn), (after, later) = frames
    assert after == before
    assert 5 < later - turn < 400, "the loop goes on, and does not spin"
