"""A client's WebSocket that spoils what goes through it.

It stands in the place of the real one, between the wire and the connection, and sees what either
side says. All faults happen here, but for a refused upgrade (`plan.py`) and
the variants of the protocol (`protocol_variants.py`).
"""

import asyncio
import contextlib
import random
import socket as sockets
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from kiosk.concierge.client_messages import Refusal, decode, platform_of
from kiosk.concierge.faults.kinds import (
    Frame,
    Lasting,
    Moment,
    ServiceFault,
    Span,
    blobs_of,
    samples_of,
)
from kiosk.concierge.faults.plan import FaultPlan
from kiosk.concierge.record import Recorder

SMALL_BUFFER_BYTES = 2048
"""Receive buffer of a frozen line: so small that the client's sends soon block."""

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class FaultySocket:
    """A client's WebSocket that spoils what goes through it."""

    def __init__(
        self, socket: ServerConnection, plan: FaultPlan, number: int, recorder: Recorder
    ) -> None:
        self.lasting: list[Lasting] = []
        self.held: deque[Frame] = deque()
        self._socket = socket
        self._plan = plan
        self._number = number
        self._recorder = recorder
        self._resuming = self._history_follows = False
        platform = platform_of(socket.request.path) if socket.request else None
        self._vertex = platform is not None and platform.vertex
        self._frozen = False
        self._spoken = self._answered = 0
        self._timers: set[asyncio.Task[None]] = set()
        drawn = random.Random(f"{plan.seed} {number}")
        self._armed = {
            n: (fault, _draw(fault.after_s, drawn), _draw(fault.samples, drawn))
            for n, fault in enumerate(plan.faults)
            if fault.connection in (None, number)
        }

    # --- as a WebSocket ------------------------------------------------------------------------

    async def recv(self) -> bytes | str:
        """See `ServerConnection`."""
        while True:
            message = await self._socket.recv()
            await self._from_client(message)
            taken = [await each.incoming(self) for each in tuple(self.lasting)]
            if self._frozen:
                await self._socket.wait_closed()
            elif all(taken) and self._socket.state is State.OPEN:
                return message

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        """See `ServerConnection`."""
        while True:
            yield await self.recv()

    async def send(self, message: bytes) -> None:
        """See `ServerConnection`."""
        said: Frame = _decode(message)
        frame: Frame | None = _decode(message)
        for each in tuple(self.lasting):
            if frame is not None:
                frame = await each.outgoing(frame, self)
        if frame is not None:
            await self.say(_encode(frame))
        await self._from_service(said)

    async def close(self, code: int, reason: str) -> None:
        """See `ServerConnection`."""
        if not self._frozen:
            await self._socket.close(code, reason)

    # --- for faults ----------------------------------------------------------------------------

    async def say(self, message: bytes | str) -> None:
        """SendOutOfPlace a frame past all other faults."""
        if not self._frozen:
            await self._socket.send(message)

    def reset(self) -> None:
        """RST."""
        self._frozen = True  # What has come and was not read yet is lost as well.
        self._set_option(sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.transport.abort()

    def freeze(self) -> None:
        """Leave the line as it is, for ever. The small buffer lets the client feel it."""
        self._frozen = True
        self._set_option(sockets.SO_RCVBUF, struct.pack("i", SMALL_BUFFER_BYTES))
        self._socket.transport.pause_reading()

    def later(self, seconds: float, strike: Callable[["FaultySocket"], Any]) -> None:
        """Do something in a while, if the connection is still there."""
        timer = asyncio.create_task(self._wait_and(seconds, strike))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    def _set_option(self, option: int, value: bytes) -> None:
        found = self._socket.transport.get_extra_info("socket")
        found.setsockopt(sockets.SOL_SOCKET, option, value)

    async def _wait_and(self, seconds: float, strike: Callable[["FaultySocket"], Any]) -> None:
        await asyncio.sleep(seconds)
        if self._socket.state is State.OPEN:
            with contextlib.suppress(ConnectionClosed):
                await strike(self)

    # --- moments -------------------------------------------------------------------------------

    async def _from_client(self, message: bytes | str) -> None:
        try:
            match decode(message, self._vertex):
                case "setup", setup:
                    self._resuming = bool(setup.get("sessionResumption", {}).get("handle"))
                    history = setup.get("historyConfig", {})
                    self._history_follows = bool(history.get("initialHistoryInClientContent"))
                    await self._moment("setup")
                case "clientContent", _ if self._history_follows:
                    self._history_follows = False
                    await self._moment("history")
                case "realtimeInput", {"activityStart": _}:
                    self._spoken = 0
                case "realtimeInput", {"audio": {"data": bytes() as pcm}}:
                    before, self._spoken = self._spoken, self._spoken + len(pcm) // 2
                    await self._moment("speaking", before, self._spoken)
                case "realtimeInput", {"activityEnd": _}:
                    await self._moment("asked")
        except Refusal:
            return  # The connection closes on it.

    async def _from_service(self, frame: Frame) -> None:
        if "setupComplete" in frame:
            await self._moment("connected")
        if "toolCall" in frame:
            await self._moment("calling")
        if blobs := blobs_of(frame):
            before, self._answered = self._answered, self._answered + sum(map(samples_of, blobs))
            await self._moment("answering", before, self._answered)
        if "turnComplete" in frame.get("serverContent", {}):
            self._answered = 0
            await self._moment("between")

    async def _moment(self, moment: Moment, before: int = 0, now: int = 1) -> None:
        """Let each fault strike whose moment this is, and whose sample lies in (before, now]."""
        for number, (fault, after_s, sample) in self._armed.items():
            if fault.when != moment or not before < max(sample, 1) <= now:
                continue
            if fault.resuming not in (None, self._resuming) or not self._plan.take(number):
                continue
            if after_s:
                self.later(after_s, self._striking(fault))
            else:
                await self._striking(fault)(self)

    def _striking(self, fault: ServiceFault) -> Callable[["FaultySocket"], Any]:
        async def strike(wire: "FaultySocket") -> None:
            name = str(fault.__struct_config__.tag)
            self._recorder.fault(name, self._number)
            await fault.strike(wire)

        return strike


def _draw(span: Span, drawn: random.Random) -> float:
    lowest, highest = span if isinstance(span, tuple) else (span, span)
    return drawn.uniform(lowest, highest)
