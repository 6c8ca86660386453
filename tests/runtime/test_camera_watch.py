"""A picture that the core wants is taken beside the loop, and told."""

import asyncio
import logging
from collections.abc import Callable

from PIL import Image

from kiosk.core.inputs import PictureTaken
from kiosk.core.scene import Scene
from kiosk.runtime.camera_watch import CameraWatch
from kiosk.settings.camera import CameraSettings


class Wanted:
    """What of a step's outputs the camera looks at."""

    def __init__(self, look: int = 0, *, seeing: bool = False) -> None:
        self.look = look
        self.scene = Scene(seeing=seeing)


async def until(condition: Callable[[], object], limit_s: float = 5.0) -> None:
    for _ in range(round(limit_s / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


async def test_picture_is_taken_for_its_utterance(tmp_path):
    Image.new("RGB", (64, 64), "red").save(tmp_path / "a.png")
    told: list = []
    watch = CameraWatch(CameraSettings(f"file:{tmp_path}/a.png", "question"), told.append)
    watch.obey(Wanted(seeing=True))
    watch.obey(Wanted(7, seeing=True))
    watch.obey(Wanted(8, seeing=True))  # One is being taken.
    await until(lambda: told)
    watch.obey(Wanted())
    (taken,) = told
    assert isinstance(taken, PictureTaken)
    assert taken.utterance == 7
    assert taken.jpeg.startswith(b"\xff\xd8")


async def test_camera_that_gives_nothing_is_told_once_and_tried_again(tmp_path, caplog):
    file, told = tmp_path / "a.png", []
    watch = CameraWatch(CameraSettings(f"file:{file}", "stream"), told.append)
    with caplog.at_level(logging.WARNING, "kiosk.camera"):
        watch.obey(Wanted(1, seeing=True))
        await until(lambda: caplog.records)
        watch.obey(Wanted(2, seeing=True))
        await asyncio.sleep(0.1)
    assert len(caplog.records) == 1
    Image.new("RGB", (64, 64), "red").save(file)
    await until(lambda: watch.obey(Wanted(3, seeing=True)) or told)
    assert told[0].utterance == 3


async def test_no_camera_does_nothing():
    told: list = []
    watch = CameraWatch(CameraSettings("none", "question"), told.append)
    watch.obey(Wanted(1))
    await asyncio.sleep(0.05)
    assert not told
