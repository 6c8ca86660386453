"""What people read in journal, `status` and on the command line: no exception names, no riddles."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

KIOSK = Path(__file__).parents[1] / "kiosk"
MODULES = sorted(KIOSK.rglob("*.py"))
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
RIDDLES = re.compile(
    r"on a line|the line (broke|was|is|comes)|our own face takes over|\bwearing\b|\bdaemons?\b"
    r"|\[Errno|nobody knows|for nobody|torn\b|whoever answers"
)
"""Words that only the author of a message understood. A connection is no line."""


def texts(tree: ast.AST) -> Iterator[str]:
    """What is logged, and what an error of the kiosk's own says."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        match call.func:
            case ast.Attribute(attr=name) if name in LEVELS:
                pass
            case ast.Name(id=name) if name.endswith("Error") or name in {"Disconnect", "Lost"}:
                pass
            case _:
                continue
        for part in [*call.args, *(word.value for word in call.keywords)]:
            for node in ast.walk(part):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(KIOSK)))
def test_messages_are_in_words_that_a_stranger_knows(module: Path) -> None:
    found = [text for text in texts(ast.parse(module.read_text())) if RIDDLES.search(text)]
    assert not found


def test_messages_are_found() -> None:
    told = 'log.warning("the line broke: %s", e)\nraise UserError(f"{x}: wearing host")'
    assert [bool(RIDDLES.search(text)) for text in texts(ast.parse(told))] == [True, True]
