"""Whether the arguments of a call are what a declared schema says. Pure.

Source: Live API, `Schema`.
"""

from collections.abc import Iterator
from typing import Any

MAX_TOLD = 5
"""Faults of one call; the model mends those first."""
_WORDS = {
    "STRING": "a text",
    "NUMBER": "a number",
    "INTEGER": "a whole number",
    "BOOLEAN": "true or false",
    "ARRAY": "a list",
    "OBJECT": "an object",
}
_LENGTHS = {
    "STRING": ("minLength", "maxLength", "characters"),
    "ARRAY": ("minItems", "maxItems", "items"),
    "OBJECT": ("minProperties", "maxProperties", "entries"),
}


def faults(parameters: dict[str, Any] | None, args: dict[str, Any]) -> list[str]:
    """What is wrong with the arguments of a call, in words for the model; empty for nothing.

    Args:
        parameters: schema as it was declared; None: there are no arguments.
        args: as the model gave them. What they hold is not repeated in the words.
    """
    found = _faults(parameters or {"type": "OBJECT", "properties": {}}, args, "")
    return [told for told, _ in zip(found, range(MAX_TOLD), strict=False)]


def _faults(schema: dict[str, Any], value: Any, place: str) -> Iterator[str]:
    options = schema.get("anyOf")
    if options is not None:
        if not any(_is_taken(one, value) for one in options):
            expected = " or ".join(dict.fromkeys(_expected(one) for one in options))
            yield _told(place, f"expected {expected}")
        return
    if value is None and schema.get("nullable"):
        return
    kind = schema["type"]
    if not _is_of(kind, value):
        yield _told(place, f"expected {_expected(schema)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        yield _told(place, f"expected {_expected(schema)}")
    if kind in {"NUMBER", "INTEGER"}:
        least, most = schema.get("minimum"), schema.get("maximum")
        if (least is not None and value < least) or (most is not None and value > most):
            yield _told(place, f"expected {_expected(schema)}")
    elif kind in _LENGTHS:
        yield from _length_faults(schema, value, place)
    if kind == "ARRAY":
        for at, one in enumerate(value):
            yield from _faults(schema["items"], one, f"{place}[{at}]")
    elif kind == "OBJECT":
        yield from _object_faults(schema, value, place)


def _object_faults(schema: dict[str, Any], value: dict[str, Any], place: str) -> Iterator[str]:
    properties = schema["properties"]
    for name in schema.get("required", []):
        if name not in value:
            yield _told(_below(place, name), "is missing")
    for name, one in value.items():
        if name in properties:
            yield from _faults(properties[name], one, _below(place, name))
        else:
            known = ", ".join(properties) or "none"
            yield _told(_below(place, name[:40]), f"there is no such argument; there are: {known}")


def _length_faults(schema: dict[str, Any], value: Any, place: str) -> Iterator[str]:
    least, most, what = _LENGTHS[schema["type"]]
    if len(value) < schema.get(least, 0):
        yield _told(place, f"expected at least {schema[least]} {what}")
    if most in schema and len(value) > schema[most]:
        yield _told(place, f"expected at most {schema[most]} {what}")


def _is_taken(schema: dict[str, Any], value: Any) -> bool:
    return next(_faults(schema, value, ""), None) is None


def _is_of(kind: str, value: Any) -> bool:
    if kind == "BOOLEAN":
        return isinstance(value, bool)
    if kind in {"NUMBER", "INTEGER"}:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (kind == "NUMBER" or isinstance(value, int) or value.is_integer())
    kinds: dict[str, type] = {"STRING": str, "ARRAY": list, "OBJECT": dict}
    return isinstance(value, kinds[kind])


def _expected(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    words = _WORDS[schema["type"]]
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and least == most:
        return f"{least}"
    words += f" from {least}" if least is not None else ""
    return words + (f" to {most}" if most is not None else "")


def _told(place: str, why: str) -> str:
    return f"{place}: {why}" if place else why


def _below(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
