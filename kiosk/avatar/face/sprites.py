"""Parts of the face as pictures, made when first needed and kept while there is room.

A face that breathes by whole pixels and turns by whole degrees twitches. So a part is drawn for the
fraction of a pixel and of a degree at which it stands; these are counted in steps, and each step's
picture is drawn once. A blit is then all that a frame costs.

A large part takes longer to draw than a frame may wait. It is drawn by a thread beside the drawing
one, and shown a step behind until it is ready; so is any part that only tilts, together with the
rest of the head. A new shape of a small part is drawn at once. Lips and lids never wait for one,
unless the screen would have to wait for them.
"""

import threading
import time
from collections import OrderedDict, deque
from math import ceil, cos, floor, radians, sin
from typing import NamedTuple

import pygame

from kiosk.avatar.face.part import FacePart
from kiosk.draw.sprite import Sprite

DEGREE_STEPS = 3
"""Steps per degree of tilt. Heads tilt fast or not at all, so that no eye sees a step."""
PIXEL_STEPS = 2
"""Steps per pixel of height at which a part is placed. Across it takes whole pixels: there it only
moves fast, while the breath that lifts it is slow enough for half a pixel to be seen.
"""
LARGE_PX = 40_000
"""Pixels from which on a part is drawn beside; below it takes about a millisecond."""
SLOW_S = 0.05
"""Processor time from which on a part is heavy, such as one with a blur: it is drawn beside from
then on, whatever it is.
"""

PACKED_PX = 400_000
"""Pixels up to which a large part is packed: that holds the interpreter lock, 2 ms for so many."""


class _Key(NamedTuple):
    name: str
    shape: tuple[float, ...]
    y_steps: int
    tilt_steps: int


class _Picture(NamedTuple):
    """A part without the empty room around it."""

    surface: pygame.Surface
    left: int
    top: int
    """Of its corner, counted in pixels from that in which the pivot is."""


class Sprites:
    """The pictures of one face at one scale.

    Args:
        scale: pixels per unit.
        budget: bytes; the least recently used pictures are dropped beyond.
        beside: draw large parts in a thread; without, each picture is the one that was asked for.
    """

    def __init__(self, scale: float, budget: int, *, beside: bool = False) -> None:
        self._scale = scale
        self._budget = budget
        self._bytes = 0
        self._kept: OrderedDict[_Key, _Picture] = OrderedDict()
        self._rooms: dict[tuple[str, int], tuple[int, int, int, int]] = {}
        self._newest: dict[str, _Key] = {}
        """The picture of each part that was shown last."""
        self._slow: set[str] = set()
        """Parts that took longer than `SLOW_S`."""
        self._painter = _PainterThread() if beside else None
        self.made = 0
        """Pictures drawn so far."""
        self._behind = False
        """Whether a part of this frame is shown a step behind."""
        self.settled = True
        """Whether none was in the last frame."""

    def place(
        self, part: FacePart, shape: tuple[float, ...], x: float, y: float, tilt_deg: float
    ) -> Sprite:
        """The part with its pivot at pixel (x, y), both possibly between pixels."""
        tilt_steps = round(tilt_deg * DEGREE_STEPS)
        left, top, right, bottom = self._room(part, tilt_steps)
        is_large = (right - left) * (bottom - top) >= LARGE_PX
        y_steps = round(y * PIXEL_STEPS)
        key = _Key(part.name, shape, y_steps % PIXEL_STEPS, tilt_steps)
        if self._painter is not None:
            for made in self._painter.take():
                self._keep(*made)
        picture = self._kept.get(key)
        if picture is None:
            job = _Job(part, key, (left, top, right, bottom), self._scale)
            near = self._newest.get(part.name)
            may_wait = part.name in self._slow or (is_large and not part.is_urgent)
            if (
                self._painter is not None
                and near is not None
                and near in self._kept
                and (may_wait or near.shape == shape)
            ):
                self._painter.ask(job)
                self._behind = True
                key, picture = near, self._kept[near]
            else:
                began_s = time.thread_time()
                picture = job.draw()
                if time.thread_time() - began_s > SLOW_S:
                    self._slow.add(part.name)
                self._keep(key, picture)
        self._kept.move_to_end(key)
        self._newest[part.name] = key
        corner = (round(x) + picture.left, y_steps // PIXEL_STEPS + picture.top)
        return Sprite(picture.surface, picture.surface.get_rect(topleft=corner))

    def settle(self) -> None:
        """All parts of a frame are placed."""
        self.settled, self._behind = not self._behind, False

    def close(self) -> None:
        """Let the thread end."""
        if self._painter is not None:
            self._painter.close()

    def _room(self, part: FacePart, tilt_steps: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels around the pivot, with the tilt's overhang."""
        known = self._rooms.get((part.name, tilt_steps))
        if known is not None:
            return known
        left, top, right, bottom = part.box
        angle = radians(tilt_steps / DEGREE_STEPS)
        turn, over = cos(angle), sin(angle)
        xs = [x * turn - y * over for x in (left, right) for y in (top, bottom)]
        ys = [x * over + y * turn for x in (left, right) for y in (top, bottom)]
        scale = self._scale
        room = (
            floor(min(xs) * scale) - 1,
            floor(min(ys) * scale) - 1,
            ceil(max(xs) * scale) + 2,
            ceil(max(ys) * scale) + 2,
        )
        self._rooms[part.name, tilt_steps] = room
        return room

    def _keep(self, key: _Key, picture: _Picture) -> None:
        if key in self._kept:
            return
        self.made += 1
        self._kept[key] = picture
        self._bytes += _size_bytes(picture)
        while self._bytes > self._budget and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= _size_bytes(old)


def _size_bytes(picture: _Picture) -> int:
    return picture.surface.get_pitch() * picture.surface.get_height()


class _Job(NamedTuple):
    """A picture to be drawn."""

    part: FacePart
    key: _Key
    room: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels around that in which the pivot is."""
    scale: float

    def draw(self) -> _Picture:
        left, top, right, bottom = self.room
        size = right - left, bottom - top
        at = -left, self.key.y_steps / PIXEL_STEPS - top
        tilt_deg = self.key.tilt_steps / DEGREE_STEPS
        whole = self.part.raster(self.key.shape, size, at, tilt_deg, self.scale)
        # The room is that of all shapes at once; a blit need not look through it.
        seen = whole.get_bounding_rect(min_alpha=1).inflate(2, 2).clip(whole.get_rect())
        picture = whole.subsurface(seen).convert_alpha()
        if LARGE_PX <= seen.width * seen.height <= PACKED_PX:
            # Run-length encoded, which the first blit does: later ones pass over what is empty and
            # copy what is solid, in a third of the time.
            picture.set_alpha(255, pygame.RLEACCEL)
            pygame.Surface((1, 1)).convert().blit(picture, (0, 0))
        return _Picture(picture, left + seen.left, top + seen.top)


class _PainterThread:
    """Draws in a thread; of each part only what was asked for last.

    `_jobs` and `_is_closed` are read and written under `_more`. `_made` is a queue: the thread
    appends, the drawing thread takes. `_error` is written by the thread alone, once.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, _Job] = {}
        self._made: deque[tuple[_Key, _Picture]] = deque()
        self._more = threading.Condition()
        self._is_closed = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="sprites", daemon=True)
        self._thread.start()

    def ask(self, job: _Job) -> None:
        with self._more:
            self._jobs[job.part.name] = job
            self._more.notify()

    def take(self) -> list[tuple[_Key, _Picture]]:
        """What was made since.

        Raises:
            Exception: whatever went wrong in the thread.
        """
        if (error := self._error) is not None:
            raise error
        return [self._made.popleft() for _ in range(len(self._made))]

    def close(self) -> None:
        with self._more:
            self._is_closed = True
            self._more.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._more:
                while not (self._jobs or self._is_closed):
                    self._more.wait()
                if self._is_closed:
                    return
                job = self._jobs.pop(next(iter(self._jobs)))
            try:
                self._made.append((job.key, job.draw()))
            except Exception as error:  # noqa: BLE001 - for the drawing thread to raise
                self._error = error
                return
