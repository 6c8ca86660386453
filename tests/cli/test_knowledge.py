"""`kiosk knowledge`, on the example of the museum."""

from pathlib import Path

import pytest

from kiosk.cli.main import main

MUSEUM = Path(__file__).parents[2] / "config" / "examples" / "museum" / "knowledge"


def run(capsysbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, str]:
    status = main(["knowledge", *words, "--folder", str(MUSEUM)])
    return status, capsysbinary.readouterr().out.decode()


def test_check_tells_what_was_read_and_what_it_costs(capsysbinary) -> None:
    status, told = run(capsysbinary, "check")
    assert status == 0
    for part in ("read exhibits.de.md: 3 passages, de", "read prices.csv: 7 passages, en"):
        assert part in told
    assert told.splitlines()[-1].endswith("whole in the instruction")


def test_check_ends_with_2_where_a_file_is_broken(tmp_path: Path, capsysbinary) -> None:
    (tmp_path / "a.csv").write_text("a\n1,2\n")
    assert main(["knowledge", "check", "--folder", str(tmp_path)]) == 2
    assert b"a.csv: has more cells" in capsysbinary.readouterr().out


def test_show_prints_what_the_model_is_told(capsysbinary) -> None:
    status, told = run(capsysbinary, "show")
    assert status == 0
    assert "ticket: Adult; price in euros: 12" in told


@pytest.mark.parametrize(
    ("question", "source", "part"),
    [
        ("where are the toilets", "exhibits.md", "behind the cloakroom"),
        ("what does a child pay", "prices.csv", "Child; price in euros: 0"),
        ("wo steht die Dampfmaschine", "exhibits.de.md", "Im Garten"),
        ("may I bring my dog", "exhibits.md", "guide dogs"),
        ("can I park my car", "questions.toml", "bus number seven"),
    ],
)
def test_ask_prints_what_is_found_with_its_source(capsysbinary, question, source, part) -> None:
    status, told = run(capsysbinary, "ask", question)
    assert status == 0
    assert told.startswith(source)
    assert part in told


def test_a_wrong_day_or_folder_is_told(tmp_path: Path, capsys) -> None:
    assert main(["knowledge", "ask", "x", "--day", "Monday", "--folder", str(MUSEUM)]) == 2
    assert "2026-12-24" in capsys.readouterr().err
    assert main(["knowledge", "show", "--folder", str(tmp_path / "none")]) == 2
    assert "no folder" in capsys.readouterr().err
