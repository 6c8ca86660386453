"""What the control socket may ask of a kiosk, while other threads go on with their work."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from kiosk.controls.verbs import served
from kiosk.errors import ControlError
from kiosk.runtime import requests, screenshots
from kiosk.runtime.daemon_threads import DaemonThreads
from kiosk.runtime.drawing_thread import DrawingThread
from kiosk.runtime.kiosk import Kiosk
from kiosk.settings.layers import load


class Losing(DrawingThread):
    """Clears the stage that it told, right after it was read."""

    _told: object = None

    @property
    def stage(self):
        told, self._told = self._told, None
        return told

    @stage.setter
    def stage(self, stage):
        self._told = stage


class Drawing:
    """What the request asks of a stage."""

    def screenshot(self):
        picture = Future()
        picture.set_result(b"PNG")
        return picture


@pytest.fixture
def losing(tmp_path):
    (tmp_path / "run").mkdir()
    kiosk = Kiosk(load((), (), tmp_path).settings, tmp_path / "run", tmp_path / "state")
    kiosk.drawing = Losing(kiosk)
    kiosk.drawing.stage = Drawing()
    return kiosk


def test_screen_that_is_lost_during_a_request_is_no_fault(losing):
    screenshot = served(requests.Requests(losing).handlers())["screenshot"]
    asyncio.run(screenshot({"path": "a.png"}))
    with pytest.raises(ControlError, match="there is no screen"):
        asyncio.run(screenshot({"path": "b.png"}))


@pytest.mark.parametrize("hangs", ["the screen", "the disk"])
def test_screenshot_that_hangs_costs_its_request_alone(losing, monkeypatch, hangs):
    monkeypatch.setattr(requests, "SCREENSHOT_TIMEOUT_S", 0.1)
    over = threading.Event()
    if hangs == "the disk":
        monkeypatch.setattr(screenshots, "write", lambda file, png: over.wait(20))
    else:
        monkeypatch.setattr(Drawing, "screenshot", lambda self: Future())

    async def ask():
        asyncio.get_running_loop().set_default_executor(DaemonThreads())
        with pytest.raises(ControlError, match=r"after 0\.1 s"):
            await served(requests.Requests(losing).handlers())["screenshot"]({"path": "a.png"})

    try:
        asyncio.run(ask())
    finally:
        over.set()
