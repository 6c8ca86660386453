"""One connection to AvatarIM, never reused; `im_protocol` decides when there is another."""

import asyncio
import contextlib
import logging
from collections import deque
from typing import Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from kiosk.avatar.cloud import dial_words
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.settings.urls import is_loopback

CLOSE_TIMEOUT_S = 0.5
"""For what was sent before the end to leave, and for the closing handshake."""
REFUSED = frozenset({401, 403})

_QUIET = logging.getLogger("kiosk.avatar.socket")
"""The log of the library. At level debug it shows the address, which holds the token."""
_QUIET.setLevel(logging.INFO)


class SocketOwner(Protocol):
    """What is told of the connection."""

    def received(self, socket: "ImSocket", text: str) -> None: ...
    def lost(self, socket: "ImSocket", reason: str, *, refused: bool) -> None: ...


class ImSocket:
    """See the module. It dials by itself, after `pause_s` seconds."""

    def __init__(self, owner: SocketOwner, url: str, pause_s: float) -> None:
        self._owner = owner
        self._url = url
        self._outgoing: deque[str] = deque()
        self._more = asyncio.Event()
        self._over = False
        self._task = spawn(self._run(pause_s), lambda why: owner.lost(self, why, refused=False))

    def send(self, text: str) -> None:
        """Send, in order, as soon as the socket takes it."""
        self._outgoing.append(text)
        self._more.set()

    async def close(self) -> None:
        """Let what was sent leave, then close."""
        self._over = True
        self._more.set()
        await asyncio.wait([self._task], timeout=CLOSE_TIMEOUT_S)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        if self._over:
            return
        try:
            connection = await self._dial()
        except InvalidStatus as error:
            refused = error.response.status_code in REFUSED
            self._owner.lost(self, dial_words.why(error), refused=refused)
            return
        except (OSError, WebSocketException, EOFError, ImportError, ValueError) as error:
            self._owner.lost(self, dial_words.why(error), refused=False)
            return
        writer = spawn(self._write(connection), lambda _: connection.transport.abort())
        try:
            while True:
                # Frames may be text or bytes; a `1` that came in bytes is one as well.
                data = await connection.recv(decode=False)
                self._owner.received(self, data.decode("utf-8", "replace"))
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else "no good-bye"
            self._owner.lost(self, f"the socket was closed ({code})", refused=False)
        finally:
            writer.cancel()
            connection.transport.abort()

    async def _dial(self) -> ClientConnection:
        return await _ConnectWithoutRedirect(
            self._url,
            proxy=None if is_loopback(urlsplit(self._url).hostname or "") else True,
            open_timeout=None,  # The session watches the time.
            ping_interval=None,  # So it does over heartbeats.
            close_timeout=CLOSE_TIMEOUT_S,
            compression=None,
            user_agent_header=None,
            logger=_QUIET,
        )

    async def _write(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                while self._outgoing:
                    await connection.send(self._outgoing.popleft())
                if self._over:
                    await connection.close()
                    return
                self._more.clear()
                await self._more.wait()


class _ConnectWithoutRedirect(connect):
    """Follows no redirect: the token in the address belongs to the host that was dialled."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
