"""The installed unit on a board: GPIO, sound card, screen and keyboard of a machine in QEMU."""

from typing import Any

import pytest

from tests.systemd import vm

pytestmark = pytest.mark.vm


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the machine told, by step."""
    folder = tmp_path_factory.mktemp("vm")
    print(f"logs in {folder}")
    return vm.run(folder)


def step(told: dict[str, Any], name: str) -> dict[str, Any]:
    assert name in told, f"the machine never got there: {list(told)}"
    assert "fault" not in told[name], told[name]
    found: dict[str, Any] = told[name]
    return found


PRESSED = {"held": "listening", "lit": True, "turns": 1}


def test_without_a_chip_the_honest_error_and_no_invitation(told: dict[str, Any]) -> None:
    seen = step(told, "no_chip")
    status = seen["status"]
    assert (status["state"], status["code"]) == ("out-of-order", "K-BUTTON")
    assert "this machine has no GPIO" in status["button"]["trouble"]
    assert "this machine has no GPIO" in status["lamp"]["trouble"]
    assert len(seen["journal"]) == 1


def test_a_chip_without_rights_names_user_and_remedy(told: dict[str, Any]) -> None:
    trouble = step(told, "no_rights")["button"]["trouble"]
    assert "/dev/gpiochip0 may not be opened by the user kiosk" in trouble
    assert "gpio" in trouble


def test_a_press_on_the_line_is_a_press_of_the_kiosk(told: dict[str, Any]) -> None:
    seen = step(told, "pressing")
    assert "no button" not in seen["status"]["degraded"]
    assert "no lamp" not in seen["status"]["degraded"]
    assert len(seen["presses"]) == 3
    assert seen["restarts"] == "0", seen["journal"]
    for press in seen["presses"]:
        assert press.items() >= PRESSED.items()
        assert press["released"] != "listening"


def test_a_chip_that_goes_is_told_and_taken_back(told: dict[str, Any]) -> None:
    seen = step(told, "chip_goes")
    assert seen["status"]["code"] == "K-BUTTON"
    assert len(seen["told"]) >= 1
    assert seen["lines"] < 1000, "the journal is not flooded"
    calm, gone = seen["cpu_share"]
    assert gone < calm + 0.3, "nothing spins"
    assert seen["same_daemon"]
    assert seen["press"].items() >= PRESSED.items()


def test_a_pin_in_use_is_named_and_taken_when_it_is_free(told: dict[str, Any]) -> None:
    seen = step(told, "pin_in_use")
    assert "GPIO 17" in seen["status"]["button"]["trouble"]
    assert "busy" in seen["status"]["button"]["trouble"]
    assert seen["free"]
    assert seen["press"].items() >= PRESSED.items()


def test_started_by_hand_in_a_directory_without_rights(told: dict[str, Any]) -> None:
    seen = step(told, "by_hand")
    assert seen["status"]["button"]["trouble"] == ""
    assert not [name for name in seen["root"] if name.startswith(".lgd")]


def test_what_the_unit_closes_is_closed(told: dict[str, Any]) -> None:
    seen = step(told, "walls")
    assert "PermissionError" in seen["bind"]["said"]
    assert seen["metadata_outside"] == 0
    assert "PermissionError" in seen["metadata"]["said"]
    assert seen["loopback"]["rc"] == 0
    assert "Permission denied" in seen["own_program"]["said"]
    assert seen["system_program"]["rc"] == 0
    assert seen["MemoryMax"] != "infinity"
    assert seen["MemorySwapMax"] == "0"
    assert seen["UMask"] == "0027"


def test_sound_card_and_screen_work_within_the_unit(told: dict[str, Any]) -> None:
    seen = step(told, "sound_and_screen")
    display = seen["status"]["display"]
    assert display["driver"].lower() == "kmsdrm"
    assert display["frames"] > 2
    assert seen["heard"]["rc"] == 0, seen["heard"]


def test_no_key_leads_away_from_the_kiosk(told: dict[str, Any]) -> None:
    seen = step(told, "console")
    assert (seen["muted"], seen["begun"], seen["here"]) == ("active", "tty1", "tty1")
    assert seen["kept"] not in ("none", "")
    assert seen["turns"] > 0, "the keyboard is the button all the same"
    assert seen["after"] == "inactive", "it ends with the kiosk"
