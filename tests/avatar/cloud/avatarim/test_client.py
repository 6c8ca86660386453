"""The client over a real socket, against the stand-in."""

import asyncio
import base64
import io
import logging
import subprocess
import sys
import wave

import pytest

from kiosk.avatar.cloud.avatarim import AvatarImClient, AvatarImError
from tests.avatar.cloud.avatarim.conftest import TOKEN, until
from tests.support.avatarim import HEARD


class Told:
    """A client, and what it told."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        self.messages: list[dict] = []
        self.errors: list[tuple] = []
        self.events: list[dict] = []
        self.gaps: list[str] = []
        self.failed: list[str] = []
        self.ended: list[tuple[str, bool]] = []
        self.client = AvatarImClient(
            token,
            "app-1",
            "77",
            "S1",
            url=url,
            on_message=lambda content, whole: self.messages.append(content),
            on_ack_error=lambda *error: self.errors.append(error),
            on_event=self.events.append,
            on_gap=self.gaps.append,
            on_failed=self.failed.append,
            on_ended=lambda *how: self.ended.append(how),
        )

    async def ready(self) -> AvatarImClient:
        await self.client.connect()
        self.client.start_session()
        await self.client.session_ready()
        return self.client


@pytest.fixture
async def it(cloud):
    told = Told(cloud.url)
    yield told
    await told.client.close()


async def test_a_conversation(cloud, it):
    client = it.client
    await client.connect()
    client.start_session(format="pcm", sample_rate=16_000, dialog_mode="open")
    assert (await client.session_ready())["type"] == "startResult"
    assert client.ready
    said = b"\0\x20" * 4_000 + bytes(24_000)
    ids = client.send_audio(said)
    assert len(ids) == len(set(ids)) == 10
    await until(lambda: any(message.get("text") == HEARD for message in it.messages))
    await until(lambda: cloud.heard == said)  # It answers in the silence, before its end.
    client.send_audio(base64.b64encode(b"\1\2").decode())
    client.send_text("hello")
    client.refresh_context(scene="hall")
    client.send_message({"type": "mine"})
    client.send("3")
    await client.close_session()
    await until(lambda: cloud.contents("stop"))
    assert cloud.contents("start")[0]["dialogMode"] == "open"
    assert cloud.contents("mine") == [{"type": "mine"}]
    assert cloud.contents("refreshContext")[0]["scene"] == "hall"
    assert cloud.frames[0] == "3"
    assert cloud.frames[-1][:2] == "5{"
    with pytest.raises(AvatarImError):
        client.send_text("too late")
    assert it.ended == []


async def test_what_is_sent_before_ready_is_not_lost(cloud, it):
    cloud.faults.start = "late"
    await it.client.connect()
    it.client.start_session()
    it.client.send_text("early")
    await it.client.session_ready()
    await until(lambda: cloud.contents("dataSend"))
    assert cloud.lost == []
    assert cloud.contents("dataSend")[0]["text"] == "early"


async def test_a_start_that_fails(cloud, it):
    cloud.faults.start = "failed"
    await it.client.connect()
    it.client.start_session()
    with pytest.raises(AvatarImError, match="busy"):
        await it.client.session_ready()
    assert it.failed == ["the start was refused: busy"]


async def test_ready_fails_on_close_and_without_a_start(cloud, it):
    with pytest.raises(AvatarImError, match="start_session"):
        await it.client.session_ready()
    cloud.faults.start = "never"
    await it.client.connect()
    it.client.start_session()
    waiting = asyncio.create_task(it.client.session_ready())
    await asyncio.sleep(0)
    await it.client.close()
    with pytest.raises(AvatarImError, match="closed"):
        await waiting


@pytest.mark.parametrize("how", ["drop", "SERVER_CONNECTION_CLOSED"])
async def test_a_lost_line_starts_the_session_again(cloud, it, how):
    client = await it.ready()
    if how == "drop":
        cloud.drop()
    else:
        cloud.close_with(how)
    await until(lambda: it.gaps and len(cloud.contents("start")) == 2)
    await client.session_ready()
    client.send_text("again")
    await until(lambda: cloud.contents("dataSend"))
    assert cloud.lost == []
    assert client.reconnects == 1


@pytest.mark.parametrize("moment", ["hello", "start", "ready"])
async def test_a_line_that_always_breaks_ends(cloud, it, moment):
    cloud.faults.drop_at = moment
    it.client.start_session()
    connecting = asyncio.create_task(it.client.connect())
    await until(lambda: it.ended, 20)
    assert len(cloud.paths) == 3
    with pytest.raises(AvatarImError):
        await it.client.session_ready()
    await it.client.close()
    await asyncio.gather(connecting, return_exceptions=True)


async def test_a_kick_out_is_final(cloud, it):
    await it.ready()
    cloud.close_with("CONNECTION_KICK_OUT")
    await until(lambda: it.ended)
    assert it.ended == [("CONNECTION_KICK_OUT", True)]
    await asyncio.sleep(0.3)
    assert len(cloud.paths) == 1


async def test_a_refused_token_ends_it_and_is_not_logged(cloud, caplog):
    caplog.set_level(logging.DEBUG)
    told = Told(cloud.url, "s3cret-token")
    with pytest.raises(AvatarImError, match="401"):
        await told.client.connect()
    await told.client.close()
    assert cloud.paths == ["/ws?t=s3cret-token&app=app-1&tenant=77"]
    assert "s3cret" not in caplog.text
    assert "s3cret" not in repr(told.client)


async def test_nobody_there():
    told = Told("ws://127.0.0.1:1")
    with pytest.raises(AvatarImError):
        await told.client.connect()
    assert len(told.ended) == 1
    await told.client.close()


async def test_what_the_server_tells(cloud, it):
    await it.ready()
    cloud.faults.twice = True
    cloud.say({"type": "unheard", "n": 1}, "same")
    cloud.say({"type": "unheard", "n": 1}, "same")
    cloud.raw('6{"messageId":"m","error":{"code":1}}')
    cloud.raw('7{"name":"e"}')
    cloud.raw("9nonsense")
    cloud.raw("5{broken")
    await until(lambda: it.events)
    assert [message for message in it.messages if message["type"] == "unheard"] == [
        {"type": "unheard", "n": 1}
    ]
    assert it.errors == [("m", {"code": 1})]
    assert it.events == [{"name": "e"}]
    assert it.client.ready


async def test_a_callback_that_fails_costs_nothing(cloud, it, caplog):
    def fail(content: dict, whole: dict) -> None:
        raise RuntimeError("mine")

    it.client.on_message = fail
    await it.ready()
    assert "a callback failed" in caplog.text


async def test_it_connects_again_after_the_end(cloud, it):
    await it.ready()
    await it.client.close()
    await it.ready()
    assert len(cloud.contents("start")) == 2


async def test_reasons_that_attack_are_told_without_the_token(cloud, caplog):
    caplog.set_level(logging.DEBUG)
    cloud.tokens["s3cret-token"] = "S1"
    told = Told(cloud.url, "s3cret-token")
    await told.ready()
    cloud.close_with(f"\x1b[2J\u202e s3cret-token {'x' * 100_000}")
    await until(lambda: told.gaps)
    await told.client.close()
    for words in (*told.gaps, *(record.getMessage() for record in caplog.records)):
        assert "s3cret-t" not in words
        assert "\x1b" not in words
        assert "\u202e" not in words
    assert len(told.gaps[0]) <= 200


async def test_each_callback_is_called_with_what_it_is_for(cloud):
    told: list[tuple] = []

    def teller(name: str):
        return lambda *what: told.append((name, *what))

    names = ("open", "ready", "ack", "ack_error", "event", "unknown", "gap", "failed", "ended")
    callbacks = {f"on_{name}": teller(name) for name in names}
    async with AvatarImClient(TOKEN, "app-1", "77", "S1", url=cloud.url, **callbacks) as client:
        started = client.start_session()
        ready = await client.session_ready()
        cloud.raw('6{"messageId":"m","error":{"code":1}}')
        cloud.raw('7{"name":"e"}')
        cloud.raw("9nonsense")
        cloud.raw("5{broken")
        await until(lambda: ("unknown", "5{broken") in told)
        assert told == [
            ("open",),
            ("ack", started, None),
            ("ready", ready),
            ("ack", "m", {"code": 1}),
            ("ack_error", "m", {"code": 1}),
            ("event", {"name": "e"}),
            ("unknown", "9nonsense"),
            ("unknown", "5{broken"),
        ]
        cloud.drop()
        await until(lambda: told[-1][0] == "ready" and told[-4][0] == "gap")
        cloud.faults.start = "failed"
        client.start_session()
        await until(lambda: told[-1][0] == "failed")
        cloud.close_with("CONNECTION_KICK_OUT")
        await until(lambda: told[-1] == ("ended", "CONNECTION_KICK_OUT", True))


async def test_coroutines_are_awaited_in_order_and_hold_nothing_up(cloud):
    done: list[int] = []
    go = asyncio.Event()

    async def slow(content: dict, whole: dict) -> None:
        if content["type"] == "numbered":
            await go.wait()
            done.append(content["n"])

    async with AvatarImClient(TOKEN, "app-1", "77", "S1", url=cloud.url, on_message=slow) as client:
        client.start_session()
        await client.session_ready()
        for number in range(5):
            cloud.say({"type": "numbered", "n": number})
        client.send_text("meanwhile")
        await until(lambda: cloud.contents("dataSend"))
        assert done == []
        go.set()
        await until(lambda: len(done) == 5)
    assert done == [0, 1, 2, 3, 4]


async def test_a_coroutine_that_fails_or_hangs_costs_nothing(cloud, caplog):
    async def fail(content: dict, whole: dict) -> None:
        if content["type"] == "startResult":
            raise RuntimeError("mine")
        await asyncio.Event().wait()

    async with asyncio.timeout(10):
        async with AvatarImClient(
            TOKEN, "app-1", "77", "S1", url=cloud.url, on_message=fail
        ) as client:
            client.start_session()
            await client.session_ready()
            cloud.say({"type": "other"})
            await until(lambda: "a callback failed" in caplog.text)
    assert cloud.contents("stop")


@pytest.mark.parametrize("way", ["end", "error", "cancelled"])
async def test_the_block_stops_the_session_on_every_way_out(cloud, way):
    inside = asyncio.Event()

    async def hold() -> None:
        async with AvatarImClient(TOKEN, "app-1", "77", "S1", url=cloud.url) as client:
            client.start_session()
            await client.session_ready()
            inside.set()
            if way == "error":
                raise RuntimeError("mine")
            if way == "cancelled":
                await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await inside.wait()
    if way == "cancelled":
        task.cancel()
    await asyncio.wait([task])
    await until(lambda: cloud.contents("stop") and not cloud.lines)


async def test_a_block_that_cannot_be_entered_leaves_no_task(cloud):
    before = asyncio.all_tasks()
    with pytest.raises(AvatarImError, match="401"):
        async with AvatarImClient("another", "app-1", "77", "S1", url=cloud.url):
            pass
    assert asyncio.all_tasks() == before


async def test_sound_of_a_wav_session_has_a_header_in_each_piece(cloud):
    async with AvatarImClient(TOKEN, "app-1", "77", "S1", url=cloud.url) as client:
        client.start_session(format="wav", sample_rate=8_000)
        await client.session_ready()
        client.send_audio(bytes(range(200)) * 20)
        await until(lambda: len(cloud.contents("dataSend")) == 3)
    heard = b""
    for content in cloud.contents("dataSend"):
        with wave.open(io.BytesIO(base64.b64decode(content["audio"]))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
            heard += file.readframes(file.getnframes())
    assert heard == bytes(range(200)) * 20
    assert cloud.contents("start")[0]["sampleRate"] == "8000"


def test_nothing_of_a_kiosk_is_needed():
    """Neither its settings, nor the journal of sessions, nor a screen."""
    code = (
        "import sys, kiosk.avatar.cloud.avatarim as library; "
        "print([name for name in sys.modules if name.startswith('kiosk.') or name == 'pygame'])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in (
        "kiosk.settings.layers",
        "journal",
        "picture",
        "pygame",
        "driver",
        "session_policy",
        "sessions",
    ):
        assert name not in told.stdout
