"""A faults file: how it is read, and how often each of its faults has struck.

The same file and seed spoil the same message.
"""

import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from kiosk.concierge.faults.kinds import GARBAGE, KINDS, Refuse, SendOutOfPlace, ServiceFault
from kiosk.concierge.protocol_variants import ProtocolVariants
from kiosk.errors import ConfigError
from kiosk.settings.textfile import read_toml

MAX_FILE_BYTES = 1 << 20
"""Far more than faults need: a larger file is the wrong one."""

ReadType = TypeVar("ReadType")
Admit = Callable[[ServerConnection, Request], Response | None]
"""Answers a client's upgrade: None lets it in, a response refuses it."""


class FaultFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A faults file, but for its faults."""

    seed: int = 0
    heard: str | None = None
    """What every utterance is taken for, where recognising it is not the point."""
    readings: ProtocolVariants = ProtocolVariants()
    fault: list[dict[str, Any]] = []


def load(file: Path) -> "FaultPlan":
    """Read a faults file.

    Raises:
        ConfigError: names the file, the key, its value and the remedy.
    """
    raw = read_toml(file, MAX_FILE_BYTES)
    try:
        plan = _read(raw, FaultFile, "")
        faults = [_fault(each, f"fault[{n}]") for n, each in enumerate(plan.fault)]
    except _WrongError as wrong:
        raise ConfigError(f"{file}: {wrong}. docs/faults.md says what may stand there") from None
    return FaultPlan(plan, faults)


class _WrongError(Exception):
    """What is wrong in the file, with key and value."""


def _read(raw: Any, kind: type[ReadType], where: str) -> ReadType:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at ")
        key = path.strip("`").removeprefix("$").removeprefix(".")
        place = ".".join(filter(None, [where, key])) or "the file"
        raise _WrongError(f"{place} = {_at(raw, key)!r}: {what}") from None


def _fault(raw: dict[str, Any], where: str) -> ServiceFault:
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
    if isinstance(fault, SendOutOfPlace) and (unknown := set(fault.garbage) - set(GARBAGE)):
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


class FaultPlan:
    """What a faults file says, and how often each of its faults has struck."""

    def __init__(self, plan: FaultFile, faults: Sequence[ServiceFault]) -> None:
        self.variants = plan.readings
        self.faults = faults
        self.seed = plan.seed
        self._heard = plan.heard
        self._struck = [0] * len(faults)
        self._dials = 0

    def recogniser(self) -> "FixedTranscript | None":
        """What understands each utterance as the file says; None for the real recogniser."""
        return None if self._heard is None else FixedTranscript(self._heard)

    def take(self, number: int) -> bool:
        """Whether a fault may strike once more; it is counted."""
        times = self.faults[number].times
        self._struck[number] += 1
        return not times or self._struck[number] <= times

    def admission(self, otherwise: Admit) -> Admit:
        """Refuse whom a fault refuses; `otherwise` decides about everybody else."""

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


class FixedTranscript:
    """A recogniser that takes every utterance for the same text, and costs no time."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def start(self) -> None:
        """See `RecogniserProcess`."""

    async def close(self) -> None:
        """See `RecogniserProcess`."""

    def listen(self) -> "FixedTranscript":
        """See `RecogniserProcess`."""
        return self

    def feed(self, pcm: bytes, rate_hz: int = 0) -> None:
        """See `ProcessRecognition`."""

    async def finish(self) -> str:
        """See `ProcessRecognition`."""
        return self._text

    def drop(self) -> None:
        """See `ProcessRecognition`."""
