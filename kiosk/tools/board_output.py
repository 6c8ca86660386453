"""A tool that switches an output of the board which the configuration names."""

import asyncio
import logging
from typing import Any

from kiosk.errors import PinError
from kiosk.gpio import pins
from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.tool import ToolError, ToolUse

log = logging.getLogger("kiosk.tools")

SWITCH = {
    "type": "OBJECT",
    "properties": {"on": {"type": "BOOLEAN", "description": "Whether it is to be on"}},
    "required": ["on"],
}
"""Arguments of an output without a pulse."""


class BoardOutput:
    """One output. It is off from `open` on, and after `close`.

    Args:
        name: of the tool.
        pin: BCM number.
        settings: of the tool; `pulse_ms` and `active_high` are used.
    """

    def __init__(self, name: str, pin: int, settings: ToolSettings) -> None:
        self._name = name
        self._pin = pin
        self._settings = settings
        self._device: Any = None
        self._opening = asyncio.Lock()
        self._off: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Take the pin, so that it does not float. What is missing is tried again at a call."""
        try:
            await self._opened()
        except PinError as error:
            log.error("tools.%s: %s", self._name, error)  # noqa: TRY400 - said to a person

    async def run(self, args: dict[str, Any], _: ToolUse) -> dict[str, Any]:
        """Switch it, or give its pulse, which goes on after the answer. See `Tool.run`."""
        on = True if self._settings.pulse_ms else args.get("on")
        if not isinstance(on, bool):
            raise ToolError("bad_arguments", "on: expected true or false")
        try:
            device = await self._opened()
            device.value = on
        except PinError as error:
            self._lose()
            raise ToolError("not_available", error.cause) from None
        except pins.errors() as error:
            self._lose()
            raise ToolError("failed", f"the output does not work: {error}", in_doubt=True) from None
        if self._settings.pulse_ms:
            self._end_in(self._settings.pulse_ms / 1000)
        return {"done": True}

    def close(self) -> None:
        """Switch it off and give the pin back."""
        if self._off is not None:
            self._off.cancel()
        if self._device is not None:
            self._switch_off()
            self._lose()

    async def _opened(self) -> Any:
        async with self._opening:
            if self._device is not None and self._is_closed():
                self._lose()
            if self._device is None:
                # Loading gpiozero takes as long as a fifth of a second: not in the loop.
                self._device = await asyncio.to_thread(
                    pins.open_device,
                    "DigitalOutputDevice",
                    f"tools.{self._name}",
                    self._pin,
                    active_high=self._settings.active_high,
                )
            return self._device

    def _is_closed(self) -> bool:
        """Whether the chip was closed since, for another device on it."""
        try:
            pins.refuse_closed(self._device)
        except PinError:
            return True
        return False

    def _end_in(self, seconds: float) -> None:
        if self._off is not None:
            self._off.cancel()  # A second pulse makes the first one longer.
        self._off = asyncio.get_running_loop().call_later(seconds, self._switch_off)

    def _switch_off(self) -> None:
        if self._device is None:
            return
        try:
            self._device.off()
        except pins.errors() as error:
            log.error("tools.%s: the output stays on: %s", self._name, error)  # noqa: TRY400
            self._lose()

    def _lose(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            pins.close_quietly(device)
