"""`kiosk usage`: what a person and a program are told of the costs."""

import csv
import io
from pathlib import Path

import pytest
from msgspec import json

from kiosk.cli import main, usage
from kiosk.core.tally import Account, Tally
from kiosk.core.tokens import NANO, Tokens
from kiosk.errors import UserError
from kiosk.settings import paths

DAYS = [
    Tally("2026-11-29", 40, 10, Tokens(9, 8, 7, 6, 5), 4 * NANO // 10, NANO // 10),
    Tally("2026-11-30", 80, 20, Tokens(1, 1, 1, 1, 1), 2 * NANO, NANO, NANO // 10, 600.0, NANO),
]
TODAY = Tally("2026-12-01", 8, 2, cost_n=NANO // 10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Today's note was written before the file of days had its last one."""
    account = Account(TODAY, ended=DAYS[1], reserved_n=NANO // 8, currency="US$")
    (tmp_path / "usage.json").write_bytes(json.encode(account))
    (tmp_path / "usage-days.json").write_bytes(json.encode(DAYS[:1]))
    return tmp_path


def told(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> str:
    assert main.main(["usage", *arguments]) == 0
    return capsysbinary.readouterr().out.decode()


def test_a_person_reads_days_months_and_what_was_read_again(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = told(capsysbinary, "--state-dir", str(folder)).splitlines()
    table = [line.split() for line in lines]
    assert ["2026-11-29", "10", "40", "0.40", "0.0400", "0.0100", "25", "%", "-"] in [
        row[:9] for row in table
    ]
    last = next(line for line in lines if line.startswith("2026-11-30"))
    assert last.split()[8:] == ["10", "█" * usage.BAR_CHARS]
    assert ["2026-11", "30", "120", "2.40"] in [row[:4] for row in table]
    assert ["2026-12", "2", "8", "0.10"] in [row[:4] for row in table]
    assert any(line.startswith("44 % of the cost was context that was read") for line in lines)
    assert any(line.startswith("4 % is guessed: ") for line in lines)
    assert lines[-1] == "up to 0.12 more may have been spent since the last note"


def test_the_newest_days_of_whole_months(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = told(capsysbinary, "--state-dir", str(folder), "--days", "1")
    assert "2026-11-30" not in words
    assert "2026-11 " in words


def test_a_program_reads_every_number(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    words = told(capsysbinary, "--state-dir", str(folder), "--csv")
    rows = list(csv.DictReader(io.StringIO(words)))
    assert [row["period"] for row in rows] == ["2026-11-29", "2026-11-30", "2026-12-01"]
    assert rows[0]["text_out"] == "6"
    second = {key: float(rows[1][key]) for key in usage.CSV_COLUMNS[2:9]}
    assert second == {
        "visits": 20, "turns": 80, "cost": 2, "context_again": 1, "guessed": 0.1, "avatar": 1,
        "avatar_minutes": 10,
    }  # fmt: skip


def test_a_day_that_cost_nothing_has_no_bar(tmp_path: Path) -> None:
    (tmp_path / "usage.json").write_bytes(json.encode(Account(Tally("2026-12-01", 1, 1))))
    words = usage.run(tmp_path, 3, None, as_table=False)
    assert "0.00" in words
    assert "- of the cost was context" in words


@pytest.mark.parametrize("file", ["usage.json", "usage-days.json"])
def test_what_cannot_be_read_is_told_with_the_remedy(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"{")
    with pytest.raises(UserError, match="out of the way"):
        usage.read(folder)
    with pytest.raises(UserError, match="--state-dir"):
        usage.read(folder / "nothing")


def test_whose_state_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SERVICE_STATE", tmp_path)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    assert paths.kept_state(Path("given")) == Path("given")
    assert paths.kept_state() == tmp_path
    monkeypatch.setenv("STATE_DIRECTORY", "/srv/one:/srv/other")
    assert paths.kept_state() == Path("/srv/one")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/me/state")
    monkeypatch.setattr(paths, "SERVICE_STATE", tmp_path / "none")
    assert paths.kept_state() == Path("/home/me/state/kiosk")
