"""The window and its loop, drawn into memory."""

import signal
import sys
import threading
import time
from io import BytesIO

import pygame
import pytest

from kiosk.core.scene import Scene, State
from kiosk.display.theme import Look
from kiosk.errors import DeviceError
from tests.support.screen import make_screen, make_stage, run_stage


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_panel_gets_the_picture_turned_clockwise(open_stage, rotation):
    stage = open_stage(size=(480, 320), rotation=rotation)
    shots, drawn = [], []
    stage.tap = lambda canvas, at_s: drawn.append(canvas.copy())
    run_stage(stage, lambda: shots.append(stage.screenshot().result(10)), lambda: time.sleep(0.3))
    window = pygame.image.tobytes(pygame.display.get_surface(), "RGB")
    upright = pygame.image.tobytes(pygame.transform.rotate(drawn[-1], -rotation), "RGB")
    assert stage.size == (480, 320)
    shot = pygame.image.load(BytesIO(shots[0]), "shot.png")
    assert shot.get_size() == ((480, 320) if rotation in {0, 180} else (320, 480))
    assert window == upright


def test_a_change_of_scene_is_seen_at_once_and_turns_count_without_frames(open_stage):
    now = [Scene(State.OUT_OF_ORDER, code="K-KEY")]
    stage = open_stage(scene=lambda: now[0])
    states = []
    stage.tap = lambda canvas, at_s: states.append((now[0].state, at_s))
    turns = []

    def change() -> None:
        turns.append(stage.turns)
        now[0] = Scene(State.LISTENING)
        time.sleep(0.3)

    run_stage(stage, lambda: time.sleep(0.5), change)
    assert turns[0] > 3
    assert stage.turns >= stage.frames > 0
    assert State.LISTENING in {state for state, _ in states}


def test_the_tap_sees_each_drawn_frame(open_stage):
    stage = open_stage(scene=lambda: Scene(State.THINKING))
    seen = []
    stage.tap = lambda canvas, at_s: seen.append((canvas.get_size(), at_s))
    run_stage(stage, lambda: time.sleep(0.5))
    assert len(seen) == stage.frames
    assert {size for size, _ in seen} == {(480, 320)}
    assert [at_s for _, at_s in seen] == sorted(at_s for _, at_s in seen)


def test_keys_are_edges_and_escape_stops(open_stage):
    edges = []
    stage = open_stage(on_edge=lambda pressed, at_s: edges.append(pressed))
    stop = threading.Event()
    for event in (
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_SPACE),
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE),
    ):
        pygame.event.post(event)
    stage.run(stop)
    stage.close()
    assert stop.is_set()
    assert edges == [True, False], "what is held when the screen is closed is let go"


def test_with_another_button_keys_do_nothing_but_a_closed_window_stops(open_stage):
    stage = open_stage()
    stop = threading.Event()
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE))
    threading.Timer(0.2, lambda: pygame.event.post(pygame.event.Event(pygame.QUIT))).start()
    started_s = time.monotonic()
    stage.run(stop)
    assert time.monotonic() - started_s > 0.15


def test_a_screenshot_that_comes_too_late_is_cancelled(open_stage):
    stage = open_stage()
    future = stage.screenshot()
    stage.close()
    assert future.cancelled()


def test_a_screenshot_that_cannot_be_packed_says_why(open_stage, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)  # As where Pillow cannot be imported.
    stage = open_stage()
    causes = []
    run_stage(stage, lambda: causes.append(stage.screenshot().exception(10)))
    assert isinstance(causes[0], ImportError)


def test_sound_and_signals_are_left_alone(open_stage, monkeypatch):
    monkeypatch.delenv("SDL_AUDIODRIVER", raising=False)
    before = signal.getsignal(signal.SIGTERM)
    open_stage()
    assert pygame.mixer.get_init() is None
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_driver_that_is_not_there_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DeviceError, match=r"x11"):
        make_stage(driver="x11").open()
    with pytest.raises(DeviceError, match=r"kmsdrm: .*Check the cable.*sudo make install"):
        make_stage(driver="kmsdrm").open()


def test_no_screen_at_all_is_an_error_with_a_remedy(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("kiosk.window.video_drivers.candidates", lambda *_: [])
    with pytest.raises(DeviceError, match=r"no screen found.*Check the cable"):
        make_stage(driver="auto").open()


@pytest.mark.parametrize(("quiet", "expected"), [("black", [False, True]), ("dim", [])])
def test_black_quiet_hours_switch_the_panel_once_each_way(open_stage, quiet, expected):
    now = [Scene(quiet=True)]
    screen = make_screen((480, 320))
    stage = open_stage(scene=lambda: now[0], look=Look(quiet=quiet), screen=screen)
    switched = []
    screen.power = switched.append

    def wake() -> None:
        now[0] = Scene()
        time.sleep(0.2)

    run_stage(stage, lambda: time.sleep(0.2), wake)
    assert switched == expected
