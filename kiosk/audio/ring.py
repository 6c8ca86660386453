"""The memory-mapped PCM rings that the sound process and the daemon share, and their cursors.

Samples are counted by absolute 64-bit indexes that never wrap; sample `i` lies at `i % capacity`. A
cursor is an aligned 64-bit word, written by one process alone, through `memoryview.cast("Q")`: one
store instruction. `struct.pack_into("<Q")` will not do: it stores byte by byte, and was measured to
tear (2.5 million torn reads in 44 million; the cast view none in 46 million). Several words that
belong together are a `Record`.

Order of publication: payload, then cursor, then a write to an eventfd, which wakes the reader and
orders memory on ARM. No checksum covers the payload; the part of the header that never changes has
one, so that a foreign or torn file is recognised and never trusted.
"""

import fcntl
import mmap
import os
import time
import zlib
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple, Self

from kiosk.audio.pcm import BYTES, MICROPHONE_PERIOD, MICROPHONE_RATE, REPLY_RATE
from kiosk.errors import RingError

GRAIN: Final = 16384
"""Bytes by which memory is given back: a multiple of the page on every board (4 kB; 16 kB on a Pi 5)."""
HEADER: Final = GRAIN
"""Bytes before the payload; all but the first 4 kB are never touched."""
GRAIN_SAMPLES: Final = GRAIN // BYTES

_MAGIC: Final = int.from_bytes(b"KioskPCM", "little")
_VERSION: Final = 1
_CONSTANTS: Final = 6  # magic, version, rate, capacity, epoch, boot; then their checksum
_MASK: Final = (1 << 64) - 1
_MIX: Final = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x27D4EB2F165667C5,
    0x85EBCA77C2B2AE63,
)

# Words of the header; each line of eight has one writer.
_WRITTEN: Final = 8  # who writes the payload
_ZEROED, _STATE, _BEAT, _LEVEL, _SILENT, _CPU, _UNDERRUNS, _SOUNDED = range(16, 24)  # worker
_PAIR: Final = 24  # worker: a record of up to four words
_KEEP_FROM: Final = 40  # daemon
_ORDERS: Final = 48  # daemon: a record of three words
_HOLES: Final = 64  # worker: how many there were; then the newest of them, two words each
_HOLES_KEPT: Final = 64


class State(IntEnum):
    """What the sound process says of one direction."""

    STARTING = 0
    """Nothing has been heard or sounded yet."""
    OK = 1
    """A period comes every 20 ms."""
    MISSING = 2
    """The device is not there; it is tried again and again."""


Punch = Callable[[int, int, int], bool]
"""Gives (file descriptor, offset, length) of a file back to the system: what is read there is zeros. False if it cannot."""


def boot_id() -> int:
    """A number of this boot: monotonic times of another boot mean nothing in this one."""
    return int(Path("/proc/sys/kernel/random/boot_id").read_text()[:8], 16)


class Record:
    """Up to four words that are published together, by one writer.

    Two slots, used in turn, each (sequence number, words, check). A reader takes the newest slot
    whose check holds: while one is being written the other stands.
    """

    def __init__(self, words: memoryview, at: int, width: int) -> None:
        self._words, self._width = words, width
        self._slots = (at, at + width + 2)
        self._sequence = self._newest()[0]

    def write(self, *values: int) -> None:
        self._sequence += 1
        at = self._slots[self._sequence % 2]
        whole = (self._sequence, *values)
        for offset, value in enumerate(whole):
            self._words[at + offset] = value
        self._words[at + len(whole)] = _check(whole)

    def read(self) -> tuple[int, ...] | None:
        """The newest words, or None if there never were any."""
        sequence, *values = self._newest()
        return tuple(values) if sequence else None

    def _newest(self) -> tuple[int, ...]:
        words, width = self._words, self._width
        for _ in range(1000):
            best: tuple[int, ...] = ()
            empty = 0
            for at in self._slots:
                whole = tuple(words[at : at + width + 1])
                if words[at + width + 1] == _check(whole):
                    best = max(best, whole)
                elif not any(whole):
                    empty += 1
            if best:
                return best
            if empty == 2:
                return (0,) * (width + 1)
        raise RingError("a record of the ring's header is torn")


def _check(whole: tuple[int, ...]) -> int:
    return sum(map(int.__mul__, whole, _MIX)) + 1 & _MASK


class Ring:
    """What both rings have in common. Make one with `create`, `open` or `obtain`."""

    RATE: int
    """Samples a second."""

    def __init__(self, path: Path, punch: Punch | None = None) -> None:
        """Map an existing ring. `RingError` if it is not one of ours, of this version and this boot."""
        self.path = path
        self._punch = punch
        self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            size = os.fstat(self._fd).st_size
            if size <= HEADER:
                raise RingError(f"{path} is no ring: it has {size} bytes")
            self._map = mmap.mmap(self._fd, size)
            self._words = memoryview(self._map)[:4096].cast("Q")
            self._payload = memoryview(self._map)[HEADER:]
            self._verify(size)
        except BaseException:
            os.close(self._fd)
            raise
        if hasattr(mmap, "MADV_DONTDUMP"):
            self._map.madvise(mmap.MADV_DONTDUMP)
        self.capacity = self._words[3]
        """Samples that the ring spans."""
        self.epoch_ns = self._words[4]
        """Monotonic time of sample 0, by the nominal rate, in nanoseconds."""

    def _verify(self, size: int) -> None:
        words = self._words
        if words[0] != _MAGIC:
            raise RingError(f"{self.path} is no ring: the first bytes are not ours")
        if words[_CONSTANTS] != zlib.crc32(words[:_CONSTANTS].tobytes()):
            raise RingError(f"{self.path} is torn: the header's checksum is wrong")
        if words[1] != _VERSION:
            raise RingError(f"{self.path} is of version {words[1]}, not {_VERSION}")
        if words[2] != self.RATE or HEADER + words[3] * BYTES != size:
            raise RingError(
                f"{self.path} is torn: {size} bytes do not fit {words[3]} samples at {words[2]} Hz"
            )
        if words[5] != boot_id():
            raise RingError(f"{self.path} is from before this machine was started")
        if words[_ZEROED] > words[_WRITTEN] or words[_WRITTEN] >> 62:
            raise RingError(f"{self.path} is torn: its cursors contradict each other")

    @classmethod
    def create(cls, path: Path, seconds: float) -> None:
        """Make a new, empty ring of at least `seconds`, whose sample 0 is now. Appears at `path` whole or not at all."""
        grains = -(-int(seconds * cls.RATE) // GRAIN_SAMPLES)
        words = memoryview(bytearray(4096)).cast("Q")
        constants = (
            _MAGIC,
            _VERSION,
            cls.RATE,
            grains * GRAIN_SAMPLES,
            time.monotonic_ns(),
            boot_id(),
        )
        for i, word in enumerate(constants):
            words[i] = word
        words[_CONSTANTS] = zlib.crc32(words[:_CONSTANTS].tobytes())
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, words)
            os.ftruncate(fd, HEADER + grains * GRAIN)
        finally:
            os.close(fd)
        new.rename(path)

    @classmethod
    def obtain(
        cls, path: Path, seconds: float, punch: Punch | None = None
    ) -> tuple[Self, RingError | None]:
        """The ring at `path` if it can be trusted, else a new one and the reason.

        What cannot be trusted is set aside as `NAME.aside`; where it was ours, it is wiped first.
        """
        reason = None
        if path.exists():
            try:
                ring = cls(path, punch)
            except RingError as error:
                reason = error
                _set_aside(path)
            else:
                if ring.capacity >= int(seconds * cls.RATE):
                    return ring, None
                reason = RingError(f"{path} is too small for the present settings")
                ring.keep_only(ring.written, ring.written)
                ring.close()
        cls.create(path, seconds)
        return cls(path, punch), reason

    def close(self) -> None:
        """Give up the mapping. The file stays."""
        self._words.release()
        self._payload.release()
        self._map.close()
        os.close(self._fd)

    def claim(self, patience_s: float) -> None:
        """Take the file's exclusive lock: who holds it may write and zero. `RingError` if another keeps it."""
        until = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise RingError(f"{self.path} is in use by another sound process") from None
                time.sleep(0.02)
            else:
                return

    def release(self) -> None:
        """Give the lock back."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    @property
    def mapping(self) -> mmap.mmap:
        """The mapping, for locking it in memory."""
        return self._map

    # -- cursors -----------------------------------------------------------------------------------

    @property
    def written(self) -> int:
        """Index after the newest sample."""
        return self._words[_WRITTEN]

    @property
    def zeroed(self) -> int:
        """Everything before this index is gone."""
        return self._words[_ZEROED]

    @property
    def state(self) -> State:
        return State(self._words[_STATE])

    @property
    def beat_ns(self) -> int:
        """Monotonic time of the last period, or of the last attempt to open the device, in nanoseconds."""
        return self._words[_BEAT]

    def beat(self, state: State, now_ns: int) -> None:
        """Worker: say that this direction lives."""
        self._words[_STATE] = state
        self._words[_BEAT] = now_ns

    # -- payload -----------------------------------------------------------------------------------

    def read(self, start: int, end: int) -> bytes:
        """PCM of [start, end). `RingError` if the ring does not have all of it: nothing else is ever handed out."""
        if not self.zeroed <= start <= end <= self.written:
            raise RingError(
                f"[{start}, {end}) is not in the ring, which has [{self.zeroed}, {self.written})"
            )
        pcm = self._copy(start, end)
        if self.written - start > self.capacity:
            raise RingError(
                f"[{start}, {end}) was overwritten: the ring spans {self.capacity} samples"
            )
        return pcm

    def _copy(self, start: int, end: int) -> bytes:
        at, stop = start % self.capacity * BYTES, (end - start + start % self.capacity) * BYTES
        size = self.capacity * BYTES
        if stop <= size:
            return bytes(self._payload[at:stop])
        return bytes(self._payload[at:size]) + bytes(self._payload[: stop - size])

    def _store(self, start: int, pcm: bytes | memoryview) -> None:
        at, size = start % self.capacity * BYTES, self.capacity * BYTES
        first = min(len(pcm), size - at)
        self._payload[at : at + first] = pcm[:first]
        if first < len(pcm):
            self._payload[: len(pcm) - first] = pcm[first:]

    def _blank(self, start: int, end: int) -> None:
        """Write zeros over [start, end), at most one lap."""
        start = max(start, end - self.capacity)
        while start < end:
            n = min(end - start, GRAIN_SAMPLES)
            self._store(start, bytes(n * BYTES))
            start += n

    def append(self, pcm: bytes) -> None:
        """Add samples after the newest: payload first, then the cursor."""
        written = self._words[_WRITTEN]
        self._store(written, pcm)
        self._words[_WRITTEN] = written + len(pcm) // BYTES

    def wipe(self, upto: int) -> None:
        """Zero everything before `upto` and give whole grains of it back to the system."""
        start, written = self.zeroed, self.written
        end = min(upto, written)
        if end <= start:
            return
        oldest = max(start, written - self.capacity)
        self._blank(oldest, end)
        first = oldest // GRAIN_SAMPLES * GRAIN_SAMPLES
        if first < written - self.capacity:
            first += GRAIN_SAMPLES  # the grain's beginning already holds the next lap
        last = end // GRAIN_SAMPLES * GRAIN_SAMPLES
        if self._punch:
            for grain in range(first, last, GRAIN_SAMPLES):
                self._punch(self._fd, HEADER + grain % self.capacity * BYTES, GRAIN)
        self._words[_ZEROED] = end  # last: the other side may fill a lap up to here at once

    def keep_only(self, start: int, end: int) -> None:
        """Zero everything but [start, end). Only while no sound process lives: after a crash, and at the end."""
        start = min(max(start, self.zeroed, self.written - self.capacity), self.written)
        kept = self._copy(start, min(end, self.written)) if start < end else b""
        if not (self._punch and self._punch(self._fd, HEADER, self.capacity * BYTES)):
            self._blank(0, self.capacity)
        self._store(start, kept)
        self._words[_ZEROED] = start


def _set_aside(path: Path) -> None:
    """Move a file that is not to be trusted out of the way; if it may hold our sound, that is wiped first."""
    with path.open("r+b") as file:
        if int.from_bytes(file.read(8), "little") == _MAGIC:
            size = os.fstat(file.fileno()).st_size
            file.truncate(min(size, HEADER))
    path.replace(path.with_name(path.name + ".aside"))


class MicrophoneRing(Ring):
    """What the microphone heard: 16 kHz mono s16le. The worker alone writes and zeroes the payload."""

    RATE = MICROPHONE_RATE

    def __init__(self, path: Path, punch: Punch | None = None) -> None:
        super().__init__(path, punch)
        self._pair = Record(self._words, _PAIR, 3)

    # -- the daemon's side

    @property
    def keep_from(self) -> int:
        """Index of the oldest sample that the daemon still needs."""
        return self._words[_KEEP_FROM]

    @keep_from.setter
    def keep_from(self, sample: int) -> None:
        self._words[_KEEP_FROM] = max(sample, 0)

    @property
    def level(self) -> float:
        """Root mean square of the newest period, 0 to 1."""
        return self._words[_LEVEL] / 65535

    @property
    def silent_since(self) -> int | None:
        """Index since which every sample was exactly zero, as only a dead or muted microphone gives; None if none is."""
        return self._words[_SILENT] - 1 if self._words[_SILENT] else None

    @property
    def cpu_s(self) -> float:
        """Seconds of processor time that the present sound process has used."""
        return self._words[_CPU] / 1e9

    @property
    def first_sample_monotonic_s(self) -> float | None:
        """Monotonic time of sample 0 by the newest clock pair (its time - index / rate); None before the first period."""
        pair = self._pair.read()
        return pair[1] / 1e9 - pair[0] / self.RATE if pair else None

    def sample_at(self, monotonic_s: float) -> int:
        """Index of the sample that was at the microphone at a monotonic time. May lie in the future or be 0."""
        index, at_ns, latency_ns = self._pair.read() or (0, self.epoch_ns, 0)
        return max(index + round((monotonic_s - (at_ns - latency_ns) / 1e9) * self.RATE), 0)

    def time_of(self, sample: int) -> float:
        """Monotonic time in seconds at which a sample was at the microphone: the inverse of `sample_at`."""
        index, at_ns, latency_ns = self._pair.read() or (0, self.epoch_ns, 0)
        return (at_ns - latency_ns) / 1e9 + (sample - index) / self.RATE

    @property
    def holes(self) -> list[tuple[int, int]]:
        """The newest 64 ranges [start, end) in which nothing was recorded; the ring has zeros there."""
        words = self._words
        while True:
            count = words[_HOLES]
            first = max(count - _HOLES_KEPT + 1, 0)  # the oldest entry may just now be overwritten
            found = []
            for k in range(first, count):
                at = _HOLES + 1 + k % _HOLES_KEPT * 2
                found.append((words[at], words[at + 1]))
            if words[_HOLES] == count:
                return found

    # -- the worker's side

    def index_at(self, now_ns: int) -> int:
        """Index that the clock gives: by the newest pair, or by the epoch before the first. Never below `written`."""
        index, at_ns, _ = self._pair.read() or (0, self.epoch_ns, 0)
        return max(self.written, index + (now_ns - at_ns) * self.RATE // 1_000_000_000)

    def skip_to(self, index: int) -> None:
        """Fill a hole from `written` to `index` with zeros, and record it (not the time before the first sample)."""
        start = self.written
        if index <= start:
            return
        self._blank(start, index)
        self._words[_WRITTEN] = index
        if start == 0:
            return
        count = self._words[_HOLES]
        at = _HOLES + 1 + count % _HOLES_KEPT * 2
        self._words[at], self._words[at + 1] = start, index
        self._words[_HOLES] = count + 1

    def publish(self, at_ns: int, latency_ns: int, level: int, silent: bool) -> None:
        """Say when the newest sample came, how late it was, and how loud the period was (0..65535)."""
        words, written = self._words, self.written
        self._pair.write(written, at_ns, latency_ns)
        words[_LEVEL] = level
        if not silent:
            words[_SILENT] = 0
        elif not words[_SILENT]:
            words[_SILENT] = max(written - MICROPHONE_PERIOD, 0) + 1

    def publish_level(self, level: int) -> None:
        self._words[_LEVEL] = level

    def publish_cpu(self, used_ns: int) -> None:
        self._words[_CPU] = used_ns


class Orders(NamedTuple):
    """What the daemon wants of the speaker, published as one record."""

    discard_before: int = 0
    """Index before which nothing is to be played."""
    held: int = 0
    """1 while the reply is to stand still."""
    end: int = 0
    """Index up to which replies are complete: what comes before it is played out without waiting for more."""


class ReplyRing(Ring):
    """What the kiosk says: 24 kHz mono s16le. The daemon writes the payload; the worker plays it, and wipes behind."""

    RATE = REPLY_RATE

    def __init__(self, path: Path, punch: Punch | None = None) -> None:
        super().__init__(path, punch)
        self._playhead = Record(self._words, _PAIR, 4)
        self._orders = Record(self._words, _ORDERS, 3)

    @property
    def played(self) -> int:
        """Index after the last sample handed to the device (or passed over by a discard)."""
        return (self._playhead.read() or (0,))[0]

    @property
    def heard(self) -> int:
        """Index of the sample now being heard: `played` less what still waits in the device."""
        pair = self._playhead.read()
        if pair is None:
            return 0
        played, at_ns, latency_ns, began = pair
        waiting = (at_ns + latency_ns - time.monotonic_ns()) * self.RATE // 1_000_000_000
        return min(max(played - max(waiting, 0), began), played)

    def time_of(self, sample: int) -> float:
        """Monotonic time in seconds at which a sample was or will be heard, if nothing holds it up."""
        played, at_ns, latency_ns, _ = self._playhead.read() or (0, self.epoch_ns, 0, 0)
        return (at_ns + latency_ns) / 1e9 + (sample - played) / self.RATE

    @property
    def underruns(self) -> int:
        """How often the speaker had nothing to play in the middle of a reply."""
        return self._words[_UNDERRUNS]

    @property
    def last_sound_s(self) -> float:
        """Monotonic time in seconds at which the last sample that was not silence was handed to the device."""
        return self._words[_SOUNDED] / 1e9

    @property
    def orders(self) -> Orders:
        return Orders(*(self._orders.read() or ()))

    # -- the daemon's side

    @property
    def room(self) -> int:
        """Samples that may be appended without touching what is still to be played."""
        return self.capacity - (self.written - self.zeroed // GRAIN_SAMPLES * GRAIN_SAMPLES)

    def order(self, orders: Orders) -> None:
        self._orders.write(*orders)

    def read_padded(self, start: int, end: int) -> bytes:
        """PCM of [start, end), zeros where the ring no longer or not yet has it. For the lips."""
        first = min(max(start, self.zeroed), end)
        last = max(min(end, self.written), first)
        return (
            bytes((first - start) * BYTES) + self._copy(first, last) + bytes((end - last) * BYTES)
        )

    # -- the worker's side

    def publish(self, played: int, at_ns: int, latency_ns: int, began: int) -> None:
        """Say what was handed to the device, when, how long it takes to be heard, and where this run of sound began."""
        self._playhead.write(played, at_ns, latency_ns, began)

    def publish_sound(self, at_ns: int) -> None:
        """Say when the last sample that was not silence was handed over."""
        self._words[_SOUNDED] = at_ns

    def count_underrun(self) -> None:
        self._words[_UNDERRUNS] += 1
