"""Settings for a test: the packaged default with overrides, and nothing of this machine."""

from pathlib import Path

import pytest

from kiosk.errors import ConfigError
from kiosk.settings.layers import Loaded, load


def write(file: Path, text: str) -> Path:
    file.write_text(text, "utf-8")
    return file


def bare(*overrides: str) -> Loaded:
    return load(overrides=overrides, system=Path("/nonexistent"))


def refused(*overrides: str) -> str:
    """Why overrides cannot be used."""
    with pytest.raises(ConfigError) as caught:
        bare(*overrides)
    return str(caught.value)
