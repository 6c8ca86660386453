"""What `kiosk config check` says of the house's files."""

from pathlib import Path

from kiosk.knowledge.knowledge_check import judge
from kiosk.settings.layers import load


def findings(folder: Path) -> list[tuple[str, str, str]]:
    settings = load(overrides=[f'knowledge.folder="{folder}"'], system=None).settings
    return [(one.severity, Path(one.where).name, one.what) for one in judge(settings)]


def test_what_is_broken_and_passed_over_is_told_and_the_rest_is_not(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Books.")
    (tmp_path / "bad.csv").write_text("a,b\n1,2,3\n")
    (tmp_path / "letter.docx").write_text("words")
    (tmp_path / "old.ics").write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", newline="")
    told = findings(tmp_path)
    assert [one[:2] for one in told] == [
        ("error", "bad.csv"), ("warning", "letter.docx"), ("note", "old.ics"),
    ]  # fmt: skip
    assert told[0][2] == "has more cells in line 2 than the first row has names"


def test_a_folder_that_was_named_is_to_be_there(tmp_path: Path) -> None:
    (told,) = findings(tmp_path / "none")
    assert told[:2] == ("error", "knowledge.folder")
    assert list(judge(load(system=None).settings)) == []
