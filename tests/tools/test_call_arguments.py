"""Arguments of a call are judged by the schema that was declared."""

from typing import Any

import pytest

from kiosk.tools.call_arguments import MAX_TOLD, faults

SCHEMA: dict[str, Any] = {
    "type": "OBJECT",
    "properties": {
        "room": {"type": "STRING", "minLength": 2, "maxLength": 5},
        "floor": {"type": "INTEGER", "minimum": 0, "maximum": 3},
        "kind": {"type": "STRING", "enum": ["red", "blue"], "nullable": True},
        "on": {"type": "BOOLEAN"},
        "tags": {"type": "ARRAY", "items": {"type": "STRING"}, "maxItems": 2},
        "place": {"type": "OBJECT", "properties": {"x": {"type": "NUMBER"}}, "required": ["x"]},
        "size": {"anyOf": [{"type": "INTEGER", "minimum": 7, "maximum": 7}, {"type": "STRING"}]},
    },
    "required": ["room"],
}


@pytest.mark.parametrize(
    "args",
    [
        {"room": "A1"},
        {"room": "A1", "floor": 3.0, "kind": None, "on": False, "tags": ["x"], "size": 7},
        {"room": "A1", "place": {"x": 1}, "size": "big", "kind": "red"},
    ],
)
def test_sound_arguments(args: dict[str, Any]) -> None:
    assert faults(SCHEMA, args) == []


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({}, "room: is missing"),
        ({"room": None}, "room: expected a text"),
        ({"room": "A"}, "room: expected at least 2 characters"),
        ({"room": "A12345"}, "room: expected at most 5 characters"),
        ({"room": "A1", "floor": 4}, "floor: expected a whole number from 0 to 3"),
        ({"room": "A1", "floor": 1.5}, "floor: expected a whole number from 0 to 3"),
        ({"room": "A1", "floor": 10**400}, "floor: expected a whole number from 0 to 3"),
        ({"room": "A1", "floor": True}, "floor: expected a whole number from 0 to 3"),
        ({"room": "A1", "kind": "x"}, "kind: expected one of red, blue"),
        ({"room": "A1", "on": "yes"}, "on: expected true or false"),
        ({"room": "A1", "tags": "x"}, "tags: expected a list"),
        ({"room": "A1", "tags": ["x", 5]}, "tags[1]: expected a text"),
        ({"room": "A1", "tags": ["x"] * 3}, "tags: expected at most 2 items"),
        ({"room": "A1", "place": {}}, "place.x: is missing"),
        ({"room": "A1", "size": 8}, "size: expected 7 or a text"),
    ],
)
def test_each_fault_is_told_with_its_place(args: dict[str, Any], told: str) -> None:
    assert faults(SCHEMA, args) == [told]


def test_unknown_arguments_are_told_with_those_that_there_are() -> None:
    (told,) = faults(SCHEMA, {"room": "A1", "rom": 1})
    assert told.startswith("rom: there is no such argument; there are: room, floor, kind")
    assert faults(None, {"a": 1}) == ["a: there is no such argument; there are: none"]
    assert faults(None, {}) == []


def test_no_more_is_told_than_can_be_mended_at_once() -> None:
    assert len(faults(SCHEMA, {"room": "A1", "tags": [5] * 100})) == MAX_TOLD
