"""The line itself: what goes in comes out, or does not, as it is told."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.line import Line


@pytest.fixture
def echo() -> Iterator[int]:
    """A service that says again what is said."""

    def answer(client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(65536):
                    client.sendall(data)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def dial(line: Line) -> socket.socket:
    return socket.create_connection(("127.0.0.1", line.port), timeout=3)


def read(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = client.recv(size - len(got))
        assert piece, "closed"
        got += piece
    return got


def test_passes_on_in_order_also_when_late_and_unsteady(echo):
    said = bytes(range(256)) * 400
    with Line(echo, latency_s=0.02, jitter_s=0.03) as line, dial(line) as client:
        threading.Thread(target=client.sendall, args=(said,), daemon=True).start()
        assert read(client, len(said)) == said


def test_latency_is_felt_both_ways(echo):
    with Line(echo, latency_s=0.1) as line, dial(line) as client:
        at = time.monotonic()
        client.sendall(b"a")
        read(client, 1)
        assert 0.2 <= time.monotonic() - at < 1.0


def test_narrow_line_takes_its_time(echo):
    with Line(echo, bytes_per_s=40_000) as line, dial(line) as client:
        at = time.monotonic()
        client.sendall(bytes(20_000))
        read(client, 20_000)
        assert 0.5 <= time.monotonic() - at < 2.0


def test_cut_is_a_reset_and_the_next_dial_works(echo):
    with Line(echo) as line:
        with dial(line) as client:
            client.sendall(b"a")
            read(client, 1)
            line.cut()
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        with dial(line) as client:
            client.sendall(b"b")
            assert read(client, 1) == b"b"
        assert line.dials == 2


def test_frozen_line_says_nothing_and_then_everything(echo):
    with Line(echo) as line, dial(line) as client:
        line.freeze()
        client.sendall(b"abc")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        line.resume()
        client.settimeout(3)
        assert read(client, 3) == b"abc"


def test_whoever_sends_into_a_frozen_line_feels_it(echo):
    with Line(echo) as line, dial(line) as client:
        line.freeze()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
        client.settimeout(5)

        def send() -> None:
            while True:
                client.sendall(bytes(4096))

        with pytest.raises(OSError, match="timed out") as caught:
            send()
        assert caught.value.errno is not None, "the system says so, not our own time-out"


def test_refuses_until_it_is_back(echo):
    with Line(echo) as line:
        line.refuse()
        with pytest.raises(OSError), dial(line) as client:  # noqa: PT011 - reset, or end of file
            read(client, 1)
        line.resume()
        with dial(line) as client:
            client.sendall(b"a")
            assert read(client, 1) == b"a"


def test_end_of_one_side_reaches_the_other(echo):
    with Line(echo) as line, dial(line) as client:
        client.sendall(b"abc")
        client.shutdown(socket.SHUT_WR)
        assert read(client, 3) == b"abc"
        assert client.recv(1) == b""
