"""Every session that is opened is ended, on every way out, at whatever moment."""

import asyncio
import datetime
import random
import time
from pathlib import Path

import pytest

from kiosk.avatar.cloud import sessions as sessions_module
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.sessions import CloudSessions
from kiosk.avatar.interface import (
    AvatarAudio,
    AvatarIdle,
    AvatarSpeaking,
    Away,
    Lost,
    OnAvatarEvent,
    Plays,
    Ready,
)
from kiosk.settings.types import CloudSettings
from tests.avatar.cloud.heygen.conftest import reached


class FakeCloud:
    """A vendor's session, and what each call to it takes."""

    plays = Plays.STREAM
    echoes = True
    cap_s = None
    patience_s = 1.5
    least_s = 0.0
    idle_s = 0.0
    in_doubt = False

    def __init__(self) -> None:
        self.tell: OnAvatarEvent
        self.open_sessions = 0
        self.opened = 0
        self.open_s = self.close_s = self.reap_s = 0.0
        self.fails: Exception | None = None
        self.age_s = 0.0
        self.poses: list[bool] = []
        self.interrupts = 0
        self._closing = False

    async def open(self, tell: OnAvatarEvent) -> None:
        self.tell = tell
        self.open_sessions += 1  # The vendor counts from the call on, whether we wait or not.
        self.opened += 1
        try:
            await asyncio.sleep(self.open_s)
        except asyncio.CancelledError:
            await self._end()
            raise
        if self.fails is not None:
            raise self.fails
        tell(Ready())

    async def close(self) -> None:
        if not self._closing:  # Again does nothing.
            self._closing = True
            try:
                await self._end()
            finally:
                self._closing = False

    async def _end(self) -> None:
        await asyncio.sleep(self.close_s)
        self.open_sessions = 0

    async def reap(self) -> None:
        await asyncio.sleep(self.reap_s)

    def listening(self, on: bool) -> None:
        self.poses.append(on)

    def extend_session(self) -> None:
        pass

    def interrupt(self) -> None:
        self.interrupts += 1

    def frame_age_s(self, now_s: float) -> float:
        return self.age_s


class FakeMouth:
    """Whoever speaks; keeps what it is told."""

    def __init__(self) -> None:
        self.on_air = self.streaming = self.speaking = False
        self.waits_s = 0.0
        self.takeovers = 0
        self.heard: list[object] = []
        self.ends_with = b""

    begun = False

    def waited_s(self) -> float:
        return self.waits_s

    def voice(self, pcm: bytes) -> None:
        self.heard.append(pcm)
        if pcm == self.ends_with:
            self.streaming = False

    def idle(self, utterance: int) -> None:
        self.heard.append(utterance)

    def take_over(self) -> None:
        self.takeovers += 1
        self.streaming = False


class Set:
    """The sessions of an avatar, and everybody around them."""

    def __init__(self, note: Path) -> None:
        self.cloud = FakeCloud()
        self.mouth = FakeMouth()
        self.changes = 0
        journal = SessionJournal(note.parent / "sessions", note)
        self.cloud_sessions = CloudSessions(
            self.cloud, self.mouth, CloudSettings(90, False, "", 0), journal, self._on_change
        )
        self.running: asyncio.Task[None] | None = None

    def _on_change(self) -> None:
        self.changes += 1

    def run(self) -> None:
        self.running = asyncio.create_task(self.cloud_sessions.run())

    def visit(self) -> None:
        self.cloud_sessions.see(time.monotonic(), listening=False)

    async def ready(self) -> None:
        self.run()
        self.visit()
        await reached(lambda: self.cloud_sessions.ready)

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sessions_module, "POLL_INTERVAL_S", 0.005)
    stage = Set(tmp_path / "cost.json")
    yield stage
    await stage.stop()


class TestEnd:
    async def test_stopped_while_it_is_there(self, stage):
        await stage.ready()
        stage.cloud.close_s = 0.1
        await stage.stop()
        assert stage.cloud.open_sessions == 0
        assert not stage.mouth.on_air

    async def test_stopped_while_a_lost_one_is_being_ended(self, stage):
        await stage.ready()
        stage.cloud.close_s = 0.1
        stage.cloud.tell(Lost("the vendor is gone"))
        await asyncio.sleep(0.02)
        assert stage.cloud.open_sessions == 1
        await stage.stop()
        assert stage.cloud.open_sessions == 0

    async def test_stopped_while_it_is_closed_as_asked(self, stage, monkeypatch):
        await stage.ready()
        stage.cloud.close_s = 0.1
        stage.cloud_sessions.see(time.monotonic() - 1000, listening=False)  # The visitor has left.
        await reached(lambda: not stage.cloud_sessions.ready)
        assert stage.cloud.open_sessions == 1
        await stage.stop()
        assert stage.cloud.open_sessions == 0

    async def test_stopped_while_it_is_slow_to_open(self, stage, monkeypatch):
        """One deadline over both: the giving up of the opening, and the end."""
        monkeypatch.setattr(sessions_module, "CLOSE_TIMEOUT_S", 0.2)
        stage.run()
        stage.visit()
        stage.cloud.open_s = stage.cloud.close_s = 5.0
        await reached(lambda: stage.cloud.opened)
        began_s = time.monotonic()
        await stage.stop()
        assert time.monotonic() - began_s < 2

    @pytest.mark.parametrize("seed", range(40))
    async def test_stopped_at_any_moment(self, stage, seed):
        """Whatever is awaited just then."""
        dice = random.Random(seed)
        cloud = stage.cloud
        cloud.open_s, cloud.close_s, cloud.reap_s = (dice.choice([0, 0.01, 0.03]) for _ in range(3))
        cloud.fails = dice.choice([None, None, ValueError("no")])
        stage.run()
        stage.visit()
        loses_at, stops_at = dice.uniform(0, 0.08), dice.uniform(0, 0.12)
        await asyncio.sleep(min(loses_at, stops_at))
        if loses_at < stops_at and cloud.opened:
            cloud.tell(Lost("gone"))
            await asyncio.sleep(stops_at - loses_at)
        await stage.stop()
        assert cloud.open_sessions == 0
        assert not stage.cloud_sessions.ready
        assert not stage.mouth.on_air

    async def test_an_end_that_fails_is_logged_and_another_is_opened(self, stage, caplog):
        await stage.ready()

        async def broken() -> None:
            raise ValueError("a fault of ours")

        stage.cloud._end = broken
        stage.cloud.tell(Lost("gone"))
        await reached(lambda: not stage.cloud_sessions._closing)
        assert "a fault of ours" in caplog.text
        stage.cloud_sessions._policy._retry_at_s = 0.0
        await reached(lambda: stage.cloud_sessions.ready)


class TestCost:
    @pytest.mark.parametrize(("days", "known"), [(0, True), (1, True), (-1, True), (30, False)])
    async def test_a_note_of_a_wrong_clock_is_not_believed(self, tmp_path, days, known):
        """Else the day's most would be reached until that day comes."""
        day = datetime.date.today() + datetime.timedelta(days)
        note = tmp_path / "cost.json"
        note.write_text(f'{{"day": "{day}", "seconds": 7}}')
        assert Set(note).cloud_sessions.spent_s == (7 if known else 0)


class TestAway:
    """A line that is being mended: seldom for longer than some tenths of a second."""

    async def test_our_own_face_goes_on_at_once_and_the_session_is_kept(self, stage):
        await stage.ready()
        stage.mouth.streaming = True
        stage.cloud.tell(Away())
        assert not stage.cloud_sessions.plays()
        assert not stage.mouth.on_air
        assert stage.mouth.takeovers
        assert stage.cloud.interrupts == 1
        await asyncio.sleep(0.03)
        assert stage.cloud_sessions.trouble == ""
        stage.cloud.tell(Ready())
        assert stage.cloud_sessions.plays()
        assert stage.mouth.on_air
        assert (stage.cloud.opened, stage.cloud.open_sessions) == (1, 1)

    async def test_one_that_does_not_come_back_is_lost(self, stage, monkeypatch):
        monkeypatch.setattr(sessions_module, "LINE_BACK_TIMEOUT_S", 0.05)
        await stage.ready()
        stage.cloud.tell(Away())
        await reached(lambda: stage.cloud_sessions.trouble)
        await reached(lambda: stage.cloud.open_sessions == 0)


class TestChanges:
    async def test_they_are_said_after_the_call_that_made_them(self, stage):
        """`interrupt` may tell at once: the app must not be called within its own call."""
        await stage.ready()
        await asyncio.sleep(0)
        changes = stage.changes
        stage.cloud.tell(AvatarSpeaking(1))
        stage.cloud.tell(AvatarIdle(1))
        assert stage.changes == changes
        assert stage.mouth.heard == [1]
        await asyncio.sleep(0)
        assert stage.changes == changes + 1

    async def test_sound_alone_changes_nothing(self, stage):
        await stage.ready()
        await asyncio.sleep(0)
        changes = stage.changes
        stage.mouth.streaming = True
        stage.mouth.ends_with = b"\0\0"
        for _ in range(50):
            stage.cloud.tell(AvatarAudio(b"\1\0"))
        await asyncio.sleep(0)
        assert stage.changes == changes
        stage.cloud.tell(AvatarAudio(b"\0\0"))
        await asyncio.sleep(0)
        assert stage.changes == changes + 1
