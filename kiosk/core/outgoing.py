"""One message for the service, as the transport is given it."""

from enum import Enum

from msgspec import Struct


class Kind(Enum):
    """What a message is in the order that the wire wants: start, sound, end."""

    START = "start"
    AUDIO = "audio"
    END = "end"
    MESSAGE = "message"


class Outgoing(Struct, frozen=True):
    """One message that goes out now."""

    number: int
    """Client messages of this link are numbered from 1; the setup is 0.
    Source: Vertex AI, `lastConsumedClientMessageIndex`."""
    kind: Kind
    utterance: int = 0
    start: int = 0
    end: int = 0
    payload: bytes = b""
    """What to send, but for `AUDIO`: there it is read from the ring and encoded at the last
    moment.
    """
    text: str = ""
    """The words of a turn that was typed, for a transport that sends no payload."""
    more: bool = True
    """Whether another may follow at once; if not, only when the microphone has gone on."""
