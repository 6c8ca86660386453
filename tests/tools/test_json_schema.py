"""Schemas of tools become what the service takes, or are refused with the place. Three others judge
it: the concierge, for the service; google-genai's types; jsonschema, for the meaning."""

import json
import random
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from google.genai import types
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kiosk.concierge import function_schemas
from kiosk.tools import call_arguments
from kiosk.tools.json_schema import Declared, SchemaError, argument, declared

from .made_schemas import SchemaMaker, disturbed, value_of

PUBLIC = Path(__file__).parent / "data/public_tools.jsonl"
MADE = 2000


def taken_by_the_service(found: Declared) -> None:
    """Judge it as the service does, and by the types of its own client."""
    function: dict[str, Any] = {"name": "f", "description": "Does it."}
    if found.parameters is not None:
        function["parameters"] = found.parameters
    function_schemas.check([{"functionDeclarations": [function]}])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        types.FunctionDeclaration.model_validate(function)


def told(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    parameters = declared({"type": "object", "properties": properties, **more}).parameters
    assert parameters is not None
    return parameters


def one(schema: dict[str, Any]) -> dict[str, Any]:
    """What an argument of this schema becomes."""
    made = told({"a": schema}, required=["a"])["properties"]["a"]
    assert isinstance(made, dict)
    return made


def paper() -> str:
    return " ".join((Path(__file__).parents[2] / "docs/tools.md").read_text("utf-8").split())


@cache
def public() -> list[dict[str, Any]]:
    return [json.loads(line) for line in PUBLIC.read_text().splitlines()]


def test_the_tools_of_public_servers_are_declared() -> None:
    refused, less = {}, 0
    for tool in public():
        try:
            found = declared(tool["schema"])
        except SchemaError as error:
            refused[tool["tool"]] = str(error)
            continue
        taken_by_the_service(found)
        less += bool(found.left_out)
    assert (len(public()), less) == (249, 18)
    assert refused == {
        "firecrawl/firecrawl_monitor_update": "properties.body: an object without properties"
        " cannot be told to the service"
    }


def test_made_schemas_are_taken_by_the_service_or_refused_with_their_place() -> None:
    refused = []
    for seed in range(MADE):
        schema = SchemaMaker(seed).tool()
        try:
            found = declared(schema)
        except SchemaError as error:
            refused.append(str(error))
            continue
        taken_by_the_service(found)
    figures = (
        f"Of {MADE} made by seed, {MADE - len(refused)} are declared and {len(refused)} refused"
    )
    assert figures in paper()
    assert all(5 < len(words) < 300 for words in refused)


def test_what_a_declared_schema_takes_the_tools_own_takes() -> None:
    taken = refused = 0
    for seed in range(MADE):
        maker, rand = SchemaMaker(seed), random.Random(seed)
        if maker.odd:
            continue
        schema = maker.tool()
        try:
            parameters = declared(schema).parameters
        except SchemaError:
            continue
        if parameters is None:
            continue
        judge = Draft202012Validator(as_it_is_read(schema))
        for turn in range(5):
            args = value_of(parameters, rand)
            args = disturbed(args, rand) if turn else args
            if not isinstance(args, dict) or call_arguments.faults(parameters, args):
                refused += 1
                continue
            taken += 1
            assert judge.is_valid(args), (seed, args)
    assert refused > 500
    assert f" {taken} made calls" in paper()


def as_it_is_read(schema: Any) -> Any:
    """The schema with what the conversion owns up to: `oneOf` is read as `anyOf`."""
    if isinstance(schema, list):
        return [as_it_is_read(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {"anyOf" if n == "oneOf" else n: as_it_is_read(v) for n, v in schema.items()}


KEYWORDS = (
    "type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "$ref", "minimum",
    "maxLength", "exclusiveMinimum", "minProperties", "description", "default", "nullable", "a",
)  # fmt: skip
WORDS = ("object", "string", "integer", "#", "#/properties/a", "a", "")
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(WORDS),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), below, max_size=6)
    ),
    max_leaves=30,
)


@given(JSON)
@example({"type": "object", "properties": {"a": {"type": "string", "maxLength": 10**400}}})
@example({"type": "object", "properties": {"a": {"enum": [10**400]}}})
@example({"type": "object", "properties": {"a": {"enum": [float("nan"), float("inf")]}}})
def test_no_json_is_without_a_verdict(schema: Any) -> None:
    try:
        found = declared(schema)
    except SchemaError:
        return
    taken_by_the_service(found)


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": "INTEGER"}, {"type": "INTEGER"}),
        ({"const": "x"}, {"type": "STRING", "format": "enum", "enum": ["x"]}),
        ({"enum": [2, 3, 4]}, {"type": "INTEGER", "minimum": 2, "maximum": 4}),
        ({"type": "string", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        ({"type": "string", "format": "uri"}, {"type": "STRING", "description": "Format: uri."}),
        (
            {"type": "string", "description": "Which.", "pattern": "^a", "default": "ab"},
            {"type": "STRING", "description": "Which. Matches ^a. Default: ab."},
        ),
        (
            {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9.5, "maximum": 20},
            {"type": "INTEGER", "minimum": 1, "maximum": 9},
        ),
        (
            {"oneOf": [{"type": "string"}, {"type": "null"}], "description": "x"},
            {"type": "STRING", "description": "x", "nullable": True},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "object"}]},
            {"type": "STRING"},
        ),
        (
            {"type": ["string", "integer", "null"]},
            {"anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER"}]},
        ),
        (
            {"enum": [1, 5]},
            {
                "anyOf": [
                    {"type": "INTEGER", "minimum": 1, "maximum": 1},
                    {"type": "INTEGER", "minimum": 5, "maximum": 5},
                ]
            },
        ),
        (
            {"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 3, "maximum": 5}]},
            {"type": "INTEGER", "minimum": 3, "maximum": 5},
        ),
    ],
)
def test_what_has_another_form_is_converted(schema: dict[str, Any], made: dict[str, Any]) -> None:
    assert one(schema) == made


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({}, "properties.a: it says nothing of its type"),
        (True, "properties.a: it says nothing of its type"),
        ({"type": "object"}, "properties.a: an object without properties cannot be told"),
        ({"type": "array"}, "properties.a.items: it says nothing of its type"),
        ({"type": "string", "not": {}}, "properties.a: not cannot be told to the service"),
        ({"type": "null"}, "properties.a: it says nothing of its type"),
        ({"$ref": "#/nowhere"}, "properties.a: $ref '#/nowhere' leads nowhere"),
        ({"$ref": "other.json"}, "properties.a: $ref 'other.json' is in no file that is here"),
        ({"$ref": "#"}, "leads to itself"),
        ({"allOf": [{"type": "string"}, {"type": "array"}]}, "properties.a: type is said twice"),
        ({"type": "boolean", "const": True}, "properties.a: enum: these values cannot be told"),
        ({"type": "string", "minLength": "x"}, "properties.a: minLength: expected a whole number"),
        ({"type": "string", "maxLength": 2**70}, "properties.a: maxLength: expected a whole"),
        ({"type": "object", "properties": {"b": {"type": "x"}}, "required": ["b"]},
         "properties.a.properties.b: type: one of string, number"),
    ],
)  # fmt: skip
def test_what_must_be_told_and_cannot_be_is_refused(schema: Any, why: str) -> None:
    with pytest.raises(SchemaError) as refused:
        one(schema)
    assert why in str(refused.value)


@pytest.mark.parametrize("schema", [None, [], 5, {"type": "string"}, {"anyOf": [{"type": "null"}]}])
def test_arguments_are_an_object(schema: Any) -> None:
    with pytest.raises(SchemaError):
        declared(schema)


@pytest.mark.parametrize(
    "schema", [{}, {"type": "object"}, {"type": "object", "additionalProperties": False}]
)
def test_without_arguments_there_is_no_schema(schema: dict[str, Any]) -> None:
    assert declared(schema).parameters is None


def test_what_may_be_left_out_and_cannot_be_told_is_left_out() -> None:
    properties = {"a": {"type": "string"}, "b": {"type": "object"}}
    found = declared({"type": "object", "properties": properties})
    assert found.parameters == {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
    why = "properties.b: an object without properties cannot be told to the service"
    assert found.left_out == (why,)
    assert declared({"type": "object", "properties": {"b": {"type": "object"}}}).parameters is None


def test_references_are_followed_but_never_for_ever() -> None:
    node = {
        "type": "object",
        "properties": {"v": {"type": "string"}, "next": {"$ref": "#/$defs/n"}},
    }
    found = declared(
        {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}, "$defs": {"n": node}}
    )
    assert found.left_out == ("properties.n.properties.next: $ref '#/$defs/n' leads to itself",)
    wide: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, 8):
        below = {"$ref": f"#/$defs/d{level - 1}"}
        wide[f"d{level}"] = {"type": "object", "properties": dict.fromkeys("abcdef", below)}
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/d7"}}, "$defs": wide}
    assert "too deep or too large" in " ".join(declared(schema).left_out)


def test_words_of_others_are_bounded_and_cannot_drive_a_terminal() -> None:
    (description,) = {
        one({"type": "string", "description": "a\x1b[31m\u202eb" + "x" * 900})["description"]
    }
    assert description.startswith("a[31mb")
    assert len(description) == 500


def test_an_argument_of_the_settings() -> None:
    assert argument({"type": "INTEGER", "minimum": 1}) == {"type": "INTEGER", "minimum": 1}
    with pytest.raises(SchemaError, match="an object without properties"):
        argument({"type": "OBJECT"})
    with pytest.raises(SchemaError, match=r"properties\.b: type"):
        argument({"type": "OBJECT", "properties": {"a": {"type": "STRING"}, "b": {"type": "X"}}})
