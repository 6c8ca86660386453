"""`kiosk config check` of the screen: content, pictures, fonts, and whether one is there."""

from pathlib import Path

from tests.support.installed import REPOSITORY, house, judged, told, write

__all__ = ["house"]


def test_pictures_and_cards_are_opened_as_the_screen_opens_them(house: Path) -> None:
    folder = house / "content"
    good = (REPOSITORY / "docs/images/kiosk.png").read_bytes()
    write(folder / "broken.png", "no picture")
    (folder / "good.png").write_bytes(good)
    write(
        folder / "attract.toml",
        '[[card]]\nkind = "image"\npicture = "good.png"\n'
        '[[card]]\nkind = "map"\npicture = "gone.png"\n',
    )
    here = f"screen.content={folder}"
    found = judged(here, "theme.logo=broken.png", "theme.background=good.png")
    assert [finding.where for finding in found] == [f"{folder}/attract.toml, card 2", "theme.logo"]
    assert "gone.png does not exist" in found[0].what
    write(folder / "attract.toml", "[[card]]\nkind = 3\n")
    assert f"error: {folder}/attract.toml: card 1: not a card" in told(here)
    (folder / "attract.toml").rename(folder / "attract.toml.txt")
    assert "attract.toml.txt: is not read" in told(here)


def test_a_content_folder_that_is_not_there(house: Path) -> None:
    assert "/nope is no folder that is here" in told("screen.content=/nope")


def test_a_font_that_is_none(house: Path) -> None:
    file = write(house / "font.ttf", "no font")
    assert f"error: theme.font: {file} is no font" in told(f"theme.font={file}")
    assert "/nope.ttf does not exist" in told("theme.font_bold=/nope.ttf")


def test_a_screen_that_is_not_there(house: Path) -> None:
    line = told("display.driver=wayland")
    assert line.startswith("warning [this machine]: display.driver: no screen is here (wayland)")
