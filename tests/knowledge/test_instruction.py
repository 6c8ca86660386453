"""The house's template, filled in."""

import pytest

from kiosk.core.hours import OpeningHours
from kiosk.core.inputs import WallClockAt
from kiosk.knowledge.documents import Document, Passage
from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.knowledge.instruction import instruction
from kiosk.settings.layers import load

SHOP = Knowledge((Document("shop.md", "en", (Passage("", "Books {and} {time}."),)),))
HOURS = 'hours.week=["Tue 09:00-17:00"]'
PLACE = "knowledge.place=the hall"


def filled(template: str, *overrides: str, knowledge: Knowledge | None = None) -> str:
    settings = load(overrides=[f'live.instructions="{template}"', *overrides], system=None).settings
    now = WallClockAt("2026-12-01", 605)
    return instruction(settings, OpeningHours(settings.hours), knowledge or Knowledge(), now)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("You stand in {place}.", "You stand in the hall."),
        ("{date}, {time}", "Tuesday 2026-12-01, 10:05"),
        ("Speak {language}.", "Speak en-US."),
        ("{hours}|{knowledge}|", "||"),
        ("Say {name} and {}.", "Say {name} and {}."),
    ],
)
def test_what_stands_in_braces_is_filled_in(template: str, text: str) -> None:
    assert filled(template, PLACE) == text


def test_which_languages_visitors_speak_is_told() -> None:
    text = filled("Host of {place}.", PLACE, 'talk.languages=["de", "fr"]', "live.language=de-DE")
    host, languages = text.split("\n\n")
    assert host == "Host of the hall."
    assert "one of these languages: de, fr." in languages
    assert languages.endswith("answer in de-DE.")


def test_hours_and_knowledge_stand_where_they_are_named_and_else_at_the_end() -> None:
    named = filled("{knowledge}|{hours}|", HOURS, knowledge=SHOP)
    known, told, end = named.split("|")
    assert known.endswith("Books {and} {time}."), "what is filled in is no template"
    assert told.startswith("Opening hours: Tue 09:00-17:00")
    assert end == ""
    added = filled("You are the host.\\n", HOURS, knowledge=SHOP)
    assert added == f"You are the host.\n\nIt is Tuesday 2026-12-01, 10:05.\n\n{told}\n\n{known}"
    assert filled("It is {time}.", HOURS) == f"It is 10:05.\n\n{told}"
