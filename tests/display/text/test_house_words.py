"""A house's own words: over the kiosk's, judged text by text."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.core.hours import Reopening
from kiosk.core.scene import Scene, State
from kiosk.display import content
from kiosk.display.text import strings
from kiosk.display.text.house_words import read
from kiosk.display.words import panel_words
from kiosk.settings.layers import load
from kiosk.window.screen_check import judge


@pytest.fixture(autouse=True)
def own_words() -> Iterator[None]:
    """Whatever a test adopts ends with it."""
    yield
    strings.adopt({})


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder


def test_the_words_of_the_house_stand_in_place_of_the_kiosks(tmp_path: Path) -> None:
    write(tmp_path, "en.toml", '[invite]\nbutton = "Ask about the mill"\n')
    write(tmp_path, "nl.toml", '[closed]\ntitle = "Gesloten"\ntoday = "Vandaag om {time}"\n')
    screen = load(overrides=[f'screen.words="{tmp_path}"'], system=None).settings.screen
    content.showing(screen, "en")
    assert panel_words(Scene(State.ATTRACT), 0).title == "Ask about the mill"
    assert panel_words(Scene(State.ATTRACT, hint="none"), 0).title == "Welcome"
    assert panel_words(Scene(State.ATTRACT, language="de"), 0).title == "Knopf halten und sprechen"
    closed = Scene(State.ATTRACT, language="nl-BE", closed=True, reopens=Reopening(0, 0, 600))
    words = panel_words(closed, 0)
    assert (words.title, words.line) == ("Gesloten", "Vandaag om 10:00")
    assert panel_words(Scene(State.ATTRACT, language="nl"), 0).title == "Ask about the mill"
    assert "nl" in strings.languages()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[invite]\nbuton = "x"',
            "invite.buton: is no text of the screen. Did you mean invite.button",
        ),
        ("[invite]\nbutton = 5", "invite.button: 5 is no line of words"),
        ('[invite]\nbutton = " "', "is no line of words"),
        ('[invite]\nbutton = "a\\nb"', "is no line of words"),
        ('[invite]\nbutton = "a\\u202eb"', "is no line of words"),
        (f'[invite]\nbutton = "{"x" * 161}"', "has more than 160 characters"),
        ('countdown = "Soon"', "countdown: has other names in braces. Expected {seconds}"),
        ('countdown = "{seconds} {x}"', "has other names in braces"),
        ('countdown = "{seconds"', "has braces that cannot be read"),
        ('countdown = "{seconds.real}"', "has other names in braces"),
        ('countdown = "{seconds:>9}"', "has braces that cannot be read"),
        ('countdown = "{}"', "has other names in braces"),
        ('[invite]\nbutton = "{secret}"', "Expected none"),
        ('ai = "Hello"', "ai: is what the law wants to be said"),
        ("[invite", "line 1"),
        ("invite = [1]", "invite: is no text of the screen"),
    ],
)
def test_a_text_that_cannot_be_used_is_told_and_costs_itself(
    tmp_path: Path, text: str, told: str
) -> None:
    good = "" if text == "[invite" else '\n[thinking]\ntitle = "Hm"\n'
    words, found = read(write(tmp_path, "en.toml", text + good))
    assert told in found[0].line()
    assert words.get("en", {}) == ({"thinking.title": "Hm"} if good else {})


def test_a_language_of_the_house_says_itself_that_a_machine_talks(tmp_path: Path) -> None:
    words, found = read(write(tmp_path, "nl.toml", 'ai = "U praat met een AI"\n'))
    assert (words, found) == ({"nl": {"ai": "U praat met een AI"}}, [])


def test_config_check_judges_them(tmp_path: Path) -> None:
    write(tmp_path, "en.toml", '[invite]\nbuton = "x"\n')
    settings = load(overrides=[f'screen.words="{tmp_path}"'], system=None).settings
    assert any(f"{tmp_path}/en.toml: invite.buton" in one.where for one in judge(settings))


def test_a_house_without_words_of_its_own_has_none(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == ({}, [])
