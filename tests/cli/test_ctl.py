"""`kiosk ctl` over a real socket, and what it says where no kiosk answers."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import ctl
from kiosk.controls.socket import ControlSocket
from kiosk.errors import ControlError, UserError

REPOSITORY = Path(__file__).parents[2]


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


VERBS = {"press": press, "say": say, "screenshot": screenshot}


@pytest.fixture
async def served(path: Path) -> AsyncIterator[Path]:
    server = ControlSocket(path, VERBS)
    await server.start()
    yield path
    await server.close()


async def kiosk_ctl(path: Path, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kiosk", "ctl", "--runtime-dir", str(path.parent), *arguments),
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, out.decode(), err.decode()


async def test_ctl_asks_and_prints(served: Path) -> None:
    code, out, _ = await kiosk_ctl(served, "press")
    assert (code, json.loads(out)) == (0, {"ok": True, "pressed": True})
    code, out, _ = await kiosk_ctl(served, "say", "Guten", "Tag, Grüße")
    assert (code, json.loads(out)) == (0, {"ok": True, "said": "Guten Tag, Grüße"})


async def test_ctl_fails_where_the_kiosk_refuses(served: Path) -> None:
    code, out, err = await kiosk_ctl(served, "screenshot", "x.png")
    assert code == 1
    assert json.loads(out)["ok"] is False
    assert "'x.png'" in out, "the kiosk says where it goes"
    assert "Traceback" not in err


async def test_ctl_without_a_listener(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
    code, out, err = await kiosk_ctl(path, "status")
    assert (code, out) == (2, "")
    assert err.startswith("kiosk: no kiosk runs here")


def answering(path: Path, serve: Callable[[socket.socket], None]) -> threading.Thread:
    """Somebody who is no kiosk, for one caller."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def accept() -> None:
        with listener, listener.accept()[0] as connection:
            serve(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("reply", "says"),
    [(b"", "closed the connection"), (b"hello\n", "without an answer"), (b"[]\n", "not a kiosk")],
)
def test_ctl_and_somebody_who_is_no_kiosk(path: Path, reply: bytes, says: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(reply)

    thread = answering(path, serve)
    with pytest.raises(ControlError, match=says):
        ctl.ask(path, {"do": "status"})
    thread.join()


def test_ctl_wants_utf_8(path: Path) -> None:
    with pytest.raises(UserError, match="UTF-8"):
        ctl.ask(path, {"do": "say", "text": "\udcff"})


def test_ctl_does_not_wait_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctl, "ANSWER_TIMEOUT_S", 0.1)

    def serve(connection: socket.socket) -> None:
        while connection.recv(1000):
            pass

    thread = answering(path, serve)
    with pytest.raises(ControlError, match=r"did not answer in 0\.1 s"):
        ctl.ask(path, {"do": "status"})
    thread.join()
