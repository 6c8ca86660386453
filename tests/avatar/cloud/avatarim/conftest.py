"""A stand-in of the cloud, a driver that meets it, and a stream whose picture comes at once."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from kiosk.avatar.cloud.avatarim import session as session_module
from kiosk.avatar.cloud.avatarim.driver import AvatarIm as Driver
from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.avatar.interface import AvatarEvent, Lost
from kiosk.settings.types import AvatarimSettings
from tests.support.avatarim import AvatarIm
from tests.support.avatarim_control import ACCESS_KEY

TOKEN = "t+o/k=&n"
LOUD = (8000 * np.sin(np.arange(2400) / 10)).astype("<i2").tobytes()


class FakeReceiver:
    """A stream whose picture comes at once, if at all."""

    all: ClassVar[list["FakeReceiver"]] = []
    comes = True

    def __init__(self, url: str, picture: NewestPicture, voice: Any, facts: dict[str, Any]) -> None:
        self.url, self.picture, self.voice, self.facts = url, picture, voice, facts
        self.trouble = ""
        self.stopped = False
        self.all.append(self)

    def start(self) -> None:
        if self.comes:
            self.picture.show(Frame(2, 2, bytes(12), time.monotonic()))

    def stop(self) -> None:
        self.stopped = True
        self.picture.forget()


@pytest.fixture
def stream(monkeypatch) -> type[FakeReceiver]:
    monkeypatch.setattr(session_module, "Receiver", FakeReceiver)
    monkeypatch.setattr(FakeReceiver, "all", [])
    monkeypatch.setattr(FakeReceiver, "comes", True)
    return FakeReceiver


@pytest.fixture
def cloud() -> Iterator[AvatarIm]:
    with AvatarIm() as cloud:
        cloud.tokens[TOKEN] = "S1"
        yield cloud


async def until(true: Callable[[], object], limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not true():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.01)


class Stage:
    """A driver, and what it told."""

    def __init__(self, cloud: AvatarIm, directory: Path, **said: Any) -> None:
        settings = {
            "mode": "voice-of-gemini",
            "url": cloud.url,
            "app_id": "app-1",
            "tenant_id": "77",
            "session_id": "",
            "video_url": "rtmp://relay.example/live/k",
            "push_url": "",
            "control_url": cloud.control_url,
            "format": "pcm",
            "sample_rate": 16_000,
            **said,
        }
        self.journal = SessionJournal(directory)
        self.driver = Driver(AvatarimSettings(**settings), self.journal)  # type: ignore[arg-type]
        self.told: list[AvatarEvent] = []
        self.words: list[Any] = []
        self.driver.on_dialogue = self.words.append

    async def open(self) -> None:
        await self.driver.open(self.told.append)

    def lost(self) -> list[Lost]:
        return [told for told in self.told if isinstance(told, Lost)]

    def left(self) -> list[Entry]:
        return self.journal.orphans("avatarim")


@pytest.fixture
async def stage(cloud, tmp_path, monkeypatch, stream):
    stages: list[Stage] = []

    def make(secret: str = ACCESS_KEY, **said: Any) -> Stage:
        monkeypatch.setenv("AVATARIM_TOKEN", secret)
        stages.append(Stage(cloud, tmp_path / "sessions", **said))
        return stages[-1]

    yield make
    for each in stages:
        await each.driver.close()


@pytest.fixture
def visitors(stage) -> Stage:
    return stage(TOKEN, mode="visitors-voice", session_id="S1")
