"""The notification socket: what systemd would hear, on a real datagram socket."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.service.notify import Notifier


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        monkeypatch.delenv("WATCHDOG_USEC", raising=False)
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        yield listener


def heard(listener: socket.socket) -> list[str]:
    return listener.recv(4096).decode().split("\n")


def test_tells_ready_with_what_is_degraded(systemd: socket.socket) -> None:
    Notifier().ready("no screen; link up")
    assert heard(systemd) == ["READY=1", "STATUS=no screen; link up"]


def test_tells_status_and_stopping(systemd: socket.socket) -> None:
    notifier = Notifier()
    notifier.status("listening")
    notifier.stopping()
    assert heard(systemd) == ["STATUS=listening"]
    assert heard(systemd) == ["STOPPING=1"]


def test_a_status_cannot_smuggle_another_assignment(systemd: socket.socket) -> None:
    Notifier().status("lost\nMAINPID=1\x1b[2J\u202e")
    assert heard(systemd) == ["STATUS=lost MAINPID=1[2J"]


def test_feeds_the_watchdog_that_is_meant_for_it(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    notifier = Notifier()
    assert notifier.watchdog_s == 10.0
    notifier.watchdog()
    assert heard(systemd) == ["WATCHDOG=1"]


def test_leaves_the_watchdog_of_another_process_alone(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid() + 1))
    notifier = Notifier()
    assert notifier.watchdog_s is None
    notifier.watchdog()
    notifier.status("last")  # so that silence before it is seen
    assert heard(systemd) == ["STATUS=last"]


def test_a_deaf_systemd_does_not_stop_the_kiosk(
    systemd: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier()
    systemd.close()
    notifier.status("anyone?")
    assert "cannot notify systemd" in caplog.text


def test_alone_it_is_silent_and_imports_nothing() -> None:
    code = (
        "import sys; from kiosk.service.notify import Notifier; n = Notifier();"
        "n.ready('x'); n.watchdog(); n.stopping();"
        "print(n.watchdog_s, 'systemd' in sys.modules)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"}
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["None", "False"]
