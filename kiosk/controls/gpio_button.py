"""A button on a pin, through gpiozero.

gpiozero's `bounce_time` is left off, because it means something else with each library below it:
lgpio reports an edge only after the contact was still for so long (every press comes late by it),
RPi.GPIO reports the first edge and ignores later ones, the mock ignores it. Here the first edge
counts at once; edges within `bounce_ms` after it are bouncing; then the pin is read again.

The pin is also read every `POLL_INTERVAL_S`. That makes up for an edge that the kernel's queue
lost, and notices that the GPIO chip has gone. Then lgpio's thread spins and writes `read error 19`
thousands of times a second (its lgPthAlerts.c polls a dead descriptor); closing the pin does not
end that, closing the chip does. A pin that cannot be opened (no chip, no rights, in use) is tried
again every `RETRY_DELAY_S`.
"""

import logging
import threading
import time
from typing import Any

from kiosk.controls.button import OnEdge
from kiosk.core.scene import BUTTON_CODE
from kiosk.errors import PinError
from kiosk.gpio import pins
from kiosk.settings.types import ButtonSettings

log = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.5
"""How often the pin is read, whether or not edges come. Reading costs some microseconds."""
RETRY_DELAY_S = 5.0
"""How often a pin that cannot be opened is tried again: soon for whoever plugs the chip in."""
LOST_POLL_INTERVAL_S = 0.02
"""How often the pin is read once the chip was lost: then no edges come (see `_was_lost`)."""
HOLD_TIME_S = 0.01
"""gpiozero's `close` waits for so long if the button is down; its hold event is not used here."""
MAX_EDGE_AGE_S = 1.0
"""Edges reached us within 0.11 s (gpio-sim on an emulated processor): a larger age comes from a
clock that is not ours.
"""


class GpioButton:
    """A button between a pin and ground (`pull = "up"`) or 3.3 V (`"down"`)."""

    def __init__(self, settings: ButtonSettings) -> None:
        self._pin = settings.pin
        self._pull_up = settings.pull == "up"
        self._bounce_s = settings.bounce_ms / 1000
        self._device: Any = None
        # One writer: the watch thread (before it starts, whoever calls `start`). The loop's thread
        # reads each once; both are immutable.
        self._trouble = self._cause = ""
        # The loop's thread, gpiozero's and ours share what follows: it is read and written by
        # whoever holds the condition.
        self._state = threading.Condition()
        self._on_edge: OnEdge | None = None
        self._pressed = False
        self._quiet_until_s = 0.0
        self._bounced = False
        self._closing = False
        self._was_lost = False
        """Whether the chip was lost once. From then on the pin is only read, because lgpio 0.2.2
        gives no edges from a chip that a process opens for the second time (seen with gpio-sim).
        """
        self._watch = threading.Thread(target=self._poll, name="button", daemon=True)

    @property
    def trouble(self) -> str:
        """See `ButtonSource`."""
        return self._trouble

    @property
    def cause(self) -> str:
        """See `ButtonSource`."""
        return self._cause

    def start(self, on_edge: OnEdge) -> None:
        """Open the pin and report edges; a button that is held already is a press now."""
        self._on_edge = on_edge
        try:
            self._open()
        except PinError as error:
            self._miss(error)
        self._watch.start()

    def close(self) -> None:
        """Report nothing more and give the pin back."""
        with self._state:
            self._closing = True
            self._state.notify()
        if self._watch.is_alive():
            self._watch.join(timeout=1.0)
        with self._state:  # The watch may outlive `join`, and give the pin back itself.
            device, self._device = self._device, None
        if device is not None:
            pins.close_quietly(device)

    def _open(self) -> None:
        options: dict[str, Any] = {"pull_up": self._pull_up}
        if self._was_lost:
            device = pins.open_device("InputDevice", "button", self._pin, **options)
        else:
            device = pins.open_device(
                "Button", "button", self._pin, hold_time=HOLD_TIME_S, **options
            )
            # Handlers first: an edge between them and the reading is seen twice, not missed.
            device.when_pressed = lambda: self._edge(True, device.active_time)
            device.when_released = lambda: self._edge(False, device.inactive_time)
        try:
            pressed = bool(device.is_active)
        except pins.errors() as error:
            pins.close_quietly(device)
            raise self._unreadable(error) from error
        with self._state:
            self._device = device
            self._contact(pressed, time.monotonic())

    def _edge(self, pressed: bool, age_s: float | None) -> None:
        """Take an edge from gpiozero's thread; `age_s` is how long ago the kernel saw it."""
        at_s = time.monotonic() - min(max(age_s or 0.0, 0.0), MAX_EDGE_AGE_S)
        with self._state:
            self._contact(pressed, at_s)

    def _contact(self, pressed: bool, at_s: float) -> None:
        """Report what the contact does, or leave it to the reading after the bouncing."""
        if at_s < self._quiet_until_s:
            self._bounced = True
            return
        if pressed == self._pressed or self._closing or self._on_edge is None:
            return
        self._pressed = pressed
        self._quiet_until_s = at_s + self._bounce_s
        self._on_edge(pressed, at_s)
        self._state.notify()

    def _poll(self) -> None:
        """Read the pin after each bouncing, and now and then."""
        while True:
            with self._state:
                if self._closing:
                    return
                still_quiet_s = self._quiet_until_s - time.monotonic()
                interval_s = LOST_POLL_INTERVAL_S if self._was_lost else POLL_INTERVAL_S
                interval_s = interval_s if self._device is not None else RETRY_DELAY_S
                self._state.wait(still_quiet_s if still_quiet_s > 0 else interval_s)
                if self._closing:
                    return
                now_s = time.monotonic()
                if now_s < self._quiet_until_s:
                    continue
                try:
                    if self._device is not None:
                        pins.refuse_closed(self._device)
                        # The reading finds an edge that was taken for bouncing, or was lost.
                        at_s = self._quiet_until_s if self._bounced else now_s
                        self._bounced = False
                        self._contact(bool(self._device.is_active), at_s)
                        continue
                except pins.errors() as error:
                    self._lose(error, now_s)
                    continue
            self._return()

    def _lose(self, error: Exception, now_s: float) -> None:
        """The chip is gone: report a release, and stop lgpio from spinning on it."""
        self._quiet_until_s = 0.0
        self._contact(False, now_s)
        device, self._device = self._device, None
        pins.close_quietly(device)
        pins.close_chip(device)
        self._was_lost = True
        self._miss(self._unreadable(error))

    def _miss(self, error: PinError) -> None:
        """Log a trouble when it begins, and not at each attempt."""
        if str(error) != self.trouble:
            log.error(
                "%s: no button: %s. It is tried again every %g s", BUTTON_CODE, error, RETRY_DELAY_S
            )
        self._trouble, self._cause = str(error), error.cause

    def _unreadable(self, error: Exception) -> PinError:
        return PinError(
            f"GPIO {self._pin} of the button cannot be read: {error}",
            "See that the GPIO chip is there (gpiodetect lists them)",
        )

    def _return(self) -> None:
        """Try to open the pin again."""
        try:
            self._open()
        except PinError as error:
            self._miss(error)
            return
        self._trouble = self._cause = ""
        log.info("the button is there")
