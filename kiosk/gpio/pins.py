"""GPIO pins through gpiozero, imported when the first is opened: it takes a tenth of a second.

gpiozero finds the library that drives the pins by itself, lgpio before all others;
`GPIOZERO_PIN_FACTORY` overrides it, and `GPIOZERO_PIN_FACTORY=mock` needs no board.
"""

import contextlib
import importlib
import os
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

from kiosk.errors import PinError
from kiosk.settings import installation

DEV = Path("/dev")
"""Where the kernel shows GPIO chips, as gpiochip0 and so on."""
_OTHERWISE = 'Without GPIO: button.source = "keyboard", lamp.driver = "none"'
_PREFIX = "Falling back from "
"""How gpiozero's warning begins of a library that it tried in vain."""


_one_at_a_time = threading.Lock()
"""gpiozero opens the chip with the first device; button and lamp open theirs in two threads."""


def open_device(kind: str, what: str, pin: int, **options: Any) -> Any:
    """Open gpiozero's device class `kind` on a pin (BCM number).

    Raises:
        PinError: there are no pins here, or this one cannot be had; with cause and remedy.
    """
    try:
        import gpiozero
    except ImportError as error:
        raise PinError("gpiozero is not installed", _install()) from error
    with _one_at_a_time, warnings.catch_warnings(record=True) as tried:
        warnings.simplefilter("always")
        if gpiozero.Device.pin_factory is None and "GPIOZERO_PIN_FACTORY" not in os.environ:
            _load_lgpio()
        try:
            gpiozero.Device.ensure_pin_factory()
            # The pin alone first: a device reserves it before it asks the kernel, and one that the
            # kernel refuses would keep it reserved.
            gpiozero.Device.pin_factory.pin(pin)
            return getattr(gpiozero, kind)(pin, **options)
        except gpiozero.BadPinFactory as error:
            reasons = [str(one.message).removeprefix(_PREFIX) for one in tried]
            ours = next((reason for reason in reasons if reason.startswith("lgpio:")), str(error))
            raise PinError(f"the pins cannot be opened ({ours})", _OTHERWISE) from error
        except errors() as error:
            raise PinError(
                f"GPIO {pin} cannot be opened for the {what}: {error}",
                "See that nothing else uses it (gpioinfo lists who does) and that no overlay in"
                f" config.txt takes it; another pin: {what}.pin",
            ) from error


def errors() -> tuple[type[Exception], ...]:
    """What a pin may raise: gpiozero's errors, the system's, and lgpio's own where it is used."""
    import gpiozero

    lgpio = sys.modules.get("lgpio")
    own = (lgpio.error,) if lgpio is not None and hasattr(lgpio, "error") else ()
    return (gpiozero.GPIOZeroError, OSError, *own)


def close_quietly(device: Any) -> None:
    """Give a device's pin back; errors of one that is lost are of no consequence."""
    with contextlib.suppress(*errors()):
        device.close()


def refuse_closed(device: Any) -> None:
    """Check that the device's chip was not closed since, for another device on it.

    Raises:
        PinError: it was. lgpio itself would raise a TypeError, because it is handed no chip.
    """
    import gpiozero

    if gpiozero.Device.pin_factory is not device.pin_factory:
        raise PinError("the GPIO chip was closed", "It is opened again")


def close_chip(device: Any) -> None:
    """Close a device's GPIO chip with all its pins; the next `open_device` opens it anew."""
    import gpiozero

    factory = device.pin_factory
    if gpiozero.Device.pin_factory is not factory:
        return  # It has been closed already: for another device.
    gpiozero.Device.pin_factory = None
    try:
        factory.close()
    except errors():
        # Its pins are closed one by one before the chip, and one that is lost keeps it from getting
        # there; without the pins it does. Closing the chip is what ends lgpio's reading.
        factory.pins.clear()
        with contextlib.suppress(*errors()):
            factory.close()


def _load_lgpio() -> None:
    """Import lgpio before gpiozero does, which would hide why it fails.

    Raises:
        PinError: there is no GPIO here, or no lgpio to open it with.
    """
    refuse_chips()
    if "lgpio" in sys.modules:
        return
    try:
        lgpio = _imported()
    except ModuleNotFoundError as error:
        if error.name != "lgpio":
            raise PinError(f"lgpio cannot be loaded: {error}", _install()) from error
        raise PinError("lgpio is not installed", _install()) from error
    except Exception as error:
        raise PinError(
            f"lgpio cannot be loaded: {type(error).__name__}: {error}",
            f"It makes a pipe in {tempfile.gettempdir()} as it starts: see that this can be"
            f" written to. {_OTHERWISE}",
        ) from error
    if not hasattr(lgpio, "gpiochip_open"):
        # A 0.0.0.2 that pip may find on Python 3.13 is an empty placeholder.
        del sys.modules["lgpio"]
        raise PinError("the lgpio that is installed is an empty placeholder", _install())


def _imported() -> ModuleType:
    """Import lgpio where it can make its pipe.

    As it is imported it makes a named pipe in its working directory ($LG_WD, else the current one,
    which is / for a service and may be anything for a person), opens both ends of it, and stays in
    that directory. Nobody needs the name of the pipe after that.

    Source: joan2937/lg 0.2.2, lgUtil.c (lguGetWorkDir) and lgpio.py (_callback_thread).
    """
    here = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with tempfile.TemporaryDirectory(prefix="kiosk-gpio-") as folder:
            os.environ["LG_WD"] = folder
            try:
                return importlib.import_module("lgpio")
            finally:
                del os.environ["LG_WD"]
                os.fchdir(here)
    finally:
        os.close(here)


def refuse_chips() -> None:
    """Check that there is a GPIO chip which this user may open.

    Raises:
        PinError: there is none; with cause and remedy.
    """
    chips = sorted(DEV.glob("gpiochip*"))
    if not chips:
        raise PinError(f"this machine has no GPIO ({DEV}/gpiochip0 is missing)", _OTHERWISE)
    if not any(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        user = installation.user()
        group = _group(chips[0])
        remedy = (
            f"It belongs to the group {group}: {installation.join_group(group, user)}"
            if group != "root"
            else f"It is root's alone: give it to the group gpio (a rule of udev). {_OTHERWISE}"
        )
        raise PinError(f"{chips[0]} may not be opened by the user {user}", remedy)


def _group(path: Path) -> str:
    try:
        return path.group()
    except (KeyError, OSError):
        return "root"


def _install() -> str:
    return f"Install it: {installation.library('board')}. {_OTHERWISE}"
