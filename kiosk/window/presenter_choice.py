"""Surface or texture: a short measurement at the start, on the very window that will be used.

The same work is given to both: a rectangle of a fifth of the screen, as a face that speaks changes
it. What counts is the time of a frame. The longest time for which a thread that wants the
interpreter every half millisecond does not get it is measured too, and logged: it is why the window
has a process of its own.
"""

import threading
import time
from collections.abc import Callable

import pygame
from msgspec import Struct

from kiosk.window.presenters import Presenter, upright

BUDGET_S = 0.06
"""For the frames of one of the two."""
FRAMES = 20
"""As many at most."""
BETTER = 0.8
"""A texture must need less than this part of a surface's time: it takes memory of the chip, and the
chip's driver is one more thing that can fail."""
_TICK_S = 0.0005


class Trial(Struct, frozen=True):
    """What one of the two showed."""

    name: str
    frame_ms: float
    """Median."""
    lock_ms: float
    """The longest for which nobody else got the interpreter."""

    def __str__(self) -> str:
        return f"{self.name}: {self.frame_ms:.1f} ms a frame, lock held {self.lock_ms:.1f} ms"


def attempt(presenter: Presenter, rotation: int, budget_s: float = BUDGET_S) -> Trial:
    """Show a blank picture a few times; the first one, which makes buffers, does not count."""
    canvas = pygame.Surface(upright(presenter.size, rotation), depth=32)
    whole = canvas.get_rect()
    part = pygame.Rect(0, 0, round(whole.width * 0.4), round(whole.height * 0.5))
    part.center = whole.center
    presenter.show(canvas, [whole])
    spent: list[float] = []

    def frames() -> None:
        end_s = time.perf_counter() + budget_s
        while len(spent) < FRAMES and (not spent or time.perf_counter() < end_s):
            began_s = time.perf_counter()
            presenter.show(canvas, [part])
            spent.append(time.perf_counter() - began_s)

    gap_s = longest_gap(frames)
    return Trial(presenter.name, sorted(spent)[len(spent) // 2] * 1e3, gap_s * 1e3)


def longest_gap(work: Callable[[], None]) -> float:
    """Do it, beside a thread that wants the interpreter all the time; seconds that it waited."""
    done, gap_s = threading.Event(), 0.0

    def tick() -> None:
        nonlocal gap_s
        last_s = time.perf_counter()
        while not done.is_set():
            time.sleep(_TICK_S)
            now_s = time.perf_counter()
            gap_s = max(gap_s, now_s - last_s - _TICK_S)
            last_s = now_s

    ticker = threading.Thread(target=tick, name="ticker")
    ticker.start()
    try:
        work()
    finally:
        done.set()
        ticker.join()
    return gap_s


def better(surface: Trial, texture: Trial) -> str:
    """The kind to be used."""
    return "texture" if texture.frame_ms < BETTER * surface.frame_ms else "surface"
