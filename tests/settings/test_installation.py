"""Remedies name what fits how this Kiosk was installed."""

import os
import sys
from pathlib import Path

import pytest

import kiosk
from kiosk.settings import installation
from kiosk.settings.installation import MARK, Installation

EVERY = list(Installation)


@pytest.mark.parametrize(
    ("mark", "source", "how"),
    [
        (True, False, Installation.SERVICE),
        (True, True, Installation.SERVICE),
        (False, True, Installation.CLONE),
        (False, False, Installation.PACKAGE),
    ],
)
def test_how_it_was_installed(tmp_path: Path, mark: bool, source: bool, how: Installation) -> None:
    prefix, folder = tmp_path / "prefix", tmp_path / "source"
    prefix.mkdir()
    folder.mkdir()
    if mark:
        (prefix / MARK).touch()
    if source:
        (folder / "pyproject.toml").touch()
    assert installation.installation(prefix, folder) is how


def test_here_it_is_a_clone() -> None:
    assert installation.installation() is Installation.CLONE
    assert "constraints.txt" in installation.library("board")


def test_a_service_is_mended_by_its_installer() -> None:
    service = Installation.SERVICE
    assert installation.library("board", service).endswith("sudo make install GPIO=1")
    assert installation.library("heygen", service).endswith("sudo make install AVATAR=heygen")
    assert installation.library("vertex", service).endswith("sudo make install")
    assert "systemctl start kiosk" in installation.start(service)
    assert "systemctl restart kiosk" in installation.join_group("gpio", "kiosk", service)
    assert "log in again" in installation.join_group("gpio", "somebody", service)


def test_no_screen_of_a_service_is_a_matter_of_cables() -> None:
    assert "pip" not in installation.screen(Installation.SERVICE)
    assert "HDMI" in installation.screen(Installation.SERVICE)
    assert "sudo make install" in installation.screen(Installation.CLONE)
    assert "python3-pygame" in installation.screen(Installation.PACKAGE)
    assert all("HDMI" in installation.screen(how) for how in Installation)


def test_no_remedy_is_written_beside_the_one_place_that_knows() -> None:
    """A command for one installation is wrong in the others."""
    package = Path(kiosk.__file__).parent
    for file in package.rglob("*.py"):
        if file.name != "installation.py":
            assert "pip install 'kiosk[" not in file.read_text("utf-8"), file


@pytest.mark.parametrize("how", EVERY)
def test_what_make_install_does_not_bring_comes_by_pip(how: Installation) -> None:
    assert f"{sys.executable} -m pip install" in installation.library("demo", how)


@pytest.mark.parametrize("how", [Installation.CLONE, Installation.PACKAGE])
def test_without_a_service_nobody_is_sent_to_systemd(how: Installation) -> None:
    assert installation.start(how).endswith("kiosk run")
    assert "pip install" in installation.library("board", how)


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 65_432)
    assert installation.user() == "65432"
