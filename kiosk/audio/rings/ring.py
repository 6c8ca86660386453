"""The two rings: what the microphone heard, and what the kiosk says. See `mapped.py`."""

import time
from typing import Any, Final, NamedTuple

from kiosk.audio.rings.mapped import (
    DAEMON_RECORD,
    DAEMON_WORDS,
    PAGE_SAMPLES,
    WORKER_LOG,
    WORKER_RECORD,
    WORKER_WORDS,
    DeviceState,
    Ring,
)
from kiosk.audio.rings.seqlock import Record
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ, SAMPLE_BYTES

__all__ = ["DeviceState", "MicrophoneRing", "Orders", "ReplyRing", "Ring"]

_LEVEL, _SILENT, _CPU = range(WORKER_WORDS, WORKER_WORDS + 3)
_UNDERRUNS, _SOUNDED = range(WORKER_WORDS, WORKER_WORDS + 2)
_KEEP_FROM, _WAKE_EVERY_PERIOD = range(DAEMON_WORDS, DAEMON_WORDS + 2)
_HOLES: Final = WORKER_LOG  # how many there were; then the newest of them, two words each
_HOLES_KEPT: Final = 64
"""Holes whose places are known; a newer one is written over the oldest."""


class MicrophoneRing(Ring):
    """16 kHz mono s16le. The worker alone writes and zeroes the payload; the daemon reads."""

    RATE_HZ = MICROPHONE_HZ

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pair = Record(self._words, WORKER_RECORD, 3)
        self._found: tuple[int, list[tuple[int, int]]] = (0, [])
        """Number of the newest hole that was read, and those that were."""

    # -- the daemon's side

    @property
    def keep_from(self) -> int:
        """Index of the oldest sample that the daemon still needs."""
        return self._words[_KEEP_FROM]

    @keep_from.setter
    def keep_from(self, sample: int) -> None:
        self._words[_KEEP_FROM] = max(sample, 0)

    @property
    def wake_every_period(self) -> bool:
        """Whether the daemon wants to be woken at every period, not at every eighth."""
        return bool(self._words[_WAKE_EVERY_PERIOD])

    @wake_every_period.setter
    def wake_every_period(self, wish: bool) -> None:
        self._words[_WAKE_EVERY_PERIOD] = wish

    @property
    def level(self) -> float:
        """Root mean square of the newest period, 0 to 1."""
        return self._words[_LEVEL] / 65535

    @property
    def silent_since(self) -> int | None:
        """Index since which every sample was exactly zero, as from a dead or muted microphone."""
        return self._words[_SILENT] - 1 if self._words[_SILENT] else None

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time that the present sound process has used."""
        return self._words[_CPU] / 1e9

    @property
    def first_sample_monotonic_s(self) -> float | None:
        """The newest clock pair's time less index / rate; None before the first period."""
        pair = self._pair.read()
        return pair[1] / 1e9 - pair[0] / self.RATE_HZ if pair else None

    def sample_at(self, monotonic_s: float) -> int:
        """Index of the sample that was at the microphone at a monotonic time. May be to come."""
        index, at_ns, latency_ns = self._pair.read() or (0, self.epoch_ns, 0)
        return max(index + round((monotonic_s - (at_ns - latency_ns) / 1e9) * self.RATE_HZ), 0)

    def time_of(self, sample: int) -> float:
        """Monotonic seconds at which a sample was at the microphone: `sample_at` turned round."""
        index, at_ns, latency_ns = self._pair.read() or (0, self.epoch_ns, 0)
        return (at_ns - latency_ns) / 1e9 + (sample - index) / self.RATE_HZ

    @property
    def holes(self) -> list[tuple[int, int]]:
        """The newest ranges [start, end) in which nothing was recorded; they read as zeros."""
        words = self._words
        while (count := words[_HOLES]) != self._found[0]:
            first = max(count - _HOLES_KEPT + 1, 0)  # the one before may just be overwritten
            places = [_HOLES + 1 + k % _HOLES_KEPT * 2 for k in range(first, count)]
            found = [(words[at], words[at + 1]) for at in places]
            if words[_HOLES] == count:
                self._found = (count, found)
        return self._found[1]

    # -- the worker's side

    def index_at(self, now_ns: int) -> int:
        """Index that the clock gives, by the newest pair; by the epoch before the first."""
        index, at_ns, _ = self._pair.read() or (0, self.epoch_ns, 0)
        return index + (now_ns - at_ns) * self.RATE_HZ // 1_000_000_000

    def skip_to(self, index: int) -> None:
        """Fill the time from `written` to `index` with zeros, and record it as a hole.

        What was before the first sample is no hole.
        """
        start = self.written
        if index <= start:
            return
        if start:  # First: whoever sees the new end must know of the hole before it.
            words = self._words
            count = words[_HOLES]
            at = _HOLES + 1 + count % _HOLES_KEPT * 2
            words[at], words[at + 1] = start, index
            words[_HOLES] = count + 1
        self.skip(index - start)

    def publish(self, index: int, at_ns: int, latency_ns: int) -> None:
        """Say when the sample before `index` came, and how long it had been under way."""
        self._pair.write(index, at_ns, latency_ns)

    def publish_level(self, level: int, silent_since: int | None = None) -> None:
        """Say how loud the newest period was (0 to 65535), and since when all was zeros."""
        self._words[_LEVEL] = level
        self._words[_SILENT] = 0 if silent_since is None else silent_since + 1

    def publish_cpu(self, used_ns: int) -> None:
        self._words[_CPU] = used_ns


class Orders(NamedTuple):
    """What the daemon wants of the speaker, published as one record."""

    discard_before: int = 0
    """Index before which nothing is to be played."""
    held: int = 0
    """1 while the reply is to stand still."""
    end: int = 0
    """Index up to which replies are complete, and are played out without waiting for more."""


class ReplyRing(Ring):
    """24 kHz mono s16le. The daemon writes the payload; the worker plays it, and wipes behind."""

    RATE_HZ = REPLY_HZ

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._playhead = Record(self._words, WORKER_RECORD, 4)
        self._orders = Record(self._words, DAEMON_RECORD, 3)

    @property
    def played(self) -> int:
        """Index after the last sample handed to the device (or passed over by a discard)."""
        return (self._playhead.read() or (0,))[0]

    @property
    def heard(self) -> int:
        """Index of the sample now being heard: `played` less what still waits in the device."""
        played, at_ns, latency_ns, began = self._playhead.read() or (0, 0, 0, 0)
        waiting = (at_ns + latency_ns - time.monotonic_ns()) * self.RATE_HZ // 1_000_000_000
        return min(max(played - max(waiting, 0), began), played)

    def time_of(self, sample: int) -> float:
        """Monotonic seconds at which a sample was or will be heard, if nothing holds it up."""
        played, at_ns, latency_ns, _ = self._playhead.read() or (0, self.epoch_ns, 0, 0)
        return (at_ns + latency_ns) / 1e9 + (sample - played) / self.RATE_HZ

    @property
    def underruns(self) -> int:
        """How often the speaker had nothing to play in the middle of a reply."""
        return self._words[_UNDERRUNS]

    @property
    def last_sound_s(self) -> float:
        """Monotonic seconds at which the last sound was handed to the device (or its converter)."""
        return self._words[_SOUNDED] / 1e9

    @property
    def orders(self) -> Orders:
        return Orders(*(self._orders.read() or ()))

    # -- the daemon's side

    @property
    def room(self) -> int:
        """Samples that may be appended without touching what is still to be played."""
        return self.capacity - (self.written - self.zeroed // PAGE_SAMPLES * PAGE_SAMPLES)

    def order(self, orders: Orders) -> None:
        self._orders.write(*orders)

    def read_padded(self, start: int, end: int) -> bytes:
        """PCM of [start, end), zeros where the ring no longer or not yet has it. For the lips."""
        first = min(max(start, self.zeroed), end)
        last = max(min(end, self.written), first)
        return (
            bytes((first - start) * SAMPLE_BYTES)
            + self._copy(first, last)
            + bytes((end - last) * SAMPLE_BYTES)
        )

    # -- the worker's side

    def snapshot(self) -> tuple[int, bytes]:
        """Something that changes whenever there is anything new to play or to obey."""
        return self.written, self._orders.raw()

    def publish(self, played: int, at_ns: int, latency_ns: int, began: int) -> None:
        """Say what was handed to the device, when, and how long it takes to be heard.

        `began` is the index at which this run of sound began: before it there was silence.
        """
        self._playhead.write(played, at_ns, latency_ns, began)

    def publish_sound(self, at_ns: int) -> None:
        """Say when the last sample that was not silence was handed over."""
        self._words[_SOUNDED] = at_ns

    def count_underrun(self) -> None:
        self._words[_UNDERRUNS] += 1
