"""The documented defaults come with the package."""

from pathlib import Path

from kiosk.settings import packaged


def test_in_a_checkout_they_are_the_files_that_a_person_edits() -> None:
    config = Path(__file__).parents[2] / "config"
    names = {file.name for file in config.iterdir()}
    assert {"kiosk.toml", "apology", "avatars"} <= names
    for name in names:
        assert packaged.path(name).samefile(config / name)
