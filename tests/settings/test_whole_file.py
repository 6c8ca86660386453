"""A small file is there as a whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from kiosk.settings.whole_file import write_whole


@pytest.mark.parametrize("synced", [False, True])
def test_it_replaces_what_was_there_and_makes_its_folder(tmp_path: Path, synced: bool) -> None:
    file = tmp_path / "state" / "a.json"
    write_whole(file, b"one", synced=synced)
    write_whole(file, b"two", synced=synced)
    assert file.read_bytes() == b"two"
    assert list(file.parent.iterdir()) == [file]


def test_one_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "a.json"
    write_whole(file, b"one")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, b"two", synced=True)
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]


def test_file_and_name_are_synced(tmp_path: Path, monkeypatch) -> None:
    """After a power cut the name is there only if the folder was synced after the renaming."""
    synced: list[tuple[bool, bool]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append((directory, (tmp_path / "a.json").exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_whole(tmp_path / "a.json", b"", synced=True)
    assert synced == [(False, False), (True, True)]
