"""One HTTP request of a tool: no redirects, a bounded answer, and an end at once where it is told.

The standard library does it, in a thread: a tool is called a few times a visit, too seldom for a
client of thousands of lines. Its socket is closed from the loop where the call is taken back.
"""

import asyncio
import base64
import contextlib
import socket
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from kiosk.errors import KioskError
from kiosk.settings.urls import is_loopback

SOCKET_TIMEOUT_S = 65.0
"""Of one read or write: longer than any deadline, which ends the request sooner."""
CONNECT_TIMEOUT_S = 10.0
"""Of each address; a host that drops what comes must not hold a thread for longer."""
MAX_ANSWER_BYTES = 256 * 1024


class HttpRequest(Struct, frozen=True):
    """What is asked of whom."""

    url: str
    method: str
    headers: dict[str, str]
    body: bytes | None = None
    max_answer_bytes: int = MAX_ANSWER_BYTES
    is_whole: Callable[[bytes], bool] | None = None
    """Asked of what has come so far: an answer that does not end may hold all that is needed."""


class HttpAnswer(Struct, frozen=True):
    """What came of it."""

    status: int
    body: bytes
    """The first `max_answer_bytes` of it."""
    headers: dict[str, str]
    """By their names in small letters."""


class HttpCallError(KioskError, ConnectionError):
    """There was no answer.

    Args:
        message: why.
        in_doubt: the request, or some of it, may have arrived.
    """

    def __init__(self, message: str, *, in_doubt: bool) -> None:
        super().__init__(message)
        self.in_doubt = in_doubt


async def send(request: HttpRequest) -> HttpAnswer:
    """Send a request and wait for its answer. Ends the connection if it is cancelled.

    Raises:
        HttpCallError: there was no answer.
    """
    exchange = _Exchange(request)
    try:
        return await asyncio.to_thread(exchange.run)
    finally:
        exchange.end()


class _Exchange:
    """A request, in its thread; `end` comes from the loop."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._parts = urlsplit(request.url)
        self._connection = _connection(request.url)
        self._lock = threading.Lock()
        self._over = self._sent = False

    def run(self) -> HttpAnswer:
        """Connect, send, read."""
        try:
            self._connection.connect()
            self._connection.sock.settimeout(SOCKET_TIMEOUT_S)
            with self._lock:
                if self._over:
                    raise HttpCallError("it was called off", in_doubt=False)
                self._sent = True
            return self._exchange()
        except (OSError, HTTPException) as error:
            if isinstance(error, HttpCallError):
                raise
            raise HttpCallError(_why(error), in_doubt=self._sent) from None
        finally:
            self._connection.close()

    def _exchange(self) -> HttpAnswer:
        parts, request = self._parts, self._request
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connection.request(request.method, target, request.body, request.headers)
        response = self._connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        body = self._body(response)
        return HttpAnswer(response.status, body, headers)

    def _body(self, response: HTTPResponse) -> bytes:
        most, is_whole = self._request.max_answer_bytes, self._request.is_whole
        body = b""
        while len(body) < most and (piece := response.read1(most - len(body))):
            body += piece
            if is_whole is not None and is_whole(body):
                break
        return body

    def end(self) -> None:
        """Nobody waits any more: nothing more is sent or read."""
        with self._lock:
            self._over = True
        if (connected := self._connection.sock) is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)


def _connection(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)
    proxy = _proxy(host)
    if not proxy:
        return HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_S)
    by = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    connection = HTTPSConnection(by.hostname or "", by.port or 8080, timeout=CONNECT_TIMEOUT_S)
    headers = {}
    if by.username is not None:
        words = f"{unquote(by.username)}:{unquote(by.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(words.encode()).decode()}"
    connection.set_tunnel(host, port, headers)
    return connection


def _proxy(host: str) -> str:
    """The proxy by which an encrypted request goes out; empty for none."""
    from urllib.request import getproxies, proxy_bypass

    if is_loopback(host) or proxy_bypass(host):
        return ""
    return getproxies().get("https", "")


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer"
    return str(getattr(error, "strerror", "") or error) or type(error).__name__
