"""An output of the board, on gpiozero's own stand-in for pins."""

import asyncio
from collections.abc import Iterator
from typing import Any

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory

from kiosk.gpio.pins import close_chip
from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.board_output import BoardOutput
from kiosk.tools.tool import ToolError, ToolUse

USE = ToolUse("1", "k")


@pytest.fixture
def pins() -> Iterator[Any]:
    was, gpiozero.Device.pin_factory = gpiozero.Device.pin_factory, MockFactory()
    yield gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory = was


async def test_a_pulse_is_answered_at_once_and_ends_by_itself(pins: Any) -> None:
    output = BoardOutput("door", 22, ToolSettings(pulse_ms=20))
    await output.open()
    pin = pins.pin(22)
    assert pin.state == 0
    assert await output.run({}, USE) == {"done": True}
    assert pin.state == 1
    await asyncio.sleep(0.03)  # Its timer is due before this one.
    assert pin.state == 0
    output.close()


async def test_a_switch_does_what_it_is_told(pins: Any) -> None:
    output = BoardOutput("light", 23, ToolSettings(active_high=False))
    await output.open()
    pin = pins.pin(23)
    assert pin.state == 1, "off, where on is 0 V"
    await output.run({"on": True}, USE)
    assert pin.state == 0
    await output.run({"on": False}, USE)
    assert pin.state == 1
    for args in ({}, {"on": "yes"}, {"on": 1}):
        with pytest.raises(ToolError) as told:
            await output.run(args, USE)
        assert told.value.code == "bad_arguments"
    assert pin.state == 1
    output.close()


async def test_the_end_of_the_daemon_switches_it_off(pins: Any) -> None:
    output = BoardOutput("door", 22, ToolSettings(pulse_ms=60_000))
    await output.run({}, USE)
    pin = pins.pin(22)
    output.close()
    assert [one.state for one in pin.states] == [0, 1, 0]


async def test_a_chip_that_was_closed_for_another_part_is_opened_again(pins: Any) -> None:
    other = gpiozero.LED(5)
    output = BoardOutput("light", 23, ToolSettings())
    await output.open()
    close_chip(other)
    gpiozero.Device.pin_factory = again = MockFactory()
    assert await output.run({"on": True}, USE) == {"done": True}
    assert again.pin(23).state == 1
    output.close()


async def test_a_pin_that_cannot_be_had_costs_the_call(
    pins: Any, caplog: pytest.LogCaptureFixture
) -> None:
    taken = gpiozero.LED(22)
    output = BoardOutput("door", 22, ToolSettings(pulse_ms=20))
    await output.open()
    assert "tools.door" in caplog.text
    with pytest.raises(ToolError, match="cannot be opened") as told:
        await output.run({}, USE)
    assert told.value.code == "not_available"
    taken.close()
    assert await output.run({}, USE) == {"done": True}
    output.close()
