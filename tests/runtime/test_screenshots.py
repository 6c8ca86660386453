"""Screenshots by the control socket: whatever is asked for, one folder is written to."""

import os
import stat

import pytest

from kiosk.errors import ControlError
from kiosk.runtime import screenshots

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run" / "screenshots"


@pytest.mark.parametrize("wanted", ["now.png", "{folder}/now.png", "now.png/", "a b'\u202e.png"])
def test_a_name_is_a_file_of_the_folder(folder, wanted):
    file = screenshots.place(folder, wanted.format(folder=folder))
    assert file.parent == folder


@pytest.mark.parametrize(
    "wanted",
    [
        *("", ".", "..", "/", "now", ".png", ".now.png", "..png.png", "a/now.png", "./../now.png"),
        *("../microphone.ring", "{folder}/../microphone.ring", "{folder}/a/now.png", "/etc/x.png"),
        *("{folder}/../screenshots/now.png", "now\0.png"),
    ],
)
def test_whatever_else_is_asked_for_is_refused_and_the_folder_named(folder, wanted):
    if isinstance(wanted, str):
        wanted = wanted.format(folder=folder)
    with pytest.raises(ControlError, match="pictures go to"):
        screenshots.place(folder, wanted)


def test_appears_whole_and_for_the_group_alone(folder):
    folder.parent.mkdir()
    screenshots.write(folder / "now.png", PNG)
    screenshots.write(folder / "now.png", PNG * 2)
    assert (folder / "now.png").read_bytes() == PNG * 2
    assert stat.S_IMODE((folder / "now.png").stat().st_mode) == 0o640
    assert stat.S_IMODE(folder.stat().st_mode) & 0o007 == 0
    assert [file.name for file in folder.iterdir()] == ["now.png"]


@pytest.mark.parametrize("what", ["link", "hard link", "pipe", "socket"])
def test_what_lies_there_is_replaced_and_never_opened(folder, tmp_path, what):
    folder.mkdir(parents=True)
    precious = tmp_path / "journal.json"
    precious.write_text("precious")
    if what == "link":
        (folder / "now.png").symlink_to(precious)
    elif what == "hard link":
        os.link(precious, folder / "now.png")
    elif what == "pipe":
        os.mkfifo(folder / "now.png")
    else:
        os.mknod(folder / "now.png", stat.S_IFSOCK | 0o600)
    screenshots.write(folder / "now.png", PNG)
    assert (folder / "now.png").read_bytes() == PNG
    assert precious.read_text() == "precious"


def test_what_cannot_be_written_leaves_nothing_half(folder):
    (folder / "now.png").mkdir(parents=True)
    with pytest.raises(OSError, match=r"now\.png"):
        screenshots.write(folder / "now.png", PNG)
    assert [file.name for file in folder.iterdir()] == ["now.png"]


def test_only_the_newest_are_kept(folder):
    folder.parent.mkdir()
    for n in range(screenshots.MAX_FILES + 3):
        screenshots.write(folder / f"{n}.png", PNG)
        os.utime(folder / f"{n}.png", ns=(n, n))
    names = {file.name for file in folder.iterdir()}
    assert len(names) == screenshots.MAX_FILES
    assert "2.png" not in names
