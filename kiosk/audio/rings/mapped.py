"""What both PCM rings have in common: a file that two processes map, and its cursors.

Samples are counted by absolute 64-bit indexes that never wrap; sample `i` lies at `i % capacity`.
A cursor is an aligned 64-bit word, written by one process alone, through `memoryview.cast("Q")`:
one store instruction. `struct.pack_into("<Q")` will not do: it stores byte by byte, and was
measured to tear (2.5 million torn reads in 44 million; the cast view none in 46 million).

Order of publication: payload, then cursor, then a write to an eventfd, which wakes the reader and
orders memory on ARM. No checksum covers the payload; the part of the header that never changes has
one, so that a foreign or torn file is recognised and never trusted.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import time
import zlib
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Final, Self

from kiosk.errors import RingError
from kiosk.formats import SAMPLE_BYTES

PAGE_BYTES: Final = 16384
"""Bytes by which memory is given back: a multiple of every board's page (4 kB; 16 kB on a Pi 5)."""
PAGE_SAMPLES: Final = PAGE_BYTES // SAMPLE_BYTES
HEADER: Final = PAGE_BYTES
"""Bytes before the payload; all but the first 4 kB are never touched."""

_MAGIC: Final = int.from_bytes(b"KioskPCM", "little")
_VERSION: Final = 1
"""Of the layout of the header: a ring of another one is not taken over."""

# Words of the header, each line of eight with one writer: the constants; who writes the payload;
# the worker; the daemon. `ring.py` has the records.
_RATE, _CAPACITY, _EPOCH, _BOOT, _CHECKSUM = range(2, 7)
_WRITTEN: Final = 8
"""Word of the index up to which samples are in the payload."""
_ZEROED, _STATE, _BEAT = range(16, 19)
WORKER_WORDS: Final = 19
"""First of five words for what the worker says of this direction."""
WORKER_RECORD: Final = 24
"""First word of what the worker publishes together, see `seqlock.Record`."""
DAEMON_WORDS: Final = 40
"""First of the words that the daemon writes alone."""
DAEMON_RECORD: Final = 48
"""First word of what the daemon publishes together."""
WORKER_LOG: Final = 64
"""First word of a list that the worker keeps, such as that of holes."""

_OURS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
"""How a ring is opened: a link leads to somebody else's file."""

Punch = Callable[[int, int, int], bool]
"""Gives (descriptor, offset, length) of a file back to the system: it reads as zeros. Or False."""


class DeviceState(IntEnum):
    """What the sound process says of one direction."""

    STARTING = 0
    """Nothing has been heard or sounded yet."""
    OK = 1
    """A period comes every 20 ms."""
    MISSING = 2
    """The device is not there; it is tried again and again."""


def boot_id() -> int:
    """A number of this boot: monotonic times of another boot mean nothing in this one."""
    return int(Path("/proc/sys/kernel/random/boot_id").read_text()[:8], 16)


class Ring:
    """Samples in a file that both processes map. `obtain` makes or finds it.

    Each word has one writer at a time: the worker's thread of this direction, or the daemon's event
    loop, which writes the worker's words too while no worker runs. Any thread may read a word, once
    into a local, because the next reading may differ.
    """

    RATE_HZ: int
    """Samples a second."""

    def __init__(self, path: Path, punch: Punch | None = None) -> None:
        """Map an existing file.

        Raises:
            RingError: it is no ring of ours, of this version and boot.
        """
        self.path = path
        self._punch = punch
        try:
            self._fd = os.open(path, _OURS)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EACCES):
                raise RingError(f"{path} cannot be used as a sound ring: {error}") from error
            raise
        try:
            self._refuse_foreign()
            self._map = mmap.mmap(self._fd, os.fstat(self._fd).st_size)
            self._words = memoryview(self._map)[:4096].cast("Q")
            self._verify()
        except BaseException as error:
            os.close(self._fd)
            if isinstance(error, (ValueError, TypeError, IndexError)):  # too short to be one
                raise RingError(f"{path} cannot be used as a sound ring: {error}") from error
            raise
        self._map.madvise(mmap.MADV_DONTDUMP)
        self._payload = memoryview(self._map)[HEADER:]
        self.capacity = self._words[_CAPACITY]
        """Samples that the ring spans."""
        self.epoch_ns = self._words[_EPOCH]
        """Monotonic time of sample 0, by the nominal rate, in nanoseconds."""

    def _refuse_foreign(self) -> None:
        """A visitor's voice is for nobody else, and nobody else's is taken for a visitor's."""
        status = os.fstat(self._fd)
        if os.geteuid() not in (status.st_uid, 0):
            raise RingError(f"it belongs to another user ({status.st_uid})")
        if status.st_mode & 0o077:
            raise RingError(f"others may open it (mode {status.st_mode & 0o777:04o})")

    def _verify(self) -> None:
        words, size = self._words, len(self._map)
        if words[0] != _MAGIC:
            raise RingError("it is not a sound ring of the kiosk")
        if words[_CHECKSUM] != zlib.crc32(words[:_CHECKSUM]):
            raise RingError("it is damaged: the checksum of its header is wrong")
        if words[1] != _VERSION:
            raise RingError(f"it is of version {words[1]}, not {_VERSION}")
        if words[_RATE] != self.RATE_HZ or HEADER + words[_CAPACITY] * SAMPLE_BYTES != size:
            raise RingError(
                f"{size} bytes do not fit {words[_CAPACITY]} samples at {words[_RATE]} Hz"
            )
        if words[_BOOT] != boot_id():
            raise RingError("it is from before this machine was started")
        if (
            words[_ZEROED] > words[_WRITTEN]
            or words[_WRITTEN] >> 62
            or words[_STATE] not in list(DeviceState)
        ):
            raise RingError("it is damaged: its positions contradict each other")

    @classmethod
    def create(cls, path: Path, seconds: float) -> None:
        """Make an empty ring of at least `seconds`. It appears at `path` whole or not at all.

        Its sample 0 is now.
        """
        pages = -(-int(seconds * cls.RATE_HZ) // PAGE_SAMPLES)
        words = memoryview(bytearray(4096)).cast("Q")
        constants = (
            _MAGIC,
            _VERSION,
            cls.RATE_HZ,
            pages * PAGE_SAMPLES,
            time.monotonic_ns(),
            boot_id(),
        )
        for i, word in enumerate(constants):
            words[i] = word
        words[_CHECKSUM] = zlib.crc32(words[:_CHECKSUM])
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, words)
            os.ftruncate(fd, HEADER + pages * PAGE_BYTES)
        finally:
            os.close(fd)
        new.rename(path)

    @classmethod
    def obtain(
        cls, path: Path, seconds: float, punch: Punch | None = None
    ) -> tuple[Self, RingError | None]:
        """The ring at `path` if it can be trusted, else a new one and the reason.

        What cannot be trusted is set aside as `NAME.aside`; if it was ours, it is emptied first.
        """
        reason = None
        if path.exists():
            try:
                ring = cls(path, punch)
            except RingError as error:
                reason = error
                _set_aside(path)
            else:
                if ring.capacity >= int(seconds * cls.RATE_HZ):
                    return ring, None
                reason = RingError(f"{path} is too small for the present settings")
                ring.keep_only(ring.written)
                ring.close()
        cls.create(path, seconds)
        return cls(path, punch), reason

    def close(self) -> None:
        """Give up the mapping. The file stays."""
        self._words.release()
        self._payload.release()
        self._map.close()
        os.close(self._fd)

    @property
    def mapping(self) -> mmap.mmap:
        """The mapping, for keeping it out of swap."""
        return self._map

    def claim(self, patience_s: float) -> None:
        """Take the file's exclusive lock: its holder may write and zero.

        Raises:
            RingError: another process keeps it.
        """
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

    # -- cursors

    @property
    def written(self) -> int:
        """Index after the newest sample."""
        return self._words[_WRITTEN]

    @property
    def zeroed(self) -> int:
        """Index before which everything is gone."""
        return self._words[_ZEROED]

    @property
    def state(self) -> DeviceState:
        return DeviceState(self._words[_STATE])

    @property
    def beat_ns(self) -> int:
        """Monotonic time of the last period, or of the last attempt to open the device."""
        return self._words[_BEAT]

    def beat(self, state: DeviceState, now_ns: int) -> None:
        """Worker: this direction lives."""
        self._words[_STATE] = state
        self._words[_BEAT] = now_ns

    # -- payload

    def read(self, start: int, end: int) -> bytes:
        """PCM of [start, end).

        Raises:
            RingError: the ring has not all of it.
        """
        if not self.zeroed <= start <= end <= self.written:
            raise RingError(
                f"[{start}, {end}) is not in the ring, which has [{self.zeroed}, {self.written})"
            )
        pcm = self._copy(start, end)
        if self.written - start > self.capacity:
            raise RingError(f"[{start}, {end}) was overwritten: the ring has {self.capacity}")
        return pcm

    def append(self, pcm: bytes) -> None:
        """Add samples after the newest: payload first, then the cursor."""
        written = self._words[_WRITTEN]
        self._store(written, pcm)
        self._words[_WRITTEN] = written + len(pcm) // SAMPLE_BYTES

    def skip(self, samples: int) -> None:
        """Add zeros after the newest."""
        written = self._words[_WRITTEN]
        self._blank(written, written + samples)
        self._words[_WRITTEN] = written + samples

    def wipe(self, upto: int) -> None:
        """Zero everything before `upto`, and give whole pages of it back to the system."""
        start, written = self.zeroed, self.written
        end = min(upto, written)
        if end <= start:
            return
        oldest = max(start, written - self.capacity)
        self._blank(oldest, end)
        first = oldest // PAGE_SAMPLES * PAGE_SAMPLES
        if first < written - self.capacity:
            first += PAGE_SAMPLES  # the page's beginning already holds the next lap
        if self._punch:
            for page in range(first, end // PAGE_SAMPLES * PAGE_SAMPLES, PAGE_SAMPLES):
                self._punch(self._fd, HEADER + page % self.capacity * SAMPLE_BYTES, PAGE_BYTES)
        self._words[_ZEROED] = end  # last: the other side may fill the next lap up to here at once

    def keep_only(self, start: int) -> None:
        """Zero everything before `start`, and whatever else the file holds beside [start, written).

        Only while nobody else writes: after a crash, and at the end.
        """
        start = min(max(start, self.zeroed, self.written - self.capacity), self.written)
        kept = self._copy(start, self.written)
        if not (self._punch and self._punch(self._fd, HEADER, self.capacity * SAMPLE_BYTES)):
            self._blank(0, self.capacity)
        self._store(start, kept)
        self._words[_ZEROED] = start

    def _copy(self, start: int, end: int) -> bytes:
        at, size = start % self.capacity * SAMPLE_BYTES, self.capacity * SAMPLE_BYTES
        stop = at + (end - start) * SAMPLE_BYTES
        if stop <= size:
            return self._payload[at:stop].tobytes()
        return self._payload[at:size].tobytes() + self._payload[: stop - size].tobytes()

    def _store(self, start: int, pcm: bytes) -> None:
        at, size = start % self.capacity * SAMPLE_BYTES, self.capacity * SAMPLE_BYTES
        stop = at + len(pcm)
        if stop <= size:
            self._payload[at:stop] = pcm
        else:
            self._payload[at:size] = pcm[: size - at]
            self._payload[: stop - size] = pcm[size - at :]

    def _blank(self, start: int, end: int) -> None:
        start = max(start, end - self.capacity)
        while start < end:
            n = min(end - start, PAGE_SAMPLES)
            self._store(start, bytes(n * SAMPLE_BYTES))
            start += n


def _set_aside(path: Path) -> None:
    """Move a file that is not to be trusted away; sound of ours in it is dropped first."""
    with contextlib.suppress(OSError), os.fdopen(os.open(path, _OURS), "r+b") as file:
        status = os.fstat(file.fileno())
        if status.st_uid == os.geteuid() and int.from_bytes(file.read(8), "little") == _MAGIC:
            file.truncate(min(status.st_size, HEADER))
    path.replace(path.with_name(path.name + ".aside"))
