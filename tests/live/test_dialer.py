"""The dialer over real sockets: a server that is cut, refuses, says good-bye, and comes back."""

import asyncio
import base64
import contextlib
import json
import ssl
import subprocess
import time
from collections.abc import Collection

import pytest
from websockets.asyncio.server import ServerConnection, serve

from kiosk.core import silences
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Call
from kiosk.core.inputs import Input, MicrophoneAt, Pressed, Released, ReplyAt, Stopping
from kiosk.core.link_state import Phase
from kiosk.core.scene import Scene
from kiosk.core.step import Core
from kiosk.core.timeouts import AdaptiveTimeout
from kiosk.core.turns import ReplyCommand, Turn
from kiosk.core.view import LinkView
from kiosk.errors import CredentialError, LinkError
from kiosk.live.dialer import Dialer
from kiosk.live.link import Link
from kiosk.settings.types import LiveSettings

from ..core.service import LIVE, core_settings, told_of
from ..support.line import Line

RATE = 16_000


def pcm(start: int, end: int) -> bytes:
    """Samples that say their own index."""
    return b"".join((n % 65536).to_bytes(2, "little") for n in range(start, end))


class Server:
    """Keeps what each connection was sent; `script` may answer, cut or close."""

    def __init__(self) -> None:
        self.connections: list[list[dict]] = []
        self.script = self.obey
        self.live: ServerConnection | None = None
        self.refuse: int | None = None
        self.refuse_once: list[int] = []
        """Statuses of the next upgrades."""
        self.dialled_s: list[float] = []

    async def obey(self, socket: ServerConnection, body: dict) -> None:
        if "setup" in body:
            await socket.send(b'{"setupComplete": {}}')
        elif "activityEnd" in body.get("realtimeInput", {}):
            part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "ACAAIA=="}}
            for content in ({"modelTurn": {"parts": [part]}}, {"turnComplete": True}):
                await socket.send(json.dumps({"serverContent": content}).encode())

    async def handle(self, socket: ServerConnection) -> None:
        self.live = socket
        bodies: list[dict] = []
        self.connections.append(bodies)
        async for frame in socket:
            assert isinstance(frame, str), "clients send text frames"
            bodies.append(json.loads(frame))
            await self.script(socket, bodies[-1])

    def process_request(self, connection, request):
        self.dialled_s.append(time.monotonic())
        if self.refuse_once:
            return connection.respond(self.refuse_once.pop(0), "no\n")
        if self.refuse is not None:
            return connection.respond(self.refuse, "no\n")
        return None

    def audio(self, n: int) -> bytes:
        """Sound of the nth connection."""
        audio = [
            b["realtimeInput"]["audio"]["data"]
            for b in self.connections[n]
            if "audio" in b.get("realtimeInput", {})
        ]
        return b"".join(base64.b64decode(data) for data in audio)


class Rig:
    """A conversation whose microphone runs with the clock, on a real dialer."""

    def __init__(self, url: str, tools: Collection[str] = (), live: LiveSettings = LIVE) -> None:
        self.url = url
        self.core = Core(core_settings(live), lambda: 0.5)
        self.tools = tools
        self.dialer = Dialer(self.core, self, self.read, self.post)
        self.posted: list[Input] = []
        self.calls: list[Call] = []
        self.scene = Scene()
        self.source = "the test"
        self.refreshed: list[bool] = []
        self.commands: list = []
        self.started_s = time.monotonic() - 10
        self.reading = True
        self.written = 0

    def read(self, start: int, end: int) -> bytes:
        return pcm(start, end)

    async def for_attempt(self, refresh: bool = False) -> tuple[str, dict[str, str]]:
        self.refreshed.append(refresh)
        return self.url, {"x-goog-api-key": "secret"}

    def now(self) -> int:
        return int((time.monotonic() - self.started_s) * RATE)

    def post(self, happened: Input) -> None:
        self.posted.append(happened)
        asyncio.get_running_loop().call_soon(self.step)

    def step(self, *now_happened: Input) -> None:
        """A step, as the kiosk runs it: all of the reply is heard at once."""
        now_s = time.monotonic()
        posted, self.posted = self.posted, []
        reply = ReplyAt(self.written, self.written, now_s)
        outputs = self.core.step(now_s, [MicrophoneAt(self.now()), reply, *posted, *now_happened])
        self.written += sum(len(pcm) // 2 for pcm in outputs.commands if isinstance(pcm, bytes))
        self.commands.extend(outputs.commands)
        self.calls.extend(outputs.calls)
        self.scene = outputs.scene
        self.dialer.obey(outputs)

    @property
    def link(self) -> LinkView:
        return self.core.view().link

    @property
    def turn(self) -> Turn:
        """The newest."""
        return self.core.view().turns[-1]

    async def run(self) -> None:
        now_s = time.monotonic()
        self.core.start(
            now_s, MicrophoneAt(self.now()), ReplyAt(0, 0, now_s), 1, known=[told_of(*self.tools)]
        )
        dialling = asyncio.create_task(self.dialer.run())
        try:
            while True:
                self.step()
                await asyncio.sleep(0.02)
        finally:
            dialling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await dialling

    async def until(self, condition, limit_s: float = 10) -> None:
        async with asyncio.timeout(limit_s):
            while not condition():  # noqa: ASYNC110 - looks on at what has no event
                await asyncio.sleep(0.01)

    async def up(self) -> None:
        await self.until(lambda: self.link.phase is Phase.UP)

    def press(self) -> None:
        self.step(Pressed(time.monotonic(), self.now()))

    def release(self) -> None:
        self.step(Released(time.monotonic(), self.now()))


@pytest.fixture
async def server():
    server = Server()
    async with serve(
        server.handle, "127.0.0.1", 0, process_request=server.process_request
    ) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server


@pytest.fixture
async def rig(server):
    rig = Rig(f"ws://127.0.0.1:{server.port}")
    running = asyncio.create_task(rig.run())
    yield rig
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def ask(rig: Rig, hold_s: float = 0.4) -> None:
    rig.press()
    await asyncio.sleep(hold_s)
    rig.release()


async def answered(rig: Rig) -> None:
    await rig.until(lambda: rig.core.view().turns and rig.turn.outcome)


async def test_a_turn_on_the_wire_is_start_sound_end_and_its_answer_is_played(server, rig):
    await rig.up()
    await ask(rig)
    await answered(rig)
    kinds = [next(iter(body["realtimeInput"])) for body in server.connections[0][1:]]
    assert (kinds[0], kinds[-1]) == ("activityStart", "activityEnd")
    assert set(kinds[1:-1]) == {"audio"}
    turn = rig.turn
    assert server.audio(0) == pcm(turn.start, turn.end)
    assert rig.commands == [b"\0\x20\0\x20", ReplyCommand.END_OF_REPLY]


async def test_nothing_but_the_setup_is_sent_before_setup_complete(server, rig):
    async def mute(socket, body):
        pass

    server.script = mute
    await rig.until(lambda: server.connections and server.connections[0])
    await ask(rig)
    await asyncio.sleep(0.5)
    assert [next(iter(body)) for body in server.connections[0]] == ["setup"]


@pytest.mark.parametrize("how", ["abort", "1000", "1011", "go away"])
async def test_line_lost_in_mid_utterance_is_dialled_again_and_nothing_is_lost(server, rig, how):
    await rig.up()
    rig.press()
    await rig.until(lambda: len(server.audio(0)) > 10_000)
    match how:
        case "abort":
            server.live.transport.abort()
        case "go away":
            await server.live.send(json.dumps({"goAway": {"timeLeft": "0s"}}))
        case code:
            await server.live.close(int(code), "The operation was cancelled.")
    await rig.until(lambda: len(server.connections) == 2 and len(server.audio(1)) > 10_000)
    rig.release()
    await answered(rig)
    turn = rig.turn
    assert server.audio(1) == pcm(turn.start, turn.end)
    assert turn.outcome == "answered"


async def test_refused_upgrade_is_tried_again_with_pauses(server, rig):
    await rig.up()
    server.refuse = 503
    server.live.transport.abort()
    await rig.until(lambda: len(rig.refreshed) >= 4)
    server.refuse = None
    await rig.up()


async def test_refused_key_is_fetched_anew_once_then_shown_to_staff(server, rig):
    await rig.up()
    server.refuse = 401
    server.live.transport.abort()
    await rig.until(lambda: rig.link.staff_code)
    assert rig.link.staff_code == "K-KEY"
    assert rig.refreshed == [False, False, True]


async def test_missing_key_is_a_code_for_staff_and_no_crash(server, rig, caplog):
    await rig.up()

    async def fail(refresh: bool = False):
        raise CredentialError("there is no key. Put one into /etc/kiosk/gemini-api-key")

    rig.for_attempt = fail
    server.live.transport.abort()
    await rig.until(lambda: rig.link.staff_code)
    assert rig.link.staff_code == "K-KEY"
    assert rig.link.detail == "there is no key"
    assert "Put one" in caplog.text


async def test_garbage_of_the_service_is_passed_over(server, rig):
    await rig.up()
    await server.live.send(b"\xff\xfe")
    await server.live.send("[1, 2")
    await ask(rig)
    await answered(rig)
    assert rig.dialer.bad_frames == 2
    assert len(server.connections) == 1


async def test_old_socket_is_closed_before_the_new_one_is_opened(server, rig):
    await rig.up()
    first = server.live
    rig.core._session._rotate(time.monotonic())
    await rig.until(lambda: len(server.connections) == 2)
    assert first.close_code is not None or first.transport.is_closing()


async def test_drain_gives_the_open_turn_its_end(server, rig):
    await rig.up()
    rig.press()
    await rig.until(lambda: len(server.audio(0)) > 4000)
    rig.step(Stopping())
    await rig.dialer.drain(1.0)
    await asyncio.sleep(0.05)
    assert server.connections[0][-1] == {"realtimeInput": {"activityEnd": {}}}


async def test_dialer_ends_also_while_it_hangs_up(server, monkeypatch):
    rig = Rig(f"ws://127.0.0.1:{server.port}")
    running = asyncio.create_task(rig.run())
    await rig.up()
    closing = asyncio.Event()
    close = Link.close

    async def slow(link: Link) -> None:
        closing.set()
        await asyncio.sleep(0.1)
        await close(link)

    monkeypatch.setattr(Link, "close", slow)
    rig.core._session._rotate(time.monotonic())
    await asyncio.wait_for(closing.wait(), 5)
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=2)
    assert done


async def test_token_service_that_does_not_answer_is_a_loss(server, rig, monkeypatch):
    await rig.up()
    monkeypatch.setattr(rig.dialer, "_credential_timeout", AdaptiveTimeout(0.1, 0.1))

    async def hang(refresh: bool = False):
        await asyncio.sleep(60)

    rig.for_attempt = hang
    server.live.transport.abort()
    await rig.until(lambda: "token service" in rig.link.detail)


async def speak_over_a_narrow_line(rig: Rig, server: Server, speak_s: float, limit_s: float) -> int:
    """Bytes of speech on the connection; the line takes a third of what speech needs."""
    await rig.up()
    await ask(rig, speak_s)
    await rig.until(lambda: rig.turn.outcome, limit_s)
    assert rig.turn.outcome == "answered"
    assert len(server.connections) == 1, "taken for a service that does not answer"
    return len(server.audio(0))


NARROW = 16_000
"""Bytes a second; live speech is 43,000 of them."""


async def test_narrow_line_is_felt_and_not_taken_for_a_silent_service(server, monkeypatch):
    monkeypatch.setattr(silences, "NO_ANSWER_S", 4.0)
    with Line(server.port, bytes_per_s=NARROW) as line:
        rig = Rig(f"ws://127.0.0.1:{line.port}")
        running = asyncio.create_task(rig.run())
        sent = await speak_over_a_narrow_line(rig, server, 2.5, 15)
        running.cancel()
    assert sent > 2.5 * 2 * RATE


@pytest.fixture
def certificate(tmp_path):
    """A directory with a self-signed one for 127.0.0.1, and its key."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


@pytest.mark.long
async def test_ten_seconds_over_a_narrow_line_and_tls(certificate, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    server = Server()
    async with serve(server.handle, "127.0.0.1", 0, ssl=context, ping_interval=None) as listening:
        with Line(listening.sockets[0].getsockname()[1], bytes_per_s=NARROW) as line:
            rig = Rig(f"wss://127.0.0.1:{line.port}")
            running = asyncio.create_task(rig.run())
            sent = await speak_over_a_narrow_line(rig, server, 10.0, 60)
            running.cancel()
    assert sent > 10 * 2 * RATE


@pytest.mark.parametrize("padding", [0, 2_000_000], ids=["short", "2 MB"])
async def test_error_in_band_shows_neither_the_key_nor_megabytes(
    server, rig, monkeypatch, caplog, padding
):
    key = "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"

    async def refuse(socket, body):
        words = f"\x1b[2J\u202eAPI key {key} is not valid {'x' * padding}"
        error = {"code": 401, "status": f"UNAUTHENTICATED {key[:20]}", "message": words}
        await socket.send(json.dumps({f"\x1b[2J{key}": 1}))
        await socket.send(json.dumps({"error": error}))

    async def for_attempt(self, refresh=False):
        return self.url, {"x-goog-api-key": key}

    monkeypatch.setattr(Rig, "for_attempt", for_attempt)
    server.script = refuse
    await rig.until(lambda: rig.link.staff_code == "K-KEY")
    scene, odd = rig.scene, " ".join(rig.link.odd)
    assert odd, "a field without a known name is counted by it"
    shown = (rig.link.detail, scene.detail, caplog.text, odd)
    assert "is not valid" in shown[0]
    for words in shown:
        assert not any(key[at : at + 8] in words for at in range(len(key) - 7))
        assert "\x1b" not in words
        assert "\u202e" not in words
    assert max(map(len, shown[:2])) <= 200


async def test_upgrade_that_is_late_gets_more_time_each_time(server):
    """As through a proxy that answers late."""
    asked = []

    async def late(connection, request):
        asked.append(time.monotonic())
        await asyncio.sleep(0.6)

    async with serve(server.handle, "127.0.0.1", 0, process_request=late) as listening:
        rig = Rig(f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        rig.dialer._open_timeout = AdaptiveTimeout(0.2, 5.0)
        running = asyncio.create_task(rig.run())
        await rig.up()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert len(asked) > 1
    assert rig.dialer._open_timeout.seconds > 1.0  # Room over what it needed.


async def test_dial_that_took_too_long_is_tried_over_ipv4_alone_in_turn(monkeypatch):
    tried = []

    async def open_(url, headers, limit_s, ipv4_only=False):
        tried.append(ipv4_only)
        raise LinkError(Disconnect(reason="no answer", timed_out=len(tried) < 4))

    monkeypatch.setattr(Link, "open", open_)
    rig = Rig("wss://service.test")
    running = asyncio.create_task(rig.run())
    await rig.until(lambda: len(tried) >= 6)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert tried[:6] == [False, True, False, True, False, False]
