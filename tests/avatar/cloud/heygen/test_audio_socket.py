"""The socket that takes our sound, at a server that does as each test says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from kiosk.avatar.cloud.heygen import audio_socket as audio_socket_module
from kiosk.avatar.cloud.heygen.audio_socket import AudioSocket
from tests.avatar.cloud.heygen.conftest import reached

CONNECTED = {"type": "session.state_updated", "state": "connected"}


class Line:
    """A socket of ours, and what came of it on both sides."""

    def __init__(self, url: str, came: list[dict[str, Any]]) -> None:
        self.came = came
        self.told: list[dict[str, Any]] = []
        self.sent: list[object] = []
        self.connected = 0
        self.socket = AudioSocket(url, self._connect, self.told.append, self.sent.append)
        self.running = asyncio.create_task(self.socket.run())

    def _connect(self) -> None:
        self.connected += 1


Server = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture
async def line() -> AsyncIterator[Callable[..., Awaitable[Line]]]:
    async with contextlib.AsyncExitStack() as stack:
        lines: list[Line] = []

        async def make(*says: Any, path: str = "/v1/realtime") -> Line:
            came: list[dict[str, Any]] = []

            async def handle(socket: ServerConnection) -> None:
                for event in says:
                    await socket.send(event if isinstance(event, str) else json.dumps(event))
                async for message in socket:
                    came.append(json.loads(message))

            server = await stack.enter_async_context(serve(handle, "127.0.0.1", 0))
            port = server.sockets[0].getsockname()[1]
            lines.append(Line(f"ws://127.0.0.1:{port}{path}/s", came))
            return lines[-1]

        yield make
        for each in lines:
            each.running.cancel()
            await asyncio.gather(each.running, return_exceptions=True)


async def test_what_cannot_be_understood_is_passed_over(line) -> None:
    """The vendor's events are its own: none of them may end the line, or the daemon."""
    odd: list[Any] = [
        {"type": ["a", "list"], "state": {}},
        {"type": {"an": "object"}},
        {"type": "session.state_updated", "state": ["connected"]},
        {"type": None},
        {},
        [],
        7,
        "no JSON",
    ]
    it = await line(*odd, CONNECTED)
    await reached(lambda: it.socket.connected)
    assert not it.running.done()


async def test_the_older_socket_need_not_say_that_it_is_connected(line, monkeypatch) -> None:
    monkeypatch.setattr(audio_socket_module, "SILENT_CONNECT_S", 0.1)
    it = await line(path="/v2-alpha/interactive-avatar/session")
    it.socket.feed_audio(1, bytes(48_000))
    it.socket.end_reply(1)
    await reached(lambda: it.connected)
    await reached(lambda: it.came and it.came[-1]["type"] == "agent.audio_buffer_commit")
    assert it.connected == 1


async def test_the_newer_one_must(line, monkeypatch) -> None:
    """However long that takes: whoever opened the session bounds it."""
    monkeypatch.setattr(audio_socket_module, "SILENT_CONNECT_S", 0.01)
    it = await line()
    it.socket.feed_audio(1, bytes(48_000))
    await asyncio.sleep(0.2)
    assert (it.came, it.connected, it.running.done()) == ([], 0, False)


async def test_what_a_pause_leaves_is_committed(line) -> None:
    """The older dialect speaks what is committed, and the source may be long in going on."""
    it = await line(CONNECTED, path="/v2-alpha/interactive-avatar/session")
    it.socket.feed_audio(1, bytes(24_000))
    await reached(lambda: len(it.came) == 2)
    kinds = [event["type"] for event in it.came]
    assert kinds == ["agent.audio_buffer_append", "agent.audio_buffer_commit"]


async def test_a_fault_of_the_sender_ends_the_line(line, caplog, monkeypatch) -> None:
    it = await line(CONNECTED)
    await reached(lambda: it.socket.connected)
    monkeypatch.setattr(audio_socket_module, "event_id", None)
    it.socket.feed_audio(1, bytes(48_000))
    it.socket.end_reply(1)
    assert await asyncio.wait_for(it.running, 5) == "its socket closed"
    assert "a fault in a task of the cloud avatar" in caplog.text


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 500 + "1" + "}" * 500])
async def test_hostile_json_costs_itself(
    line: Callable[..., Awaitable[Line]], caplog: pytest.LogCaptureFixture, text: str
) -> None:
    it = await line(text, CONNECTED, {"type": "agent.speak_started"})
    await reached(lambda: len(it.told) == 2)
    assert it.connected == 1
    assert "unreadable message" in caplog.text
    assert "Traceback" not in caplog.text
