"""How the reply's sound goes up: in chunks, not too far ahead. Pure; told the time.

Chunks of about a second, for the vendor garbles confetti; the first one is shorter, so that the
avatar begins sooner. A source slower than the voice is sent in smaller chunks rather than let the
avatar fall silent, and one that pauses is not waited for. The lead over real time is bounded: what
is sent cannot be taken back faster than the vendor obeys an interruption.
"""

from collections import deque

from msgspec import Struct

PCM_HZ = 24_000
"""s16le mono, both ways: another rate is not refused, it is only garbled.

Source: HeyGen's pages on `realtime_endpoint` and on LiveAvatar's `ws_url`.
"""
BYTES_PER_S = 2 * PCM_HZ
"""Of that sound."""
MIN_FIRST_CHUNK_S, MAX_FIRST_CHUNK_S = 0.4, 0.6
CHUNK_S = 1.0
"""Sound in a chunk once the reply flows."""
MIN_CHUNK_S = 0.2
"""A chunk is no smaller unless the reply ends with it."""
RUN_DRY_S = 0.3
"""Less than that ahead, what there is is sent."""
PAUSE_S = 0.3
"""After so long without anything new the source pauses: what there is of it is sent."""
MAX_LEAD_S = 3.0
"""Sound that the vendor may have ahead of what it speaks."""
MAX_CHUNK_BYTES = int(CHUNK_S * BYTES_PER_S)


class AudioChunk(Struct, frozen=True):
    """Send this."""

    reply: int
    pcm: bytes


class AudioPause(Struct, frozen=True):
    """All that there is of the reply was sent, and more may be long in coming."""

    reply: int


class AudioEnd(Struct, frozen=True):
    """Say that the reply is complete."""

    reply: int


class _Waiting:
    def __init__(self, reply: int) -> None:
        self.reply = reply
        self.pcm = bytearray()
        self.added_s = 0.0
        """When the newest of it came."""
        self.begun = False
        self.pauses = False
        """Its pause was told."""
        self.ended = False


class Pacer:
    """What waits to be sent, in order."""

    def __init__(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._spoken_until_s = 0.0
        self._over = 0
        """Replies up to this one were interrupted: what still comes of them is dropped."""
        self._newest = 0

    def add(self, reply: int, pcm: bytes, now_s: float) -> None:
        """Take the next of a reply's sound."""
        if waiting := self._place(reply):
            waiting.pcm += pcm
            waiting.added_s = now_s
            waiting.pauses = False

    def end(self, reply: int) -> None:
        """Nothing more comes of it."""
        if self._waiting and self._waiting[-1].reply == reply:
            self._waiting[-1].ended = True

    def interrupt(self, now_s: float) -> None:
        """Forget all that waits, and what still comes of the same replies."""
        self._waiting.clear()
        self._over = self._newest
        self._spoken_until_s = now_s

    def next_action(self, now_s: float) -> AudioChunk | AudioPause | AudioEnd | float | None:
        """What to send now; or seconds to wait; or None: until there is more."""
        if not self._waiting:
            return None
        head = self._waiting[0]
        if not head.pcm:
            return self._finish(head, now_s)
        lead_s = max(self._spoken_until_s - now_s, 0.0)
        size = self._size(head, lead_s)
        if not size:
            # Not enough yet; a lead that runs out is a reason to send all the same, and a pause.
            rest_s = head.added_s + PAUSE_S - now_s
            if rest_s > 1e-6:
                enough = head.begun and len(head.pcm) >= MIN_CHUNK_S * BYTES_PER_S
                return min(rest_s, max(lead_s - RUN_DRY_S, 0.01)) if enough else rest_s
            size = min(len(head.pcm), MAX_CHUNK_BYTES)
        ahead_s = lead_s + size / BYTES_PER_S - MAX_LEAD_S
        if ahead_s > 1e-6:
            return ahead_s
        pcm = bytes(head.pcm[:size])
        del head.pcm[:size]
        head.begun = True
        self._spoken_until_s = max(self._spoken_until_s, now_s) + size / BYTES_PER_S
        return AudioChunk(head.reply, pcm)

    def _finish(self, head: _Waiting, now_s: float) -> AudioPause | AudioEnd | float | None:
        if head.ended:
            self._waiting.popleft()
            return AudioEnd(head.reply)
        if head.pauses:
            return None
        rest_s = head.added_s + PAUSE_S - now_s
        if rest_s > 1e-6:
            return rest_s
        head.pauses = True
        return AudioPause(head.reply)

    def _place(self, reply: int) -> _Waiting | None:
        if reply <= self._over:
            return None
        if not self._waiting or self._waiting[-1].reply != reply:
            for earlier in self._waiting:
                earlier.ended = True
            self._waiting.append(_Waiting(reply))
            self._newest = max(self._newest, reply)
        return self._waiting[-1]

    def _size(self, head: _Waiting, lead_s: float) -> int:
        """Bytes of the next chunk, 0 if it is better to wait for more."""
        there_s = len(head.pcm) / BYTES_PER_S
        if not head.begun:
            if there_s < MIN_FIRST_CHUNK_S and not head.ended:
                return 0
            return min(len(head.pcm), int(MAX_FIRST_CHUNK_S * BYTES_PER_S))
        dry = lead_s <= RUN_DRY_S and there_s >= MIN_CHUNK_S
        if there_s < CHUNK_S and not (head.ended or dry):
            return 0
        return min(len(head.pcm), MAX_CHUNK_BYTES)
