"""One visitor's sentences on their way to AvatarIM's own recognition: cut, converted, and whole."""

from typing import Any

import numpy as np

from kiosk.avatar.cloud.avatarim.client import AvatarImClient
from kiosk.avatar.cloud.avatarim.im_protocol import PIECE_S, AvatarImError
from kiosk.formats import MICROPHONE_HZ, SAMPLE_BYTES

PIECE_BYTES = SAMPLE_BYTES * round(MICROPHONE_HZ * PIECE_S)
"""The vendor's papers want pieces of 100 ms, however small those of the microphone are."""
TAIL_S = 0.8
"""Silence that follows the visitor's words: the cloud finds the end of a sentence by it."""


class VisitorSpeech:
    """See the module. All of it runs in the loop's thread.

    Args:
        client: takes the pieces.
        sample_rate_hz: of what it is sent.
    """

    def __init__(self, client: AvatarImClient, sample_rate_hz: int) -> None:
        self._client = client
        self._sample_rate_hz = sample_rate_hz
        self._resampler: Any = None
        self._waiting = bytearray()
        """Of the microphone's sound, less than a piece."""
        self._dropped_before = client.dropped_sounds
        """Pieces that the client had lost when this sentence began."""
        self.broken = True
        """Some of the sentence was lost: the rest of it is not sent. So it is before the first."""

    def begin(self) -> None:
        """The visitor begins to speak."""
        self.broken = False
        self._waiting.clear()
        self._resampler = None
        self._dropped_before = self._client.dropped_sounds

    def feed(self, pcm: bytes) -> None:
        """Take the next of what the visitor says: s16le mono of `MICROPHONE_HZ`."""
        if self.broken:
            return
        self._waiting += pcm
        if len(self._waiting) >= PIECE_BYTES:
            self._send(last=False)

    def end(self) -> bool:
        """The visitor has spoken; tell whether all of it went up."""
        self.feed(bytes(SAMPLE_BYTES * round(TAIL_S * MICROPHONE_HZ)))
        if not self.broken:
            self._send(last=True)
        return not self.broken and self._client.dropped_sounds == self._dropped_before

    def _send(self, *, last: bool) -> None:
        pcm = self._converted(bytes(self._waiting), last=last)
        self._waiting.clear()
        try:
            self._client.send_audio(pcm)
        except AvatarImError:
            self.broken = True

    def _converted(self, pcm: bytes, *, last: bool) -> bytes:
        if self._sample_rate_hz == MICROPHONE_HZ:
            return pcm
        import av  # What brings the picture is there.

        if self._resampler is None:
            self._resampler = av.AudioResampler("s16", "mono", self._sample_rate_hz)
        frames = []
        if pcm:
            samples = np.frombuffer(pcm, "<i2").reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = MICROPHONE_HZ
            frames += self._resampler.resample(frame)
        if last:
            frames += self._resampler.resample(None)
            self._resampler = None
        return b"".join(bytes(frame.planes[0])[: SAMPLE_BYTES * frame.samples] for frame in frames)
