"""Pictures for cards, made beside the drawing thread: a slow file must not stall a frame."""

import logging
import threading
import time
from collections import OrderedDict
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pygame

from kiosk.draw.image_file import ImageReader
from kiosk.settings.below import inside

log = logging.getLogger("kiosk.screen")

_KEPT = 6
"""Pictures kept at the size of their card."""
_FAULTS_KEPT = 200
"""Files that are known to be unreadable, so that each is told once."""
_QUIET_ZONE = 4
"""White modules around a QR code, without which it is not found."""


class Wanted(NamedTuple):
    """A picture in a box; a QR code where `code` is not empty."""

    name: str
    code: str
    box: tuple[int, int]


class _Result(NamedTuple):
    """What the thread made of a wanted picture."""

    wanted: Wanted
    stamp: int
    """When its file was changed, as far as the file system knows; see `Pictures._stamp`."""
    picture: pygame.Surface | None
    """None where it is broken, or as it was."""
    is_new: bool
    """Whether it is to take the place of the one before."""


class Pictures:
    """Makes pictures in a thread of its own, which ends with `close`.

    All attributes are the drawing thread's, but for the two queues between the threads and
    `_faults`, which is the other thread's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: OrderedDict[Wanted, pygame.Surface | None] = OrderedDict()
        self._stamps: dict[Wanted, int] = {}
        """The stamp of the file of each picture that was made."""
        self._asked: set[Wanted] = set()
        """Those that the thread has not answered yet."""
        self._faults: dict[str, str] = {}
        """What was last logged of a picture; attract cards come round again and again."""
        self._requests: SimpleQueue[tuple[Wanted, int | None] | None] = SimpleQueue()
        """A picture, and its stamp where one is there already; None ends the thread."""
        self._results: SimpleQueue[_Result] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.changes = 0
        """Counts pictures that were made."""

    def ready(self, wanted: Wanted) -> bool:
        """Whether it is made, or known to be broken; asks for it if need be. Never blocks."""
        self._take_results()
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
            self._requests.put((wanted, self._stamps.get(wanted)))

    def get(self, wanted: Wanted) -> pygame.Surface | None:
        """The picture, no larger than its box; None where it is broken or not ready."""
        self._take_results()
        return self._made.get(wanted)

    def wait(self, wanted: Wanted, limit_s: float) -> None:
        """Wait until it is made."""
        end_s = time.monotonic() + limit_s
        while not self.ready(wanted) and time.monotonic() < end_s:
            time.sleep(0.005)

    def close(self) -> None:
        """Let the thread end after the picture that it makes now."""
        if self._thread is not None:
            self._requests.put(None)
            self._thread = None

    def _take_results(self) -> None:
        """Take over what the thread has made; the least recently used pictures go."""
        while not self._results.empty():  # Nobody else takes from it.
            result = self._results.get()
            self._asked.discard(result.wanted)
            if result.is_new:
                self._made[result.wanted] = result.picture
                self._stamps[result.wanted] = result.stamp
                self.changes += 1
            if result.wanted in self._made:
                self._made.move_to_end(result.wanted)
            while len(self._made) > _KEPT:
                del self._stamps[self._made.popitem(last=False)[0]]

    # --- the other thread

    def _run(self) -> None:
        while (request := self._requests.get()) is not None:
            wanted, known = request
            stamp = self._stamp(wanted)
            made: pygame.Surface | None = None
            if stamp != known:
                try:
                    made = _code(wanted) if wanted.code else self._load(wanted)
                    self._faults.pop(wanted.name, None)
                except (OSError, ValueError, pygame.error, ImportError) as error:
                    self._log(wanted, str(error))
            self._results.put(_Result(wanted, stamp, made, stamp != known))

    def _stamp(self, wanted: Wanted) -> int:
        try:
            return 0 if wanted.code else inside(self._folder, wanted.name).stat().st_mtime_ns
        except (OSError, ValueError):
            return -1

    def _load(self, wanted: Wanted) -> pygame.Surface:
        with ImageReader() as reader:
            return reader.read(inside(self._folder, wanted.name), wanted.box).convert_alpha()

    def _log(self, wanted: Wanted, fault: str) -> None:
        if self._faults.get(wanted.name) != fault:
            while len(self._faults) >= _FAULTS_KEPT:
                del self._faults[next(iter(self._faults))]
            self._faults[wanted.name] = fault
            log.warning("%s not shown: %s", "Picture" if wanted.name else "QR code", fault)


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
        raise ValueError(
            f"its {modules} modules do not fit on {min(wanted.box)} pixels. Use a shorter text,"
            " such as a short address"
        )
    return pygame.transform.scale(small, (modules * scale, modules * scale)).convert()
