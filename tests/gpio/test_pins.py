"""Why no pin can be had: the true cause is told, and its remedy.

lgpio itself stands in `make test-systemd`; here is one that does at its import what the real one
does (joan2937/lg 0.2.2: lgUtil.c, lgpio.py).
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import gpiozero
import pytest

from kiosk.errors import PinError
from kiosk.gpio import pins

LGPIO = """
import os
place = os.environ.get("LG_WD") or os.getcwd()
os.chdir(place)
os.mkfifo(place + "/.lgd-nfy0")
pipe = open(os.open(".lgd-nfy0", os.O_RDWR), "rb")
error = type("error", (Exception,), {})
gpiochip_open = None
"""


@pytest.fixture(autouse=True)
def no_factory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    for name in ("lgpio", "gpiozero.pins.lgpio"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    here = Path.cwd()
    yield
    os.chdir(here)
    sys.modules.pop("lgpio", None)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for chips (`dev`) and one for libraries (`lib`), before all others."""
    for name in ("dev", "lib"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(pins, "DEV", tmp_path / "dev")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    return tmp_path


def refused() -> PinError:
    with pytest.raises(PinError) as told:
        pins.open_device("Button", "button", 17)
    return told.value


def test_no_chip(machine: Path) -> None:
    (machine / "lib/lgpio.py").write_text(LGPIO)
    error = refused()
    assert error.cause.startswith("this machine has no GPIO")
    assert "pip install" not in str(error)
    assert "group" not in str(error)
    assert "button.source" in str(error)


def test_a_chip_without_rights_names_the_group(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine / "lib/lgpio.py").write_text(LGPIO)
    (machine / "dev/gpiochip0").write_text("")
    monkeypatch.setattr(pins, "_group", lambda path: "gpio")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    error = refused()
    assert "may not be opened by the user" in error.cause
    assert "usermod -aG gpio" in str(error)
    assert "pip install" not in str(error)


@pytest.mark.parametrize("folder", ["/proc", "/"])
def test_lgpio_has_a_place_for_its_pipe_wherever_the_kiosk_was_started(
    machine: Path, folder: str
) -> None:
    """In /proc nobody can make one, not even root."""
    (machine / "lib/lgpio.py").write_text(LGPIO)
    (machine / "dev/gpiochip0").write_text("")
    os.chdir(folder)
    before = set(Path("/").iterdir())
    pins._load_lgpio()
    assert "lgpio" in sys.modules
    assert str(Path.cwd()) == folder, "relative paths of settings mean what they meant"
    assert "LG_WD" not in os.environ
    assert set(Path("/").iterdir()) == before


def test_a_library_that_fails_at_its_import_is_told_as_it_is(machine: Path) -> None:
    (machine / "lib/lgpio.py").write_text("raise OSError(28, 'No space left on device')")
    (machine / "dev/gpiochip0").write_text("")
    error = refused()
    assert "No space left on device" in error.cause
    assert "pip install" not in str(error)
    assert "group" not in str(error)


@pytest.mark.parametrize(
    ("library", "cause"),
    [
        ("raise ModuleNotFoundError('no', name='lgpio')", "lgpio is not installed"),
        ("", "the lgpio that is installed is an empty placeholder"),
        ("import nowhere_at_all", "lgpio cannot be loaded: No module named 'nowhere_at_all'"),
    ],
)
def test_a_library_that_is_missing_is_to_be_installed(
    machine: Path, library: str, cause: str
) -> None:
    (machine / "lib/lgpio.py").write_text(library)
    (machine / "dev/gpiochip0").write_text("")
    error = refused()
    assert error.cause == cause
    assert "kiosk[board]" in str(error)
    assert "group" not in str(error)


def test_a_chip_that_gpiozero_cannot_use_is_told_in_its_words(machine: Path) -> None:
    """gpiozero knows the pins of Raspberry Pis alone, and says so of any other board."""
    (machine / "lib/lgpio.py").write_text(LGPIO)
    (machine / "dev/gpiochip0").write_text("")
    error = refused()
    assert "the pins cannot be opened (lgpio: " in error.cause
    assert "pip install" not in str(error)
