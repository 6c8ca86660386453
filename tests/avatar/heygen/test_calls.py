"""The REST calls, against the published field names; and what a session costs when they fail."""

import asyncio
import gc
import logging
import time
from typing import Any

import pytest

from kiosk.avatar.base import Lost
from kiosk.avatar.heygen.liveavatar import SANDBOX, Liveavatar
from kiosk.avatar.heygen.rest import RefusedError, call
from kiosk.avatar.heygen.streaming import Streaming
from kiosk.avatar.journal import Entry, SessionJournal
from kiosk.settings import HeygenSettings, LiveavatarSettings
from tests.avatar.heygen.conftest import Talker, reached
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY, NEW_FIELDS, TOKEN_FIELDS


async def born(session: str) -> None:
    """Nobody keeps a journal."""


def bodies(service: StandIn) -> list[tuple[str, dict]]:
    return [(name, body) for name, _, body in service.requests]


async def test_each_call_of_streaming_avatar(service: StandIn) -> None:
    """Golden: names and values as the vendor publishes them."""
    front = Streaming(HeygenSettings(service.url, "anna", "medium", "fr", "v-1", 3600))
    session = (await front.open(born)).session
    await front.touch(session)
    await front.interrupt(session)
    await front.listening(session, True)
    await front.listening(session, False)
    assert await front.list_sessions() == [session]
    service.flat_list = True
    assert await front.list_sessions() == [session]
    await Streaming(HeygenSettings(service.url, "", "low", "", "", 30)).open(born)
    ours = {"session_id": session}
    assert bodies(service)[:8] == [
        ("create_token", {}),
        (
            "new",
            {
                "version": "v2",
                "avatar_name": "anna",
                "quality": "medium",
                "video_encoding": "H264",
                "language": "fr",
                "voice": {"voice_id": "v-1"},
                "activity_idle_timeout": 3599,
            },
        ),
        ("start", ours),
        ("keep_alive", ours),
        ("interrupt", ours),
        ("start_listening", ours),
        ("stop_listening", ours),
        ("list", {}),
    ]
    assert bodies(service)[10][1] == {
        "version": "v2",
        "quality": "low",
        "video_encoding": "H264",
        "activity_idle_timeout": 30,
    }
    assert all(set(body) <= NEW_FIELDS for name, body in bodies(service) if name == "new")
    headers = {name: headers for name, headers, _ in service.requests}
    assert headers["create_token"]["x-api-key"] == KEY
    assert headers["create_token"]["content-type"] == "application/json"
    assert headers["new"]["authorization"].startswith("Bearer ")
    assert headers["start"]["x-api-key"] == KEY
    assert not service.wrongs


@pytest.mark.parametrize("task_type", ["repeat", "talk"])
@pytest.mark.parametrize("task_mode", ["sync", "async"])
async def test_both_fields_of_a_task_are_always_sent(task_type, task_mode, monkeypatch) -> None:
    sent = []

    async def post(self, name, body, timeout_s=0.0):
        sent.append((name, body))
        return {"task_id": "t", "duration_ms": 1500}

    monkeypatch.setattr(Streaming, "_post", post)
    front = Streaming(HeygenSettings("", "anna", "low", "", "", 120))
    task = await front.task("s", "Hello.", task_type, task_mode)
    assert (task.task, task.duration_s) == ("t", 1.5)
    body = {"session_id": "s", "text": "Hello.", "task_type": task_type, "task_mode": task_mode}
    assert sent == [("task", body)]
    assert (await front.say("s", "Hello."), sent[1][1]["task_type"]) == (task, "repeat")


async def test_each_call_of_liveavatar(service: StandIn) -> None:
    front = Liveavatar(LiveavatarSettings(service.url, "an-id", "high"))
    session = (await front.open(born)).session
    await front.touch(session)
    assert await front.list_sessions() == [session]
    await front.stop(session, 5)
    assert bodies(service) == [
        (
            "token",
            {
                "mode": "LITE",
                "avatar_id": "an-id",
                "is_sandbox": False,
                "video_settings": {"quality": "high", "encoding": "H264"},
            },
        ),
        ("start", {}),
        ("keep-alive", {"session_id": session}),
        ("list", {}),
        ("stop", {"session_id": session, "reason": "USER_DISCONNECTED"}),
    ]
    headers = {name: headers for name, headers, _ in service.requests}
    assert headers["token"]["x-api-key"] == KEY
    for name in ("start", "keep-alive", "stop"):
        assert headers[name]["authorization"] == f"Bearer session-token-{session}"
        assert "x-api-key" not in headers[name]
    assert set(bodies(service)[0][1]) <= TOKEN_FIELDS
    assert not service.wrongs
    assert not service.open_sessions


@pytest.mark.parametrize("avatar_id", ["", SANDBOX])
def test_the_free_avatar_is_asked_for_in_the_sandbox(avatar_id: str) -> None:
    body = Liveavatar(LiveavatarSettings("", avatar_id, "low")).token_body()
    assert (body["avatar_id"], body["is_sandbox"]) == (SANDBOX, True)


# --- what goes wrong before there is a room ----------------------------------------------------

OPENING = {"heygen": "new", "liveavatar": "token"}


async def test_a_key_that_is_refused(talker: Talker) -> None:
    for name in (OPENING[talker.product], OPENING[talker.product], "create_token"):
        talker.service.refuse(name, 401, 400112, "Unauthorized")
    await talker.open()
    assert talker.lost is not None
    assert talker.lost.final
    assert "key" in talker.lost.reason
    assert KEY not in talker.lost.reason


async def test_a_missing_key_says_where_it_belongs(talker: Talker, monkeypatch) -> None:
    monkeypatch.delenv(f"{talker.product.upper()}_API_KEY")
    monkeypatch.setattr("kiosk.secrets._files", lambda name: [])
    await talker.open()
    assert talker.lost is not None
    assert talker.lost.final
    assert f"{talker.product}-api-key" in talker.lost.reason


async def test_an_expired_token_is_made_anew_once(talker: Talker) -> None:
    name = {"heygen": "new", "liveavatar": "start"}[talker.product]
    talker.service.refuse(name, 401, 400112, "Unauthorized")
    talker.service.room_status = 401
    await talker.open()
    assert [call for call, _ in bodies(talker.service)].count(name) == 2
    await talker.avatar.close()
    assert talker.left_open() == []


async def test_a_vendor_that_asks_for_patience(talker: Talker) -> None:
    talker.service.refuse(OPENING[talker.product], 429, 0, "slow down", Retry_After="17")
    await talker.open()
    assert talker.told == [Lost(talker.lost.reason, False, 17.0)]


async def test_too_many_sessions(talker: Talker) -> None:
    """Ours of before are stopped, those of others are not."""
    talker.service.concurrency = 1
    theirs = talker.service.open("heygen", "low")
    await talker.open()
    assert talker.lost is not None
    assert not talker.lost.final
    assert talker.lost.retry_after_s >= 20
    assert "1 sessions are open under this key" in talker.lost.reason
    assert theirs.state != "closed"


async def test_a_service_that_hangs(talker: Talker) -> None:
    talker.service.answer_s = 5
    with pytest.raises(RefusedError, match=r"did not answer in 0.2 s"):
        await talker.avatar._front.stop("a-session", 0.2)


@pytest.mark.parametrize("status", [400, 500])
async def test_a_start_that_is_refused_costs_nothing(talker: Talker, status: int) -> None:
    talker.service.refuse("start", status, 1, "no")
    await talker.open()
    assert talker.lost is not None
    await talker.avatar.close()
    assert talker.service.sessions
    assert talker.left_open() == []


async def test_an_avatar_that_does_not_exist_is_final(heygen: Talker) -> None:
    settings = HeygenSettings(heygen.service.url, "nobody", "low", "", "", 120)
    heygen.avatar._front = Streaming(settings)
    await heygen.open()
    assert heygen.lost is not None
    assert heygen.lost.final


async def test_a_service_that_is_not_there(talker: Talker) -> None:
    talker.avatar._front._base = "http://127.0.0.1:9"
    await talker.open()
    assert talker.lost is not None
    assert "could not be reached" in talker.lost.reason
    assert not talker.lost.final


@pytest.mark.parametrize("at_s", [0.05, 0.15, 0.25, 0.32])
async def test_cancelled_half_way_no_session_is_left(talker: Talker, at_s: float) -> None:
    """In each of the calls: the vendor may open the session just after we gave it up."""
    talker.service.answer_s = 0.1
    opening = asyncio.create_task(talker.open())
    await asyncio.sleep(at_s)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await talker.avatar.close()
    assert talker.left_open() == []


async def test_what_a_session_costs_at_least(talker: Talker) -> None:
    """LiveAvatar takes a minute when a session starts, whatever becomes of it."""
    assert talker.avatar.least_s == 0
    talker.service.room_status = 401
    await talker.open()
    assert talker.avatar.least_s == (60 if talker.product == "liveavatar" else 0)
    await talker.avatar.close()
    talker.service.refuse("start", 400, 1, "no")
    await talker.open()
    assert talker.avatar.least_s == 0


@pytest.mark.parametrize("name", ["create_token", "new", "token", "start"])
async def test_a_vendor_that_hangs_in_each_call(talker: Talker, name: str, monkeypatch) -> None:
    """It does what it was asked to, and its answer is late: nothing costs for long after it."""

    async def impatient(request: Any, timeout_s: float = 0.0) -> Any:
        return await call(request, 0.2)

    monkeypatch.setattr("kiosk.avatar.heygen.streaming.call", impatient)
    monkeypatch.setattr("kiosk.avatar.heygen.liveavatar.call", impatient)
    talker.service.room_status = 401
    talker.service.hangs_s[name] = 0.5
    await talker.open()
    assert talker.lost is not None
    calls = {"heygen": {"create_token", "new", "start"}, "liveavatar": {"token", "start"}}
    if name in calls[talker.product]:
        assert "did not answer in 0.2 s" in talker.lost.reason
        assert not talker.lost.final
    await talker.avatar.close()
    assert talker.journal.orphans(talker.product) == []
    if name in ("new", "token"):
        talker.service.idle_s = 0.3  # Its id was never told: the vendor's idle time-out is left.
    await reached(lambda: not talker.service.open_sessions, 3.0)


async def test_a_second_close_waits_for_the_first(talker: Talker) -> None:
    """Whoever began it may have been cancelled: the session costs all the same."""
    talker.service.room_status = 401
    await talker.open()
    talker.service.hangs_s["stop"] = 0.3
    closing = asyncio.create_task(talker.avatar.close())
    await asyncio.sleep(0.05)
    closing.cancel()
    await talker.avatar.close()
    assert talker.left_open() == []


async def test_closed_half_way_without_being_cancelled(talker: Talker) -> None:
    talker.service.answer_s = 0.1
    opening = asyncio.create_task(talker.open())
    await asyncio.sleep(0.15)
    await talker.avatar.close()
    await opening
    assert talker.left_open() == []


async def test_a_session_is_journalled_before_it_is_started(talker: Talker) -> None:
    talker.service.answer_s = 0.1
    opening = asyncio.create_task(talker.open())
    await reached(lambda: talker.journal.orphans(talker.product))
    assert talker.service.session.state == "new"
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)


async def test_reaped_is_what_is_ours(talker: Talker) -> None:
    ours = talker.service.open(talker.product, "low")
    theirs = talker.service.open(talker.product, "low")
    talker.journal.opened(Entry(talker.product, ours.id, 1.0))
    talker.journal.opened(Entry(talker.product, "ended long ago", 0.0))
    await talker.avatar.reap()
    assert (ours.state, theirs.state) == ("closed", "new")
    assert talker.journal.orphans(talker.product) == []


async def test_what_could_not_be_stopped_is_stopped_later(talker: Talker, caplog) -> None:
    caplog.set_level(logging.WARNING)
    ours = talker.service.open(talker.product, "low")
    talker.journal.opened(Entry(talker.product, ours.id, time.time()))
    talker.service.refuse("stop", 503)
    await talker.avatar.reap()
    assert ours.state == "new"
    assert "may still cost" in caplog.text
    talker.service.refuse(OPENING[talker.product], 503)
    await talker.open()  # The next chance, whatever comes of it.
    await reached(lambda: talker.journal.orphans(talker.product) == [])
    assert ours.state == "closed"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_session_that_the_vendor_does_not_know_is_stopped(
    talker: Talker, status: int
) -> None:
    """Else its entry would be tried for ever."""
    talker.journal.opened(Entry(talker.product, "unknown", time.time()))
    talker.service.refuse("stop", status, 4040, "Not Found")
    await talker.avatar.reap()
    assert talker.journal.orphans(talker.product) == []


async def test_no_key_stands_in_journal_or_log(talker: Talker, tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG, "kiosk")
    talker.service.room_status = 401
    await talker.open()
    files = "".join(file.read_text() for file in tmp_path.glob("*.json"))
    assert talker.service.session.id in files
    await talker.avatar.close()
    told = files + caplog.text + str(talker.told)
    for secret in (KEY, "session-token-", "user-", *talker.service.tokens):
        assert secret not in told
    assert isinstance(talker.journal, SessionJournal)


async def test_a_fault_of_ours_costs_the_avatar_alone(talker: Talker, monkeypatch) -> None:
    """In a task of the session: unseen, it would end the daemon."""
    unseen: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unseen.append(context))
    talker.service.room_status = 401

    async def broken(self: object) -> str:
        raise TypeError("of ours")

    monkeypatch.setattr("kiosk.avatar.heygen.realtime.Realtime.run", broken)
    await talker.open()
    await reached(lambda: talker.lost)
    assert talker.lost is not None
    assert "TypeError" in talker.lost.reason
    await talker.avatar.close()
    gc.collect()
    assert unseen == []
    assert talker.left_open() == []
