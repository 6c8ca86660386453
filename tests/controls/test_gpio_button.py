"""A button on a pin: its edges, its bouncing, and a chip that goes and comes."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from kiosk.controls import gpio_button
from kiosk.controls.gpio_button import GpioButton
from kiosk.gpio.pins import close_chip
from tests.controls.edges import Edges, button, until


@pytest.fixture
def opened() -> Iterator[list[GpioButton]]:
    """Closes what a test puts in."""
    buttons: list[GpioButton] = []
    yield buttons
    for one in buttons:
        one.close()


def test_press_and_release(pins: Any, edges: Edges, opened: list[GpioButton]) -> None:
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)
    pin = pins.pin(17)
    assert edges.seen == []
    before_s = time.monotonic()
    pin.drive_low()
    pin.drive_high()
    after_s = time.monotonic()
    assert edges.pressed == [True, False]
    assert before_s - 0.001 <= edges.times[0] <= edges.times[1] <= after_s


def test_pull_down(pins: Any, edges: Edges, opened: list[GpioButton]) -> None:
    opened.append(GpioButton(button("bounce_ms=0", "pull=down", "pin=5")))
    opened[0].start(edges)
    pins.pin(5).drive_high()
    pins.pin(5).drive_low()
    assert edges.pressed == [True, False]


def test_a_button_held_at_start_is_a_press(
    pins: Any, edges: Edges, opened: list[GpioButton]
) -> None:
    # The mock's pull lets a pin go; a finger does not.
    pin = pins.pin(17)
    pin._set_pull = lambda value: None
    pin._change_state(False)
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)
    assert edges.pressed == [True]
    pin.drive_high()
    assert edges.pressed == [True, False]


def test_bouncing_is_one_press_and_one_release(
    pins: Any, edges: Edges, opened: list[GpioButton]
) -> None:
    opened.append(GpioButton(button("bounce_ms=400")))
    opened[0].start(edges)
    pin = pins.pin(17)
    for _ in range(10):
        pin.drive_low()
        pin.drive_high()
    pin.drive_low()
    assert edges.pressed == [True], "the first edge counts at once"
    until(lambda: time.monotonic() > edges.times[0] + 0.45)
    assert edges.pressed == [True]
    for _ in range(10):
        pin.drive_high()
        pin.drive_low()
    pin.drive_high()
    assert edges.pressed == [True, False]


def test_a_tap_within_the_bouncing_is_seen_to_end(
    pins: Any, edges: Edges, opened: list[GpioButton]
) -> None:
    opened.append(GpioButton(button("bounce_ms=100")))
    opened[0].start(edges)
    pins.pin(17).drive_low()
    pins.pin(17).drive_high()
    until(lambda: edges.pressed == [True, False])
    assert edges.times[1] == pytest.approx(edges.times[0] + 0.1, abs=0.001)


def test_a_lost_edge_is_healed(
    pins: Any, edges: Edges, opened: list[GpioButton], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpio_button, "POLL_INTERVAL_S", 0.05)
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)
    lost_s = time.monotonic()
    pins.pin(17)._change_state(False)  # the level changes, and nobody is told
    until(lambda: edges.pressed == [True])
    assert edges.times[0] >= lost_s


def test_after_close_nothing_is_reported_and_the_pin_is_free(pins: Any, edges: Edges) -> None:
    closed = GpioButton(button("bounce_ms=0"))
    closed.start(edges)
    closed.close()
    pins.pin(17).drive_low()
    assert edges.seen == []
    gpiozero.Button(17).close()


def test_a_chip_that_goes_ends_the_press_and_comes_back(
    pins: Any,
    edges: Edges,
    opened: list[GpioButton],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(gpio_button, "POLL_INTERVAL_S", 0.05)
    monkeypatch.setattr(gpio_button, "RETRY_DELAY_S", 0.05)
    caplog.set_level(logging.INFO)
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)
    pin = pins.pin(17)
    pin.drive_low()
    closed: list[bool] = []
    monkeypatch.setattr(type(pins), "close", lambda self: closed.append(True))
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "nonexistent")

    def gone() -> bool:
        raise OSError(19, "bad GPIO read")

    monkeypatch.setattr(pin, "_get_state", gone)
    until(lambda: edges.pressed == [True, False])
    until(lambda: closed)
    until(lambda: "bad GPIO read" in opened[0].trouble or "cannot be opened" in opened[0].trouble)
    assert caplog.text.count("cannot be read") == 1
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    until(lambda: opened[0].trouble == "")
    # lgpio reports no edges any more: the level changes, and nobody is told.
    gpiozero.Device.pin_factory.pin(17)._change_state(False)
    until(lambda: edges.pressed == [True, False, True])


def test_a_chip_that_is_closed_for_the_lamp_is_opened_again(
    pins: Any, edges: Edges, opened: list[GpioButton], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever of the two sees first that the chip is lost closes it; lgpio then has none."""
    monkeypatch.setattr(gpio_button, "POLL_INTERVAL_S", 0.02)
    monkeypatch.setattr(gpio_button, "RETRY_DELAY_S", 0.02)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)

    def no_chip() -> bool:
        raise TypeError("in method '_gpio_read', argument 1 of type 'int'")

    monkeypatch.setattr(pins.pin(17), "_get_state", no_chip)
    close_chip(gpiozero.LED(18))
    until(lambda: gpiozero.Device.pin_factory not in (None, pins))
    until(lambda: not opened[0].trouble)
    gpiozero.Device.pin_factory.pin(17)._change_state(False)
    until(lambda: edges.pressed == [True])


def test_a_pin_of_another_process_is_taken_when_it_is_free(
    edges: Edges, opened: list[GpioButton], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel refuses it when gpiozero has reserved it already, for the device that fails."""
    busy = [True]

    class Pin(MockPWMPin):
        def __init__(self, factory: Any, info: Any) -> None:
            if busy:
                raise OSError(16, "GPIO busy")
            super().__init__(factory, info)

    factory = MockFactory(pin_class=Pin)
    monkeypatch.setattr(gpiozero.Device, "pin_factory", factory)
    monkeypatch.setattr(gpio_button, "RETRY_DELAY_S", 0.02)
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)
    time.sleep(0.1)
    assert "GPIO busy" in opened[0].trouble
    busy.clear()
    until(lambda: not opened[0].trouble)
    factory.pin(17).drive_low()
    assert edges.pressed == [True]


def test_a_pin_in_use_is_told_and_taken_when_it_is_free(
    pins: Any, edges: Edges, opened: list[GpioButton], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpio_button, "RETRY_DELAY_S", 0.02)
    lamp = gpiozero.LED(17)
    opened.append(GpioButton(button("bounce_ms=0")))
    opened[0].start(edges)
    assert opened[0].cause.startswith("GPIO 17 cannot be opened for the button")
    assert "button.pin" in opened[0].trouble
    lamp.close()
    until(lambda: not opened[0].trouble)
    pins.pin(17).drive_low()
    assert edges.pressed == [True]


def test_what_is_missing_is_told_once_with_the_code(
    edges: Edges,
    opened: list[GpioButton],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(gpio_button, "RETRY_DELAY_S", 0.01)
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "nonexistent")
    opened.append(GpioButton(button()))
    opened[0].start(edges)
    time.sleep(0.2)
    assert caplog.text.count("K-BUTTON: ") == 1
    assert "button.source" in opened[0].trouble
    assert edges.seen == []
