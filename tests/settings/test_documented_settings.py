"""What README and docs say of the settings, held against the settings."""

import re
from operator import attrgetter
from pathlib import Path

import pytest

from kiosk.settings.checks import quoted
from kiosk.settings.layers import TABLES, load

REPOSITORY = Path(__file__).parents[2]
PAPERS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
KEYS = {f"{table}.{key}" for table, keys in TABLES.items() for key in keys}
STATUS = (REPOSITORY / "kiosk" / "service" / "status.py").read_text("utf-8")
"""Its keys, such as `display.fps`, are called like settings."""
DEFAULT = load(system=None).settings
CODE = re.compile(r"`([^`]+)`")
ASSIGNED = re.compile(r"([a-z_.]+) = (.+)")


def rows() -> list[tuple[str, str]]:
    """Keys and defaults of README's table, as they stand there."""
    text = PAPERS[0].read_text("utf-8").partition("| key | default |")[2].partition("\n\n")[0]
    return [(line.split("|")[1], line.split("|")[2]) for line in text.splitlines()[2:]]


@pytest.mark.parametrize(("keys", "defaults"), rows())
def test_readme_tells_each_default_as_it_is(keys: str, defaults: str) -> None:
    names = CODE.findall(keys)
    table = names[0].rpartition(".")[0]
    full = [name if "." in name else f"{table}.{name}" for name in names]
    assert set(full) <= KEYS
    told = CODE.findall(defaults)
    if not told:
        return  # A text that is too long for the table, told in words.
    values = [attrgetter(key)(DEFAULT) for key in full]
    meant = [('"auto"',) if value is None else (bare(value), quoted(value)) for value in values]
    assert len(told) == len(meant)
    for written, either in zip(told, meant, strict=True):
        assert written in either


def bare(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_the_table_is_found() -> None:
    assert len(rows()) > 15


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_setting_that_a_paper_names_is_one(paper: Path) -> None:
    for code in CODE.findall(paper.read_text("utf-8")):
        name = match[1] if (match := ASSIGNED.fullmatch(code)) else code
        table, _, key = name.rpartition(".")
        if table in TABLES and re.fullmatch(r"[a-z_]+", key):
            known = (
                name in KEYS | set(TABLES) or key in {"toml", "py", "md"} or f'"{key}"' in STATUS
            )
            assert known, f"{paper.name} names the setting {name}, which is none"
