"""The look-up as the model knows it."""

from datetime import datetime

import pytest

from kiosk.knowledge.documents import CalendarEvent, Document, Passage
from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.knowledge.look_up_tool import answer

NOON = datetime(2026, 12, 1, 12, 0)
HOUSE = Knowledge(
    (
        Document("prices.csv", "en", (Passage("", "ticket: Child; price: 0"),)),
        Document("a.ics", "en", events=(CalendarEvent("2026-12-24", "2026-12-24", "Carols"),)),
    )
)


def test_a_call_gives_passages_with_their_files() -> None:
    assert answer(HOUSE, {"question": "children"}, "en-US", NOON) == {
        "passages": [{"file": "prices.csv", "title": "", "text": "ticket: Child; price: 0"}]
    }
    told = answer(HOUSE, {"question": "what is on", "day": "2026-12-24"}, "en-US", NOON)
    assert "Carols" in told["passages"][0]["text"]
    assert answer(HOUSE, {"question": "zebra"}, "en", NOON)["passages"] == []


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"question": ""},
        {"question": 5},
        {"question": ["a"]},
        {"question": "a", "day": "Monday"},
        {"question": "a", "day": 5},
        {"question": "a", "day": "2026-02-30"},
    ],
)
def test_a_call_that_makes_no_sense_is_answered_with_the_reason(args) -> None:
    assert answer(HOUSE, args, "en", NOON)["error"]["code"] == "bad_arguments"
