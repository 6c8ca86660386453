"""AvatarIM as the kiosk's avatar: what it tells, what it pays, and what it leaves behind."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from kiosk.avatar import reaper
from kiosk.avatar.avatarim import control, instances
from kiosk.avatar.avatarim import stay as stay_module
from kiosk.avatar.avatarim.account import user_id
from kiosk.avatar.avatarim.dialogue import AskAgain, Heard, Said, understand
from kiosk.avatar.avatarim.driver import AvatarIm as Driver
from kiosk.avatar.base import Idle, Lost, Ready, Speaking, Told, Voice
from kiosk.avatar.journal import Entry, SessionJournal
from kiosk.avatar.picture import Frame, Picture
from kiosk.settings import AvatarimSettings
from tests.avatar.test_video import free_port
from tests.support.avatarim import ACCESS_KEY, HEARD, REPLY, AvatarIm, Instance
from tests.support.publisher import Publisher

TOKEN = "t+o/k=&n"
LOUD = (8000 * np.sin(np.arange(2400) / 10)).astype("<i2").tobytes()


class FakeReceiver:
    """A stream whose picture comes at once, if at all."""

    all: ClassVar[list["FakeReceiver"]] = []
    comes = True

    def __init__(self, url: str, picture: Picture, voice: Any, facts: dict[str, Any]) -> None:
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
    monkeypatch.setattr(stay_module, "Receiver", FakeReceiver)
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

    def __init__(self, cloud: AvatarIm, directory: Path, **said: str) -> None:
        settings = {
            "mode": "voice-of-gemini",
            "url": cloud.url,
            "app_id": "app-1",
            "tenant_id": "77",
            "session_id": "",
            "video_url": "rtmp://relay.example/live/k",
            "push_url": "",
            "control_url": cloud.control_url,
            **said,
        }
        self.journal = SessionJournal(directory)
        self.driver = Driver(AvatarimSettings(**settings), self.journal)  # type: ignore[arg-type]
        self.told: list[Told] = []
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

    def make(secret: str = ACCESS_KEY, **said: str) -> Stage:
        monkeypatch.setenv("AVATARIM_TOKEN", secret)
        stages.append(Stage(cloud, tmp_path / "sessions", **said))
        return stages[-1]

    yield make
    for each in stages:
        await each.driver.close()


@pytest.fixture
def visitors(stage) -> Stage:
    return stage(TOKEN, mode="visitors-voice", session_id="S1")


class TestVoiceOfGemini:
    async def test_a_visit(self, cloud, stage, stream):
        it = stage()
        await it.open()
        await until(lambda: Ready() in it.told)
        assert [entry.session for entry in it.left()] == list(cloud.instances)
        assert it.left()[0].facts == {"tenant": "77", "app": "app-1"}
        assert it.driver.frame_age_s(time.monotonic()) < 10

        it.driver.hear(7, bytes(4800))
        it.driver.read(7, "Good morning. ")
        it.driver.read(7, "We open at nine")
        it.driver.end(7)
        await until(lambda: len(cloud.spoken) == 2)
        stream.all[0].voice(LOUD)
        await until(lambda: Speaking(7) in it.told)
        assert Voice(LOUD) in it.told
        assert Idle(7) not in it.told
        await until(lambda: it.driver._stay.speech.sent)
        stream.all[0].voice(bytes(2 * 24_000 * 2))
        await until(lambda: Idle(7) in it.told)

        await it.driver.close()
        assert cloud.instances == {}
        assert it.left() == []
        assert stream.all[0].stopped
        assert it.driver.frame_age_s(time.monotonic()) == float("inf")
        assert cloud.paths == []  # Its socket is for the visitor's voice.
        await it.driver.close()

    async def test_a_barge_in(self, cloud, stage, stream):
        it = stage()
        await it.open()
        it.driver.read(1, "Good morning, and a very long story. ")
        await until(lambda: cloud.spoken)
        stream.all[0].voice(LOUD)
        await until(lambda: Speaking(1) in it.told)
        it.driver.interrupt()
        await until(lambda: cloud.actions("SendCommand"))
        assert it.told[-1] == Idle(1)
        assert cloud.actions("SendCommand")[0]["Code"] == "INTERRUPT"

    async def test_text_that_is_refused(self, cloud, stage):
        it = stage()
        await it.open()
        cloud.faults.refuse["SendText"] = "10010500"
        it.driver.read(1, "Good morning. ")
        await until(it.lost)
        assert not it.lost()[0].final
        told = len(it.told)
        it.driver.read(1, "More of it. ")
        it.driver.interrupt()
        await asyncio.sleep(0.05)
        assert len(it.told) == told  # Nothing more is told after it.

    @pytest.mark.parametrize(
        ("code", "final"), [("InvalidAccessKeyId.NotFound", True), ("1", False)]
    )
    async def test_a_refused_start(self, cloud, stage, code, final):
        cloud.faults.refuse["StartInstance"] = code
        it = stage()
        await it.open()
        assert [lost.final for lost in it.lost()] == [final]
        await it.driver.close()
        assert it.left() == []

    async def test_a_session_of_others_is_not_stopped(self, cloud, stage):
        cloud.instances["S1"] = Instance("S1", TOKEN, "somebody", "")
        it = stage(session_id="S1")
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.read(1, "Good morning. ")
        await until(lambda: cloud.spoken)
        await it.driver.close()
        assert "S1" in cloud.instances
        assert it.left() == []
        assert not cloud.actions("StartInstance")

    async def test_without_an_access_key_it_cannot_speak(self, stage):
        it = stage("a-token", session_id="S1")
        await it.open()
        assert it.lost()[0].final
        assert "ID:SECRET" in it.lost()[0].reason

    async def test_no_secret_no_video_url(self, stage, monkeypatch):
        it = stage(video_url="")
        await it.open()
        assert "video_url" in it.lost()[0].reason
        monkeypatch.delenv("AVATARIM_TOKEN")
        again = stage("", video_url="rtmp://h/x")
        await again.open()
        assert again.lost()[0].final

    async def test_a_picture_that_never_comes(self, stage, stream, monkeypatch):
        monkeypatch.setattr(stay_module, "PICTURE_S", 0.1)
        stream.comes = False
        it = stage()
        await it.open()
        await until(it.lost)
        assert "no picture" in it.lost()[0].reason
        assert Ready() not in it.told


class TestMoney:
    async def test_cancelled_half_way_it_leaves_nothing(self, cloud, stage):
        cloud.faults.slow_s["StartInstance"] = 0.4
        it = stage()
        opening = asyncio.create_task(it.open())
        await until(lambda: cloud.instances)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await it.driver.close()
        assert cloud.instances == {}
        assert it.left() == []
        assert Ready() not in it.told

    async def test_closed_while_it_opens(self, cloud, stage):
        cloud.faults.slow_s["StartInstance"] = 0.3
        it = stage()
        opening = asyncio.create_task(it.open())
        await until(lambda: cloud.instances)
        await it.driver.close()
        await opening
        assert cloud.instances == {}
        assert it.told == []

    async def test_a_stop_that_fails_is_tried_without_end(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(reaper, "AGAIN_S", (0.02, 0.02))
        it = stage()
        await it.open()
        cloud.faults.refuse["StopInstance"] = "10010500"
        await it.driver.close()
        await until(lambda: len(cloud.actions("StopInstance")) > 5)
        assert cloud.instances
        assert len(it.left()) == 1
        cloud.faults.refuse.clear()
        await until(lambda: not cloud.instances and not it.left())

    async def test_the_next_visitor_is_a_reason_to_stop_it(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(reaper, "AGAIN_S", (60.0,))
        it = stage()
        await it.open()
        cloud.faults.refuse["StopInstance"] = "10010500"
        await it.driver.close()
        costs = list(cloud.instances)
        cloud.faults.refuse.clear()
        await it.open()
        await until(lambda: not set(costs) & set(cloud.instances))

    async def test_a_start_that_was_never_answered_leaves_nothing(self, cloud, stage, monkeypatch):
        """Its answer is late, or lost: nobody told us the instance's id."""
        monkeypatch.setattr(control.Control._call, "__defaults__", (200,))
        monkeypatch.setattr(instances, "SWEEP_S", (0.0, 0.3, 1.0))
        cloud.faults.slow_s["StartInstance"] = 0.5
        cloud.instances["another-kiosk"] = Instance("another-kiosk", "c", "kiosk-2", "")
        it = stage()
        await it.open()
        assert "Read timed out" in it.lost()[0].reason
        await until(lambda: list(cloud.instances) == ["another-kiosk"])
        assert not it.left()

    async def test_a_look_that_fails_is_made_again(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(control.Control._call, "__defaults__", (200,))
        monkeypatch.setattr(instances, "SWEEP_S", (0.0,))
        monkeypatch.setattr(instances, "SWEEP_AGAIN_S", 0.05)
        cloud.faults.slow_s["StartInstance"] = 0.5
        cloud.faults.refuse["QueryRunningInstance"] = "Throttling"
        it = stage()
        await it.open()
        await until(lambda: len(cloud.actions("QueryRunningInstance")) > 2)
        assert cloud.instances
        cloud.faults.refuse.clear()
        await until(lambda: not cloud.instances)

    async def test_a_start_that_was_refused_is_looked_for_nowhere(self, cloud, stage):
        cloud.faults.refuse["StartInstance"] = "10010500"
        it = stage()
        await it.open()
        await asyncio.sleep(0.1)
        assert not cloud.actions("QueryRunningInstance")

    async def test_a_look_does_not_stop_the_next_session(self, cloud, stage, monkeypatch):
        monkeypatch.setattr(control.Control._call, "__defaults__", (200,))
        monkeypatch.setattr(instances, "SWEEP_S", (0.0, *(0.05 for _ in range(10))))
        cloud.faults.slow_s["StartInstance"] = 0.5
        it = stage()
        await it.open()
        cloud.faults.slow_s["StartInstance"] = 0.1
        await it.driver.close()
        await it.open()
        await until(it.driver._instances._looking.done)
        assert list(cloud.instances) == [it.driver._stay._session_id]

    async def test_each_is_stopped_under_the_tenant_that_it_was_started_for(self, cloud, stage):
        it = stage()
        it.journal.opened(Entry("avatarim", "S", 1.0, {"tenant": "12", "app": "app-0"}))
        it.journal.opened(Entry("avatarim", "T", 2.0))
        await it.driver.reap()
        tenants = {one["SessionId"]: one["TenantId"] for one in cloud.actions("StopInstance")}
        assert tenants == {"S": "12", "T": "77"}

    async def test_a_second_close_waits_for_the_first(self, cloud, stage):
        cloud.faults.slow_s["StopInstance"] = 0.3
        it = stage()
        await it.open()
        closing = asyncio.create_task(it.driver.close())
        await asyncio.sleep(0.05)
        closing.cancel()
        await it.driver.close()
        assert not it.left()

    async def test_what_a_power_cut_left_is_reaped(self, cloud, stage):
        cloud.instances = {
            one.session_id: one
            for one in (
                Instance("journalled", "a", user_id(), ""),
                Instance("never-answered", "b", user_id(), ""),
                Instance("another-kiosk", "c", "kiosk-2", ""),
            )
        }
        it = stage()
        it.journal.opened(Entry("avatarim", "journalled", 1.0))
        it.journal.opened(Entry("avatarim", "long-gone", 2.0))
        it.journal.opened(Entry("heygen", "not-ours", 3.0))
        await it.driver.reap()
        assert list(cloud.instances) == ["another-kiosk"]
        assert it.left() == []
        assert len(it.journal.orphans("heygen")) == 1

    async def test_reaping_without_a_key_or_a_line_breaks_nothing(self, stage, monkeypatch, caplog):
        it = stage("", control_url="http://127.0.0.1:1")
        it.journal.opened(Entry("avatarim", "S", 1.0))
        await it.driver.reap()
        assert "may still cost" in caplog.text
        monkeypatch.setenv("AVATARIM_TOKEN", ACCESS_KEY)
        await it.driver.reap()
        assert len(it.left()) == 1


class TestVisitorsVoice:
    async def test_a_sentence_and_its_answer(self, cloud, visitors):
        it = visitors
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.speech_begin()
        for _ in range(20):
            it.driver.speech(LOUD[:1600])
        it.driver.speech_end()
        await until(lambda: it.words)
        await until(lambda: it.words == [Heard(HEARD), Said(REPLY)])
        assert cloud.calls == []
        assert len(cloud.heard) == 20 * 1600 + 25_600
        await it.driver.close()
        await until(lambda: cloud.contents("stop"))

    async def test_an_instance_of_our_own_gives_its_token(self, cloud, stage):
        it = stage(mode="visitors-voice")
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.interrupt()
        await until(lambda: cloud.actions("SendCommand"))
        await it.driver.close()
        assert cloud.instances == {}

    async def test_a_sentence_in_a_gap_is_asked_again(self, cloud, visitors):
        it = visitors
        await it.open()
        it.driver.speech_begin()
        it.driver.speech(bytes(3200))
        await until(lambda: cloud.contents("dataSend"))
        cloud.drop()
        await until(lambda: it.driver._stay._hole)
        it.driver.speech(bytes(3200))
        it.driver.speech_end()
        assert it.words == [AskAgain()]
        await until(lambda: len(cloud.contents("start")) == 2)
        await it.driver._stay._client.session_ready()
        it.driver.speech_begin()
        it.driver.speech(bytes(3200))
        it.driver.speech_end()
        await until(lambda: len(cloud.contents("dataSend")) == 10)
        assert it.words.count(AskAgain()) == 1
        assert it.lost() == []

    async def test_without_a_session_it_is_asked_again(self, visitors):
        visitors.driver.speech_begin()
        visitors.driver.speech(bytes(3200))
        visitors.driver.speech_end()
        assert visitors.words == [AskAgain()]

    @pytest.mark.parametrize(("start", "says"), [("failed", "busy"), ("never", "startResult")])
    async def test_a_start_that_fails(self, cloud, visitors, start, says, monkeypatch):
        monkeypatch.setattr("kiosk.avatar.avatarim.session.READY_S", 0.5)
        cloud.faults.start = start
        await visitors.open()
        assert says in visitors.lost()[0].reason
        assert len(visitors.lost()) == 1

    async def test_a_kick_out_is_final(self, cloud, visitors):
        await visitors.open()
        cloud.close_with("CONNECTION_KICK_OUT")
        await until(visitors.lost)
        assert visitors.lost() == [Lost("AvatarIM: CONNECTION_KICK_OUT", final=True)]

    async def test_a_refused_socket(self, cloud, visitors):
        cloud.faults.http_status = 401
        await visitors.open()
        assert "401" in visitors.lost()[0].reason
        assert TOKEN not in visitors.lost()[0].reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "asrResult", "text": "hi"}, Heard("hi")),
        ({"type": "replyText", "text": "hello"}, Said("hello")),
        ({"type": "startResult"}, None),
        ({"type": "asrResult", "text": " "}, None),
        ({"text": 7, "type": "asr"}, None),
    ],
)
def test_words_in_messages(content, words):
    assert understand(content) == words


async def test_with_a_real_stream(tmp_path, monkeypatch):
    """SendText, the voice that says it in a pushed stream, and its picture."""
    monkeypatch.setenv("AVATARIM_TOKEN", ACCESS_KEY)
    voice = tmp_path / "voice.raw"
    url = f"rtmp://127.0.0.1:{free_port()}/live/kiosk"
    with AvatarIm(voice) as cloud, Publisher(url, "--voice", str(voice)):
        it = Stage(cloud, tmp_path / "sessions", video_url=f"listen:{url}")
        await it.open()
        await until(lambda: Ready() in it.told, 20)
        assert next(iter(cloud.instances.values())).push_url == url
        it.driver.read(1, "Good morning. ")
        it.driver.end(1)
        await until(lambda: Idle(1) in it.told, 20)
        assert it.told.index(Speaking(1)) < it.told.index(Idle(1))
        assert it.driver.frame_age_s(time.monotonic()) < 1.5
        receiver = it.driver._stay._receiver
        await it.driver.close()
        assert receiver.join(10)
        assert cloud.instances == {}


KILLED = """
import asyncio, sys
from pathlib import Path
from kiosk.avatar.avatarim.driver import AvatarIm
from kiosk.avatar.journal import SessionJournal
from kiosk.settings import AvatarimSettings

async def main():
    settings = AvatarimSettings(
        "voice-of-gemini", "", "app-1", "77", "", "rtmp://127.0.0.1:1/x", "", sys.argv[1]
    )
    await AvatarIm(settings, SessionJournal(Path(sys.argv[2]))).open(print)
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_killed_in_mid_session_it_is_stopped_at_the_next_start(cloud, stage, tmp_path):
    it = stage()
    command = [sys.executable, "-c", KILLED, cloud.control_url, str(tmp_path / "sessions")]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    assert len(cloud.instances) == 1
    process.kill()
    await process.wait()
    assert len(it.left()) == 1
    async with asyncio.timeout(5):
        await it.driver.reap()
    assert cloud.instances == {}
    assert it.left() == []
