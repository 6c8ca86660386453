"""The daemon's side of the window process, without any screen."""

import os
import subprocess

import pytest

from kiosk.errors import DeviceError
from kiosk.settings.types import DisplaySettings
from kiosk.window.screen_client import WindowProcessClient
from tests.support.screen import make_stage


def test_a_screen_that_never_opens_is_an_error_in_time(monkeypatch):
    monkeypatch.setattr("kiosk.window.screen_client.OPEN_TIMEOUT_S", 0.0)
    monkeypatch.setenv("DISPLAY", ":4711")
    stage = make_stage(driver="x11")
    with pytest.raises(DeviceError, match="did not open within"):
        stage.open()
    stage.close()
    with pytest.raises(ProcessLookupError):
        os.kill(stage.pid, 0)


def test_the_window_ends_with_its_daemon(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    screen = WindowProcessClient(
        DisplaySettings("x11", None, False, 0, "auto"), lambda pressed, at_s: None, keyboard=False
    )
    screen.close()
    with pytest.raises(ProcessLookupError):
        os.kill(screen.pid or 0, 0)


def test_a_process_that_cannot_be_killed_does_not_hold_the_daemon(monkeypatch, caplog):
    monkeypatch.setenv("DISPLAY", ":4711")
    screen = WindowProcessClient(
        DisplaySettings("x11", None, False, 0, "auto"), lambda pressed, at_s: None, keyboard=False
    )

    def wait(process: subprocess.Popen[bytes], timeout: float) -> None:
        raise subprocess.TimeoutExpired("window", timeout)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess.Popen, "wait", wait)
        screen.close()
    os.waitpid(screen.pid, 0)
    assert "hangs in its driver" in caplog.text
