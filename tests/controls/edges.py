"""What a test hears of a button."""

import time
from collections.abc import Callable
from pathlib import Path

from kiosk.settings.layers import load
from kiosk.settings.types import ButtonSettings

PATIENCE_S = 10.0
"""How long a test waits for what should come at once: the machine may be busy."""


def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds, or fail."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.002)


class Edges:
    """Collects edges; give it as `on_edge`."""

    def __init__(self) -> None:
        self.seen: list[tuple[bool, float]] = []

    def __call__(self, pressed: bool, at_s: float) -> None:
        self.seen.append((pressed, at_s))

    @property
    def pressed(self) -> list[bool]:
        return [pressed for pressed, _ in self.seen]

    @property
    def times(self) -> list[float]:
        return [at_s for _, at_s in self.seen]


def button(*overrides: str) -> ButtonSettings:
    """The settings of the button, with some of them set."""
    sets = [f"button.{override}" for override in overrides]
    return load(overrides=sets, system=Path("/nonexistent")).settings.button
