"""What settings, packs and staff name stays below its folder."""

from pathlib import Path

import pytest

from kiosk.settings.below import inside


@pytest.mark.parametrize("name", ["a.png", "pictures/a.png"])
def test_a_name_below_the_folder_is_its_file(tmp_path: Path, name: str) -> None:
    assert inside(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.png", "..", "a/../b", "a\0b"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not a file below"):
        inside(tmp_path, name)


def test_a_link_that_leads_out_or_to_itself_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "out.png").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="leads out of"):
        inside(folder, "out.png")
    (folder / "in.png").symlink_to(folder / "a.png")
    assert inside(folder, "in.png") == folder / "a.png"
