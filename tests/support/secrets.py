"""Secrets that are none, in places that are this test's own."""

from pathlib import Path

import pytest

from kiosk.settings import secrets
from kiosk.settings.layers import load
from kiosk.settings.types import LiveSettings

KEY = "AIzaSyA-secret-0123456789abcdefghijklmn"


TOKEN = "ya29.token-0123456789"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No secret of this machine reaches a test."""
    for name in ("CREDENTIALS_DIRECTORY", "GEMINI_API_KEY", "VERTEX_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(secrets, "SYSTEM", tmp_path / "etc")
    return tmp_path


def live(*overrides: str) -> LiveSettings:
    sets = [f"live.{override}" for override in overrides]
    return load(overrides=sets, system=Path("/nonexistent")).settings.live


def put(file: Path, text: str | bytes, mode: int = 0o600) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(mode)
    return file
