"""The REST calls, against the published field names; and what a session costs when they fail."""

import asyncio
import gc
import json
import logging
import time

import pytest

from kiosk.avatar.cloud import session_stopper as stopper_module
from kiosk.avatar.cloud.heygen import connection as connection_module
from kiosk.avatar.cloud.heygen import session as session_module
from kiosk.avatar.cloud.heygen.driver import liveavatar_api, streaming_api
from kiosk.avatar.cloud.heygen.options import SANDBOX_AVATAR
from kiosk.avatar.cloud.heygen.refusals import (
    HeyGenError,
    KeyRefusedError,
    RestAnswer,
    TooManySessionsError,
    data_of,
)
from kiosk.avatar.cloud.heygen.streaming import StreamingAvatarApi
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.interface import Lost
from kiosk.settings.types import HeygenSettings, LiveavatarSettings
from tests.avatar.cloud.heygen.conftest import Talker, reached
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY, NEW_FIELDS, TOKEN_FIELDS, Refusal


async def on_created(session: str) -> None:
    """Nobody keeps a journal."""


def bodies(service: StandIn) -> list[tuple[str, dict]]:
    return [(name, body) for name, _, body in service.requests]


async def test_each_call_of_streaming_avatar(service: StandIn) -> None:
    """Golden: names and values as the vendor publishes them."""
    front = streaming_api(HeygenSettings(service.url, "anna", "medium", "fr", "v-1", 3600))
    session = (await front.open(on_created)).session_id
    await front.extend_session(session)
    await front.interrupt(session)
    await front.set_listening(session, True)
    await front.set_listening(session, False)
    assert [one.session_id for one in await front.list_sessions()] == [session]
    service.flat_list = True
    assert abs(((await front.list_sessions())[0].created_s or 0) - time.time()) < 5
    await streaming_api(HeygenSettings(service.url, "", "low", "", "", 30)).open(on_created)
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

    monkeypatch.setattr(StreamingAvatarApi, "_post", post)
    front = streaming_api(HeygenSettings("", "anna", "low", "", "", 120))
    task = await front.speak("s", "Hello.", task_type, task_mode)
    assert (task.task_id, task.duration_s) == ("t", 1.5)
    body = {"session_id": "s", "text": "Hello.", "task_type": task_type, "task_mode": task_mode}
    assert sent == [("task", body)]
    assert (await front.speak("s", "Hello."), sent[1][1]["task_type"]) == (task, "repeat")


async def test_each_call_of_liveavatar(service: StandIn) -> None:
    front = liveavatar_api(LiveavatarSettings(service.url, "an-id", "high"))
    session = (await front.open(on_created)).session_id
    await front.extend_session(session)
    assert [one.session_id for one in await front.list_sessions()] == [session]
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


@pytest.mark.parametrize("avatar_id", ["", SANDBOX_AVATAR])
def test_the_free_avatar_is_asked_for_in_the_sandbox(avatar_id: str) -> None:
    body = liveavatar_api(LiveavatarSettings("", avatar_id, "low")).options.body()
    assert (body["avatar_id"], body["is_sandbox"]) == (SANDBOX_AVATAR, True)


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
    monkeypatch.setattr("kiosk.settings.secrets._files", lambda name: [])
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


@pytest.mark.parametrize(
    ("status", "body", "busy", "final"),
    [
        (200, {"code": 10007, "message": "Concurrent limit reached", "data": None}, True, False),
        (400, {"error": {"code": "concurrent_limit", "message": "too many"}}, True, False),
        (403, {"code": 1, "message": "Insufficient credits"}, False, True),
        (200, {"error": {"code": "out_of_credits"}, "data": None}, False, True),
        (400, {"error": "Quota exceeded"}, False, True),
        (400, {"code": 10013, "message": "avatar not found"}, False, True),
    ],
)
def test_each_body_is_read(status: int, body: dict, busy: bool, final: bool) -> None:
    with pytest.raises(HeyGenError) as caught:
        data_of(RestAnswer(status, {}, json.dumps(body).encode()), "here")
    refused = caught.value
    assert (isinstance(refused, TooManySessionsError), refused.final) == (busy, final)
    assert not isinstance(refused, KeyRefusedError)
    assert "key" not in refused.reason.lower()
    if busy:
        assert refused.retry_after_s >= 20


@pytest.mark.parametrize("body", [b"success", b"", b'{"code":100,"data":null,"message":"success"}'])
def test_a_success_without_data_is_one(body: bytes) -> None:
    assert data_of(RestAnswer(200, {}, body), "here") is None


@pytest.mark.parametrize("status", [200, 400, 402, 429, 500, 503])
def test_retry_after_is_read_whatever_the_status(status: int) -> None:
    body = json.dumps({"code": 7, "message": "no", "data": None}).encode()
    with pytest.raises(HeyGenError) as caught:
        data_of(RestAnswer(status, {"retry-after": "17"}, body), "here")
    assert caught.value.retry_after_s == 17


async def test_a_keep_alive_that_fails_once_is_sent_again_soon(talker: Talker, monkeypatch) -> None:
    """The vendor may end it before the next one is due."""
    monkeypatch.setattr(session_module, "KEEP_ALIVE_RETRY_S", (0.1, 0.2))
    await talker.ready()
    name = {"heygen": "keep_alive", "liveavatar": "keep-alive"}[talker.product]
    talker.service.refuse(name, 500)
    talker.avatar.extend_session()
    await reached(lambda: talker.service.session.called(name) == 1)
    assert talker.lost is None
    await talker.avatar.close()


@pytest.mark.parametrize(("status", "code"), [(429, 0), (500, 0), (401, 400112), (400, 10005)])
async def test_a_session_that_can_be_seen_is_alive_whatever_a_keep_alive_is_told(
    talker: Talker, status: int, code: int, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(session_module, "KEEP_ALIVE_RETRY_S", (0.05, 0.05))
    await talker.ready()
    talker.service.refuses_to_keep_alive = Refusal(status, code, "session closed")
    asked = len(talker.service.requests)
    for _ in range(3):
        talker.avatar.extend_session()
        await asyncio.sleep(0.1)
    await reached(lambda: len(talker.service.requests) >= asked + 4 or status == 429)
    assert talker.lost is None
    assert caplog.text.count("its keep-alive fails") == 1, "staff are told once"
    talker.service.refuses_to_keep_alive = None
    await talker.avatar.close()
    assert talker.left_open() == []


async def test_a_keep_alive_waits_as_long_as_the_vendor_asks(talker: Talker, monkeypatch) -> None:
    monkeypatch.setattr(session_module, "KEEP_ALIVE_RETRY_S", (0.0, 0.0))
    await talker.ready()
    talker.service.refuses_to_keep_alive = Refusal(429, 0, "slow down", Retry_After="1")
    asked = len(talker.service.requests)
    for _ in range(5):
        talker.avatar.extend_session()
        await asyncio.sleep(0.1)
    assert len(talker.service.requests) == asked + 1
    await talker.avatar.close()


async def test_a_service_that_hangs(talker: Talker) -> None:
    talker.service.answer_s = 5
    with pytest.raises(HeyGenError, match=r"did not answer in 0.2 s"):
        await talker.avatar._api.stop("a-session", 0.2)


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
    heygen.avatar._api = streaming_api(settings)
    await heygen.open()
    assert heygen.lost is not None
    assert heygen.lost.final


async def test_a_service_that_is_not_there(talker: Talker) -> None:
    talker.avatar._api._base = "http://127.0.0.1:9"
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
    least_s = 60 if talker.product == "liveavatar" else 0
    assert talker.avatar.least_s == least_s
    talker.service.room_status = 401
    await talker.open()
    await talker.avatar.close()
    assert talker.journal.spent_s == pytest.approx(least_s, abs=5)
    assert talker.journal.spent_s >= talker.service.session.billed_s - 0.2


@pytest.mark.parametrize("name", ["create_token", "new", "token", "start"])
async def test_a_vendor_that_answers_late_in_each_call(
    talker: Talker, name: str, monkeypatch
) -> None:
    """It does what it was asked to: what the late answer names is stopped, and nothing else is
    opened before.
    """
    monkeypatch.setattr(connection_module, "OPEN_TIMEOUT_S", 0.2)
    talker.service.room_status = 401
    talker.service.hangs_s[name] = 0.6
    await talker.open()
    assert talker.lost is not None
    calls = {"heygen": {"create_token", "new", "start"}, "liveavatar": {"token", "start"}}
    if name in calls[talker.product]:
        assert "did not open a session in 0.2 s" in talker.lost.reason
        assert not talker.lost.final
        assert talker.avatar.in_doubt is (name != "start")
    await talker.avatar.close()
    await reached(lambda: not talker.avatar.in_doubt and talker.left_open() == [])
    assert len(talker.service.sessions) == 1
    assert talker.journal.spent_s >= talker.service.session.billed_s - 0.2


@pytest.mark.parametrize("tells", [True, False])
async def test_a_vendor_that_never_answers(talker: Talker, tells: bool, monkeypatch) -> None:
    """Its list tells what it opened; where it does not tell when, the idle time-out is waited
    for.
    """
    monkeypatch.setattr(stopper_module, "LIST_DELAYS_S", (0.0, 0.05, 0.1))
    monkeypatch.setattr(connection_module, "OPEN_TIMEOUT_S", 0.2)
    for module in ("streaming", "liveavatar"):
        monkeypatch.setattr(f"kiosk.avatar.cloud.heygen.{module}.OPEN_CALL_TIMEOUT_S", 0.3)
    theirs = talker.service.open(talker.product, "low")
    theirs.created_s -= 1000
    talker.service.list_tells_times = tells
    talker.service.hangs_s[OPENING[talker.product]] = 1.0
    await talker.open()
    await talker.avatar.close()
    ours = talker.service.session
    if tells:  # Perhaps while it was closed: the first look into the list is at once.
        await reached(lambda: not talker.avatar.in_doubt and ours.state == "closed")
        await reached(lambda: talker.journal.orphans(talker.product) == [])
        assert talker.journal.spent_s >= ours.billed_s - 0.2
    else:
        await asyncio.sleep(0.5)
        assert talker.avatar.in_doubt
    assert theirs.state == "new"


async def test_killed_while_it_asks_what_it_opened_is_found(
    talker: Talker, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(stopper_module, "LIST_DELAYS_S", (0.0, 0.05, 0.1))
    theirs = talker.service.open(talker.product, "low")
    theirs.created_s -= 1000
    talker.service.hangs_s[OPENING[talker.product]] = 1.0
    opening = asyncio.create_task(talker.open())
    await reached(lambda: len(talker.service.sessions) == 2)
    again = Talker(talker.product, talker.service, SessionJournal(tmp_path))
    assert [entry.session for entry in again.journal.orphans(talker.product)] == [""]
    await again.avatar.reap()
    await reached(lambda: not again.avatar.in_doubt)
    ours = talker.service.session
    await reached(lambda: ours.state == "closed")
    assert theirs.state == "new"
    assert again.journal.spent_s >= ours.billed_s - 0.2
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    await talker.avatar.close()


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
    assert not talker.service.sessions, "not even the intention was late"
    await reached(lambda: talker.journal.orphans(talker.product)[0].session)
    assert talker.service.session.state == "new"
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)


async def test_reaped_is_what_is_ours(talker: Talker) -> None:
    ours = talker.service.open(talker.product, "low")
    theirs = talker.service.open(talker.product, "low")
    talker.journal.write(Entry(talker.product, ours.id, 1.0))
    talker.journal.write(Entry(talker.product, "ended long ago", 0.0))
    await talker.avatar.reap()
    assert (ours.state, theirs.state) == ("closed", "new")
    assert talker.journal.orphans(talker.product) == []


async def test_what_could_not_be_stopped_is_stopped_later(
    talker: Talker, caplog, monkeypatch
) -> None:
    monkeypatch.setattr(stopper_module, "LIST_DELAYS_S", (0.0,))
    caplog.set_level(logging.WARNING)
    ours = talker.service.open(talker.product, "low")
    talker.journal.write(Entry(talker.product, ours.id, time.time()))
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
    talker.journal.write(Entry(talker.product, "unknown", time.time()))
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

    monkeypatch.setattr("kiosk.avatar.cloud.heygen.audio_socket.AudioSocket.run", broken)
    await talker.open()
    await reached(lambda: talker.lost)
    assert talker.lost is not None
    assert "TypeError" in talker.lost.reason
    await talker.avatar.close()
    gc.collect()
    assert unseen == []
    assert talker.left_open() == []
