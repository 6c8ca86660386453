"""`kiosk config check` of button and lamp."""

from pathlib import Path

import pytest

from tests.support.installed import house, judged, told

__all__ = ["house"]


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (("button.pin=1",), "warning: button.pin: GPIO 1 belongs to the EEPROM"),
        (("button.pin=3", "button.pull=down"), "error: button.pull: GPIO 3 is pulled up"),
        (("button.pin=3",), None),
        (("button.source=script:/nope.jsonl",), "error: button.source: /nope.jsonl: there is no"),
        (("button.source=none", "lamp.driver=led", "lamp.pin=0"), "warning: lamp.pin: GPIO 0"),
    ],
)
def test_pins_and_scripts(house: Path, overrides: tuple[str, ...], says: str | None) -> None:
    if says is None:
        assert judged(*overrides) == []
    else:
        assert says in told(*overrides)


def test_a_machine_without_gpio(house: Path) -> None:
    (house / "gpiochip0").unlink()
    assert told().startswith("warning [this machine]: button.source: this machine has no GPIO")
    assert told("button.source=none", "lamp.driver=pwm").startswith(
        "warning [this machine]: lamp.driver: "
    )
    assert judged("button.source=keyboard") == []
