"""Two JSON schemas that hold together, as one. Pure."""

from typing import Any

_TELLING = {"description", "title", "default", "examples", "example", "$comment", "deprecated"}
"""Say nothing of a value; the outer one's count."""
_LOWER_BOUNDS = {"minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"}
_UPPER_BOUNDS = {"maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"}


def merged(outer: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """What takes a value where both do.

    Raises:
        ValueError: no one schema says so; with the keyword in which they differ.
    """
    result, inner = dict(outer), dict(inner)
    for one, other in ((result, inner), (inner, result)):
        if isinstance(other.get("properties"), dict):
            other["properties"] = _allowed(one, other["properties"])
    for name, value in inner.items():
        have = result.get(name)
        if name not in result or have == value:
            result[name] = value
        elif name in _TELLING:
            continue
        elif name == "properties" and isinstance(have, dict) and isinstance(value, dict):
            result[name] = _properties(have, value)
        elif name == "required" and isinstance(have, list) and isinstance(value, list):
            result[name] = [*have, *(one for one in value if one not in have)]
        elif name == "allOf" and isinstance(have, list) and isinstance(value, list):
            result[name] = [*have, *value]
        elif name in _LOWER_BOUNDS and _are_numbers(have, value):
            result[name] = max(have, value)
        elif name in _UPPER_BOUNDS and _are_numbers(have, value):
            result[name] = min(have, value)
        elif name == "type" and (kinds := _types(have, value)):
            result[name] = kinds
        elif name == "additionalProperties" and (have is False or value is False):
            result[name] = False
        elif name == "additionalProperties" and have in ({}, True):
            result[name] = value
        elif name == "additionalProperties" and value in ({}, True):
            continue
        else:
            raise ValueError(f"{name} is said twice, and differs")
    return result


def _allowed(schema: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Properties of another schema, those that this one takes too."""
    others, known = schema.get("additionalProperties", True), schema.get("properties", {})
    if others is False:
        return {name: one for name, one in properties.items() if name in known}
    if isinstance(others, dict) and others and any(name not in known for name in properties):
        raise ValueError("additionalProperties is said twice, and differs")
    return properties


def _properties(outer: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    both = dict(outer)
    for name, value in inner.items():
        have = both.get(name, value)
        if have == value or value in ({}, True):
            both[name] = have
        elif have in ({}, True):
            both[name] = value
        else:
            both[name] = {"allOf": [have, value]}
    return both


def _types(one: Any, other: Any) -> list[str] | str | None:
    """Types that both take; None where there is none."""
    first, second = (set(_kinds(each)) for each in (one, other))
    kinds = sorted(first & second)
    if ("number" in first) != ("number" in second) and "integer" in first | second:
        kinds.append("integer")
    return (kinds[0] if len(kinds) == 1 else kinds) or None


def _kinds(kind: Any) -> list[str]:
    return [str(one).lower() for one in (kind if isinstance(kind, list) else [kind])]


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
