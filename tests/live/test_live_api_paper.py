"""docs/live-api.md tells every field of the Live API, and what it tells holds."""

import re
from importlib import metadata
from pathlib import Path

import pytest

from . import sdk
from .live_api_paper import PAPER, Row, models_table, rows
from .test_sdk import INTERNAL, PAIRS, installed, left_out, listed, names

TESTS = Path(__file__).parents[1]
ROWS = rows()
TYPES = sdk.parse(installed())
COMPARED = sdk.compare(TYPES, PAIRS, left_out())
WITHOUT_STRUCT = {"Tool", "FunctionDeclaration"}
"""What is declared to the model is a plain mapping here."""
OURS = names(listed()["ours"])
CONVERTERS = "google/genai/_live_converters.py"
PLATFORMS = {"mldev": "developer", "vertex": "vertex"}
REFUSED = re.compile(r"^def _(\w+)_to_(mldev|vertex)\(|raise ValueError\(\s*'(\w+) parameter", re.M)


def test_every_field_of_every_message_has_one_row() -> None:
    told = [row.name for row in ROWS]
    assert len(told) == len(set(told))
    reached = COMPARED.new | COMPARED.shared | OURS
    for kind in WITHOUT_STRUCT:
        reached |= {f"client {kind}.{field}" for field in TYPES.fields[kind]}
    assert set(told) == reached


def test_what_is_said_to_be_used_is_in_our_messages_and_what_is_left_out_is_not() -> None:
    used = {row.name for row in ROWS if not row.left_out and row.kind not in WITHOUT_STRUCT}
    assert used == COMPARED.shared | (OURS - INTERNAL)


@pytest.mark.parametrize("row", [row for row in ROWS if not row.left_out], ids=lambda row: row.name)
def test_what_is_used_has_a_test(row: Row) -> None:
    assert row.test


def test_each_test_that_is_named_is_there() -> None:
    there = set()
    for file in TESTS.rglob("test_*.py"):
        there.update(re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.M))
    assert {row.test for row in ROWS if row.test} <= there


def test_platforms_are_those_of_the_official_converters() -> None:
    refused, function = set(), ("", "")
    file = next(f for f in metadata.files("google-genai") or () if str(f) == CONVERTERS)
    for kind, platform, field in REFUSED.findall(file.read_text()):
        function = (kind, PLATFORMS[platform]) if kind else function
        if field:
            refused.add((function[0], field, function[1]))
    assert ("SessionResumptionConfig", "transparent", "developer") in refused
    for row in ROWS:
        for platform in ("developer", "vertex"):
            if row.side == "client" and (row.kind, row.field, platform) in refused:
                assert getattr(row, platform) != "yes", row.name


def test_models_are_told_as_the_capabilities_hold_them() -> None:
    assert models_table() in PAPER.read_text("utf-8")
