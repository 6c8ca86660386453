"""GPIO pins through gpiozero, imported when the first is opened: it takes a tenth of a second.

gpiozero finds the library that drives the pins by itself; `GPIOZERO_PIN_FACTORY` overrides it, and
`GPIOZERO_PIN_FACTORY=mock` needs no board.
"""

import contextlib
import sys
import warnings
from typing import Any

from kiosk.errors import DeviceError

NO_GPIO = (
    "no GPIO can be opened on this machine. On a board: pip install 'kiosk[board]' (lgpio must be"
    " 0.2.2.0: a 0.0.0.2 that pip may find on Python 3.13 is an empty placeholder), and let this"
    ' user into the group gpio. Without one: button.source = "keyboard", lamp.driver = "none"'
)


def open_device(kind: str, what: str, pin: int, **options: Any) -> Any:
    """Open gpiozero's device class `kind` on a pin (BCM number).

    Raises `DeviceError`, with the remedy, if there are no pins here or this one cannot be had.
    """
    try:
        import gpiozero
    except ImportError as error:
        raise DeviceError(f"the {what} cannot be opened: gpiozero is not installed") from error
    try:
        with warnings.catch_warnings():
            # gpiozero warns of each library that it tries in vain before one that works.
            warnings.simplefilter("ignore")
            return getattr(gpiozero, kind)(pin, **options)
    except gpiozero.BadPinFactory as error:
        raise DeviceError(f"the {what} cannot be opened: {NO_GPIO}") from error
    except errors() as error:
        raise DeviceError(
            f"the {what} cannot be opened on GPIO {pin}: {error}. See that nothing else uses it"
            " (gpioinfo lists who does), and that this user is in the group gpio"
        ) from error


def errors() -> tuple[type[Exception], ...]:
    """What a pin may raise: gpiozero's errors, the system's, and lgpio's own where it is used."""
    import gpiozero

    lgpio = sys.modules.get("lgpio")
    own = (lgpio.error,) if lgpio is not None and hasattr(lgpio, "error") else ()
    return (gpiozero.GPIOZeroError, OSError, *own)


def close_quietly(device: Any) -> None:
    """Give a device's pin back; one that is lost cannot be given back, and need not be."""
    with contextlib.suppress(*errors()):
        device.close()


def close_chip() -> None:
    """Close the GPIO chip with all its pins; the next `open_device` opens it anew."""
    import gpiozero

    factory = gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory = None
    if factory is None:
        return
    try:
        factory.close()
    except errors():
        # Its pins are closed one by one before the chip, and one that is lost keeps it from getting
        # there; without the pins it does. Closing the chip is what ends lgpio's reading.
        factory.pins.clear()
        with contextlib.suppress(*errors()):
            factory.close()
