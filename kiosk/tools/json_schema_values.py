"""What a JSON schema says of one value, in fields of the service's schema, and in words. Pure.

Source: Live API, `Schema`: `enum` stands with STRING alone, `format` is enum or date-time, there is
no `const`, no `exclusiveMinimum`, no `multipleOf`, no `uniqueItems`.
"""

import json
import math
from typing import Any

from kiosk.settings import untrusted

TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
MAX_CHOICES = 100
MAX_NUMBERS = 20
"""Numbers to choose from, that do not follow upon each other, become an alternative each."""
MAX_WORDS_CHARACTERS = 120
"""Of a constraint that is told in words."""
_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_IN_WORDS = {
    "string": (("pattern", "Matches {}."), ("format", "Format: {}.")),
    "number": (
        ("multipleOf", "A multiple of {}."),
        ("exclusiveMinimum", "More than {}."),
        ("exclusiveMaximum", "Less than {}."),
    ),
    "integer": (("multipleOf", "A multiple of {}."),),
    "array": (("uniqueItems", "No item twice."),),
}
"""Constraints that the service has no field for."""
_MAX_INT64 = 2**63 - 1


def kinds_of(schema: dict[str, Any]) -> list[str]:
    """Types that a schema which names none means; empty where it says nothing."""
    if "const" in schema or isinstance(schema.get("enum"), list):
        kinds = [_kind(one) for one in choices(schema) or []]
        return [one for one in dict.fromkeys(kinds) if one != "null"] or kinds[:1]
    if "properties" in schema:
        return ["object"]
    return ["array"] if "items" in schema else []


def choices(schema: dict[str, Any]) -> list[Any] | None:
    """The values that a schema lists; None: it lists none."""
    listed = schema.get("enum")
    if listed is not None and not isinstance(listed, list):
        raise ValueError("enum: expected a list")
    if "const" not in schema:
        return listed
    same = [one for one in listed or [schema["const"]] if _is_same(one, schema["const"])]
    return same[:1]


def converted(kind: str, schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Fields for a value of this type, and what has to be told in words.

    Raises:
        ValueError: it cannot be told.
    """
    told = [
        words.format(_short(schema[name]))
        for name, words in _IN_WORDS.get(kind, ())
        if schema.get(name) not in (None, False) and (name, schema[name]) != ("format", "date-time")
    ]
    if schema.get("default") not in (None, "", [], {}):
        told.append(f"Default: {_short(schema['default'])}.")
    listed = choices(schema)
    if listed is not None:
        return _chosen(kind, schema, listed), told
    fields: dict[str, Any] = {"type": kind.upper()}
    if kind == "string" and schema.get("format") == "date-time":
        fields["format"] = "date-time"
    for name in _BOUNDS.get(kind, ()):
        if name in schema:
            fields[name] = _whole(name, schema[name])
    if kind in {"number", "integer"}:
        fields |= _limits(kind, schema)
    return fields, told


def _chosen(kind: str, schema: dict[str, Any], listed: list[Any]) -> dict[str, Any]:
    """A choice out of values, of those that this type and the other constraints take."""
    values = [one for one in listed if _is_of(one, kind) and _fits(one, schema)]
    if kind in {"number", "integer"}:
        values = [one for one in values if _is_number(one)]
    if kind == "boolean" and {True, False} <= set(values):
        return {"type": "BOOLEAN"}
    if kind == "string":
        texts = list(dict.fromkeys(one for one in values if one and one.isprintable()))
        if texts and len(texts) <= MAX_CHOICES:
            return {"type": "STRING", "format": "enum", "enum": texts}
    if kind in {"number", "integer"} and values:
        numbers = sorted(set(values))
        whole = all(float(one).is_integer() for one in numbers)
        name = "INTEGER" if whole else "NUMBER"
        if whole and numbers[-1] - numbers[0] == len(numbers) - 1:
            return {"type": name, "minimum": numbers[0], "maximum": numbers[-1]}
        if len(numbers) <= MAX_NUMBERS:
            ranges = [{"type": name, "minimum": one, "maximum": one} for one in numbers]
            return ranges[0] if len(ranges) == 1 else {"anyOf": ranges}
    raise ValueError(f"enum: these values cannot be told to the service for a {kind}")


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value of a list passes the bounds beside it."""
    if isinstance(value, str):
        least = _whole("minLength", schema.get("minLength", 0))
        most = _whole("maxLength", schema.get("maxLength", _MAX_INT64))
        return least <= len(value) <= most
    if isinstance(value, int | float) and not isinstance(value, bool):
        limits = _limits("number", schema)
        above = value > schema.get("exclusiveMinimum", -math.inf)
        below = value < schema.get("exclusiveMaximum", math.inf)
        inside = limits.get("minimum", -math.inf) <= value <= limits.get("maximum", math.inf)
        return bool(above and below and inside)
    return True


def _limits(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for name, exclusive, step in (
        ("minimum", "exclusiveMinimum", 1),
        ("maximum", "exclusiveMaximum", -1),
    ):
        value, bound = schema.get(name), schema.get(exclusive)
        for one, key in ((value, name), (bound, exclusive)):
            if one is not None and not _is_number(one):
                raise ValueError(f"{key}: expected a number")
        if bound is not None and kind == "integer":
            nearest = (math.floor(bound) if step > 0 else math.ceil(bound)) + step
            value = nearest if value is None else max(value * step, nearest * step) * step
        if value is not None:
            limits[name] = value
    return limits


def _whole(name: str, value: Any) -> int:
    if not _is_number(value) or not float(value).is_integer() or not 0 <= value <= _MAX_INT64:
        raise ValueError(f"{name}: expected a whole number")
    return int(value)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names: dict[type, str] = {str: "string", int: "integer", float: "number", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


def _is_of(value: Any, kind: str) -> bool:
    have = _kind(value)
    if kind == "integer" and have == "number":
        return float(value).is_integer()
    return have == kind or (kind == "number" and have == "integer")


def _is_number(value: Any) -> bool:
    """Whether it is a number that the service can hold."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_INT64


def _is_same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return untrusted.printable(text)[:MAX_WORDS_CHARACTERS]
