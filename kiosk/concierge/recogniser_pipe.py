"""What goes between the server and the recogniser's process (`recogniser.py`).

Both pipes carry frames: a little-endian 32-bit length, then MessagePack. The first frame is the
list of questions, which `RecogniserReady` answers. Then comes the sound of utterances as `Feed`s.
"""

import struct
from typing import BinaryIO

import msgspec
from msgspec import Struct

RATE_HZ = 16_000
"""What the acoustic model was trained on."""

LENGTH = struct.Struct("<I")


class KnownQuestions(Struct, tag=True):
    """First message: the words of each known question, entry by entry."""

    entries: list[list[list[str]]]


class RecogniserReady(Struct, tag=True):
    """The recogniser listens. `unknown` are words of the questions that it cannot pronounce."""

    unknown: list[str]


class Feed(Struct, tag=True):
    """Sound of an utterance, s16le mono at 16 kHz; the last of it has `end` set."""

    utterance: int
    pcm: bytes
    end: bool = False
    drop: bool = False
    """The utterance is of no interest any more; no answer comes."""


class Recognised(Struct, tag=True):
    """What was heard in an utterance, after its end."""

    utterance: int
    text: str


def read(stream: BinaryIO) -> bytes | None:
    """The next frame's content; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def frame(message: Struct) -> bytes:
    """A message as it goes through the pipe."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body
