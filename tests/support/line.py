"""A misbehaving line: a TCP proxy between a kiosk and its service, in a thread of its own.

What it can do is what lines do: cut (RST), go half-open, be late, unsteady or narrow, refuse, and
come back. Its buffers are small, so that whoever sends into a frozen line feels it.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

BUFFER = 4096
"""Bytes in each of the proxy's socket buffers, where the kernel allows so few."""
NARROW_BUFFER = 32768
"""Likewise of a line with a limit: Linux counts TCP_USER_TIMEOUT on through small reopenings of a
small window, and would take one that is only narrow for a broken one.
"""
PIECE = 2048
"""Bytes that are passed on at a time."""


class Line:
    """A line to `port` on this machine; `with Line(port) as line:` and dial `line.port`.

    Args:
        port: where the service listens; `target` says it later.
        latency_s: how late each piece arrives, in both directions.
        jitter_s: up to how much later still; what was sent in order arrives in order.
        bytes_per_s: how much goes through in each direction; None for no limit.
        seed: of the jitter.
    """

    def __init__(
        self,
        port: int = 0,
        latency_s: float = 0.0,
        jitter_s: float = 0.0,
        bytes_per_s: float | None = None,
        seed: int = 0,
    ) -> None:
        self.target = port
        self.port = 0
        self.latency_s = latency_s
        self.jitter_s = jitter_s
        self.bytes_per_s = bytes_per_s
        self.dials = 0
        """Connections that were asked for, the refused ones included."""
        self._random = random.Random(seed)
        self._refusing = False
        self._flowing = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)
        self._listening = threading.Event()

    # --- what a test does ----------------------------------------------------------------------

    def cut(self) -> None:
        """Break what is connected, with RST."""
        self._call(self._cut)

    def freeze(self) -> None:
        """Let nothing through any more, and say nothing of it; new connections hang likewise."""
        self._call(self._flowing.clear)

    def refuse(self) -> None:
        """Break what is connected, and refuse to connect."""
        self._call(self._refuse)

    def resume(self) -> None:
        """Be a line again. What was frozen goes on where it stood."""
        self._call(self._resume)

    # --- the thread ----------------------------------------------------------------------------

    def __enter__(self) -> "Line":
        self._thread.start()
        assert self._listening.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(5)

    def _call(self, work: Callable[[], None]) -> None:
        """Have the loop do something, and wait until it is done."""

        async def do() -> None:
            work()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._main = self._loop.create_task(self._serve())
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)
        self._cut()
        self._loop.run_until_complete(asyncio.gather(*self._calls, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        self._flowing.set()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            buffer = NARROW_BUFFER if self.bytes_per_s else BUFFER
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            listener.setblocking(False)
            self.port = listener.getsockname()[1]
            self._listening.set()
            while True:
                client, _ = await self._loop.sock_accept(listener)
                self.dials += 1
                if self._refusing:
                    _reset(client)
                    continue
                call = self._loop.create_task(self._connect(client))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)

    async def _connect(self, client: socket.socket) -> None:
        """One connection, until either side or a fault ends it."""
        service = socket.socket()
        client.setblocking(False)
        service.setblocking(False)
        try:
            await self._flowing.wait()
            await self._loop.sock_connect(service, ("127.0.0.1", self.target))
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(client, service))
                both.create_task(self._pass(service, client))
        except* OSError:
            pass  # Nobody there, or broken off by one side: so it is for the other.
        finally:
            _reset(client)
            _reset(service)

    async def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._read(source, pieces))
            both.create_task(self._write(sink, pieces))

    async def _read(
        self, source: socket.socket, pieces: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        arrives_s, piece = 0.0, b" "
        while piece:
            await self._flowing.wait()
            piece = await self._loop.sock_recv(source, PIECE)
            if self.bytes_per_s:
                # What waits for a narrow line waits at its sender, who is told of no byte before.
                await asyncio.sleep(len(piece) / self.bytes_per_s)
            late_s = self.latency_s + self._random.uniform(0, self.jitter_s)
            arrives_s = max(arrives_s, self._loop.time() + late_s)
            await pieces.put((arrives_s, piece))

    async def _write(
        self, sink: socket.socket, pieces: "asyncio.Queue[tuple[float, bytes]]"
    ) -> None:
        while True:
            arrives_s, piece = await pieces.get()
            await asyncio.sleep(arrives_s - self._loop.time())
            await self._flowing.wait()
            if not piece:
                sink.shutdown(socket.SHUT_WR)
                return
            await self._loop.sock_sendall(sink, piece)

    def _cut(self) -> None:
        for call in self._calls:
            call.cancel()

    def _refuse(self) -> None:
        self._refusing = True
        self._cut()

    def _resume(self) -> None:
        self._refusing = False
        self._flowing.set()


def _reset(each: socket.socket) -> None:
    """Close with RST; with nothing left to say where both sides have said good-bye."""
    with contextlib.suppress(OSError):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    each.close()
