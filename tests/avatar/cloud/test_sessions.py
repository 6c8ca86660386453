"""The policy is carried out, and every way out of a session ends it: with simulated time."""

import asyncio
import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from kiosk.avatar.cloud import sessions as module
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Cost, Entry, Now
from kiosk.avatar.cloud.sessions import OPEN_TIMEOUT_S, PICTURE_BACK_TIMEOUT_S, CloudSessions
from kiosk.avatar.interface import (
    PICTURE_STALL_S,
    AvatarAudio,
    AvatarIdle,
    Lost,
    OnAvatarEvent,
    Plays,
    Ready,
)
from kiosk.settings.types import CloudSettings

DAY_S = 24 * 3600


class Clock:
    """Stands for the module `time`."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        return self.now_s

    def localtime(self) -> SimpleNamespace:
        minutes = int(self.now_s // 60)
        return SimpleNamespace(
            tm_hour=minutes // 60 % 24, tm_min=minutes % 60, day=minutes // 60 // 24
        )

    def read(self) -> Now:
        day = datetime.date(2026, 11, 23) + datetime.timedelta(self.now_s // DAY_S)
        return Now(self.now_s, "boot", self.now_s, str(day))


class Avatar:
    plays = Plays.STREAM
    echoes = True
    patience_s = 1.9
    cap_s = None
    least_s = 0.0
    idle_s = 0.0
    in_doubt = False

    def __init__(self, clock: Clock, journal: SessionJournal) -> None:
        self._clock = clock
        self._journal = journal
        self._entry: Entry | None = None
        self.calls: list[str] = []
        self.picture_s = float("-inf")
        self.fault: Exception | None = None
        self.hangs = False
        self.tell: OnAvatarEvent = lambda told: None

    async def open(self, tell: OnAvatarEvent) -> None:
        self.calls.append("open")
        if self.fault is not None:
            raise self.fault
        self.tell = tell
        self._entry = self._journal.begin(Entry("p", "a", 0.0, ask="a"))
        if self.hangs:
            await asyncio.sleep(1000)

    async def close(self) -> None:
        self.calls.append("close")
        if self._entry is not None:
            self._journal.closed(self._entry)

    async def reap(self) -> None:
        self.calls.append("reap")

    def extend_session(self) -> None:
        self.calls.append("extend")

    def interrupt(self) -> None:
        self.calls.append("interrupt")

    def listening(self, on: bool) -> None:
        self.calls.append("listens" if on else "waits")

    def frame_age_s(self, now_s: float) -> float:
        return now_s - self.picture_s


class Mouth:
    def __init__(self) -> None:
        self.on_air = self.streaming = self.speaking = False
        self.wait_s = 0.0
        self.heard: list[object] = []

    begun = False

    def waited_s(self) -> float:
        return self.wait_s

    def voice(self, pcm: bytes) -> None:
        self.heard.append(pcm)

    def idle(self, utterance: int) -> None:
        self.heard.append(utterance)

    def take_over(self) -> None:
        self.heard.append("the board")
        self.streaming = False


class House:
    """The sessions of an avatar, and what is around them."""

    def __init__(self, folder: Path, clock: Clock, **settings: Any) -> None:
        cloud = {"present_s": 90, "always_on": False, "hours": "", "daily_minutes": 0} | settings
        self.clock = clock
        self.note = folder / "state" / "cost.json"
        self.journal = SessionJournal(folder / "state" / "sessions", self.note, clock.read)
        self.avatar = Avatar(clock, self.journal)
        self.mouth = Mouth()
        self.cloud_sessions = CloudSessions(
            self.avatar, self.mouth, CloudSettings(**cloud), self.journal, lambda: None
        )

    async def pass_(self, seconds: float, step_s: float = 0.1, *, picture: bool = True) -> None:
        for _ in range(round(seconds / step_s)):
            self.clock.now_s += step_s
            if picture:
                self.avatar.picture_s = self.clock.now_s
            await self.cloud_sessions._poll()
            await asyncio.sleep(0)

    async def ready(self) -> None:
        self.cloud_sessions.see(self.clock.now_s, listening=False)
        await self.pass_(0.3)
        self.avatar.tell(Ready())
        await self.pass_(0.1)

    def count(self, call: str) -> int:
        return self.avatar.calls.count(call)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def house(tmp_path, clock) -> House:
    return House(tmp_path, clock)


async def test_an_empty_kiosk_costs_no_cloud_minute_in_a_day(house):
    await house.pass_(DAY_S, 1.0)
    assert house.avatar.calls == []
    assert house.cloud_sessions.spent_s == 0
    assert not house.note.exists()


async def test_a_visitor_costs_as_long_as_one_is_there(house):
    await house.ready()
    assert house.cloud_sessions.ready
    assert house.mouth.on_air
    await house.pass_(3600)
    assert (house.count("open"), house.count("close")) == (1, 1)
    assert 89.9 < house.cloud_sessions.spent_s < 91
    assert not house.cloud_sessions.ready
    assert not house.mouth.on_air
    assert house.count("extend") in {3, 4}
    # A restart does not forget what the day has cost; a new day does.
    assert msgspec.json.decode(house.note.read_bytes(), type=Cost).seconds >= 60


async def test_no_minute_beyond_the_days_most(tmp_path, clock):
    house = House(tmp_path, clock, always_on=True, daily_minutes=10)
    for _ in range(6 * 3600):
        await house.pass_(1, 1.0)
        if house.avatar.calls and house.avatar.calls[-1] == "open":
            house.avatar.tell(Ready())
    assert 300 <= house.cloud_sessions.spent_s < 302, (
        "nobody is here: half of it is kept for visitors"
    )
    for _ in range(4 * 60):
        house.cloud_sessions.see(house.clock.now_s, listening=False)
        await house.pass_(5, 1.0)
        if house.avatar.calls[-1] == "open":
            house.avatar.tell(Ready())
    assert 600 <= house.cloud_sessions.spent_s < 602


async def test_the_visitors_button_is_a_pose(house):
    await house.ready()
    house.cloud_sessions.see(house.clock.now_s, listening=True)
    house.cloud_sessions.see(house.clock.now_s, listening=True)
    house.cloud_sessions.see(house.clock.now_s, listening=False)
    assert house.avatar.calls[-2:] == ["listens", "waits"]


async def test_voice_and_idle_reach_the_mouth_while_the_session_is_held(house):
    house.avatar.tell(AvatarAudio(b"early"))
    await house.ready()
    house.avatar.tell(AvatarAudio(b"voice"))
    house.avatar.tell(AvatarIdle(7))
    assert house.mouth.heard == [b"voice", 7]


@pytest.mark.parametrize(
    ("strike", "reason"),
    [
        (lambda house: house.avatar.tell(Lost("credits are gone", final=True)), "credits"),
        (lambda house: setattr(house.mouth, "wait_s", 2.0), "not heard for 1.9 s"),
    ],
)
async def test_the_board_goes_on_at_once_and_the_operator_is_told_once(
    house, strike, reason, caplog
):
    await house.ready()
    house.mouth.streaming = True
    strike(house)
    await house.pass_(0.1)
    assert house.mouth.heard[0] == "the board"
    assert not house.cloud_sessions.ready
    assert reason in house.cloud_sessions.trouble
    await house.pass_(0.2)
    assert house.count("close") == 1
    house.mouth.wait_s = 0
    await house.pass_(60)
    house.avatar.tell(Lost("credits are gone", final=True))
    told = [record for record in caplog.records if "showing our own face" in record.getMessage()]
    assert len(told) == 1


async def test_one_that_falls_silent_in_mid_answer_is_waited_for_less_long(house):
    await house.ready()
    house.mouth.streaming, house.mouth.wait_s = True, 1.3
    await house.pass_(0.1)
    assert house.cloud_sessions.ready
    house.mouth.begun = True
    await house.pass_(0.1)
    assert "not heard for 1.2 s" in house.cloud_sessions.trouble


async def test_a_picture_that_stalls_is_covered_at_once_and_its_session_is_kept(house):
    """Another session would cost another minute, and vendors pause now and then."""
    await house.ready()
    await house.pass_(PICTURE_STALL_S - 0.1, picture=False)
    assert house.cloud_sessions.ready
    house.mouth.streaming = True
    await house.pass_(0.5, picture=False)
    assert not house.cloud_sessions.ready
    assert house.cloud_sessions.trouble == "its picture stands still"
    assert not house.mouth.on_air
    assert house.mouth.heard == ["the board"]
    assert house.avatar.calls[-1] == "interrupt"
    await house.pass_(0.2)
    assert house.cloud_sessions.ready
    assert house.mouth.on_air
    assert (house.count("open"), house.count("close")) == (1, 0)
    assert house.cloud_sessions.trouble == ""


async def test_pictures_that_pause_again_and_again_flood_no_log(house, caplog):
    await house.ready()
    for _ in range(5):
        await house.pass_(PICTURE_STALL_S + 0.3, picture=False)
        await house.pass_(8)
        house.cloud_sessions.see(house.clock.now_s, listening=False)
    assert caplog.text.count("showing our own face") == 1
    assert (house.count("open"), house.count("close")) == (1, 0)


async def test_a_picture_that_does_not_come_back_is_a_loss(house):
    await house.ready()
    await house.pass_(PICTURE_STALL_S + PICTURE_BACK_TIMEOUT_S + 0.5, picture=False)
    assert "stood still" in house.cloud_sessions.trouble
    assert house.count("close") == 1


async def test_none_is_opened_while_another_is_in_doubt(house):
    house.avatar.in_doubt = True
    house.cloud_sessions.see(house.clock.now_s, listening=False)
    await house.pass_(30)
    assert house.count("open") == 0
    house.avatar.in_doubt = False
    await house.pass_(0.2)
    assert house.count("open") == 1


async def test_after_a_failure_it_is_opened_again_and_is_back(house):
    await house.ready()
    house.avatar.tell(Lost("the line broke"))
    await house.pass_(5)
    assert house.count("open") == 2
    house.avatar.tell(Ready())
    assert house.cloud_sessions.trouble == ""
    assert house.cloud_sessions.ready


async def test_the_next_one_is_not_opened_before_the_last_is_ended(house):
    ended = asyncio.Event()

    async def slowly() -> None:
        house.avatar.calls.append("close")
        await ended.wait()

    await house.ready()
    house.avatar.close = slowly
    house.avatar.tell(Lost("the line broke"))
    await house.pass_(10)
    assert house.count("open") == 1
    ended.set()
    await house.pass_(0.5)
    assert house.count("open") == 2


async def test_one_that_cannot_be_opened_is_told_and_closed(house):
    house.avatar.fault = RuntimeError("of ours")
    house.cloud_sessions.see(house.clock.now_s, listening=False)
    await house.pass_(0.5)
    assert "RuntimeError" in house.cloud_sessions.trouble
    assert house.count("close") == 1


async def test_one_that_is_never_ready_is_given_up(house):
    house.avatar.hangs = True
    house.cloud_sessions.see(house.clock.now_s, listening=False)
    await house.pass_(OPEN_TIMEOUT_S + 0.5)
    assert "not ready" in house.cloud_sessions.trouble
    assert house.count("close") == 1


async def test_cancelled_it_ends_the_session_and_writes_the_cost_down(house):
    running = asyncio.create_task(house.cloud_sessions.run())
    await asyncio.sleep(0)
    await house.ready()
    await house.pass_(10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert house.avatar.calls[0] == "reap"
    assert house.avatar.calls[-1] == "close"
    assert msgspec.json.decode(house.note.read_bytes(), type=Cost).seconds > 10


async def test_cancelled_while_a_failed_session_is_ended_it_waits_for_that(house):
    ended = []

    async def slowly() -> None:
        await asyncio.sleep(0.05)
        ended.append(True)

    running = asyncio.create_task(house.cloud_sessions.run())
    await asyncio.sleep(0)
    await house.ready()
    house.avatar.close = slowly
    house.avatar.tell(Lost("the line broke"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ended


async def test_a_note_that_cannot_be_read_is_no_end(tmp_path, clock, caplog):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "cost.json").write_text("{")
    house = House(tmp_path, clock)
    assert house.cloud_sessions.spent_s == 0
    assert "cannot read the avatar minutes of today" in caplog.text
