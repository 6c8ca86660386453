"""What the papers say is what the program says, and what they point to is there."""

import ast
import re
from pathlib import Path

import pytest

from benchmarks import cost
from benchmarks.report import text

ROOT = Path(__file__).parent.parent
PAPERS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])


def test_costs_are_those_of_the_command() -> None:
    paper = (ROOT / "docs" / "costs.md").read_text()
    assert text(cost.visits()) in paper
    assert text(cost.days()) in paper
    assert f"An hour with a new visitor every two minutes: US$ {cost.hour():.2f}" in paper


def anchors(paper: Path) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.*)$", paper.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_links_lead_somewhere(paper: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", paper.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (paper.parent / name) if name else paper
        assert file.exists(), f"{paper.name}: {target}: there is no such file"
        if anchor:
            assert anchor in anchors(file), f"{paper.name}: {target}: there is no such heading"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_modules_and_names_are_where_a_paper_says(paper: Path) -> None:
    """`kiosk/core/outbox.py` is there; of `PATTERNS` in `kiosk/…` that file has the word."""
    text = paper.read_text()
    for path in re.findall(r"`((?:kiosk|tests|scripts|config|benchmarks)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), f"{path}: there is no such file"
    for path in re.findall(r"`([\w/]+\.py)`", text):
        rooms = ("kiosk", "tests", "benchmarks")
        found = any(any(ROOT.glob(f"{room}/**/{path}")) for room in rooms) or (ROOT / path).exists()
        assert found, f"{path}: there is no such module"
    for names, path in re.findall(r"((?:`\w+`(?:, | and )?)+) in\s`(kiosk/[\w/.]+\.\w+)`", text):
        for name in re.findall(r"\w+", names.replace(" and ", " ")):
            assert re.search(rf"\b{name}\b", (ROOT / path).read_text()), f"{name} in {path}"


def test_walks_pass_functions_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    walks = text.partition("## Four walks")[2].partition("\n## ")[0]
    passed = re.findall(r"`(kiosk/[\w/]+\.py)`\s`([\w.]+)`", walks)
    assert len(passed) > 50
    for path, name in passed:
        names = {
            f"{owner.name}.{part.name}"
            for owner in ast.parse((ROOT / path).read_text()).body
            if isinstance(owner, ast.ClassDef)
            for part in owner.body
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        text = (ROOT / path).read_text()
        function = re.search(rf"^def {re.escape(name)}\(", text, re.MULTILINE)
        attribute = re.search(
            rf"^ +self\.{re.escape(name.rpartition('.')[2])}\b.* = ", text, re.MULTILINE
        )
        assert name in names or function or attribute, f"{path} has no {name}"


def test_each_code_that_staff_may_see_has_its_row() -> None:
    shown = {
        code
        for module in (ROOT / "kiosk").rglob("*.py")
        for code in re.findall(r'"(K-[A-Z]+)"', module.read_text())
    }
    explained = set(re.findall(r"^\| `(K-[A-Z]+)` \|", (ROOT / "README.md").read_text(), re.M))
    assert shown == explained


@pytest.mark.parametrize("paper", ["field.md", "cloud-avatars.md"])
def test_papers_name_tests_that_are_there(paper: str) -> None:
    file = ROOT
    for row in (ROOT / "docs" / paper).read_text().splitlines():
        for reference in re.findall(r"`((?:tests/[\w/.]+)?(?:::[^`]*)?)`", row):
            path, _, names = reference.partition("::")
            file = ROOT / path if path else file
            assert file.exists(), f"{reference}: there is no such file"
            if names:
                name = re.split(r"[\[…]", names.rpartition("::")[2] or names)[0]
                kind = "class" if name.startswith("Test") else "def"
                found = f"{kind} {name}" in file.read_text()
                assert found, f"{reference}: there is no such test"
