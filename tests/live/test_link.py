"""A link over real sockets: proxies, refusals, and what the other side quotes."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import serve
from websockets.frames import Frame, Opcode

from kiosk.errors import LinkError
from kiosk.live.link import BURST_S, Link

KEY = "AIzaSyA-secret-0123456789"
HEADERS = {"x-goog-api-key": KEY}
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "WS_PROXY", "WSS_PROXY")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
async def proxy():
    """Notes who is asked for, and hangs up."""
    asked: list[bytes] = []

    async def take(reader, writer):
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", asked


async def refusal(url: str):
    with pytest.raises(LinkError) as caught:
        await Link.open(url, HEADERS)
    return caught.value.args[0]


async def test_proxy_of_the_environment_is_asked_for_a_host_elsewhere(proxy, monkeypatch):
    url, asked = proxy
    monkeypatch.setenv("HTTPS_PROXY", url)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # websockets is loud here
    await refusal("wss://service.invalid/live")
    assert asked == [b"CONNECT service.invalid:443 HTTP/1.1\r\n"]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"])
async def test_this_board_is_reached_without_the_proxy(proxy, monkeypatch, name):
    url, asked = proxy
    monkeypatch.setenv(name, url)
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = await Link.open(f"ws://127.0.0.1:{port}/", HEADERS)
        await link.close()
    assert not asked


@pytest.mark.parametrize(
    "value",
    ["user:password@proxy.example:3128", "ftp://proxy.example", "http://proxy.example:port"],
)
async def test_proxy_that_is_none_is_for_staff_and_its_password_stays_unsaid(monkeypatch, value):
    monkeypatch.setenv("HTTPS_PROXY", value)
    loss = await refusal("wss://service.invalid/live")
    assert loss.local_fault == "K-NET"
    assert "HTTPS_PROXY" in loss.reason
    assert "password" not in loss.reason


async def test_host_that_is_no_name_is_for_staff(monkeypatch):
    assert (await refusal("wss://a..b/live")).local_fault == "K-NET"


async def test_refusal_that_quotes_the_key_is_told_without_it_on_one_line():
    def refuse(connection, request):
        return connection.respond(403, f"key {request.headers['x-goog-api-key']}\nis bad\n")

    async with serve(lambda socket: None, "127.0.0.1", 0, process_request=refuse) as server:
        loss = await refusal(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert (loss.http_status, loss.reason) == (403, "key (secret) is bad")


@pytest.mark.parametrize(
    ("value", "asked_s"),
    [
        ("17", 17.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        *((value, None) for value in ("-1", "inf", "nan", "1e9", "1.5", "")),
    ],
)
async def test_refusal_tells_how_long_to_stay_away(value, asked_s):
    def refuse(connection, request):
        response = connection.respond(429, "quota\n")
        response.headers["Retry-After"] = value
        return response

    async with serve(lambda socket: None, "127.0.0.1", 0, process_request=refuse) as server:
        loss = await refusal(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    assert (loss.http_status, loss.retry_after_s) == (429, asked_s)


async def test_close_that_quotes_the_key_is_told_without_it():
    async def close(socket):
        await socket.close(1008, f"no {KEY}")

    async with serve(close, "127.0.0.1", 0) as server:
        link = await Link.open(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", HEADERS)
        await link.ended()
        assert (link.loss.code, link.loss.reason) == (1008, "no (secret)")
        await link.close()


@asynccontextmanager
async def linked(handle):
    """A link to a service that does so."""
    async with serve(handle, "127.0.0.1", 0) as server:
        link = await Link.open(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", HEADERS)
        yield link
        await link.close()


async def test_what_comes_before_somebody_listens_and_in_parts_is_taken_in_order():
    async def handle(socket):
        await socket.send("first")
        await socket.send(iter(["in ", "three ", "parts"]))
        await socket.send(b"last")

    taken = []
    async with linked(handle) as link:
        await asyncio.sleep(0.05)
        link.listen(taken.append, lambda: None)
        await link.ended()
    assert taken == [b"first", b"in three parts", b"last"]


async def test_all_that_came_faster_than_it_was_taken_is_taken_before_the_link_ends():
    async def handle(socket):
        for n in range(50):
            await socket.send(str(n))

    taken = []

    def take(frame: bytes) -> None:
        time.sleep(BURST_S / 10)
        taken.append(int(frame))

    async with linked(handle) as link:
        link.listen(take, lambda: None)
        await link.ended()
    assert taken == list(range(50))


async def test_link_that_is_aborted_gives_nothing_more():
    async def handle(socket):
        one = Frame(Opcode.TEXT, b"more").serialize(mask=False)
        await socket.recv()
        socket.transport.write(one * 50)  # In one piece, so that they come together.

    taken = []
    async with linked(handle) as link:

        def take(frame: bytes) -> None:
            taken.append(frame)
            link.abort()

        link.listen(take, lambda: None)
        link.send(b"go on")
        await asyncio.wait_for(link.ended(), 5)
        assert not link.writable
        link.send(b"into the void")
    assert len(taken) == 1


async def test_link_whose_reader_stands_still_is_not_writable_until_it_goes_on():
    go_on = asyncio.Event()

    async def handle(socket):
        socket.transport.pause_reading()
        await go_on.wait()
        socket.transport.resume_reading()
        async for _ in socket:
            pass

    async with linked(handle) as link:
        writable = asyncio.Event()
        link.listen(lambda frame: None, writable.set)
        while link.writable:
            link.send(bytes(b"x" * 10_000))
            await asyncio.sleep(0)
        assert not writable.is_set()
        go_on.set()
        await asyncio.wait_for(writable.wait(), 5)
        assert link.writable
