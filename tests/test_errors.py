"""Every error of ours is also the standard one that a caller would guess."""

import pytest

from kiosk import errors


@pytest.mark.parametrize(
    ("kind", "standard"),
    [
        (errors.ConfigError, ValueError),
        (errors.CredentialError, PermissionError),
        (errors.DeviceError, OSError),
        (errors.RingError, ValueError),
        (errors.IllegalMoveError, RuntimeError),
    ],
)
def test_it_is_caught_by_intuition(kind, standard):
    assert issubclass(kind, standard)
    assert issubclass(kind, errors.KioskError)


def test_a_pin_tells_cause_and_remedy_apart():
    error = errors.PinError("GPIO 17 is in use", "Take another pin")
    assert str(error) == "GPIO 17 is in use. Take another pin"
    assert (error.cause, error.remedy) == ("GPIO 17 is in use", "Take another pin")
