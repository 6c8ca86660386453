"""Whether the tools of the configuration can do what they are there for."""

import shutil
from collections.abc import Iterator

from kiosk.errors import PinError
from kiosk.gpio import pins
from kiosk.settings.findings import Finding
from kiosk.settings.types import Settings
from kiosk.tools.tool_faults import faults


def judge(settings: Settings) -> Iterator[Finding]:
    """What is wrong with `[tools]`."""
    for found in faults(settings).values():
        yield from found
    on_pins = [name for name, tool in settings.tools.own.items() if tool.pin is not None]
    if on_pins:
        try:
            pins.refuse_chips()
        except PinError as error:
            key = f"tools.{on_pins[0]}.pin"
            yield Finding(key, error.cause, error.remedy, "warning", "machine")
    for name, tool in settings.tools.own.items():
        if tool.command and shutil.which(tool.command[0]) is None:
            what = f"{tool.command[0]!r} is not there, or is no program"
            remedy = "Install it, or correct its path"
            yield Finding(f"tools.{name}.command", what, remedy, "warning", "machine")
