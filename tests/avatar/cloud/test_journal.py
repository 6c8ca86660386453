import os
import stat
from pathlib import Path

import pytest

from kiosk.avatar.cloud.journal import JournalError, SessionJournal, read_clocks
from kiosk.avatar.cloud.meter import Entry


def test_a_session_is_remembered_until_it_ended(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path / "sessions")
    journal.write(Entry("heygen", "b", 2.0))
    journal.write(Entry("heygen", "a/../b", 1.0, {"tenant": "7"}))
    journal.write(Entry("avatarim", "c", 3.0))
    again = SessionJournal(tmp_path / "sessions")
    assert [entry.session for entry in again.orphans("heygen")] == ["a/../b", "b"]
    assert again.orphans("heygen")[0].facts == {"tenant": "7"}
    again.closed(Entry("heygen", "b", 2.0))
    again.closed(Entry("heygen", "b", 2.0))
    assert [entry.session for entry in journal.orphans("heygen")] == ["a/../b"]
    assert {file.parent for file in tmp_path.rglob("*.json")} == {tmp_path / "sessions"}


def test_a_torn_entry_is_set_aside(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path)
    journal.write(Entry("heygen", "a", 1.0))
    (tmp_path / "heygen-torn.json").write_bytes(b'{"product": "hey')
    assert [entry.session for entry in journal.orphans("heygen")] == ["a"]
    assert not (tmp_path / "heygen-torn.json").exists()
    assert (tmp_path / "heygen-torn.torn").exists()


def test_an_entry_that_cannot_be_read_now_is_kept(tmp_path: Path, monkeypatch, caplog) -> None:
    """A session that is forgotten costs until somebody notices."""
    journal = SessionJournal(tmp_path)
    journal.write(Entry("heygen", "a", 1.0))

    def broken(self: Path) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", broken)
        assert journal.orphans("heygen") == []
    assert "trying again later" in caplog.text
    assert [entry.session for entry in journal.orphans("heygen")] == ["a"]


def test_file_and_name_are_synced(tmp_path: Path, monkeypatch) -> None:
    """After a power cut the name is there only if the directory was synced after the renaming."""
    synced: list[tuple[bool, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((directory, (tmp_path / "heygen-a.json").exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    SessionJournal(tmp_path).write(Entry("heygen", "a", 1.0))
    assert synced == [(False, False), (True, True)]


def test_no_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = SessionJournal(tmp_path / "file" / "below")
    with pytest.raises(JournalError, match=r"file/below cannot be written .*a paid session"):
        journal.write(Entry("heygen", "a", 1.0))
    assert journal.orphans("heygen") == []


@pytest.mark.parametrize("seconds", ["-1e12", "1e999", "NaN", '"many"'])
def test_a_cost_that_is_nonsense_is_not_used(tmp_path: Path, seconds: str, caplog) -> None:
    cost = tmp_path / "cost.json"
    cost.write_text(f'{{"day": "{read_clocks().day}", "seconds": {seconds}}}')
    assert SessionJournal(tmp_path / "sessions", cost).spent_s == 0
    assert "avatar minutes" in caplog.text
