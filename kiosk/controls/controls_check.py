"""Whether button and lamp are where the settings say."""

from collections.abc import Iterator
from pathlib import Path

from kiosk.controls.script_button import read_script
from kiosk.errors import ConfigError, PinError
from kiosk.gpio import pins
from kiosk.gpio.line_info import user_of
from kiosk.settings.findings import Finding
from kiosk.settings.types import Settings

ID_PINS = (0, 1)
"""Belong to the EEPROM of boards that are put on top. Source: Raspberry Pi, HAT design guide."""
OURS = "lg"
"""Name by which lgpio takes a line. Source: joan2937/lg 0.2.2, lgGpio.c, userLabel."""
PULLED_UP_PINS = (2, 3)
"""Have 1.8 kΩ to 3.3 V on the board. Source: Raspberry Pi, GPIO and the 40-pin header."""


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `[button]` and `[lamp]`."""
    button, lamp = settings.button, settings.lamp
    kind, _, path = button.source.partition(":")
    if kind == "script":
        try:
            read_script(Path(path))
        except ConfigError as error:
            yield Finding("button.source", str(error), "Without a script: gpio, keyboard or none")
    on_pins = ["button"] * (kind == "gpio") + ["lamp"] * (lamp.driver != "none")
    for part in on_pins:
        pin = getattr(settings, part).pin
        if pin in ID_PINS:
            yield Finding(
                f"{part}.pin", f"GPIO {pin} belongs to the EEPROM of boards on top",
                "Take another pin, such as 17", "warning",
            )  # fmt: skip
    if kind == "gpio" and button.pin in PULLED_UP_PINS and button.pull == "down":
        yield Finding(
            "button.pull", f"GPIO {button.pin} is pulled up on the board itself",
            'Wire the button to ground and write pull = "up", or take another pin',
        )  # fmt: skip
    if on_pins:
        yield from _chip("button.source" if kind == "gpio" else "lamp.driver")
        for part in on_pins:
            yield from _taken(part, getattr(settings, part).pin)


def _chip(key: str) -> Iterator[Finding]:
    try:
        pins.refuse_chips()
    except PinError as error:
        yield Finding(key, error.cause, error.remedy, "warning", "machine")


def _taken(part: str, pin: int) -> Iterator[Finding]:
    """Whether another program has the pin; a running kiosk has it through lgpio."""
    chip = pins.DEV / ("gpiochip4" if (pins.DEV / "gpiochip4").exists() else "gpiochip0")
    try:
        user = user_of(chip, pin)
    except OSError:
        return  # No chip, or not for this user: the chip's own finding says it.
    if user is not None and user != OURS:
        yield Finding(
            f"{part}.pin", f'GPIO {pin} is in use by "{user or "the kernel"}"',
            "Take the overlay that has it out of config.txt, or take another pin",
            "warning", "machine",
        )  # fmt: skip
