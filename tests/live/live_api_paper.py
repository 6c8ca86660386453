"""docs/live-api.md, read: the tables of fields, and the table of models as it must stand there."""

import re
from pathlib import Path
from typing import NamedTuple

from kiosk.core.capabilities import FAMILIES

PAPER = Path(__file__).parents[2] / "docs" / "live-api.md"
LEFT_OUT = "left out: "
_SIDES = {"## What is sent": "client", "## What is received": "server"}
_HEADING = re.compile(r"### .*\((\w+)\)")
_ROW = re.compile(r"\| `(\w+)` \| (yes|no|\?) \| (yes|no|\?) \| (.+?) \| (?:`(\w+)`)? ?\|")


class Row(NamedTuple):
    """A field, and what is behind it."""

    side: str
    kind: str
    """The SDK's class."""
    field: str
    """As the SDK spells it."""
    developer: str
    vertex: str
    behind: str
    test: str

    @property
    def name(self) -> str:
        """As `sdk.Compared` has it."""
        return f"{self.side} {self.kind}.{self.field}"

    @property
    def left_out(self) -> bool:
        """Whether it is neither sent nor used, on purpose."""
        return self.behind.startswith(LEFT_OUT)


def rows() -> list[Row]:
    """All fields of the paper."""
    side = kind = ""
    found = []
    for line in PAPER.read_text("utf-8").splitlines():
        side = _SIDES.get(line, "" if line.startswith("## ") else side)
        if heading := _HEADING.fullmatch(line):
            kind = heading[1]
        elif side and line.startswith("| `"):
            row = _ROW.fullmatch(line)
            assert row, f"{PAPER.name}: this row cannot be read: {line}"
            field = re.sub(r"([A-Z])", lambda capital: "_" + capital[1].lower(), row[1])
            found.append(Row(side, kind, field, *row.groups("")[1:]))
    return found


def models_table() -> str:
    """What the capabilities hold, as a table."""
    lines = [
        "| ids that begin so | D | V | `live.thinking` | also takes | always does | longest answer"
        " | typed as | tools |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for family in FAMILIES:
        offered = ["yes" if api in family.platforms else "no" for api in ("developer", "vertex")]
        thinking = ", ".join(f"`{one}`" for one in family.thinking) or "none"
        cells = [
            f"`{family.model}`",
            *offered,
            thinking + ", required" * family.thinking_required,
            ", ".join(_extra(*extra) for extra in family.extras.items()),
            ", ".join(f"`{key}`" for key in family.always),
            f"{family.max_output} tokens",
            "content" if family.writes_content else "`realtimeInput`",
            ", ".join(f"`{one}`" for one in family.behaviors),
        ]
        if family.unfit:
            cells[3:] = [f"refused: {family.unfit}", *[""] * 5]
        lines.append(f"| {' | '.join(cell or '–' for cell in cells)} |")
    return "\n".join(lines)


def _extra(key: str, platforms: tuple[str, ...]) -> str:
    return f"`{key}`" if len(platforms) == 2 else f"`{key}` ({platforms[0][0].upper()})"
