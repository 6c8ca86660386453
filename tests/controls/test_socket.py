"""The control socket, over real sockets."""

# ruff: noqa: ASYNC240 - looking at a file in /tmp blocks nobody here

import asyncio
import contextlib
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.controls import socket as control
from kiosk.controls.socket import ControlSocket
from kiosk.errors import ControlError, UserError


@pytest.fixture
def path() -> Iterator[Path]:
    """A short one: a Unix socket's path has 107 bytes at most."""
    folder = Path("/tmp") / f"kiosk-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    yield folder / "control.sock"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


async def press(request: dict[str, Any]) -> dict[str, Any]:
    return {"pressed": True}


async def say(request: dict[str, Any]) -> dict[str, Any]:
    if "text" not in request:
        raise ControlError("say needs a text")
    return {"said": request["text"]}


async def screenshot(request: dict[str, Any]) -> dict[str, Any]:
    raise PermissionError(13, "Permission denied", request["path"])


async def hang(request: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(3600)
    return {}


async def status(request: dict[str, Any]) -> dict[str, Any]:
    return {"state": "attract", "long": "x" * int(request.get("length", 0))}


def faulty(error: Exception) -> Callable[[dict[str, Any]], Any]:
    async def verb(request: dict[str, Any]) -> dict[str, Any]:
        raise error

    return verb


async def surrogate(request: dict[str, Any]) -> dict[str, Any]:
    return {"said": "\ud800"}


async def unknown(request: dict[str, Any]) -> dict[str, Any]:
    return {"said": object()}


VERBS = {
    "press": press,
    "say": say,
    "screenshot": screenshot,
    "hang": hang,
    "status": status,
    "value": faulty(ValueError("bad value")),
    "loop": faulty(RuntimeError("Symlink loop")),
    "deep": faulty(RecursionError()),
    "surrogate": surrogate,
    "unknown": unknown,
}


@pytest.fixture
async def served(path: Path) -> AsyncIterator[Path]:
    server = ControlSocket(path, VERBS)
    await server.start()
    yield path
    await server.close()


class Client:
    """Somebody at the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, path: Path) -> "Client":
        return cls(*await asyncio.open_unix_connection(path, limit=1 << 24))

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            answer: dict[str, Any] = json.loads(await self.reader.readline())
        return answer

    async def ask(self, request: object) -> dict[str, Any]:
        self.write(json.dumps(request).encode() + b"\n")
        return await self.answer()

    async def hung_up(self) -> bool:
        async with asyncio.timeout(10):
            return await self.reader.read() == b""


async def test_requests_are_answered_in_order(served: Path) -> None:
    client = await Client.at(served)
    client.write(b'{"do":"press"}\n\n{"do":"say","text":"Hi"}\n{"do":"say"}\n')
    assert await client.answer() == {"ok": True, "pressed": True}
    assert await client.answer() == {"ok": True, "said": "Hi"}
    assert await client.answer() == {"ok": False, "error": "say needs a text"}
    client.writer.close()


async def test_what_the_system_refuses_is_told(served: Path) -> None:
    client = await Client.at(served)
    answer = await client.ask({"do": "screenshot", "path": "/x.png"})
    assert answer["ok"] is False
    assert "Permission denied" in answer["error"]
    client.writer.close()


async def test_a_last_line_needs_no_line_break(served: Path) -> None:
    client = await Client.at(served)
    client.write(b'{"do":"press"}')
    client.writer.write_eof()
    assert (await client.answer())["ok"] is True


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"press", "not JSON"),
        (b"{'do': 'press'}", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"do": "\xff"}', "not JSON"),
        (b"[" * 30_000, "not JSON"),
        (b'["press"]', "an object"),
        (b"null", "an object"),
        (b"{}", "as a string"),
        (b'{"do": 1}', "as a string"),
        (b'{"do": {"do": "press"}}', "as a string"),
        (b'{"do": "pres"}', "unknown verb 'pres': did you mean 'press'?"),
        (b'{"do": ""}', "the verbs are press, say"),
        (b'{"do": "' + b"x" * 60_000 + b'"}', "unknown verb"),
    ],
)
async def test_a_bad_request_is_refused_and_the_next_is_answered(
    served: Path, line: bytes, says: str
) -> None:
    client = await Client.at(served)
    client.write(line + b"\n")
    answer = await client.answer()
    assert answer["ok"] is False
    assert says in answer["error"]
    assert len(answer["error"]) < 400
    assert (await client.ask({"do": "press"}))["ok"] is True
    client.writer.close()


async def test_a_line_that_does_not_end_is_refused(served: Path) -> None:
    client = await Client.at(served)
    client.write(b"x" * (control.MAX_LINE_BYTES + 10))
    assert await client.answer() == {"ok": False, "error": "a request is at most 65536 bytes"}
    assert await client.hung_up()
    assert (await (await Client.at(served)).ask({"do": "press"}))["ok"] is True


async def test_clients_do_not_wait_for_each_other(served: Path) -> None:
    hanging = [await Client.at(served) for _ in range(10)]
    for client in hanging:
        client.write(b'{"do":"hang"}\n')
    silent = [await Client.at(served) for _ in range(10)]
    assert (await (await Client.at(served)).ask({"do": "press"}))["ok"] is True
    for client in (*hanging, *silent):
        client.writer.close()


async def test_a_client_that_does_not_read_is_dropped(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "SEND_TIMEOUT_S", 0.1)
    slow = socket.socket(socket.AF_UNIX)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.setblocking(False)
    slow.connect(str(served))
    slow.send(b'{"do":"status","length":4000000}\n' * 3)
    client = await Client.at(served)
    for _ in range(20):
        assert (await client.ask({"do": "press"}))["ok"] is True
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    received = 0
    with slow:
        slow.setblocking(True)
        slow.settimeout(10)
        while chunk := slow.recv(1 << 20):
            received += len(chunk)
    assert received < 4_000_000, "dropped, not served in the end"
    client.writer.close()


async def test_whoever_is_silent_for_longest_gives_way(served: Path) -> None:
    """Clients that open and never ask keep nobody out."""
    clients = [await Client.at(served) for _ in range(control.MAX_CLIENTS)]
    for client in clients[1:]:
        assert (await client.ask({"do": "press"}))["ok"] is True
    clients[1].write(b'{"do": "sta')  # Half a request is none.
    for first in clients[:2]:
        one_more = await Client.at(served)
        assert (await one_more.ask({"do": "press"}))["ok"] is True
        assert await first.hung_up()
    assert (await clients[-1].ask({"do": "press"}))["ok"] is True


async def test_too_many_clients_that_are_being_served_are_turned_away(served: Path) -> None:
    for _ in range(control.MAX_CLIENTS):
        (await Client.at(served)).write(b'{"do": "hang"}\n')
    await asyncio.sleep(0.05)
    one_more = await Client.at(served)
    assert (await one_more.answer())["error"].startswith("too many clients")


async def test_client_that_asks_nothing_is_hung_up_on(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "IDLE_TIMEOUT_S", 0.05)
    client = await Client.at(served)
    assert await client.hung_up()


@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("value", "value failed, a fault of the kiosk: ValueError: bad value"),
        ("loop", "loop failed, a fault of the kiosk: RuntimeError: Symlink loop"),
        ("deep", "deep failed, a fault of the kiosk: RecursionError: "),
        ("surrogate", "the answer is no JSON: UnicodeEncodeError"),
        ("unknown", "the answer is no JSON: TypeError"),
        ("hang", "hang was not done in 0.2 s"),
    ],
)
async def test_fault_in_a_verb_costs_the_request_alone(
    served: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    do: str,
    told: str,
) -> None:
    monkeypatch.setattr(control, "VERB_TIMEOUT_S", 0.2)
    client = await Client.at(served)
    answer = await client.ask({"do": do})
    assert answer["ok"] is False
    assert answer["error"].startswith(told)
    assert (await client.ask({"do": "press"}))["ok"] is True
    assert ("Traceback" in caplog.text) is (do != "hang"), "staff find a fault of ours in the log"


async def test_clients_that_vanish_leave_nothing(served: Path, path: Path) -> None:
    for _ in range(50):
        client = await Client.at(served)
        client.write(b'{"do":"status","length":100000}\n{"do":')
        client.writer.transport.abort()
    client = await Client.at(served)
    assert (await client.ask({"do": "press"}))["ok"] is True


async def test_the_mode_does_not_hang_on_the_umask(path: Path) -> None:
    for umask in (0, 0o777):
        was = os.umask(umask)
        try:
            server = ControlSocket(path, VERBS)
            await server.start()
        finally:
            os.umask(was)
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o660
        await server.close()
        assert list(path.parent.iterdir()) == []


async def test_a_stale_socket_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
        crashed.listen()
    server = ControlSocket(path, VERBS)
    await server.start()
    assert (await (await Client.at(path)).ask({"do": "press"}))["ok"] is True
    await server.close()


async def test_a_living_one_is_refused_and_unharmed(served: Path) -> None:
    with pytest.raises(UserError, match="another kiosk runs here"):
        await ControlSocket(served, VERBS).start()
    assert (await (await Client.at(served)).ask({"do": "press"}))["ok"] is True
    assert [file.name for file in served.parent.iterdir()] == ["control.sock"]


async def test_a_stuck_one_is_refused_too(path: Path) -> None:
    with contextlib.ExitStack() as sockets:

        def another() -> socket.socket:
            return sockets.enter_context(
                socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            )

        stuck = another()
        stuck.bind(str(path))
        stuck.listen(0)
        while another().connect_ex(str(path)) == 0:
            pass  # until the queue is full
        with pytest.raises(UserError, match="another kiosk runs here"):
            await ControlSocket(path, VERBS).start()


async def test_what_is_no_socket_is_not_removed(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(UserError, match="is no socket"):
        await ControlSocket(path, VERBS).start()
    assert path.read_text() == "precious"


async def test_a_place_that_cannot_be_is_told(tmp_path: Path) -> None:
    for place in (tmp_path / "absent" / "control.sock", tmp_path / ("x" * 120) / "control.sock"):
        with pytest.raises(UserError, match="--runtime-dir"):
            await ControlSocket(place, VERBS).start()


async def test_close_leaves_a_successor_s_socket(path: Path) -> None:
    first = ControlSocket(path, VERBS)
    await first.start()
    path.unlink()
    second = ControlSocket(path, VERBS)
    await second.start()
    await first.close()
    assert (await (await Client.at(path)).ask({"do": "press"}))["ok"] is True
    await second.close()
    await second.close()
    assert not path.exists()


async def test_close_drops_clients(path: Path) -> None:
    server = ControlSocket(path, VERBS)
    await server.start()
    client = await Client.at(path)
    client.write(b'{"do":"hang"}\n')
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        await server.close()
    assert await client.hung_up()
    with pytest.raises(FileNotFoundError):
        await Client.at(path)
