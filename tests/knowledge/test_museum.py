"""The example of the museum: what its visitors ask is found, and its host is told what it needs."""

from datetime import date, datetime
from pathlib import Path

import pytest

from kiosk.core.hours import OpeningHours
from kiosk.core.inputs import WallClockAt
from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.knowledge.instruction import instruction
from kiosk.knowledge.reading import KnowledgeReader
from kiosk.settings.layers import load
from kiosk.settings.types import Settings

MUSEUM = Path(__file__).parents[2] / "config" / "examples" / "museum"
NOON = datetime(2026, 12, 1, 12, 0)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load([MUSEUM / "kiosk.toml"], system=None).settings


@pytest.fixture(scope="module")
def knowledge(settings: Settings) -> Knowledge:
    reader = KnowledgeReader(MUSEUM / "knowledge", "en", settings.hours.timezone)
    known = reader.read(NOON)
    assert (known.faults, known.passed_over) == ({}, ())
    return known


@pytest.mark.parametrize(
    ("question", "language", "fact"),
    [
        ("where are the toilets", "en", "behind the cloakroom"),
        ("how much is a ticket for an adult", "en", "ticket: Adult; price in euros: 12"),
        ("what do students pay", "en", "ticket: Reduced; price in euros: 8"),
        ("is there a family ticket", "en", "two adults and their children"),
        ("do you have an audio guide in French", "en", "Audio guide"),
        ("who painted the self-portrait", "en", "Clara Weiss"),
        ("how old is the dinosaur skeleton", "en", "210 million"),
        ("wie alt ist der Saurier", "de", "210 Millionen"),
        ("wo steht die Dampfmaschine", "de", "Im Garten"),
        ("wann läuft Hermine", "de", "Am ersten Sonntag"),
        ("when does the steam engine run", "en", "2026-12-06: 12:00-12:15"),
        ("can I come with my dog", "en", "guide dogs are welcome"),
        ("may I take photographs", "en", "without a flash"),
        ("can I borrow a wheelchair", "en", "lent at the front"),
        ("where can I eat something", "en", "courtyard"),
        ("is there a locker for my bag", "en", "cloakroom on the ground floor"),
        ("where can I park my car", "en", "bus number seven"),
        ("I have lost my umbrella", "en", "three months"),
        ("when is the next guided tour", "en", "2026-12-01: 14:00-14:45"),
        ("what is on this afternoon", "en", "Guided tour"),
    ],
)
def test_what_visitors_ask_is_found(knowledge, question, language, fact) -> None:
    found = knowledge.look_up(question, language, NOON)
    assert any(fact in " ".join(f"{one.title} {one.text}".split()) for one in found[:3])


def test_the_programme_of_a_day_is_found_by_its_date(knowledge) -> None:
    found = knowledge.look_up("programme", "en", NOON, date(2026, 12, 12))
    (text,) = [one.text for one in found if "2026-12-12" in one.title]
    assert "18:00-19:30 Lecture: Clara Weiss" in text
    assert "19:00-20:00 The sky of tonight" in text
    christmas = knowledge.look_up("programme", "en", NOON, date(2026, 12, 25))
    assert "Guided tour" not in christmas[-1].text


def test_the_host_is_told_place_time_hours_and_house(knowledge, settings) -> None:
    hours = OpeningHours(settings.hours)
    told = instruction(settings, hours, knowledge, WallClockAt("2026-12-01", 720))
    assert "stand in the entrance hall" in told
    assert "It is Tuesday 2026-12-01, 12:00." in told
    assert "open now, until 17:00" in told
    assert "ticket: Adult" in told
    assert "{" not in told
    monday = instruction(settings, hours, knowledge, WallClockAt("2026-12-07", 720))
    assert "closed now; it opens again on Tuesday 2026-12-08 at 10:00" in monday
