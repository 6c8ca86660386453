"""The light in or beside the button: one pattern per state.

gpiozero's own `blink` and `pulse` are not used: changing from one to another joins its thread, and
the caller is the event loop. Here one thread plays whatever pattern is the newest, and between two
steps it sleeps.
"""

import logging
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from kiosk.core.scene import State
from kiosk.errors import PinError
from kiosk.gpio import pins
from kiosk.settings.types import LampSettings

log = logging.getLogger(__name__)

FADE_STEP_S = 0.05
"""A fade moves 20 times a second: smooth to the eye, next to nothing for the processor."""
RETRY_DELAY_S = 5.0
"""How often a pin that cannot be opened is tried again: soon for whoever plugs the chip in."""


class Step(Struct, frozen=True):
    """Go to a brightness, then stay there."""

    level: float
    """Brightness, 0 to 1; a lamp that cannot be dimmed is on from 0.5."""
    hold_s: float = 0.0
    """How long to stay, in seconds."""
    fade_s: float = 0.0
    """How long to take to get there, in seconds."""


Pattern = tuple[Step, ...]
"""Played round and round; a single step is a steady light."""

STEADY = (Step(1.0),)
DARK = (Step(0.0),)
DOUBLE_BLINK = (
    Step(1.0, hold_s=0.15),
    Step(0.0, hold_s=0.2),
    Step(1.0, hold_s=0.15),
    Step(0.0, hold_s=1.5),
)
"""Something is wrong, and somebody should look at the screen."""

PATTERNS: Mapping[State, Pattern] = {
    State.STARTING: DARK,
    # An invitation: it breathes.
    State.ATTRACT: (Step(1.0, hold_s=0.2, fade_s=1.4), Step(0.1, hold_s=0.2, fade_s=1.4)),
    State.LISTENING: STEADY,
    # It blinks twice a second: the words were taken, and something is at work.
    State.THINKING: (Step(1.0, hold_s=0.25), Step(0.0, hold_s=0.25)),
    # Not the visitor's turn, and yet a press is welcome.
    State.SPEAKING: (Step(0.3),),
    # Visitors may talk meanwhile: mostly on, with a short dark moment.
    State.RECONNECTING: (Step(1.0, hold_s=1.7), Step(0.0, hold_s=0.3)),
    State.OFFLINE: DOUBLE_BLINK,
    State.MICROPHONE_MISSING: DOUBLE_BLINK,
    State.OUT_OF_ORDER: DOUBLE_BLINK,
}


class Lamp(Protocol):
    """A light that shows the state. Neither call blocks."""

    @property
    def trouble(self) -> str:
        """What is wrong with the lamp now, with the remedy, for staff; empty while it works."""
        ...

    def show(self, state: State) -> None: ...

    def close(self) -> None: ...


def open_lamp(settings: LampSettings) -> Lamp:
    """Make the lamp of the settings; what is missing is told by `trouble`."""
    if settings.driver == "none":
        return NoLamp()
    return GpioLamp(settings.pin, dimmable=settings.driver == "pwm")


class NoLamp:
    """Where there is none."""

    trouble = ""

    def show(self, state: State) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Close nothing."""


class GpioLamp:
    """A lamp on a pin, opened and played by a thread of its own.

    The kiosk works without its lamp: a pin that cannot be opened, or is lost, is tried again after
    `RETRY_DELAY_S`, for as long as it takes.
    """

    def __init__(self, pin: int, *, dimmable: bool) -> None:
        self._pin = pin
        self._dimmable = dimmable
        self._device: Any = None
        self._trouble = ""
        """Written by the lamp's thread alone; the loop's thread reads this text once."""
        self._pattern: Pattern = DARK
        """Written by the loop's thread alone, under `_changed`; the lamp's thread reads this tuple
        once for each round."""
        self._closing = False
        """As `_pattern`; it is set once."""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="lamp", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """See `Lamp`."""
        return self._trouble

    def show(self, state: State) -> None:
        """Play the pattern of `state` from now on."""
        with self._changed:
            self._pattern = PATTERNS[state]
            self._changed.notify()

    def close(self) -> None:
        """Put the light out and give the pin back."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._closing:
            try:
                kind = "PWMLED" if self._dimmable else "LED"
                self._device = pins.open_device(kind, "lamp", self._pin)
            except PinError as error:
                self._miss(str(error))
            else:
                if self._trouble:
                    self._trouble = ""
                    log.info("the lamp is there")
                self._play()
            with self._changed:
                self._changed.wait_for(lambda: self._closing, timeout=RETRY_DELAY_S)

    def _miss(self, trouble: str) -> None:
        """Log a trouble when it begins, and not at each attempt."""
        if trouble != self._trouble:
            log.error("no lamp: %s. Tried again every %g s", trouble, RETRY_DELAY_S)
        self._trouble = trouble

    def _play(self) -> None:
        """Play patterns until the lamp is closed or lost."""
        level = 0.0
        try:
            while not self._closing:
                pattern = self._pattern
                for step in pattern:
                    level = self._fade(pattern, level, step)
                    if self._interrupted(pattern, self._hold_s(pattern, step)):
                        break
            self._set(0.0)
            self._device.close()
        except pins.errors() as error:
            pins.close_quietly(self._device)
            pins.close_chip(self._device)
            self._miss(
                f"GPIO {self._pin} of the lamp cannot be written: {error}."
                " See that the GPIO chip is there (gpiodetect lists them)"
            )

    def _fade(self, pattern: Pattern, level: float, step: Step) -> float:
        """Move from `level` to the step's; return where the light is when done or interrupted."""
        count = round(step.fade_s / FADE_STEP_S) if self._dimmable else 0
        for i in range(1, count):
            now = level + (step.level - level) * i / count
            self._set(now)
            if self._interrupted(pattern, FADE_STEP_S):
                return now
        self._set(step.level)
        return step.level

    def _hold_s(self, pattern: Pattern, step: Step) -> float | None:
        """How long to stay; None: for ever. What cannot fade stays for as long as that takes."""
        if len(pattern) == 1:
            return None
        return step.hold_s if self._dimmable else step.hold_s + step.fade_s

    def _interrupted(self, pattern: Pattern, wait_s: float | None) -> bool:
        """Wait (None: until there is another pattern); whether this pattern is no longer wanted."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._closing or self._pattern is not pattern, timeout=wait_s
            )

    def _set(self, level: float) -> None:
        pins.refuse_closed(self._device)
        self._device.value = level if self._dimmable else level >= 0.5
