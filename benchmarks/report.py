"""Tables for the eye and for docs/performance.md and docs/reliability.md, which only ever get what
was just measured.
"""

import datetime
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import load

DOCS = Path(__file__).parent.parent / "docs"
PERFORMANCE = (
    "start",
    "talk",
    "press",
    "soak",
    "sound",
    "stage",
    "drawing",
    "texts",
    "captions",
    "lips_to_sound",
    "lipsync",
    "recognition",
    "cloud",
    "faults",
)
RELIABILITY = ("lines", "kills", "endurance", "longruns")
"""Behind what `benchmarks.reliability` writes there."""
ORDER = PERFORMANCE + RELIABILITY
HEAD = """# Performance

Every figure is written by the command above it, as it was measured, with the machine's load
average before and after: other work on the same cores shows in the worst values. Each table has
its own date.
"""


class Table(NamedTuple):
    titles: list[str]
    rows: list[list[str]]


class Section(NamedTuple):
    """What one benchmark has to say; `words` may be Markdown of any kind."""

    words: str
    tables: Sequence[Table] = ()
    failures: tuple[str, ...] = ()
    """What must not be and was."""


def figure(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def text(table: Table) -> str:
    """Markdown that is also readable as it is."""
    lines = [table.titles, *table.rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(table.titles))]
    made = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return "\n".join([made[0], "| " + " | ".join("-" * w for w in widths) + " |", *made[1:]])


def write(name: str, section: Section, load_before: str) -> str:
    """Print a section and put it in its place in the paper."""
    where = f"{platform.machine()}, {_processors()}, CPython {platform.python_version()}"
    when = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    body = "\n\n".join(
        [
            f"## {name}",
            f"`python -m benchmarks {name}` · {when} · {where} · "
            f"load average {load_before} before, {load()} after",
            section.words,
            *map(text, section.tables),
        ]
    )
    paper = DOCS / ("reliability.md" if name in RELIABILITY else "performance.md")
    head, parts = split(paper.read_text() if paper.exists() else HEAD)
    parts[name] = body + "\n"
    paper.write_text("\n".join([head, *(parts[key] for key in ORDER if key in parts)]))
    return body


def split(paper: str) -> tuple[str, dict[str, str]]:
    """What stands before the benchmarks' sections, and each of these by its name."""
    head, *pieces = re.split(r"^(?=## \w+$)", paper, flags=re.M)
    parts = {piece.split(maxsplit=2)[1]: piece.rstrip("\n") + "\n" for piece in pieces}
    return head.rstrip("\n") + "\n", parts


def _processors() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} × {models[0]}" if models else "unknown processor"
