"""What a text may cost the screen, whatever it is: `python -m benchmarks texts`.

First what was known to hold the drawing thread for seconds, through the real frame loop. Then a
hundred thousand random texts of all of Unicode, a frame each.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pygame

from benchmarks.machine import percentile
from benchmarks.report import Section, Table, figure
from kiosk.core.scene import Scene
from kiosk.display.compositor import Compositor
from kiosk.display.faults import Faults
from kiosk.display.text import hyphens
from tests.display.golden import Discs
from tests.support.screen import FakeSenses, make_stage, run_stage
from tests.support.texts import SEED, attacks, scenes

STRINGS = 100_000
MAX_FRAME_MS = 500.0
"""Of the drawing thread's own time. systemd waits 10 s for a tick of it."""
SIZE = (480, 320)
_TICK_S = 0.001


class Attack(NamedTuple):
    """One kind of text, in milliseconds."""

    frames: int
    longest_ms: float
    gap_ms: float
    faults: int


def measure(scratch: Path, short: bool) -> Section:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    hyphens.load("en")
    failures: list[str] = []
    rows = []
    for name, texts in attacks().items():
        found = _attack(texts)
        rows.append([name, str(found.frames), figure(found.longest_ms, 1), figure(found.gap_ms, 1)])
        if found.faults or found.longest_ms > MAX_FRAME_MS:
            failures.append(f"{name}: {found}")
    count = 2_000 if short else STRINGS
    times, faults = _paint(scenes(count))
    shares = (0.5, 0.99, 0.999, 1)
    figures = [figure(percentile(times, share), 2) for share in shares]
    if faults or max(times) > MAX_FRAME_MS:
        failures.append(f"random texts: {faults} faults, the longest frame {max(times):.0f} ms")
    return Section(
        f"Milliseconds of a frame in which a text stands for the first time, {SIZE[0]}×{SIZE[1]} "
        "with a plain face; the drawing thread's own time of the processor. Gap: the longest time "
        "between two turns of the real frame loop, from which the watchdog takes its ticks. Bound: "
        f"{MAX_FRAME_MS:g} ms. Random texts: characters, scripts, joins, isolates, variation "
        "selectors, halves of surrogates, private use and words of up to 10,000 letters as "
        f"captions, cards, titles and attract cards, seed {SEED} (`tests/support/texts.py`).",
        [
            Table(["text", "frames", "longest", "gap"], rows),
            Table(
                ["random texts", "p50", "p99", "p99.9", "longest", "faults"],
                [[str(count), *figures, str(faults)]],
            ),
        ],
        tuple(failures),
    )


def _attack(texts: list[Scene]) -> Attack:
    times, faults = _paint(texts)
    now = [Scene()]
    stage = make_stage(size=SIZE, scene=lambda: now[0])
    stage.open()
    gaps = _Gaps(lambda: stage.turns)

    def show() -> None:
        for scene in texts:
            now[0] = scene
            stage.screenshot().result(60)

    with gaps:
        run_stage(stage, show)
    stage.close()
    return Attack(len(texts), max(times), gaps.longest_s * 1000, faults + stage.widget_faults)


class _Gaps:
    """The longest time that a counter stood still."""

    def __init__(self, count: Callable[[], int]) -> None:
        self.longest_s = 0.0
        self._count = count
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        last, since_s = 0, time.monotonic()
        while not self._over.wait(_TICK_S):
            turns, now_s = self._count(), time.monotonic()
            if turns != last:
                if last:
                    self.longest_s = max(self.longest_s, now_s - since_s)
                last, since_s = turns, now_s


def _paint(texts: Iterable[Scene]) -> tuple[list[float], int]:
    """Milliseconds of each scene's frame, and how many widgets failed."""
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((64, 64))
    faults = Faults()
    picture = Compositor(SIZE, Discs(), faults=faults)
    canvas = pygame.Surface(SIZE).convert()
    senses, times = FakeSenses(at=10**9), []
    picture.paint(canvas, Scene(), senses, 49)
    for scene in texts:
        began_s = time.thread_time()
        picture.paint(canvas, scene, senses, 50)
        times.append((time.thread_time() - began_s) * 1000)
    picture.close()
    return times, faults.total
