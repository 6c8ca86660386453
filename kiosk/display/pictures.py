"""Pictures for cards, made beside the drawing thread: a file on a slow card must not stall a frame.

Only PNG and JPEG, because their size in pixels can be read before anything is decoded: a file of
few bytes may hold a picture that fills the memory.
"""

import logging
import threading
import time
from collections import OrderedDict
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pygame

from kiosk.content import inside

log = logging.getLogger("kiosk.screen")

MOST_BYTES = 20 << 20
MOST_PIXELS = 40_000_000
"""A picture's own: 160 MB while it is decoded."""
_KEPT = 6
"""Pictures kept at the size of their card."""
_QUIET_ZONE = 4
"""White modules around a QR code, without which it is not found."""


class Wanted(NamedTuple):
    """A picture in a box; a QR code where `code` is not empty."""

    name: str
    code: str
    box: tuple[int, int]


class BrokenError(Exception):
    """The picture cannot be shown."""


class Pictures:
    """Makes pictures in a thread of its own, which ends with `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: OrderedDict[Wanted, pygame.Surface | None] = OrderedDict()
        self._stamps: dict[Wanted, int] = {}
        """When the file of each was changed, as far as the file system knows."""
        self._asked: set[Wanted] = set()
        self._queue: SimpleQueue[Wanted | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.changes = 0
        """Counts pictures that were made."""

    def ready(self, wanted: Wanted) -> bool:
        """Whether it is made, or known to be broken; asks for it if need be. Never blocks."""
        if wanted in self._made:
            return True
        self.ask(wanted)
        return False

    def ask(self, wanted: Wanted) -> None:
        """Make it, or make it anew if its file has changed. Never blocks."""
        if wanted not in self._asked:
            self._asked.add(wanted)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
                self._thread.start()
            self._queue.put(wanted)

    def get(self, wanted: Wanted) -> pygame.Surface | None:
        """The picture, no larger than its box; None where it is broken or not ready."""
        return self._made.get(wanted)

    def wait(self, wanted: Wanted, limit_s: float) -> None:
        """Wait until it is made."""
        end_s = time.monotonic() + limit_s
        while not self.ready(wanted) and time.monotonic() < end_s:
            time.sleep(0.005)

    def close(self) -> None:
        """Let the thread end after the picture that it makes now."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread = None

    def _run(self) -> None:
        while (wanted := self._queue.get()) is not None:
            stamp = self._stamp(wanted)
            if wanted in self._made and self._stamps.get(wanted) == stamp:
                self._made.move_to_end(wanted)
                self._asked.discard(wanted)
                continue
            made: pygame.Surface | None = None
            try:
                made = _code(wanted) if wanted.code else self._load(wanted)
            except (OSError, ValueError, BrokenError, pygame.error, ImportError) as error:
                log.warning("%s cannot be shown: %s", wanted.name or "the QR code", error)
            self._made[wanted], self._stamps[wanted] = made, stamp
            while len(self._made) > _KEPT:
                del self._stamps[self._made.popitem(last=False)[0]]
            self.changes += 1
            self._asked.discard(wanted)

    def _stamp(self, wanted: Wanted) -> int:
        try:
            return 0 if wanted.code else inside(self._folder, wanted.name).stat().st_mtime_ns
        except (OSError, ValueError):
            return -1

    def _load(self, wanted: Wanted) -> pygame.Surface:
        file = inside(self._folder, wanted.name)
        return fitted(read(file), wanted.box)


def read(file: Path) -> pygame.Surface:
    """Decode a picture of bounded size. Raises `BrokenError`, `OSError` or `pygame.error`."""
    if not file.is_file():
        raise BrokenError(f"{file} does not exist")
    if file.stat().st_size > MOST_BYTES:
        raise BrokenError(f"{file} is larger than {MOST_BYTES >> 20} MiB")
    with file.open("rb") as stream:
        size = pixel_size(stream.read(1 << 18))
    if size is None:
        raise BrokenError(f"{file} is neither PNG nor JPEG, or is damaged")
    if size[0] * size[1] > MOST_PIXELS:
        raise BrokenError(
            f"{file} has {size[0]}x{size[1]} pixels; at most {MOST_PIXELS // 10**6} million"
        )
    return pygame.image.load(file)


def pixel_size(head: bytes) -> tuple[int, int] | None:
    """Width and height from the first bytes of a PNG or JPEG; None for anything else."""
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR":
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    at = 2
    while head[:2] == b"\xff\xd8" and at + 9 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if marker == 0xFF:  # A filler.
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height = int.from_bytes(head[at + 5 : at + 7], "big")
            return int.from_bytes(head[at + 7 : at + 9], "big"), height
        else:
            at += 2 + length
    return None


def fitted(picture: pygame.Surface, box: tuple[int, int]) -> pygame.Surface:
    """The whole picture, as large as the box allows."""
    width, height = picture.get_size()
    scale = min(box[0] / width, box[1] / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if picture.get_bitsize() not in {24, 32}:
        picture = picture.convert(32)
    return pygame.transform.smoothscale(picture, size).convert_alpha()


def covering(picture: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
    """The picture's middle, as large as to leave nothing of `size` free."""
    width, height = picture.get_size()
    scale = max(size[0] / width, size[1] / height)
    part = pygame.Rect(
        0, 0, min(round(size[0] / scale), width), min(round(size[1] / scale), height)
    )
    part.center = (width // 2, height // 2)
    if picture.get_bitsize() not in {24, 32}:
        picture = picture.convert(32)
    return pygame.transform.smoothscale(picture.subsurface(part), size).convert()


def _code(wanted: Wanted) -> pygame.Surface:
    """A QR code in whole pixels, so that every module is as wide as the next."""
    import segno

    rows = [bytes(row) for row in segno.make(wanted.code, error="m", micro=False).matrix]
    modules = len(rows) + 2 * _QUIET_ZONE
    small = pygame.Surface((modules, modules))
    small.fill((255, 255, 255))
    for y, row in enumerate(rows, _QUIET_ZONE):
        for x, dark in enumerate(row, _QUIET_ZONE):
            if dark:
                small.set_at((x, y), (0, 0, 0))
    scale = min(wanted.box) // modules
    if scale < 1:
        raise BrokenError(
            f"a QR code of {modules} modules does not fit on {min(wanted.box)} pixels"
        )
    return pygame.transform.scale(small, (modules * scale, modules * scale)).convert()
