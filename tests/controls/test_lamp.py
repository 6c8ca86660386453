"""Patterns on gpiozero's mock pins."""

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import gpiozero
import pytest

from kiosk.controls import lamp as lamp_module
from kiosk.controls.lamp import DARK, PATTERNS, GpioLamp, NoLamp, Step, open_lamp
from kiosk.core.scene import State
from kiosk.gpio.pins import close_chip
from kiosk.settings.layers import load
from kiosk.settings.types import LampSettings
from tests.controls.edges import until


def lamp(*overrides: str) -> LampSettings:
    sets = [f"lamp.{override}" for override in overrides]
    return load(overrides=sets, system=Path("/nonexistent")).settings.lamp


def levels(pin: Any) -> list[float]:
    return [float(state.state) for state in pin.states]


def test_every_state_has_a_pattern() -> None:
    assert set(PATTERNS) == set(State)
    for pattern in PATTERNS.values():
        assert pattern
        assert all(0 <= step.level <= 1 for step in pattern)
        # What goes round takes time: a pattern of no length would never sleep.
        assert len(pattern) == 1 or all(step.hold_s > 0 for step in pattern)


def test_states_can_be_told_apart_without_dimming() -> None:
    """On and off alone must tell: come, I listen, I think, I speak, out of order."""
    states = (State.ATTRACT, State.LISTENING, State.THINKING, State.SPEAKING, State.OUT_OF_ORDER)

    def seen(pattern: tuple[Step, ...]) -> tuple[tuple[bool, float], ...]:
        if len(pattern) == 1:
            return ((pattern[0].level >= 0.5, 0.0),)
        return tuple((step.level >= 0.5, step.hold_s + step.fade_s) for step in pattern)

    assert len({seen(PATTERNS[state]) for state in states}) == len(states)


def test_steady_and_dark(pins: Any) -> None:
    light = GpioLamp(18, dimmable=False)
    pin = pins.pin(18)
    light.show(State.LISTENING)
    until(lambda: pin.state)
    light.show(State.STARTING)
    until(lambda: not pin.state)
    light.close()


def test_blinking_goes_on(pins: Any) -> None:
    light = GpioLamp(18, dimmable=False)
    pin = pins.pin(18)
    light.show(State.THINKING)
    until(lambda: len(levels(pin)) >= 6)
    light.close()
    assert all(a != b for a, b in pairwise(levels(pin)))
    assert not pin.state


def test_a_dimmable_lamp_breathes(pins: Any) -> None:
    light = GpioLamp(18, dimmable=True)
    pin = pins.pin(18)
    light.show(State.ATTRACT)
    until(lambda: 1.0 in levels(pin))
    rising = levels(pin)[: levels(pin).index(1.0) + 1]
    assert rising == sorted(rising)
    assert len(rising) > 10
    light.show(State.SPEAKING)
    until(lambda: pin.state == pytest.approx(0.3))
    light.close()
    until(lambda: pin.state == 0)


def test_show_does_not_wait(pins: Any) -> None:
    light = GpioLamp(18, dimmable=True)
    for _ in range(1000):
        for state in State:
            light.show(state)
    light.show(State.LISTENING)
    until(lambda: pins.pin(18).state == 1)
    light.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "lamp"]


def test_a_lamp_that_is_lost_is_told_once_and_comes_back(
    pins: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lamp_module, "RETRY_DELAY_S", 0.02)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "nonexistent")
    light = GpioLamp(18, dimmable=False)
    pin = pins.pin(18)

    def gone(value: object) -> None:
        raise OSError(19, "no such device")

    light.show(State.LISTENING)
    until(lambda: pin.state)
    monkeypatch.setattr(pin, "_set_state", gone)
    light.show(State.THINKING)
    until(lambda: "no such device" in light.trouble)
    until(lambda: "lamp.driver" in light.trouble)
    assert caplog.text.count("GPIO 18 of the lamp cannot be written") == 1
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    until(lambda: not light.trouble)
    light.show(State.LISTENING)
    until(lambda: gpiozero.Device.pin_factory.pin(18).state)
    light.close()


def test_a_chip_that_is_closed_for_the_button_is_opened_again(
    pins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lamp_module, "RETRY_DELAY_S", 0.02)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    light = GpioLamp(18, dimmable=False)
    light.show(State.LISTENING)
    until(lambda: pins.pin(18).state)

    def no_chip(value: object) -> None:
        raise TypeError("in method '_gpio_write', argument 1 of type 'int'")

    monkeypatch.setattr(pins.pin(18), "_set_state", no_chip)
    close_chip(gpiozero.Button(17))
    light.show(State.THINKING)
    until(lambda: gpiozero.Device.pin_factory not in (None, pins))
    light.show(State.LISTENING)
    until(lambda: gpiozero.Device.pin_factory.pin(18).state)
    light.close()


def test_open_lamp(pins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lamp_module, "RETRY_DELAY_S", 0.02)
    none = open_lamp(lamp("driver=none"))
    assert isinstance(none, NoLamp)
    none.show(State.ATTRACT)
    none.close()
    light = open_lamp(lamp("driver=pwm", "pin=12"))
    light.close()
    with gpiozero.LED(18):
        light = open_lamp(lamp("driver=led"))
        until(lambda: "GPIO 18" in light.trouble)
        assert "lamp.pin" in light.trouble
    until(lambda: not light.trouble)
    light.close()


def test_dark_is_dark() -> None:
    assert [step.level for step in DARK] == [0.0]
