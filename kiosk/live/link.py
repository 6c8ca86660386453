"""One WebSocket to the service. It dies with its socket; the wish to be connected lives in the
session.

Why not the library's defaults: its keepalive closes a healthy line whose pongs take 30 s (seen at
this service), its 1 MiB limit kills large frames, and compressing base64 of noise costs time for
nothing. `HTTPS_PROXY` is honoured by the library itself.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from kiosk.core.losses import Loss
from kiosk.errors import LinkError

OPEN_LIMIT_S = 10.0
"""Name look-up, TCP, TLS and upgrade together."""
CLOSE_LIMIT_S = 0.2
"""The old socket must be gone before its session is resumed: the service refuses the second
(1011).
"""
MAX_FRAME_BYTES = 16 * 1024 * 1024
USER_TIMEOUT_MS = 5_000
"""What we send must be acknowledged by the other machine within this (tcp(7), TCP_USER_TIMEOUT)."""


class _Connect(connect):
    """Follows no redirect: the key in our headers belongs to the host that was dialled."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Link:
    """One open WebSocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str, headers: dict[str, str]) -> "Link":
        """Connect.

        Raises:
            LinkError: the line or the service said no; its `args[0]` is a `Loss`.
        """
        try:
            connection = await _Connect(
                url,
                additional_headers=headers,
                open_timeout=OPEN_LIMIT_S,
                ping_interval=None,
                close_timeout=CLOSE_LIMIT_S,
                max_size=MAX_FRAME_BYTES,
                compression=None,
                user_agent_header=None,
            )
        except InvalidStatus as error:
            response = error.response
            words = bytes(response.body or b"")[:200].decode("utf-8", "replace")
            raise LinkError(Loss(reason=words, http_status=response.status_code)) from None
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError) as error:
            raise LinkError(Loss(reason=f"{type(error).__name__}: {error}"[:200])) from None
        sock = connection.transport.get_extra_info("socket")
        # Not every kernel and proxy has it; the session's timers still watch.
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        return cls(connection)

    async def send(self, message: bytes) -> None:
        """Send one message as a text frame; returns when the socket has taken it.

        A link that is gone swallows it: `frames` ends and `loss` says why.
        """
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(message, text=True)

    async def frames(self) -> AsyncIterator[bytes]:
        """Every frame until the link ends, however it ends."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                yield await self._connection.recv(decode=False)

    @property
    def loss(self) -> Loss:
        """How it ended."""
        received = self._connection.protocol.close_rcvd
        if received is not None:
            return Loss(received.code, received.reason)
        sent = self._connection.protocol.close_sent
        if sent is not None:
            return Loss(sent.code, sent.reason)
        return Loss(reason="the line broke")

    async def close(self) -> None:
        """Say good-bye, wait a moment, then abort."""
        try:
            await asyncio.wait_for(self._connection.close(), CLOSE_LIMIT_S)
        except TimeoutError:
            self._connection.transport.abort()
