"""The console below the picture; a real one is in `make test-systemd GPIO=1`."""

from pathlib import Path

import pytest

from kiosk.service import console


@pytest.mark.parametrize("arguments", [[], ["of"], ["off", "on"]])
def test_what_it_does_not_know_is_refused(arguments: list[str]) -> None:
    assert console.main(arguments) == 2


def test_a_machine_without_consoles_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "CONSOLE", tmp_path / "tty1")
    assert console.main(["off"]) == 1
    (tmp_path / "tty1").touch()  # No terminal: it knows no keyboard.
    assert console.main(["off"]) == 1
    assert capsys.readouterr().err.count("keyboard cannot be set") == 2
