"""Which screen is tried, which stage is chosen, how a panel is switched: without any screen."""

import os
import socket
import subprocess
import threading
import time

import pygame
import pytest

from kiosk.core.scene import Scene
from kiosk.display.theme import Look
from kiosk.errors import DeviceError
from kiosk.settings.types import DisplaySettings
from kiosk.window import drivers, power, presenter_choice, wire
from kiosk.window.client import Apart
from kiosk.window.presenter_choice import Trial, better, longest_gap
from kiosk.window.presenters import rotated
from kiosk.window.rate import Rate
from tests.support.screen import make_stage, run_stage


def test_a_texture_must_be_clearly_better():
    surface = Trial("surface", 4.0, 0.3)
    assert better(surface, Trial("texture (opengles2)", 1.5, 1.0)) == "texture"
    assert better(surface, Trial("texture (opengles2)", 3.6, 1.0)) == "surface"
    assert better(surface, Trial("texture (opengl)", 13.0, 12.9)) == "surface"


class Slow:
    """A presenter that needs this long for a frame."""

    name = "slow"
    size = (100, 50)

    def __init__(self, frame_s: float) -> None:
        self.frame_s = frame_s
        self.canvases: set[tuple[int, int]] = set()
        self.shown: list[list[pygame.Rect]] = []

    def show(self, canvas, rects) -> None:
        self.canvases.add(canvas.get_size())
        self.shown.append(list(rects))
        time.sleep(self.frame_s)


def test_the_measurement_is_short_however_slow_a_driver_is():
    quick, slow = Slow(0.0001), Slow(0.05)
    found = presenter_choice.attempt(quick, 90)
    assert len(quick.shown) == 1 + presenter_choice.FRAMES
    assert quick.canvases == {(50, 100)}
    assert quick.shown[1][0].w * quick.shown[1][0].h == pytest.approx(50 * 100 / 5, rel=0.1)
    slowly = presenter_choice.attempt(slow, 0)
    assert len(slow.shown) <= 4
    assert found.frame_ms < slowly.frame_ms
    assert "ms a frame, lock held" in str(slowly)


def test_the_gap_is_what_others_wait():
    def hold() -> None:
        pygame.Surface((4000, 4000)).fill((1, 2, 3))

    assert 0 < longest_gap(hold) < 1


def test_a_stage_that_fails_while_it_is_measured_leaves_no_thread_behind():
    def fail() -> None:
        raise pygame.error("no texture")

    with pytest.raises(pygame.error):
        longest_gap(fail)
    assert "ticker" not in {thread.name for thread in threading.enumerate()}


def test_a_turned_rectangle_keeps_its_area():
    rect = pygame.Rect(1, 2, 3, 4)
    assert {tuple(sorted(rotated(rect, (20, 30), angle).size)) for angle in (0, 90, 180, 270)} == {
        (3, 4)
    }


@pytest.mark.parametrize("display", [":7", "unix:7", ":7.0"])
def test_an_x_server_is_there_when_its_socket_answers(tmp_path, display):
    environ = {"DISPLAY": display}
    assert not drivers.there("x11", environ, x_sockets=tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X7"))
        assert not drivers.there("x11", environ, x_sockets=tmp_path), "left by a dead server"
        server.listen()
        assert drivers.there("x11", environ, x_sockets=tmp_path)


def test_what_cannot_be_told_is_worth_a_try(tmp_path):
    assert drivers.there("x11", {"DISPLAY": "elsewhere:0"}, x_sockets=tmp_path)
    assert drivers.there("kmsdrm", {}, connectors=tmp_path)
    assert drivers.there("fbcon", {})


def test_wayland_is_there_when_its_socket_answers(tmp_path):
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), "WAYLAND_DISPLAY": "wayland-1"}
    assert not drivers.there("wayland", environ)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wayland-1"))
        server.listen()
        assert drivers.there("wayland", environ)


def test_kms_needs_a_plug_with_something_in_it(tmp_path):
    plug = tmp_path / "card1-HDMI-A-1"
    plug.mkdir()
    (plug / "status").write_text("disconnected\n")
    (plug / "modes").write_text("")
    before = drivers.outputs(tmp_path)
    assert not drivers.there("kmsdrm", {}, connectors=tmp_path)
    (plug / "status").write_text("connected\n")
    (plug / "modes").write_text("1920x1080\n")
    assert drivers.there("kmsdrm", {}, connectors=tmp_path)
    assert drivers.outputs(tmp_path) != before, "plugged in is another screen"


def test_a_backlight_is_switched_before_the_console(tmp_path):
    light = tmp_path / "backlight" / "panel"
    light.mkdir(parents=True)
    blank = tmp_path / "blank"
    blank.write_text("")
    files = power.Files(tmp_path / "backlight", blank)
    (light / "bl_power").write_text("0")
    assert files.turn(on=False)
    assert (light / "bl_power").read_text() == "4"
    assert files.turn(on=True)
    assert (light / "bl_power").read_text() == "0"
    assert blank.read_text() == ""
    (light / "bl_power").unlink()
    assert files.turn(on=False)
    assert blank.read_text() == "4"


def test_a_panel_that_cannot_be_switched_is_told(tmp_path):
    assert not power.Files(tmp_path / "none", tmp_path / "none" / "blank").turn(on=False)


@pytest.mark.parametrize(("quiet", "expected"), [("black", [False, True]), ("dim", [])])
def test_black_quiet_hours_switch_the_panel_once_each_way(open_stage, quiet, expected):
    now = [Scene(quiet=True)]
    stage = open_stage(scene=lambda: now[0], look=Look(quiet=quiet))
    switched = []
    stage._glass.power = switched.append

    def wake() -> None:
        now[0] = Scene()
        time.sleep(0.2)

    run_stage(stage, lambda: time.sleep(0.2), wake)
    assert switched == expected


def test_what_is_told_between_the_processes_survives_the_way():
    for news in (wire.Shown(3, 0.01), wire.Gone("unplugged", changed=True), wire.Resized((3, 4))):
        assert wire.decode_news(wire.encode(news)) == news
    for order in (wire.Show(1, [(0, 1, 2, 3)]), wire.Power(on=False), wire.Canvas((5, 6))):
        assert wire.decode_order(wire.encode(order)) == order


def test_a_rate_counts_the_last_two_seconds(monkeypatch):
    now_s = [10.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    rate = Rate()
    for _ in range(60):
        now_s[0] += 1 / 30
        rate.count()
    assert rate.fps == pytest.approx(30, abs=1)
    now_s[0] += 5
    assert rate.fps == 0


def test_a_screen_that_never_opens_is_an_error_in_time(monkeypatch):
    monkeypatch.setattr("kiosk.window.client.OPEN_LIMIT_S", 0.0)
    monkeypatch.setenv("DISPLAY", ":4711")
    stage = make_stage(driver="x11")
    with pytest.raises(DeviceError, match="did not open within"):
        stage.open()
    stage.close()
    assert stage._glass._process.poll() is not None


def test_the_window_ends_with_its_daemon(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    glass = Apart(
        DisplaySettings("x11", None, False, 0, "auto"), lambda pressed, at_s: None, keyboard=False
    )
    glass.close()
    with pytest.raises(ProcessLookupError):
        os.kill(glass.pid or 0, 0)


def test_a_process_that_cannot_be_killed_does_not_hold_the_daemon(monkeypatch, caplog):
    monkeypatch.setenv("DISPLAY", ":4711")
    glass = Apart(
        DisplaySettings("x11", None, False, 0, "auto"), lambda pressed, at_s: None, keyboard=False
    )
    whole = glass._process.wait

    def wait(timeout: float) -> None:
        raise subprocess.TimeoutExpired("pane", timeout)

    glass._process.wait = wait
    glass.close()
    whole()
    assert "hangs in its driver" in caplog.text
