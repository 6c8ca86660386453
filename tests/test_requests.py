"""What the control socket may ask of a kiosk, while other threads go on with their work."""

import asyncio
from concurrent.futures import Future

import pytest

from kiosk import requests
from kiosk.config import load
from kiosk.errors import ControlError
from kiosk.loop import Kiosk


class Losing(Kiosk):
    """A kiosk whose drawing thread clears what it told, right after it was read."""

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
    kiosk = Losing(load((), (), tmp_path).settings, tmp_path / "run", tmp_path / "state")
    kiosk.stage = Drawing()
    return kiosk


def test_screen_that_is_lost_during_a_request_is_no_fault(losing):
    screenshot = requests.verbs(losing)["screenshot"]
    asyncio.run(screenshot({"path": "a.png"}))
    with pytest.raises(ControlError, match="there is no screen"):
        asyncio.run(screenshot({"path": "b.png"}))
