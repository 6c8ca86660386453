"""What the model is told at first, and what it finds."""

from datetime import date, datetime

import pytest

from kiosk.knowledge.documents import CalendarEvent, Document, Passage, tokens_of
from kiosk.knowledge.house_knowledge import WHOLE_TOKENS, FoundPassage, Knowledge

NOON = datetime(2026, 12, 1, 12, 0)
TOUR = "Guided tour"
PROGRAMME = Document(
    "programme.ics",
    "en",
    events=(
        CalendarEvent("2026-11-28", "2027-02-07", "Fossils", "Ground floor"),
        CalendarEvent("2026-12-01T10:00", "2026-12-01T11:00", TOUR, "Door"),
        CalendarEvent("2026-12-01T14:00", "2026-12-01T15:00", TOUR, "Door"),
        CalendarEvent("2026-12-02T14:00", "2026-12-02T15:00", TOUR, "Door"),
        CalendarEvent("2026-12-12T18:00", "2026-12-13T00:30", "Lecture", about="No tickets."),
    ),
)
PRICES = Document(
    "prices.csv",
    "en",
    (Passage("", "ticket: Adult; price: 12"), Passage("", "ticket: Child; price: 0")),
)
HALLS = Document(
    "halls.de.md",
    "de",
    (Passage("Sauriersaal", "Zweiter Stock."), Passage("Garten", "Dampfmaschine")),
)
LARGE = Document(
    "archive.md",
    "en",
    tuple(Passage(f"Box {n}", f"Letters {n} of a miller. " * 20) for n in range(90)),
)


def test_little_goes_whole_into_the_instruction() -> None:
    knowledge = Knowledge((PRICES, HALLS))
    told = knowledge.instruction(NOON)
    assert knowledge.is_whole
    assert "## prices.csv\nticket: Adult; price: 12\nticket: Child; price: 0" in told
    assert "[Sauriersaal]\nZweiter Stock." in told
    assert Knowledge().instruction(NOON) == ""


def test_of_much_the_instruction_tells_what_can_be_looked_up() -> None:
    knowledge = Knowledge((PRICES, LARGE, PROGRAMME))
    told = knowledge.instruction(NOON)
    assert not knowledge.is_whole
    assert "look_up" in told
    assert "- archive.md (en): Box 0; Box 1" in told
    assert "- prices.csv (en): ticket: Adult; price: 12" in told
    assert "miller" not in told
    assert tokens_of(told) < WHOLE_TOKENS / 10


def test_the_programme_begins_now_and_goes_as_far_as_there_is_room() -> None:
    whole = Knowledge((PROGRAMME,)).instruction(NOON)
    assert "Tuesday 2026-12-01: 14:00-15:00 Guided tour (Door)" in whole
    assert "10:00" not in whole
    assert "Saturday 2026-11-28: all day until 2027-02-07 Fossils" in whole
    assert "Saturday 2026-12-12: 18:00 until 2026-12-13 00:30 Lecture. No tickets." in whole
    large = Knowledge((LARGE, PROGRAMME)).instruction(NOON)
    assert "Wednesday 2026-12-02" in large
    assert "Lecture" not in large


@pytest.mark.parametrize(
    ("question", "language", "source"),
    [
        ("what does a child pay", "en-US", "prices.csv"),
        ("wo sind die Saurier", "de", "halls.de.md"),
        ("Dampfmaschinen", "en", "halls.de.md"),
        ("letters of the miller in box 7", "en", "archive.md"),
    ],
)
def test_what_fits_best_is_found_first(question: str, language: str, source: str) -> None:
    found = Knowledge((PRICES, HALLS, LARGE)).look_up(question, language, NOON)
    assert found[0].source == source


def test_what_fits_nothing_finds_nothing() -> None:
    assert Knowledge((PRICES, HALLS)).look_up("zebra", "en", NOON) == ()
    assert Knowledge().look_up("zebra", "en", NOON) == ()


def test_what_is_on_this_afternoon_is_found_by_the_clock() -> None:
    (found,) = Knowledge((PROGRAMME, PRICES)).look_up("what is on this afternoon", "en", NOON)
    assert found.source == "programme.ics"
    assert "2026-12-01: 14:00-15:00 Guided tour" in found.text
    assert "10:00" not in found.text
    assert "Lecture" not in found.text


def test_a_day_is_asked_for_by_its_date() -> None:
    knowledge = Knowledge((PROGRAMME,))
    (found,) = knowledge.look_up("programme", "en", NOON, date(2026, 12, 12))
    assert "Lecture" in found.text
    assert TOUR not in found.text
    (found,) = knowledge.look_up("programme", "en", NOON, date(2027, 2, 20))
    assert found.text == "Nothing is written for that day."


def test_what_takes_place_again_and_again_is_found_once_with_its_next_days() -> None:
    found = Knowledge((PROGRAMME,)).look_up("guided tours", "en", NOON)
    assert found[0] == FoundPassage(
        "programme.ics",
        TOUR,
        "Tuesday 2026-12-01: 14:00-15:00 Guided tour (Door)\n"
        "Wednesday 2026-12-02: 14:00-15:00 Guided tour (Door)",
    )
    later = datetime(2027, 1, 1)
    assert all(one.title != TOUR for one in Knowledge((PROGRAMME,)).look_up(TOUR, "en", later))


def test_tokens_are_about_those_of_the_model() -> None:
    assert tokens_of("Where are the toilets?") == 6
    assert tokens_of("トイレはどこ") == 6
    assert tokens_of("туалет") == 3
