"""What a service can do wrong: the kinds of `[[fault]]` in a faults file."""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

Frame = dict[str, Any]
Moment = Literal[
    "upgrade",
    "setup",
    "connected",
    "history",
    "speaking",
    "asked",
    "answering",
    "calling",
    "between",
]
Positive = Annotated[float, Meta(ge=0)]
Span = float | tuple[float, float]
"""A number, or two between which one is drawn. Not of `Positive`: from a tuple of those msgspec
0.22 builds a decoder that crashes the garbage collector."""

GARBAGE: dict[str, bytes] = {
    "no json": b"\x00\xff\xfe{]",
    "truncated": b'{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm',
    "nested": b'{"serverContent":' * 20_000,
    "nested whole": b'{"future":' * 20_000 + b"1" + b"}" * 20_000,
    "empty": b"{}",
    "array": b"[]",
    "unknown field": b'{"somethingNew":{"a":[1,2,3]}}',
    "unknown enum": b'{"serverContent":{"interactionStatus":"PONDERING","turnCompleteReason":"X"}}',
    "wrong type": b'{"serverContent":{"turnComplete":"perhaps","modelTurn":7}}',
    "no base64": b'{"serverContent":{"modelTurn":{"parts":[{"inlineData":'
    b'{"mimeType":"audio/pcm;rate=24000","data":"*"}}]}}}',
    "interrupted": b'{"serverContent":{"interrupted":true}}',
    "turn complete": b'{"serverContent":{"turnComplete":true}}',
    "error": b'{"error":{"code":503,"message":"The service is currently unavailable.",'
    b'"status":"UNAVAILABLE"}}',
}
"""Frames that no client should stumble over."""

_encode = msgspec.json.Encoder().encode


class FaultyLine(Protocol):
    """The client's WebSocket, as faults act on it."""

    lasting: list["Lasting"]
    """What goes on now, in the order in which it began."""
    held: deque[Frame]
    """Messages of the service that come late."""

    async def say(self, message: bytes | str) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...

    def reset(self) -> None: ...

    def freeze(self) -> None: ...

    def later(self, seconds: float, strike: Callable[["FaultyLine"], Any]) -> None: ...


class ServiceFault(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """A `[[fault]]`. `strike` happens once at its moment; what `Lasting` does goes on."""

    when: Moment
    connection: int | None = None
    """Only on the connection with this number, from 1; all if not given. At the upgrade, from the
    dial with this number on."""
    resuming: bool | None = None
    """Only on connections that come with a handle, or without one."""
    times: int = 1
    """How often it strikes in all; 0 is always."""
    after_s: Span = 0.0
    """Seconds from the moment to the strike."""
    samples: Span = 0
    """How far into the utterance (16 kHz) or the answer (24 kHz)."""

    async def strike(self, line: "FaultyLine") -> None:
        """Do it."""


class Refuse(ServiceFault, frozen=True, tag="refuse"):
    """Answer the upgrade with an HTTP status."""

    status: Annotated[int, Meta(ge=400, le=599)]
    body: str = ""
    retry_after_s: Annotated[int, Meta(ge=0)] | None = None
    """The header `Retry-After`; missing if not given."""


class AnnounceEnd(ServiceFault, frozen=True, tag="go away"):
    """Announce the end of the connection."""

    time_left: str | int | float | None = None
    """`timeLeft` as it is to be written; missing if not given."""
    close_after_s: float | None = None
    """Then end it, as the platforms do."""

    async def strike(self, line: "FaultyLine") -> None:
        left = {} if self.time_left is None else {"timeLeft": self.time_left}
        await line.say(_encode({"goAway": left}))
        if self.close_after_s is not None:
            line.later(self.close_after_s, Close(when=self.when).strike)


class Close(ServiceFault, frozen=True, tag="close"):
    """Close, with a code and a reason."""

    code: Annotated[int, Meta(ge=1000, le=4999)] = 1011
    reason: Annotated[str, Meta(max_length=120)] = (
        "Deadline expired before operation could complete."
    )

    async def strike(self, line: "FaultyLine") -> None:
        await line.close(self.code, self.reason)


class Reset(ServiceFault, frozen=True, tag="reset"):
    """Break the TCP connection, with RST."""

    async def strike(self, line: "FaultyLine") -> None:
        line.reset()


class Freeze(ServiceFault, frozen=True, tag="freeze"):
    """Read and write nothing any more: a line that is half open."""

    async def strike(self, line: "FaultyLine") -> None:
        line.freeze()


class SendOutOfPlace(ServiceFault, frozen=True, tag="send"):
    """SendOutOfPlace something out of place."""

    garbage: list[str] = []
    """Names of `GARBAGE`."""
    frame: str = ""
    """Or this, as it stands."""
    megabytes: Annotated[float, Meta(ge=0, le=64)] = 0
    """Or so many MiB of zeros, in a field that no client knows."""

    async def strike(self, line: "FaultyLine") -> None:
        for name in self.garbage:
            await line.say(GARBAGE[name])
        if self.frame:
            await line.say(self.frame.encode())
        if self.megabytes:
            await line.say(_encode({"huge": "0" * int(self.megabytes * (1 << 20))}))


class Lasting(ServiceFault, frozen=True):
    """Goes on from its moment to the end of the connection, or for a while."""

    for_s: float | None = None

    async def strike(self, line: "FaultyLine") -> None:
        line.lasting.append(self)
        if self.for_s is not None:
            line.later(self.for_s, self._end)

    async def _end(self, line: "FaultyLine") -> None:
        line.lasting.remove(self)

    async def incoming(self, line: "FaultyLine") -> bool:
        """Whether the client's message reaches the service."""
        return True

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        """What becomes of the service's message."""
        return frame


class Deaf(Lasting, frozen=True, tag="deaf"):
    """What the client says is read and forgotten."""

    async def incoming(self, line: "FaultyLine") -> bool:
        return False


class Mute(Lasting, frozen=True, tag="mute"):
    """Nothing is said any more: no setupComplete, no reaction, no update."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        return None


class Slow(Lasting, frozen=True, kw_only=True, tag="slow"):
    """Each of the client's messages takes its time to be read."""

    each_s: Positive

    async def incoming(self, line: "FaultyLine") -> bool:
        await asyncio.sleep(self.each_s)
        return True


class Delay(Lasting, frozen=True, kw_only=True, tag="delay"):
    """Each of the service's messages takes its time."""

    each_s: Positive

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        await asyncio.sleep(self.each_s)
        return frame


class Poison(Lasting, frozen=True, tag="poison"):
    """Speech is transcribed and never answered."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        content = frame.get("serverContent", {})
        harmless = "inputTranscription" in content or "setupComplete" in frame
        return frame if harmless else None


class SilentAnswers(Lasting, frozen=True, tag="silence"):
    """Answers are so many zeros."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        for blob in blobs_of(frame):
            blob["data"] = re.sub(r"[^=]", "A", blob["data"])
        return frame


class Soundless(Lasting, frozen=True, tag="soundless"):
    """Answers are a `turnComplete` and nothing else."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        content = frame.get("serverContent", {})
        return None if "modelTurn" in content or "outputTranscription" in content else frame


class Text(Lasting, frozen=True, tag="text"):
    """Text frames where Google sends binary ones."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        await line.say(_encode(frame).decode())
        return None


class Novel(Lasting, frozen=True, tag="novel"):
    """Fields and enum values of a later version in each message."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        frame = {"later": {"on": [1, None]}, **frame}
        if "serverContent" in frame:
            more = {"turnCompleteReason": "LATER_ON", "speechState": "LATER_ON", "later": 1}
            frame["serverContent"] = {**more, **frame["serverContent"]}
        return frame


class Lag(Lasting, frozen=True, kw_only=True, tag="lag"):
    """Updates come late: each is that of so many updates before."""

    updates: Annotated[int, Meta(ge=1)]

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        if "sessionResumptionUpdate" not in frame:
            return frame
        line.held.append(frame)
        return line.held.popleft() if len(line.held) > self.updates else None


class NotResumable(Lasting, frozen=True, tag="not resumable"):
    """Updates have no handle."""

    async def outgoing(self, frame: Frame, line: "FaultyLine") -> Frame | None:
        return {"sessionResumptionUpdate": {}} if "sessionResumptionUpdate" in frame else frame


KINDS: dict[str, type[ServiceFault]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (
        Refuse, AnnounceEnd, Close, Reset, Freeze, SendOutOfPlace, Deaf, Mute, Slow, Delay, Poison,
        SilentAnswers, Soundless, Text, Novel, Lag, NotResumable,
    )
}  # fmt: skip
"""By the name that stands behind `do` in a faults file."""


def blobs_of(frame: Frame) -> list[Frame]:
    """The pieces of sound in a frame of the service."""
    parts = frame.get("serverContent", {}).get("modelTurn", {}).get("parts", [])
    return [part["inlineData"] for part in parts if "inlineData" in part]


def samples_of(blob: Frame) -> int:
    """How many samples a piece of sound has."""
    text: str = blob["data"]
    return (len(text) * 3 // 4 - text.count("=")) // 2
