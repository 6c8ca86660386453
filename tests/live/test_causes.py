"""Why a dial failed, over real sockets: in words for staff, and no exception names."""

import asyncio
import contextlib
import datetime
import errno
import json
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidUpgrade

from kiosk.core.disconnects import Disconnect, classify
from kiosk.errors import LinkError
from kiosk.live import causes
from kiosk.live.link import NEXT_ADDRESS_DELAY_S, Link

HEADERS = {"x-goog-api-key": "AIzaSyA-secret-0123456789"}
SERVICE = "generativelanguage.googleapis.com"
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def names(monkeypatch):
    """Addresses by name, in the order in which the system gives them."""
    known: dict[str, list[tuple[int, str]]] = {}
    look_up = socket.getaddrinfo

    def known_first(host, port, family=0, type=0, proto=0, flags=0):
        if host not in known:
            return look_up(host, port, family, type, proto, flags)
        found = [
            (
                of,
                socket.SOCK_STREAM,
                6,
                "",
                (address, int(port), 0, 0)[: 4 if ":" in address else 2],
            )
            for of, address in known[host]
            if family in (0, of)
        ]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    monkeypatch.setattr(socket, "getaddrinfo", known_first)
    return known


async def refusal(url: str, limit_s: float = 5.0) -> Disconnect:
    with pytest.raises(LinkError) as caught:
        await Link.open(url, HEADERS, limit_s)
    loss = caught.value.args[0]
    assert not re.search(r"Error|Errno|Exception|Invalid", loss.reason + loss.advice), loss
    return loss


@contextlib.asynccontextmanager
async def answering(answer: bytes, *, late_s: float = 0.0) -> AsyncIterator[int]:
    """A port on which everybody is told the same."""

    async def take(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(late_s)
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


def swallowing(family: int, address: str, port: int = 0) -> tuple[socket.socket, list]:
    """A port whose queue is full: whoever dials it is not answered."""
    full = socket.socket(family)
    full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    full.bind((address, port))
    full.listen(0)
    waiting = []
    for _ in range(3):
        client = socket.socket(family)
        client.setblocking(False)
        client.connect_ex(full.getsockname()[:2])
        waiting.append(client)
    time.sleep(0.05)
    return full, waiting


async def test_name_that_is_not_found_is_said_with_the_name(names):
    names[SERVICE] = []
    loss = await refusal(f"wss://{SERVICE}/ws")
    assert loss.reason == f"cannot look up {SERVICE} (DNS)"
    assert classify(loss).staff_code == "K-NET"


async def test_address_where_nothing_listens_is_said_with_the_setting():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    loss = await refusal(f"ws://127.0.0.1:{port}/ws/long/path")
    assert loss.reason == f"nothing answers at ws://127.0.0.1:{port} (live.endpoint)"
    assert classify(loss).staff_code == "K-NET"


async def test_refusal_by_both_families_is_one_refusal(names):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names["service.test"] = [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
    assert (await refusal(f"ws://service.test:{port}/")).reason.startswith("nothing answers at")


async def test_service_that_does_not_answer_in_time_is_told_as_that():
    full, waiting = swallowing(socket.AF_INET, "127.0.0.1")
    loss = await refusal(f"ws://127.0.0.1:{full.getsockname()[1]}/", limit_s=0.2)
    assert loss.timed_out
    assert "does not answer within" in loss.reason
    for each in (full, *waiting):
        each.close()


async def test_ipv6_that_swallows_packets_costs_a_moment(names):
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        full, waiting = swallowing(socket.AF_INET6, "::1", port)
        names["service.test"] = [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
        began_s = time.monotonic()
        link = await Link.open(f"ws://service.test:{port}/", HEADERS)
        took_s = time.monotonic() - began_s
        await link.close()
    for each in (full, *waiting):
        each.close()
    assert NEXT_ADDRESS_DELAY_S <= took_s < 5, "the second family was not tried beside the first"


async def test_name_with_many_dead_addresses_is_reached(names):
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        silent = [(socket.AF_INET, f"127.0.0.{n}") for n in range(2, 6)]
        full = [swallowing(family, address, port) for family, address in silent]
        refusing = [(socket.AF_INET, f"127.0.0.{n}") for n in range(6, 30)]
        names["service.test"] = [*silent, *refusing, (socket.AF_INET, "127.0.0.1")]
        link = await Link.open(f"ws://service.test:{port}/", HEADERS)
        await link.close()
    for each, waiting in full:
        for closing in (each, *waiting):
            closing.close()


async def test_ipv4_alone_leaves_ipv6_out(names):
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        names["service.test"] = [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
        link = await Link.open(f"ws://service.test:{port}/", HEADERS, ipv4_only=True)
        await link.close()


async def test_name_without_ipv4_is_dialled_over_ipv6_all_the_same(names):
    async with serve(lambda socket: socket.wait_closed(), "::1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        names["service.test"] = [(socket.AF_INET6, "::1")]
        link = await Link.open(f"ws://service.test:{port}/", HEADERS, ipv4_only=True)
        await link.close()


@pytest.mark.parametrize("status", [407, 403, 502])
async def test_proxy_that_refuses_is_told_as_the_proxy(monkeypatch, status):
    async with answering(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:password@127.0.0.1:{port}")
        loss = await refusal(f"wss://{SERVICE}/ws")
    assert loss.reason == f"the proxy 127.0.0.1:{port} (HTTPS_PROXY) refuses with HTTP {status}"
    assert "HTTPS_PROXY" in loss.advice
    assert classify(loss).staff_code == "K-NET"


async def test_proxy_that_is_late_is_told_as_the_proxy(monkeypatch):
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n", late_s=1.0) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        loss = await refusal(f"wss://{SERVICE}/ws", limit_s=0.2)
    assert loss.timed_out
    assert loss.reason.startswith(f"the proxy 127.0.0.1:{port} (HTTPS_PROXY) does not answer")


async def test_proxy_is_reached_beside_a_family_that_swallows_packets(names, monkeypatch):
    async with answering(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n") as port:
        full, waiting = swallowing(socket.AF_INET6, "::1", port)
        names["proxy.test"] = [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
        monkeypatch.setenv("HTTPS_PROXY", f"http://proxy.test:{port}")
        loss = await refusal(f"wss://{SERVICE}/ws")
    assert "refuses with HTTP 407" in loss.reason
    for each in (full, *waiting):
        each.close()


async def test_service_without_tls_is_told_as_that():
    async with serve(lambda socket: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        loss = await refusal(f"wss://127.0.0.1:{port}/")
    assert "(live.endpoint)" in loss.reason
    assert "wss://" in loss.advice


@pytest.mark.parametrize("status", [200, 302, 511])
async def test_page_in_place_of_a_session_is_an_answer_of_somebody(status):
    page = b"<html><title>Log in</title><style>p {color: red}</style><script>x</html>"
    head = f"HTTP/1.1 {status} No\r\nContent-Length: {len(page)}\r\n\r\n"
    async with answering(head.encode() + page) as port:
        loss = await refusal(f"ws://127.0.0.1:{port}/")
    assert (loss.http_status, loss.reason) == (status, "Log in")


MESSAGE = {"code": 400, "message": "User location is not supported for the API use."}
ERROR = MESSAGE | {"status": "FAILED_PRECONDITION"}


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"error": ERROR}, "FAILED_PRECONDITION"),
        ([{"error": ERROR}], "FAILED_PRECONDITION"),
        ({"error": MESSAGE}, ""),
    ],
    ids=["alone", "in a list", "without a status"],
)
async def test_error_in_the_body_of_a_refusal_is_read(told, status):
    body = json.dumps(told)
    head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(body)}\r\n\r\n"
    async with answering(head.encode() + body.encode()) as port:
        loss = await refusal(f"ws://127.0.0.1:{port}/")
    assert loss.reason == "User location is not supported for the API use."
    assert (loss.status, classify(loss).staff_code) == (status, "K-REGION")


@pytest.mark.parametrize(
    "body",
    ["[" * 50_000, "{", '{"error": 7}', '{"error": null}', "[]", "<" * 4_000, "<style" * 700],
)
async def test_body_that_is_no_error_is_told_as_it_stands(body):
    head = f"HTTP/1.1 503 Unavailable\r\nContent-Length: {len(body)}\r\n\r\n"
    async with answering(head.encode() + body.encode()) as port:
        loss = await refusal(f"ws://127.0.0.1:{port}/")
    assert (loss.http_status, classify(loss).staff_code) == (503, "K-LINK")
    assert len(loss.reason) <= 200


async def test_service_that_speaks_no_tls_is_told_as_that():
    async def greet(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n" * 4)

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        loss = await refusal(f"wss://127.0.0.1:{port}/")
    assert loss.reason == f"wss://127.0.0.1:{port} (live.endpoint) does not speak TLS"
    assert "wss://" in loss.advice


async def test_answer_that_is_no_http_is_a_connection_that_ended():
    async with answering(b"220 mail.example ESMTP\r\n") as port:
        loss = await refusal(f"ws://127.0.0.1:{port}/")
    assert "ended the connection before a session was open" in loss.reason
    assert "live.endpoint" in loss.advice


async def test_proxy_that_speaks_no_http_is_told_as_the_proxy(monkeypatch):
    async with answering(b"220 mail.example ESMTP\r\n") as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        loss = await refusal(f"wss://{SERVICE}/ws")
    assert loss.reason == f"the proxy 127.0.0.1:{port} (HTTPS_PROXY) does not answer as a proxy"
    assert "HTTPS_PROXY" in loss.advice


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENETUNREACH, "Network is unreachable"), f"no route to {SERVICE}"),
        (OSError(f"Multiple exceptions: [Errno {errno.ENETUNREACH}] a"), f"no route to {SERVICE}"),
        (OSError(errno.EPIPE, "Broken pipe"), f"{SERVICE} ended the connection before"),
        (ConnectionResetError(), f"{SERVICE} ended the connection before"),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), f"{SERVICE} does not answer"),
        (
            OSError(f"Multiple exceptions: [Errno {errno.ETIMEDOUT}] a"),
            f"{SERVICE} does not answer",
        ),
        (
            OSError(errno.EMFILE, "Too many open files"),
            f"cannot connect to {SERVICE}: Too many open files",
        ),
        (OSError(), f"cannot connect to {SERVICE}: an unknown error of the system"),
        (InvalidUpgrade("Upgrade", None), f"{SERVICE} answers, but not as a WebSocket"),
    ],
    ids=str,
)
def test_error_of_the_system_is_told_in_words(error, reason):
    loss = causes.disconnect_of(error, causes.Target(f"wss://{SERVICE}/ws"), 1.0)
    assert loss.reason.startswith(reason)
    assert loss.timed_out == ("does not answer" in reason)


def test_google_that_is_no_websocket_is_a_portal():
    loss = causes.disconnect_of(
        InvalidUpgrade("Upgrade", None), causes.Target(f"wss://{SERVICE}/ws"), 1.0
    )
    assert loss.advice == causes.PORTAL_ADVICE


async def test_password_in_an_address_stays_unsaid():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    loss = await refusal(f"ws://user:password@127.0.0.1:{port}/")
    assert loss.reason == f"nothing answers at ws://127.0.0.1:{port} (live.endpoint)"


def certificate(tmp_path, begins: datetime.datetime, ends: datetime.datetime) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("service.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "service.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(
    ("begins", "ends", "trusted", "host", "words", "code"),
    [
        (NOW - 2 * DAY, NOW - DAY, True, "service.test", "is no longer valid", "K-TIME"),
        (NOW + DAY, NOW + 2 * DAY, True, "service.test", "is not valid yet", "K-TIME"),
        (NOW - DAY, NOW + DAY, False, "service.test", "somebody else answers for", "K-NET"),
        (NOW - DAY, NOW + DAY, True, "other.test", "somebody else answers for", "K-NET"),
    ],
    ids=["expired", "not yet", "of nobody", "of another"],
)
async def test_certificate_says_whether_it_is_the_clock_or_another(
    begins, ends, trusted, host, words, code, names, tmp_path, monkeypatch
):
    context = certificate(tmp_path, begins, ends)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "service.pem"))
    names[host] = [(socket.AF_INET, "127.0.0.1")]
    async with serve(lambda socket: None, "127.0.0.1", 0, ssl=context) as server:
        loss = await refusal(f"wss://{host}:{server.sockets[0].getsockname()[1]}/")
    assert words in loss.reason
    assert classify(loss).staff_code == code
