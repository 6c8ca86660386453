"""A request of a tool ends when it is told to, follows nobody, and says whether it went out."""

import asyncio
import socket

import pytest

from kiosk.tools.http_call import MAX_ANSWER_BYTES, HttpCallError, HttpRequest, send

from .web_service import WebService


def post(url: str, body: bytes = b"{}") -> HttpRequest:
    return HttpRequest(url, "POST", {"Content-Type": "application/json"}, body)


async def test_an_answer_comes_as_it_is(service: WebService) -> None:
    service.answer = (201, {"Content-Type": "text/plain"}, b"made")
    answer = await send(post(f"{service.url}/a?b=c", b'{"x":1}'))
    assert (answer.status, answer.body) == (201, b"made")
    assert answer.headers["content-type"] == "text/plain"
    (request,) = service.requests
    assert request[:2] == ("POST", "/a?b=c")
    assert request[3] == {"x": 1}


async def test_a_redirect_is_not_followed(service: WebService) -> None:
    service.answer = (307, {"Location": f"{service.url}/elsewhere"}, b"")
    assert (await send(post(service.url))).status == 307
    assert len(service.requests) == 1


async def test_a_long_answer_is_cut(service: WebService) -> None:
    service.answer = (200, {}, b"a" * (MAX_ANSWER_BYTES + 1000))
    assert len((await send(post(service.url))).body) == MAX_ANSWER_BYTES


async def test_one_that_is_cancelled_hangs_up(service: WebService) -> None:
    service.gate.clear()
    sending = asyncio.create_task(send(post(service.url)))
    await asyncio.to_thread(service.came.wait, 10)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert await asyncio.to_thread(service.gone)


async def test_nobody_there_means_that_nothing_went_out() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(HttpCallError, match="refused") as told:
            await send(post(f"http://127.0.0.1:{port}"))
    assert not told.value.in_doubt


async def test_a_service_that_hangs_up_may_have_done_it() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(HttpCallError) as told:
            await send(post(f"http://127.0.0.1:{port}"))
    assert told.value.in_doubt


async def test_an_encrypted_request_goes_by_the_proxy_of_the_house(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = asyncio.Queue[bytes]()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked.put(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass%21@127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(HttpCallError) as told:
            await send(post("https://chat.example/hook"))
        request = await asked.get()
    assert request.startswith(b"CONNECT chat.example:443 ")
    assert b"Proxy-Authorization: Basic bWU6cGFzcyE=" in request
    assert not told.value.in_doubt
