"""What was begun, and what came of it, is on disk before and after; whatever ends the daemon."""

import os
from pathlib import Path

import pytest

from kiosk.tools import once_log
from kiosk.tools.once_log import FILE, CallRecord, OnceLog

BEGUN = CallRecord("1", "bell", "k1")
DONE = CallRecord("1", "bell", "k1", "done", {"done": True})


def test_the_next_daemon_knows_what_was_begun_and_what_came_of_it(tmp_path: Path) -> None:
    log = OnceLog(tmp_path)
    assert log.find("1") is None
    log.write(BEGUN)
    assert OnceLog(tmp_path).find("1") == BEGUN
    log.write(DONE)
    assert log.find("1") == OnceLog(tmp_path).find("1") == DONE


def test_a_visit_that_is_over_leaves_nothing(tmp_path: Path) -> None:
    log = OnceLog(tmp_path)
    log.clear()
    log.write(DONE)
    log.clear()
    assert log.find("1") is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_line_that_is_not_whole_costs_itself(tmp_path: Path, cut: int) -> None:
    log = OnceLog(tmp_path)
    log.write(BEGUN)
    whole = (tmp_path / FILE).stat().st_size
    log.write(DONE)
    os.truncate(tmp_path / FILE, max(whole, (tmp_path / FILE).stat().st_size - cut))
    torn = OnceLog(tmp_path)
    assert torn.find("1") in (BEGUN, DONE)
    torn.write(CallRecord("2", "bell", "k2"))
    assert OnceLog(tmp_path).find("2") is not None
    assert OnceLog(tmp_path).find("1") is not None


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    OnceLog(tmp_path).write(DONE)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_log_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = OnceLog(tmp_path)
    monkeypatch.setattr(once_log, "MAX_FILE_BYTES", 10)
    with pytest.raises(OSError, match="is full"):
        log.write(BEGUN)
    assert log.find("1") is None
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=FILE):
        log.write(BEGUN)


def test_a_log_that_is_none_is_told_and_passed_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b'\xff\n[1]\n{"call": 5}\n' + b"[" * 5000)
    assert OnceLog(tmp_path).find("1") is None
    assert "is not whole" in caplog.text
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    assert OnceLog(tmp_path).find("1") is None
    assert "cannot read" in caplog.text
