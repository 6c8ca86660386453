"""The sound of an answer, as it comes in parts: made s16le mono at 24 kHz, whole samples, or
refused.

Source: Live API, audio formats: the service says the rate in the MIME type, such as
`audio/pcm;rate=24000`; RFC 2045 for its parameters. `audio/l16` is what Google's speech synthesis
calls the same little-endian samples.
"""

from collections.abc import Callable
from typing import Protocol

from kiosk.core.messages import InlineData
from kiosk.errors import MessageError
from kiosk.formats import REPLY_HZ

MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 192_000
_PCM = ("audio/pcm", "audio/l16", "audio/x-l16", "audio/raw")


class Resampler(Protocol):
    """Makes a stream of s16le mono of another rate into one of 24 kHz."""

    def feed(self, pcm: bytes) -> bytes: ...
    def end(self) -> bytes: ...


def rate_of(mime_type: str) -> int:
    """Samples a second of mono PCM; ours where the type does not say, or is not told at all: the
    service was asked for sound and for nothing else.

    Raises:
        MessageError: it is no mono PCM, or of a rate that cannot be; the message is the type.
    """
    kind, *parameters = (piece.strip().lower() for piece in mime_type.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    named = {name.strip(): value.strip().strip('"') for name, _, value in pairs}
    rate = named.get("rate", str(REPLY_HZ))
    known = kind in ("", *_PCM) and named.get("channels", "1") == "1"
    hz = int(rate) if rate.isascii() and rate.isdigit() and len(rate) < 9 else 0
    if not known or not MIN_RATE_HZ <= hz <= MAX_RATE_HZ:
        raise MessageError(mime_type[:60])
    return hz


class ReplySound:
    """See the module.

    Args:
        resampler: makes one for a rate in Hz; None where only 24 kHz is taken.
    """

    def __init__(self, resampler: Callable[[int], Resampler] | None = None) -> None:
        self._make = resampler
        self.begin(0)

    def begin(self, utterance: int) -> None:
        """What comes from now on answers this utterance."""
        self._utterance = utterance
        self._rate_hz = REPLY_HZ
        self._half = b""
        """The first byte of a sample whose second is still to come."""
        self._resampler: Resampler | None = None

    def take(self, utterance: int, data: InlineData) -> bytes:
        """The next part of the answer to an utterance; whole samples, and maybe none yet.

        Raises:
            MessageError: it cannot be read or is no sound that we know; the message names it.
        """
        rate_hz = rate_of(data.mime_type)
        pcm = data.pcm()
        if utterance != self._utterance:
            self.begin(utterance)
        before = b""
        if rate_hz != self._rate_hz:
            before = self.rest()
            self._start(rate_hz)
        pcm = self._half + pcm
        whole = len(pcm) // 2 * 2
        self._half = pcm[whole:]
        pcm = pcm[:whole]
        return before + (self._resampler.feed(pcm) if self._resampler is not None else pcm)

    def rest(self) -> bytes:
        """No more comes of this answer: what the resampler still holds."""
        rest = self._resampler.end() if self._resampler is not None else b""
        self.begin(self._utterance)
        return rest

    def _start(self, rate_hz: int) -> None:
        if rate_hz == REPLY_HZ:
            return
        if self._make is None:
            raise MessageError(f"sound at {rate_hz} Hz")
        self._rate_hz, self._resampler = rate_hz, self._make(rate_hz)
