"""Several words of shared memory that are published together."""

from typing import Final

from kiosk.errors import RingError

_MASK: Final = (1 << 64) - 1
_MIX: Final = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x27D4EB2F165667C5,
    0x85EBCA77C2B2AE63,
)
"""Odd constants that spread a change of any word over the whole check."""


class Record:
    """Up to four 64-bit words, written by one thread and read by any, without a lock.

    Two slots, used in turn, each (sequence number, words, check). A reader takes the newest slot
    whose check holds: while one is being written, the other stands. The check, unlike a sequence
    number alone, also finds stores that another core sees in another order (ARM).
    """

    def __init__(self, words: memoryview, at: int, width: int) -> None:
        """Take 2 * (width + 2) words of `words`, a memoryview of format "Q", from `at`."""
        self._words = words
        size = width + 2
        self._slots = (slice(at, at + size), slice(at + size, at + 2 * size))
        self._size = size
        newest = self._newest()
        self._sequence = newest[0] if newest else 0

    def write(self, *values: int) -> None:
        """Publish. Only ever called by one thread."""
        self._sequence += 1
        whole = (self._sequence, *values)
        at = self._slots[self._sequence & 1].start
        words = self._words
        for value in whole:
            words[at] = value
            at += 1
        words[at] = _check(whole)

    def read(self) -> tuple[int, ...] | None:
        """The newest words, or None if there never were any."""
        newest = self._newest()
        return newest[1:-1] if newest else None

    def raw(self) -> bytes:
        """Bytes that differ whenever the record does: the cheapest way to see a change."""
        words = self._words
        first, second = self._slots
        return words[first.start : second.stop].tobytes()

    def _newest(self) -> tuple[int, ...] | None:
        words = self._words
        first, second = self._slots
        for _ in range(1000):
            one, two = tuple(words[first]), tuple(words[second])
            if two[0] > one[0]:
                one, two = two, one
            if one[-1] == _check(one[:-1]):
                return one
            if two[-1] == _check(two[:-1]):
                return two
            if not any(one) and not any(two):
                return None
        raise RingError("the header of the sound ring stays half written")


def _check(whole: tuple[int, ...]) -> int:
    return sum(map(int.__mul__, whole, _MIX)) + 1 & _MASK
