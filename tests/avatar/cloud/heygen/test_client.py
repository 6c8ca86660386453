"""The public clients in the stand-in's rooms: every method, by the real client of LiveKit."""

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kiosk.avatar.cloud import session_stopper as stopper_module
from kiosk.avatar.cloud.heygen import (
    PCM_HZ,
    AvatarEndMessage,
    AvatarStartTalking,
    AvatarStopTalking,
    AvatarTalkingMessage,
    ClientEvent,
    CloudSessionState,
    KeyRefusedError,
    LineQuality,
    LineQualityChanged,
    LiveAvatarClient,
    LiveAvatarOptions,
    ReplyEnded,
    ReplyStarted,
    SessionLostError,
    SessionMayBeOpenError,
    SessionStateChanged,
    SessionStateError,
    StreamDisconnected,
    StreamingAvatarClient,
    StreamingAvatarOptions,
    StreamReady,
    TooManySessionsError,
    WrongRequestError,
)
from kiosk.avatar.cloud.heygen import client as client_module
from kiosk.avatar.cloud.heygen import connection as connection_module
from tests.avatar.cloud.heygen.conftest import PRODUCTS, heard_once, reached, speech
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY
from tests.support.livekit_media import number_in

Client = StreamingAvatarClient | LiveAvatarClient
LOW = StreamingAvatarOptions(avatar_name="anna", quality="low")
LITE = LiveAvatarOptions(avatar_id="an-id", quality="low")
FULL = LiveAvatarOptions(avatar_id="an-id", quality="low", mode="FULL")


def client_of(product: str, service: StandIn) -> Client:
    kind = StreamingAvatarClient if product == "heygen" else LiveAvatarClient
    return kind(KEY, base=service.url)


async def opened(avatar: Client) -> None:
    if isinstance(avatar, StreamingAvatarClient):
        await avatar.create_start_avatar(LOW)
    else:
        await avatar.start(LITE)


def calls(service: StandIn, name: str) -> list[dict[str, Any]]:
    return [body for called, _, body in service.requests if called == name]


# --- Streaming Avatar ----------------------------------------------------------------------------


async def test_a_streaming_avatar_is_made_spoken_through_and_stopped(service: StandIn) -> None:
    heard: list[ClientEvent] = []
    later: list[ClientEvent] = []

    async def hear(event: AvatarStopTalking) -> None:
        await asyncio.sleep(0)
        later.append(event)

    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        assert avatar.on(ClientEvent, heard.append) is avatar
        avatar.on(AvatarStopTalking, hear)
        events = avatar.events()
        session = await avatar.create_start_avatar(LOW)
        assert avatar.state is CloudSessionState.READY
        assert (session.session_id, session.max_duration_s) == (avatar.session_id, 600)
        assert session.is_paid
        assert avatar.max_duration_s == 600
        assert session.room_token not in repr(session) + repr(avatar)
        task = await avatar.speak("Good morning to you.", task_type="repeat")
        async for event in events:
            if isinstance(event, AvatarStopTalking):
                break
        assert task.task_id
        assert task.duration_s == pytest.approx(0.32)
        await avatar.speak("Who are you?", task_type="talk", task_mode="sync")
        await avatar.start_listening()
        await avatar.stop_listening()
        await avatar.keep_alive()
        await avatar.interrupt()
        await reached(lambda: service.session.called("interrupt"))
        assert [one.session_id for one in await avatar.list_sessions()] == [avatar.session_id]
        await avatar.stop_avatar()
        assert avatar.state is CloudSessionState.OVER
    told = [type(event) for event in heard if event.raw.get("task_id") == task.task_id]
    assert told == [AvatarStartTalking, AvatarTalkingMessage, AvatarEndMessage, AvatarStopTalking]
    assert later
    assert isinstance(later[0], AvatarStopTalking)
    assert isinstance(heard[-1], StreamDisconnected)
    states = [event.state.value for event in heard if isinstance(event, SessionStateChanged)]
    assert states == ["opening", "joining", "ready", "over"]
    assert sum(isinstance(event, StreamReady) for event in heard) == 1
    tasks = [(body["task_type"], body["task_mode"]) for body in calls(service, "task")]
    assert tasks == [("repeat", "async"), ("talk", "sync")]
    assert service.session.why == "stop"
    assert not service.wrongs
    assert not service.open_sessions


async def test_frames_are_arrays_and_surfaces_and_its_voice_is_pcm(service: StandIn) -> None:
    shown: list[Any] = []
    voice = bytearray()
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        avatar.on_frame(shown.append).on_audio(voice.extend)
        await avatar.create_start_avatar(LOW)
        frames, audio = avatar.frames(), avatar.audio()
        frame = await anext(frames)
        pixels = frame.array()
        assert (pixels.shape, pixels.dtype) == ((360, 640, 3), np.uint8)
        first = number_in(pixels.tobytes(), 640, 360)
        assert first is not None
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0, 0] = 0
        surface = frame.surface()
        assert surface.get_size() == (640, 360)
        assert tuple(surface.get_at((7, 5)))[:3] == tuple(pixels[5, 7])
        await reached(lambda: frames.dropped >= 3)
        second = await anext(frames)
        number = number_in(second.rgb, 640, 360)
        assert number is not None
        assert number >= first + 3, "the newest one, not the next"
        assert avatar.newest_frame is shown[-1]
        chunk = await anext(audio)
        assert len(chunk) == 2 * PCM_HZ // 50
        await avatar.speak("One two three four five six.")
        await reached(lambda: np.abs(np.frombuffer(bytes(voice), "<i2")).max() > 1000)
    assert len([one async for one in frames]) <= 1, "it ends with the session"


async def test_new_session_start_session_and_start_avatar_apart(service: StandIn) -> None:
    async with StreamingAvatarClient(KEY, base=service.url) as avatar:
        with pytest.raises(SessionStateError, match="no session"):
            await avatar.start_session()
        session = await avatar.new_session(LOW)
        assert service.session.state == "new"
        assert avatar.state is CloudSessionState.OPENING
        await avatar.start_avatar()
        assert avatar.session is session
        assert avatar.state is CloudSessionState.READY
        with pytest.raises(SessionStateError, match="opened before"):
            await avatar.new_session(LOW)
    assert not service.open_sessions


async def test_a_token_goes_where_the_key_does_not(service: StandIn) -> None:
    token = await StreamingAvatarClient(KEY, base=service.url).create_token()
    service.requests.clear()
    async with StreamingAvatarClient(token=token, base=service.url) as avatar:
        await avatar.create_start_avatar(LOW)
        await avatar.keep_alive()
    assert all(
        headers["authorization"] == f"Bearer {token}" and "x-api-key" not in headers
        for _, headers, _ in service.requests
    )
    assert not service.open_sessions
    with pytest.raises(KeyRefusedError) as caught:
        async with StreamingAvatarClient(token=token, base=service.url) as again:
            await again.create_start_avatar(LOW)
    assert (caught.value.status, caught.value.code) == (401, "400112")
    assert caught.value.message == "Unauthorized"
    with pytest.raises(ValueError, match="key"):
        StreamingAvatarClient()


async def test_a_key_is_asked_for_anew_at_each_call(service: StandIn) -> None:
    asked: list[None] = []

    def key() -> str:
        asked.append(None)
        return KEY

    avatar = StreamingAvatarClient(key, base=service.url)
    await avatar.create_token()
    await avatar.create_token()
    assert len(asked) == 2


# --- LiveAvatar ----------------------------------------------------------------------------------


async def test_liveavatar_speaks_sound_that_is_sent(service: StandIn) -> None:
    said, voice = speech(1.2), bytearray()
    async with LiveAvatarClient(KEY, base=service.url) as avatar:
        events = avatar.events()
        await avatar.start(LITE)
        assert avatar.takes_audio
        avatar.on_audio(voice.extend)
        await avatar.start_listening()
        await avatar.stop_listening()
        reply = avatar.speak_audio(said)
        found = []
        async for event in events:
            found.append(event)
            if isinstance(event, ReplyEnded):
                break
        assert ReplyStarted(reply=reply) in found
        assert event.reply == reply  # type: ignore[union-attr]
        assert sum(isinstance(one, AvatarStartTalking) for one in found) == 1, "of two families"
        await reached(lambda: heard_once(said, voice))
        assert avatar.speak_audio(speech(8)) == reply + 1
        await reached(lambda: service.session.voice.sounding)
        await avatar.interrupt()
        await reached(lambda: not service.session.voice.speaking, 5.0)  # Of eight.
        await avatar.keep_alive()
        with pytest.raises(WrongRequestError, match="says no text"):
            await avatar.repeat("Good morning.")
    session = service.session
    kinds = [event["type"] for event in session.events]
    for kind in ("start_listening", "stop_listening", "interrupt"):
        assert f"agent.{kind}" in kinds
    assert kinds.count("session.keep_alive") == session.called("keep-alive") == 1
    assert not service.wrongs
    assert session.why == "stop"


async def test_liveavatar_full_says_and_answers_texts(service: StandIn) -> None:
    async with LiveAvatarClient(KEY, base=service.url) as avatar:
        events = avatar.events()
        await avatar.start(FULL)
        assert not avatar.takes_audio
        with pytest.raises(SessionStateError, match="takes no sound"):
            avatar.speak_audio(speech(0.2))
        task = await avatar.repeat("Good morning to you.")
        words = []
        async for event in events:
            if isinstance(event, AvatarTalkingMessage):
                words.append(event.message)
            if isinstance(event, AvatarStopTalking):
                break
        assert " ".join(words) == "Good morning to you."
        await avatar.message("Who are you?")
        await avatar.interrupt()
        await avatar.start_listening()
        await avatar.stop_listening()
        await reached(lambda: len(service.session.commands) == 5)
        with pytest.raises(WrongRequestError, match="sync"):
            await avatar.speak("Well.", "repeat", "sync")
    commands = service.session.commands
    assert [command["event_type"] for command in commands] == [
        "avatar.speak_text",
        "avatar.speak_response",
        "avatar.interrupt",
        "avatar.start_listening",
        "avatar.stop_listening",
    ]
    assert commands[0]["event_id"] == task.task_id
    assert commands[1]["text"] == "Who are you?"
    assert not service.wrongs


async def test_full_waits_for_the_agent_that_takes_its_commands(
    service: StandIn, monkeypatch
) -> None:
    monkeypatch.setattr(connection_module, "AGENT_TIMEOUT_S", 1.0)
    service.agent_comes = False
    with pytest.raises(SessionLostError, match="agent was not there after 1 s"):
        await LiveAvatarClient(KEY, base=service.url).start(FULL)
    assert not service.open_sessions


async def test_full_tells_why_the_vendor_stopped_it(service: StandIn) -> None:
    async with LiveAvatarClient(KEY, base=service.url) as avatar:
        ends: list[StreamDisconnected] = []
        avatar.on(StreamDisconnected, ends.append)
        await avatar.start(FULL)
        stopped = {"event_type": "session.stopped", "end_reason": "MAX_DURATION_REACHED"}
        service.guests(lambda guest: guest.tell(stopped, "agent-response"))
        await reached(lambda: ends)
        assert "MAX_DURATION_REACHED" in ends[0].reason
        with pytest.raises(SessionStateError, match="over"):
            await avatar.repeat("Good morning.")
    assert not service.open_sessions


async def test_liveavatar_by_a_sessions_token_alone(service: StandIn) -> None:
    token = await LiveAvatarClient(KEY, base=service.url).create_token(LITE)
    async with LiveAvatarClient(token=token, base=service.url) as avatar:
        await avatar.start(LITE)
        assert avatar.session_id == service.session.id
        assert len(service.sessions) == 1
        with pytest.raises(WrongRequestError, match="API key"):
            await avatar.list_sessions()
    assert not service.open_sessions


# --- both ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("way", ["exception", "cancellation", "timeout"])
async def test_each_way_out_stops_the_session(service: StandIn, product: str, way: str) -> None:
    is_open = asyncio.Event()

    async def visit() -> None:
        async with client_of(product, service) as avatar:
            await opened(avatar)
            is_open.set()
            if way == "exception":
                raise ZeroDivisionError
            await asyncio.sleep(60)

    task = asyncio.create_task(visit())
    await asyncio.wait_for(is_open.wait(), 20)
    if way == "cancellation":
        task.cancel()
    if way == "timeout":
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await task
    else:
        kind = ZeroDivisionError if way == "exception" else asyncio.CancelledError
        with pytest.raises(kind):
            await task
    assert not service.open_sessions, "it is stopped before the block is left"
    assert service.session.why == "stop"


MOMENTS = [
    ("heygen", "create_token"),
    ("heygen", "new"),
    ("heygen", "start"),
    ("heygen", "room"),
    ("liveavatar", "token"),
    ("liveavatar", "start"),
    ("liveavatar", "room"),
]


@pytest.mark.parametrize(("product", "moment"), MOMENTS)
async def test_cancelled_half_way_what_may_be_open_is_stopped(
    service: StandIn, product: str, moment: str
) -> None:
    """In each of the calls: the vendor may open the session just after we gave it up."""
    service.answer_s = 0.1
    service.connected_s = 5.0
    opening = asyncio.create_task(opened(client_of(product, service)))
    if moment == "room":
        await reached(lambda: service.sessions and service.session.guests)
    else:
        await reached(lambda: calls(service, moment))
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert not service.open_sessions
    assert len(service.sessions) == 1


@pytest.mark.parametrize("product", PRODUCTS)
async def test_an_opening_that_is_never_answered_is_found_and_stopped(
    service: StandIn, product: str, monkeypatch
) -> None:
    name = {"heygen": "streaming", "liveavatar": "liveavatar"}[product]
    monkeypatch.setattr(f"kiosk.avatar.cloud.heygen.{name}.OPEN_CALL_TIMEOUT_S", 0.3)
    monkeypatch.setattr(stopper_module, "LIST_DELAYS_S", (0.0, 0.05))
    service.hangs_s = {"new": 2.0, "token": 2.0}
    with pytest.raises(ConnectionError, match="did not answer"):
        await opened(client_of(product, service))
    assert service.sessions
    assert not service.open_sessions


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_refusal_is_typed_and_tells_the_vendors_words(
    service: StandIn, product: str
) -> None:
    service.concurrency = 0
    with pytest.raises(TooManySessionsError) as caught:
        await opened(client_of(product, service))
    refused = caught.value
    assert (refused.status, refused.code) == (400, "10007")
    assert refused.message == "Concurrent limit reached"
    assert refused.retry_after_s == 20
    assert KEY not in str(refused)


@pytest.mark.parametrize("product", PRODUCTS)
async def test_an_end_that_is_not_confirmed_is_told(
    service: StandIn, product: str, monkeypatch
) -> None:
    monkeypatch.setattr(client_module, "SETTLE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(stopper_module, "RETRY_DELAYS_S", (0.5,))
    avatar = client_of(product, service)
    await opened(avatar)
    service.refuse("stop", 503)
    with pytest.raises(SessionMayBeOpenError, match=avatar.session_id):
        await avatar.stop()
    await reached(lambda: not service.open_sessions)
    await avatar.stop()  # Again is no error: it was stopped behind.


@pytest.mark.parametrize("product", PRODUCTS)
async def test_a_room_that_refuses_costs_no_session(service: StandIn, product: str) -> None:
    service.room_status = 401
    with pytest.raises(ConnectionError, match="could not be joined"):
        await opened(client_of(product, service))
    assert service.sessions
    assert not service.open_sessions


@pytest.mark.parametrize("product", PRODUCTS)
async def test_without_a_session_each_call_says_so(service: StandIn, product: str) -> None:
    avatar = client_of(product, service)
    for call in (
        avatar.keep_alive,
        avatar.interrupt,
        avatar.start_listening,
        lambda: avatar.speak("Good morning."),
        avatar.start_voice_chat,
    ):
        with pytest.raises((SessionStateError, WrongRequestError)):
            await call()
    wanted: list[Callable[[], object]] = [
        lambda: avatar.speak_audio(b""),
        avatar.mute_input_audio,
        avatar.unmute_input_audio,
    ]
    for plain in wanted:
        with pytest.raises(SessionStateError):
            plain()
    await avatar.stop()
    assert not service.requests


async def test_a_session_that_the_vendor_ends_is_told_and_left(service: StandIn) -> None:
    async with LiveAvatarClient(KEY, base=service.url) as avatar:
        events = avatar.events()
        await avatar.start(LITE)
        service.end(service.session)
        told = [event async for event in events]
    assert isinstance(told[-1], StreamDisconnected)
    assert avatar.state is CloudSessionState.OVER
    assert not service.open_sessions


async def test_the_quality_of_the_line_is_told(service: StandIn) -> None:
    told: list[LineQualityChanged] = []
    async with LiveAvatarClient(KEY, base=service.url) as avatar:
        avatar.on(LineQualityChanged, told.append)
        await avatar.start(LITE)
        for quality in (0, 3, 1, 2):
            service.guests(lambda guest, quality=quality: guest.tell_quality(quality))
        await reached(lambda: len(told) == 2)
        assert [event.quality for event in told] == [LineQuality.BAD, LineQuality.GOOD]
        assert avatar.connection_quality is LineQuality.GOOD
        assert avatar.room.name == avatar.session_id


ALONE = """
import asyncio, sys
from kiosk.avatar.cloud.heygen import LiveAvatarClient, LiveAvatarOptions

async def main():
    async with LiveAvatarClient("a-key", base=sys.argv[1]) as avatar:
        await avatar.start(LiveAvatarOptions(avatar_id="an-id", quality="low"))
        frame = await anext(avatar.frames())
        assert frame.array().shape == (360, 640, 3)

asyncio.run(main())
rooms = ("kiosk.settings.types", "kiosk.settings.layers", "kiosk.settings.secrets", "kiosk.core",
    "kiosk.avatar.interface", "kiosk.runtime", "kiosk.display", "pygame")
print(sorted(name for name in sys.modules if name.startswith(rooms)))
"""


async def test_it_needs_no_settings_no_journal_and_no_screen(service: StandIn, tmp_path) -> None:
    """In a process of its own, without a home: nothing of the kiosk is loaded, nothing written."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", textwrap.dedent(ALONE), service.url],
        stdout=subprocess.PIPE,
        env={"HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    out, _ = await process.communicate()
    assert (process.returncode, out) == (0, b"[]\n"), "pygame is for who asks for a surface"
    assert list(tmp_path.iterdir()) == []
    assert not service.open_sessions
