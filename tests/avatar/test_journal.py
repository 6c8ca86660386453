from pathlib import Path

from kiosk.avatar.journal import Entry, SessionJournal


def test_a_session_is_remembered_until_it_ended(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path / "sessions")
    journal.opened(Entry("heygen", "b", 2.0))
    journal.opened(Entry("heygen", "a/../b", 1.0, {"tenant": "7"}))
    journal.opened(Entry("avatarim", "c", 3.0))
    again = SessionJournal(tmp_path / "sessions")
    assert [entry.session for entry in again.orphans("heygen")] == ["a/../b", "b"]
    assert again.orphans("heygen")[0].facts == {"tenant": "7"}
    again.closed("heygen", "b")
    again.closed("heygen", "b")
    assert [entry.session for entry in journal.orphans("heygen")] == ["a/../b"]
    assert {file.parent for file in tmp_path.rglob("*.json")} == {tmp_path / "sessions"}


def test_a_torn_entry_is_set_aside(tmp_path: Path) -> None:
    journal = SessionJournal(tmp_path)
    journal.opened(Entry("heygen", "a", 1.0))
    (tmp_path / "heygen-torn.json").write_bytes(b'{"product": "hey')
    assert [entry.session for entry in journal.orphans("heygen")] == ["a"]
    assert not (tmp_path / "heygen-torn.json").exists()


def test_no_disk_is_told_and_stops_nothing(tmp_path: Path, caplog) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = SessionJournal(tmp_path / "file" / "below")
    journal.opened(Entry("heygen", "a", 1.0))
    assert journal.orphans("heygen") == []
    assert "paid session" in caplog.text
