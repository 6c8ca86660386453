"""gpiozero's own mock pins, fresh for each test."""

from collections.abc import Iterator
from typing import Any

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from tests.controls.edges import Edges


@pytest.fixture
def pins() -> Iterator[Any]:
    """The mock factory; `pins.pin(17)` is what a test drives."""
    factory = MockFactory(pin_class=MockPWMPin)
    was, gpiozero.Device.pin_factory = gpiozero.Device.pin_factory, factory
    yield factory
    factory.reset()
    gpiozero.Device.pin_factory = was


@pytest.fixture
def edges() -> Edges:
    return Edges()
