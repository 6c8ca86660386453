"""An installation in one folder, and what `kiosk config check` says of it."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kiosk.cli import config_check
from kiosk.gpio import pins
from kiosk.settings import secrets
from kiosk.settings.findings import Finding
from kiosk.settings.layers import load

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with a GPIO chip, without sound and screen, with one folder for everything."""
    for name in secrets.NAMES:
        monkeypatch.delenv(name.upper().replace("-", "_"), raising=False)
    for name in ("CREDENTIALS_DIRECTORY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(secrets, "SYSTEM", tmp_path / "etc")
    monkeypatch.setattr(pins, "DEV", tmp_path)
    monkeypatch.setattr(config_check, "KNOWLEDGE", tmp_path / "etc" / "concierge.toml")
    (tmp_path / "gpiochip0").touch()
    (tmp_path / "etc").mkdir()
    return tmp_path


QUIET = (
    'live.endpoint="ws://127.0.0.1:8765"',
    "audio.output=null",
    "display.driver=none",
    f"audio.input=file:{REPOSITORY}/config/apology/en.wav",
)
"""Settings of which nothing is to be said there."""


def judged(*overrides: str, system: Path | None = None) -> list[Finding]:
    return config_check.findings(load(overrides=[*QUIET, *overrides], system=system))


def told(*overrides: str, system: Path | None = None) -> str:
    [finding] = judged(*overrides, system=system)
    return finding.line()


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter: pytest's own are for this user alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def stranger() -> Iterator[None]:
    """An ordinary user; root becomes nobody for that."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)
