"""A service that misbehaves, as a file says (`kiosk concierge --faults FILE`): docs/faults.md.

Every fault but those of `readings.py` happens between the wire and the connection, so one object in
the place of the WebSocket is enough: it sees what either side says, and spoils it. The same file
and seed spoil the same message.
"""

import asyncio
import contextlib
import random
import re
import socket as sockets
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import State

from kiosk.concierge.misdeeds import (
    GARBAGE,
    KINDS,
    Fault,
    Frame,
    Lasting,
    Moment,
    Refuse,
    Send,
    Span,
    blobs_of,
    samples_of,
)
from kiosk.concierge.readings import Readings
from kiosk.concierge.record import Recorder
from kiosk.concierge.wire import Refusal, decode, door
from kiosk.errors import ConfigError
from kiosk.settings.textfile import read_toml

MOST_BYTES = 1 << 20
"""A faults file is never longer."""

Read = TypeVar("Read")
Door = Callable[[ServerConnection, Request], Response | None]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """A faults file, but for its faults."""

    seed: int = 0
    heard: str | None = None
    """What every utterance is taken for, where recognising it is not the point."""
    readings: Readings = Readings()
    fault: list[dict[str, Any]] = []


def load(file: Path) -> "Faults":
    """Read a faults file. Raises `ConfigError` with the file, the key, the value, the remedy."""
    raw = read_toml(file, MOST_BYTES)
    try:
        plan = _read(raw, Plan, "")
        faults = [_fault(each, f"fault[{n}]") for n, each in enumerate(plan.fault)]
    except _WrongError as wrong:
        raise ConfigError(f"{file}: {wrong}. docs/faults.md says what may stand there") from None
    return Faults(plan, faults)


class _WrongError(Exception):
    """What is wrong in the file, with key and value."""


def _read(raw: Any, kind: type[Read], where: str) -> Read:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        key = path.strip("`").removeprefix("$").removeprefix(".")
        place = ".".join(filter(None, [where, key])) or "the file"
        raise _WrongError(f"{place} = {_at(raw, key)!r}: {what}") from None


def _fault(raw: dict[str, Any], where: str) -> Fault:
    do = raw.get("do")
    kind = KINDS.get(do) if isinstance(do, str) else None
    if kind is None:
        raise _WrongError(f"{where}.do = {do!r}: choose of {', '.join(KINDS)}")
    fault = _read(raw, kind, where)
    if isinstance(fault, Refuse) != (fault.when == "upgrade"):
        raise _WrongError(f'{where}.when = {fault.when!r}: "upgrade" goes with do = "refuse" only')
    if fault.samples and fault.when not in ("speaking", "answering"):
        raise _WrongError(f'{where}.samples needs when = "speaking" or "answering"')
    for name in ("after_s", "samples"):
        span = getattr(fault, name)
        if min(span if isinstance(span, tuple) else (span,)) < 0:
            raise _WrongError(f"{where}.{name} = {span!r}: must not be less than 0")
    if isinstance(fault, Send) and (unknown := set(fault.garbage) - set(GARBAGE)):
        raise _WrongError(f"{where}.garbage = {sorted(unknown)}: choose of {', '.join(GARBAGE)}")
    return fault


def _at(raw: Any, place: str) -> Any:
    """The value at a path such as `readings.updates`, or what is nearest above it."""
    for key, index in re.findall(r"(\w+)|\[(\d+)\]", place):
        try:
            raw = raw[key] if key else raw[int(index)]
        except (KeyError, IndexError, TypeError):
            break
    return raw


class Faults:
    """A plan, and what of it is still to come."""

    def __init__(self, plan: Plan, faults: Sequence[Fault]) -> None:
        self.readings = plan.readings
        self.faults = faults
        self.seed = plan.seed
        self._heard = plan.heard
        self._struck = [0] * len(faults)
        self._dials = 0

    def hearing(self) -> "Told | None":
        """Ears that hear what the plan says; None for real ones."""
        return None if self._heard is None else Told(self._heard)

    def take(self, number: int) -> bool:
        """Whether a fault may strike once more; it is counted."""
        times = self.faults[number].times
        self._struck[number] += 1
        return not times or self._struck[number] <= times

    def at_the_door(self, otherwise: Door) -> Door:
        """Who may come in: nobody whom a fault refuses, and then whom `otherwise` lets in."""

        def decide(socket: ServerConnection, request: Request) -> Response | None:
            self._dials += 1
            for number, fault in enumerate(self.faults):
                if not isinstance(fault, Refuse) or self._dials < (fault.connection or 1):
                    continue
                if self.take(number):
                    response = socket.respond(HTTPStatus(fault.status), fault.body)
                    if fault.retry_after_s is not None:
                        response.headers["Retry-After"] = str(fault.retry_after_s)
                    return response
            return otherwise(socket, request)

        return decide

    def wire(self, socket: ServerConnection, number: int, recorder: Recorder) -> "Wire":
        """A connection's WebSocket, with its faults."""
        return Wire(socket, self, number, recorder)


class Wire:
    """A client's WebSocket that spoils what goes through it."""

    def __init__(
        self, socket: ServerConnection, faults: Faults, number: int, recorder: Recorder
    ) -> None:
        self.lasting: list[Lasting] = []
        self.held: deque[Frame] = deque()
        self._socket = socket
        self._faults = faults
        self._number = number
        self._recorder = recorder
        self._resuming = self._history_follows = False
        place = door(socket.request.path) if socket.request else None
        self._vertex = place is not None and place.vertex
        self._frozen = False
        self._spoken = self._answered = 0
        self._timers: set[asyncio.Task[None]] = set()
        drawn = random.Random(f"{faults.seed} {number}")
        self._armed = {
            n: (fault, _draw(fault.after_s, drawn), _draw(fault.samples, drawn))
            for n, fault in enumerate(faults.faults)
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
        """Send a frame past all other faults."""
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
        self._set_option(sockets.SO_RCVBUF, struct.pack("i", 2048))
        self._socket.transport.pause_reading()

    def later(self, seconds: float, strike: Callable[["Wire"], Any]) -> None:
        """Do something in a while, if the connection is still there."""
        timer = asyncio.create_task(self._wait_and(seconds, strike))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    def _set_option(self, option: int, value: bytes) -> None:
        found = self._socket.transport.get_extra_info("socket")
        found.setsockopt(sockets.SOL_SOCKET, option, value)

    async def _wait_and(self, seconds: float, strike: Callable[["Wire"], Any]) -> None:
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
        """It is the moment of each fault whose sample lies in (before, now]."""
        for number, (fault, after_s, sample) in self._armed.items():
            if fault.when != moment or not before < max(sample, 1) <= now:
                continue
            if fault.resuming not in (None, self._resuming) or not self._faults.take(number):
                continue
            if after_s:
                self.later(after_s, self._striking(fault))
            else:
                await self._striking(fault)(self)

    def _striking(self, fault: Fault) -> Callable[["Wire"], Any]:
        async def strike(wire: "Wire") -> None:
            name = str(fault.__struct_config__.tag)
            self._recorder.fault(name, self._number)
            await fault.strike(wire)

        return strike


def _draw(span: Span, drawn: random.Random) -> float:
    lowest, highest = span if isinstance(span, tuple) else (span, span)
    return drawn.uniform(lowest, highest)


class Told:
    """Ears that hear the same in whatever is said, and cost nothing."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def start(self) -> None:
        """See `Hearing`."""

    async def close(self) -> None:
        """See `Hearing`."""

    def listen(self) -> "Told":
        """See `Hearing`."""
        return self

    def feed(self, pcm: bytes, rate_hz: int = 0) -> None:
        """See `Utterance`."""

    async def finish(self) -> str:
        """See `Utterance`."""
        return self._text

    def drop(self) -> None:
        """See `Utterance`."""
