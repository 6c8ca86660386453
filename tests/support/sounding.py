"""A `SoundSupervisor` of the tests' own: a kiosk's ears and mouth without the rest of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from kiosk.audio.supervisor import SoundSupervisor
from kiosk.settings.types import AudioSettings, ButtonSettings

BUTTON = ButtonSettings(
    source="none",
    pin=17,
    pull="up",
    bounce_ms=10,
    pre_roll_ms=300,
    tail_ms=250,
    min_hold_ms=120,
    max_hold_s=60,
)
KEPT_S = 0.42
"""pre_roll + min_hold: what is kept outside a turn."""


async def until(true: Callable[[], bool], limit_s: float = 8.0) -> float:
    """Wait for something to be true; the seconds that it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < limit_s, "it did not happen in time"
        await asyncio.sleep(0.005)
    return time.monotonic() - began


@asynccontextmanager
async def sounding(
    directory: Path, source: str, sink: str = "null", keep_all: bool = False
) -> AsyncIterator[SoundSupervisor]:
    """A started `SoundSupervisor` that keeps what a kiosk at rest keeps, or all."""

    def on_period() -> None:
        if not keep_all:
            sound.keep_from(sound.mic.sample_at(time.monotonic() - KEPT_S))

    audio = AudioSettings(input=source, output=sink, volume=1.0)
    sound = SoundSupervisor(audio, BUTTON, 90.0, directory, on_period, lambda: None)
    await sound.start()
    try:
        yield sound
    finally:
        await sound.stop()
