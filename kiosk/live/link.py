"""One WebSocket to the service. It ends with its socket; the session decides to dial again.

Sending and receiving are plain calls of the loop's callbacks: the library's coroutines cost a turn
of the loop for each message in each direction, a third of what a kiosk that talks needs of the
processor (`python -m benchmarks talk`).

Why not the library's defaults: its keepalive closes a healthy line whose pongs take 30 s (seen at
this service), its 1 MiB limit kills large frames, and compressing base64 of noise costs time for
nothing. `HTTPS_PROXY` is honoured by the library itself, but not for this board: the library would
send plain `ws://` through it as well, and a proxy cannot reach our loopback.
"""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast
from urllib.parse import urlsplit

from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidProxy, InvalidURI
from websockets.frames import DATA_OPCODES, Frame
from websockets.protocol import State

from kiosk.core.disconnects import BROKEN, Disconnect
from kiosk.errors import LinkError
from kiosk.live.causes import Target, disconnect_of
from kiosk.settings.secrets import clean
from kiosk.settings.urls import is_loopback

OPEN_TIMEOUT_S = 10.0
"""Name look-up, TCP, proxy, TLS and upgrade together."""
MAX_OPEN_TIMEOUT_S = 40.0
"""The same on a line where that was too short."""
NEXT_ADDRESS_DELAY_S = 0.25
"""After so long the next address is tried in parallel. Source: RFC 8305, section 5."""
UNUSABLE = Disconnect(
    reason="live.endpoint or HTTPS_PROXY is not a usable address",
    local_fault="K-NET",
    advice="Mend it: wss://host or http://host:port; a SOCKS proxy is not supported.",
)
CLOSE_TIMEOUT_S = 0.2
"""The old socket must be gone before its session is resumed, or the service closes with 1011;
a healthy close takes one round trip.
"""
MAX_FRAME_BYTES = 2 * 1024 * 1024
"""32 s of sound at 24 kHz, as base64 in JSON: no frame of the service was seen to have two."""
BURST_S = 0.005
"""For so long messages that have come are taken one after the other; then others are let in."""
USER_TIMEOUT_MS = 5_000
"""The other machine must acknowledge within this what we send. Source: tcp(7), TCP_USER_TIMEOUT."""
UNSENT_BYTES = 16 * 1024
"""What the kernel takes before it can be sent (TCP_NOTSENT_LOWAT). By itself it takes 4 MB, 90 s of
speech, and on a slow line our words would count as said long before they are.
"""
UNACKNOWLEDGED_BYTES = 32 * 1024
"""What is on the line as well (SO_SNDBUF; the kernel doubles it for its own needs): a slow line may
hide a deep queue. At 50 ms there and back it still takes 600 kB/s, a minute's speech in 5 s.
"""


class _ConnectWithoutRedirects(connect):
    """Follows no redirect: the key in our headers belongs to the host that was dialled."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class _Connection(ClientConnection):
    """Hands over each message when it has come, and says when it can take more.

    Source: https://websockets.readthedocs.io/en/stable/reference/asyncio/client.html, of
    `create_connection`; what is overridden are asyncio's protocol callbacks and `process_event`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.take: Callable[[bytes], None] | None = None
        self.on_writable: Callable[[], None] = _nothing
        self.waiting: deque[bytes] = deque()
        """Messages that came before somebody took them, or faster than they were taken."""
        self.all_taken = asyncio.Event()
        self.all_taken.set()
        self._parts: list[bytes] = []
        """Of a message that comes in several frames; the library bounds it to `max_size`."""
        self._burst_s = 0.0
        """When the socket was read last."""

    def listen(self, take: Callable[[bytes], None]) -> None:
        """Give `take` each message, those first that have come already."""
        self.take = take
        self._go_on()

    def drop(self) -> None:
        """End it at once; what has come is not taken any more."""
        self.take = _ignore
        self.waiting.clear()
        self.all_taken.set()
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._burst_s = time.monotonic()
        super().data_received(data)

    def process_event(self, event: Any) -> None:
        """See the library's. A message goes to `take` in the same call."""
        if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        self._parts.append(bytes(event.data))
        if not event.fin:
            return
        message = b"".join(self._parts) if len(self._parts) > 1 else self._parts[0]
        self._parts.clear()
        if self.take is None or self.waiting or time.monotonic() - self._burst_s > BURST_S:
            self._let_wait(message)
        else:
            self.take(message)

    def _let_wait(self, message: bytes) -> None:
        self.waiting.append(message)
        self.all_taken.clear()
        if len(self.waiting) == 1:
            self.transport.pause_reading()
            if self.take is not None:
                self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Take what waits; others are let in between."""
        if not self.waiting:
            return
        self._burst_s = time.monotonic()
        while self.waiting and self.take and time.monotonic() - self._burst_s <= BURST_S:
            self.take(self.waiting.popleft())
        if self.waiting:
            self.loop.call_soon(self._go_on)
            return
        self.all_taken.set()
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        self.on_writable()


def _nothing() -> None:
    pass


def _ignore(message: bytes) -> None:
    pass


class Link:
    """One open WebSocket. Everything belongs to the loop's thread.

    Args:
        connection: just opened.
        secrets: what it was opened with, to be left out of all that is told.
    """

    def __init__(self, connection: _Connection, secrets: Iterable[str] = ()) -> None:
        self._connection = connection
        self._secrets = tuple(secrets)

    @classmethod
    async def open(
        cls,
        url: str,
        headers: dict[str, str],
        timeout_s: float = OPEN_TIMEOUT_S,
        ipv4_only: bool = False,
    ) -> "Link":
        """Connect. Addresses of both families are raced: one that swallows packets costs a moment.

        Args:
            url: of the service.
            headers: that let us in.
            timeout_s: for name look-up, TCP, proxy, TLS and upgrade together.
            ipv4_only: leave IPv6 alone, where the name has another address.

        Raises:
            LinkError: the line or the service said no; its `args[0]` is a `Disconnect`.
        """
        secrets = [header.rpartition(" ")[2] for header in headers.values()]
        began_s = time.monotonic()
        try:
            target = Target(url)
            connection = await _ConnectWithoutRedirects(
                url,
                create_connection=_Connection,
                additional_headers=headers,
                proxy=None if is_loopback(urlsplit(url).hostname or "") else True,
                open_timeout=timeout_s,
                family=socket.AF_INET if ipv4_only else socket.AF_UNSPEC,
                happy_eyeballs_delay=NEXT_ADDRESS_DELAY_S,
                ping_interval=None,
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=MAX_FRAME_BYTES,
                write_limit=1,  # The kernel holds enough. With 0, asyncio's TLS stands still.
                compression=None,
                user_agent_header=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
            if ipv4_only and isinstance(error, socket.gaierror):
                return await cls.open(url, headers, timeout_s)  # It has no such address.
            loss = disconnect_of(error, target, time.monotonic() - began_s)
            words = {name: clean(getattr(loss, name), *secrets) for name in ("reason", "status")}
            raise LinkError(replace(loss, **words)) from None
        except (InvalidProxy, InvalidURI, ImportError, ValueError):
            # ImportError: a SOCKS proxy needs a library. ValueError: a host or port that is none.
            # Its message is left out: a proxy's URL may hold a password.
            raise LinkError(UNUSABLE) from None
        sock = connection.transport.get_extra_info("socket")
        for level, option, value in (
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS),
            (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES),
            (socket.SOL_SOCKET, socket.SO_SNDBUF, UNACKNOWLEDGED_BYTES),
        ):
            # Not every kernel has them; the session's timers still watch.
            with contextlib.suppress(OSError):
                sock.setsockopt(level, option, value)
        return cls(cast("_Connection", connection), secrets)

    @property
    def writable(self) -> bool:
        """Whether it is open and the socket has taken all that was sent."""
        connection = self._connection
        return connection.protocol.state is State.OPEN and not connection.paused

    def send(self, message: bytes) -> None:
        """Send one message as a text frame: at once where it is `writable`.

        A link that is gone swallows it: `ended` returns and `loss` says why.
        """
        connection = self._connection
        if connection.protocol.state is State.OPEN:
            connection.protocol.send_text(message)
            connection.send_data()

    def listen(self, take: Callable[[bytes], None], on_writable: Callable[[], None]) -> None:
        """Say who gets what comes.

        Args:
            take: gets each message, also those that have come already. Is called by the loop's
                reading of the socket: what it raises ends the link and goes to the loop's handler.
            on_writable: the link can be written to again after it could not.
        """
        self._connection.on_writable = on_writable
        self._connection.listen(take)

    async def ended(self) -> None:
        """Return when it has ended, however; whoever listens has taken all that came by then."""
        await self._connection.wait_closed()
        await self._connection.all_taken.wait()

    def abort(self) -> None:
        """End it at once, without a word; what has come is not taken any more."""
        self._connection.drop()

    @property
    def loss(self) -> Disconnect:
        """How it ended."""
        received = self._connection.protocol.close_rcvd
        if received is not None:
            return Disconnect(received.code, self.clean(received.reason))
        sent = self._connection.protocol.close_sent
        if sent is not None:
            return Disconnect(sent.code, sent.reason)
        return BROKEN

    def clean(self, words: str) -> str:
        """Words that came by it, without the key that it was opened with; see `secrets.clean`."""
        return clean(words, *self._secrets)

    async def close(self) -> None:
        """Say good-bye, wait a moment, then abort."""
        try:
            await asyncio.wait_for(self._connection.close(), CLOSE_TIMEOUT_S)
        except TimeoutError:
            self._connection.transport.abort()
