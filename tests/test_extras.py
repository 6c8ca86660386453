"""Whatever is told to install exists: pip only warns of an extra that it does not know."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def told() -> set[str]:
    """Extras that a message, a page or a script names."""
    names: set[str] = set()
    for folder, pattern in (("kiosk", "*.py"), ("docs", "*.md")):
        for path in (ROOT / folder).rglob(pattern):
            for found in re.findall(r"kiosk\[([\w,]+)\]", path.read_text()):
                names.update(found.split(","))
    for script in ("scripts/setup", "scripts/install"):
        for found in re.findall(r"extras=([a-z][\w,]*)", (ROOT / script).read_text()):
            names.update(found.split(","))
    return names


def test_every_extra_that_is_named_exists() -> None:
    assert {"avatarim", "heygen", "screen", "test"} <= told()
    assert told() <= set(EXTRAS)


def test_every_extra_is_justified() -> None:
    paper = (ROOT / "docs/dependencies.md").read_text()
    assert {name for name in EXTRAS if f"| `{name}` |" not in paper} == set()
