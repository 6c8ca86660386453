"""What a kiosk in the tests shows its picture on, and what it hears and says."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pygame
import pytest

from kiosk.avatar.face.face import Face
from kiosk.core.scene import Scene, State
from kiosk.display.theme import Look
from kiosk.settings.types import DisplaySettings
from kiosk.window.screen_client import ScreenClient, start_screen
from kiosk.window.stage import Stage
from kiosk.window.touch_button import OnEdge

RATE_HZ = 24_000
BUZZ_HZ = 140
BUZZ_SAMPLES = 7 * RATE_HZ // BUZZ_HZ
"""Seven periods, the fewest that are whole samples: then it repeats."""


@pytest.fixture
def dummy_display(monkeypatch) -> Iterator[None]:
    """SDL's driver that draws into memory, with a small display open."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((64, 64))
    yield
    pygame.font.quit()
    pygame.display.quit()


def vowel(samples: int, formants: tuple[float, ...] = (760, 1250)) -> bytes:
    """A loud buzz of 140 Hz with formants, s16le mono 24 kHz."""
    t = np.arange(BUZZ_SAMPLES) / RATE_HZ
    wave = np.zeros(BUZZ_SAMPLES)
    for hz in range(BUZZ_HZ, 5000, BUZZ_HZ):
        strength = sum(1 / (1 + ((hz - formant) / 90) ** 2) for formant in formants) + 0.002
        wave += strength * np.sin(2 * np.pi * hz * t)
    once = np.asarray(wave / np.abs(wave).max() * 16000, dtype="<i2")
    return np.resize(once, samples).tobytes()


class FakeSenses:
    """Senses over a fixed reply; the test moves the playhead."""

    def __init__(self, pcm: bytes = b"", at: int = 0, level: float = 0.0) -> None:
        self.pcm = pcm
        self.at = at
        self.loud = level

    def level(self) -> float:
        return self.loud

    def playhead(self) -> int:
        return self.at

    def reply(self, start: int, end: int) -> bytes:
        before = bytes(2 * max(0, min(-start, end - start)))
        there = self.pcm[2 * max(start, 0) : 2 * max(end, 0)]
        return (before + there).ljust(2 * (end - start), b"\0")


def make_stage(
    size: tuple[int, int] | None = (480, 320),
    rotation: int = 0,
    driver: str = "dummy",
    on_edge: OnEdge | None = None,
    scene: Callable[[], Scene] | None = None,
    fullscreen: bool = False,
    look: Look | None = None,
    screen: ScreenClient | None = None,
) -> Stage:
    """A stage with our own face; with `on_edge` the keyboard is its button.

    A test that has questions to the screen itself gives one, see `make_screen`.
    """
    resting = Scene(State.ATTRACT)
    return Stage(
        DisplaySettings(driver, size, fullscreen, rotation, "auto"),
        Face("host"),
        scene or (lambda: resting),
        FakeSenses(),
        on_edge or (lambda pressed, at_s: None),
        keyboard=on_edge is not None,
        look=look,
        screen=screen,
    )


def make_screen(size: tuple[int, int], driver: str = "dummy", rotation: int = 0) -> ScreenClient:
    """A screen without a button, for `make_stage` with the same words."""
    settings = DisplaySettings(driver, size, False, rotation, "auto")
    return start_screen(settings, lambda pressed, at_s: None, keyboard=False)


@pytest.fixture
def open_stage() -> Iterator[Callable[..., Stage]]:
    """Opens stages, and closes them at the end."""
    opened: list[Stage] = []

    def opener(**how) -> Stage:
        stage = make_stage(**how)
        stage.open()
        opened.append(stage)
        return stage

    yield opener
    for stage in opened:
        stage.close()


def run_stage(stage: Stage, *steps: Callable[[], object]) -> None:
    """Run the frame loop, and beside it each step in turn; then stop it."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:

        def beside() -> None:
            try:
                for step in steps:
                    step()
            finally:
                stop.set()

        done = pool.submit(beside)
        stage.run(stop)
    done.result()
