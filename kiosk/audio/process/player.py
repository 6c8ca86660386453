"""What the speaker gets in each period: the reply, faded where it is interrupted, or silence.

Pure but for the ring. It starts after a short prebuffer, so that a late chunk is not heard; the
prebuffer grows when that was not enough, and shrinks again when all goes well. Every break in the
sound falls and rises over 5 ms: a step in the wave is a click. What was faded at a hold is played
once more at `resume`, rising, so that no word is lost.
"""

from enum import Enum
from typing import Final

from kiosk.audio.pcm import FADE_SAMPLES, faded_in, faded_out, scaled
from kiosk.audio.rings.ring import Orders, ReplyRing
from kiosk.formats import REPLY_HZ, REPLY_PERIOD_SAMPLES, SAMPLE_BYTES

SILENCE: Final = bytes(REPLY_PERIOD_SAMPLES * SAMPLE_BYTES)
MIN_PREBUFFER_SAMPLES: Final = 60 * REPLY_HZ // 1000
"""Samples to wait for at first: three periods, the jitter of a chunk on a good line."""
MAX_PREBUFFER_SAMPLES: Final = 400 * REPLY_HZ // 1000
"""More would be a pause that a visitor takes for an answer that does not come."""
CLEAN_SAMPLES: Final = 10 * REPLY_HZ
"""Samples played without an underrun after which the prebuffer shrinks by a period."""
KEPT_BEHIND_SAMPLES: Final = REPLY_HZ
"""Samples kept behind `played` for the lips: what the device has yet to sound, and some more."""
KEPT_BEHIND_PERIODS: Final = KEPT_BEHIND_SAMPLES // REPLY_PERIOD_SAMPLES


class Mode(Enum):
    IDLE = 0
    """Nothing to play, or not enough yet."""
    PLAYING = 1
    HELD = 2


class Player:
    """Makes the periods of one speaker, from where the ring says that the last one stopped."""

    def __init__(self, ring: ReplyRing, volume: float) -> None:
        self._ring, self._volume = ring, volume
        self._mode = Mode.IDLE
        self._starved_at: int | None = None
        self._clean = self._quiet = 0
        self._seen: tuple[int, bytes] | None = None
        self.prebuffer = MIN_PREBUFFER_SAMPLES
        self.played = min(max(ring.played, ring.zeroed), ring.written)
        self.began = self.played
        """Index at which the present run of sound began."""

    @property
    def sounding(self) -> bool:
        return self._mode is Mode.PLAYING

    def next_period(self) -> tuple[bytes, int]:
        """PCM of one period, and how many samples of it are sound; the rest is silence."""
        seen = self._ring.snapshot()
        if (
            seen == self._seen
            and self._mode is not Mode.PLAYING
            and self._quiet > KEPT_BEHIND_PERIODS
        ):
            return SILENCE, 0
        self._seen = seen
        orders, written = self._ring.orders, self._ring.written
        if orders.discard_before > self.played:
            pcm = self._stop(written) if self._mode is Mode.PLAYING else b""
            self.played = min(orders.discard_before, written)
            self._mode, self._starved_at = Mode.IDLE, None
            self.began = self.played
        elif orders.held:
            pcm = self._stop(written) if self._mode is Mode.PLAYING else b""
            if self._mode is Mode.PLAYING:
                self._mode = Mode.HELD
        else:
            pcm = self._play(orders, written)
        self._quiet = 0 if pcm else self._quiet + 1
        self._ring.wipe(
            self.played if self._quiet > KEPT_BEHIND_PERIODS else self.played - KEPT_BEHIND_SAMPLES
        )
        if not pcm:
            return SILENCE, 0
        if self._volume != 1:
            pcm = scaled(pcm, self._volume)
        return pcm + SILENCE[len(pcm) :], len(pcm) // SAMPLE_BYTES

    def _stop(self, written: int) -> bytes:
        return faded_out(self._ring.read(self.played, min(self.played + FADE_SAMPLES, written)))

    def _play(self, orders: Orders, written: int) -> bytes:
        waiting = written - self.played
        complete = orders.end >= written
        begins = self._mode is not Mode.PLAYING
        if begins:
            if not waiting or not (complete or waiting >= self.prebuffer):
                return b""
            self._begin(orders)
        n = min(waiting, REPLY_PERIOD_SAMPLES)
        ends = complete and waiting <= REPLY_PERIOD_SAMPLES
        # A period needs its samples and those of a fade, so that a fade always has
        # something to fade.
        starves = not complete and waiting < REPLY_PERIOD_SAMPLES + FADE_SAMPLES
        pcm = self._ring.read(self.played, self.played + n)
        if begins:
            pcm = faded_in(pcm)
        if ends or starves:
            pcm, self._mode = faded_out(pcm), Mode.IDLE
            self._starved_at = self.played + n if starves else None
        self.played += n
        self._clean += n
        if self._clean >= CLEAN_SAMPLES:
            self._clean, self.prebuffer = (
                0,
                max(self.prebuffer - REPLY_PERIOD_SAMPLES, MIN_PREBUFFER_SAMPLES),
            )
        return pcm

    def _begin(self, orders: Orders) -> None:
        """Start or go on. A pause was an underrun only if more of the same reply follows it."""
        if self._starved_at is not None and not self._starved_at <= orders.end:
            self._ring.count_underrun()
            self._clean, self.prebuffer = 0, min(self.prebuffer * 2, MAX_PREBUFFER_SAMPLES)
        self._mode, self._starved_at, self.began = Mode.PLAYING, None, self.played
