"""A schema of a tool's arguments, as the Live API takes it. Pure.

Tools of others describe their arguments in JSON Schema; the service takes a part of it, and closes
the link on the rest. What can be said in that part becomes so: a call that the schema here takes
is one that the tool's own takes. What cannot be said and may be left out (an argument that is not
required, one of several things that an argument may be) is left out. What is left is refused.

Constraints that the service has no field for (a pattern, a default, `multipleOf`) are told in the
description, and the tool judges them.

Source: Live API, `Schema`; json-schema.org, draft 2020-12. What the service refuses:
`kiosk/concierge/function_schemas.py`.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from kiosk.errors import KioskError
from kiosk.settings import untrusted
from kiosk.tools import json_schema_values
from kiosk.tools.json_schema_merge import merged

MAX_DEPTH = 8
MAX_NODES = 400
"""Of one schema, once its references are followed: more says too much at each turn of a visit."""
MAX_DESCRIPTION_CHARACTERS = 500
MAX_NAME_CHARACTERS = 64
MAX_PLACE_CHARACTERS = 400
_REFUSED = (
    "not", "if", "dependentRequired", "dependentSchemas", "dependencies", "patternProperties",
    "prefixItems", "contains", "$dynamicRef", "$recursiveRef",
)  # fmt: skip
"""Keywords that say what no field of the service can say, and no words in brief."""


class SchemaError(KioskError, ValueError):
    """A schema that cannot be declared.

    Args:
        place: keys on the way, with dots, such as `properties.room`; empty for the whole.
        why: what is wrong there.
    """

    def __init__(self, place: str, why: str) -> None:
        self.place = untrusted.printable(place)[:MAX_PLACE_CHARACTERS]
        self.why = untrusted.printable(why)
        super().__init__(f"{self.place}: {self.why}" if place else self.why)


class Declared(Struct, frozen=True):
    """What a model is told of a tool's arguments."""

    parameters: dict[str, Any] | None
    """An OBJECT with properties; None: it takes no arguments."""
    left_out: tuple[str, ...] = ()
    """What may be left out and cannot be declared, an argument or one of several things that it may
    be: place and reason of each."""


def declared(schema: Any) -> Declared:
    """What the service takes for the schema of all arguments.

    Raises:
        SchemaError: it cannot be declared.
    """
    conversion = _Conversion(schema)
    if not isinstance(schema, dict):
        raise SchemaError("", "expected an object")
    root = conversion.resolved(schema, "", ())[0]
    if root.get("type", "object") not in ("object", "OBJECT", ["object"]):
        raise SchemaError("type", "the arguments of a tool are an object")
    if not root.get("properties") and not any(
        root.get(one) for one in ("required", "anyOf", "oneOf", *_REFUSED)
    ):
        return Declared(None)
    converted = conversion.convert({**schema, "type": "object"}, "", 0, ())
    if converted is None:
        return Declared(None, tuple(conversion.left_out))
    if converted.get("type") != "OBJECT":
        raise SchemaError("", "the arguments of a tool are one object, not one of several")
    converted.pop("description", None)
    converted.pop("nullable", None)
    return Declared(converted, tuple(conversion.left_out))


def argument(schema: Any) -> dict[str, Any]:
    """What the service takes for the schema of one argument.

    Raises:
        SchemaError: it cannot be declared.
    """
    conversion = _Conversion(schema)
    converted = conversion.convert(schema, "", 1, ())
    if converted is None:
        raise SchemaError("", "an object without properties cannot be told to the service")
    if conversion.left_out:
        raise SchemaError(*conversion.left_out[0].split(": ", 1))
    return converted


class _Conversion:
    """The walk through one schema. `refs` are the references that a place was reached by."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._nodes = 0
        self.left_out: list[str] = []

    def convert(
        self, schema: Any, place: str, depth: int, refs: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """One schema; None for an object of which nothing can be said and nothing must be."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise SchemaError(place, "it is too deep or too large")
        if not isinstance(schema, dict):
            raise SchemaError(place, "it says nothing of its type")
        schema, refs = self.resolved(schema, place, refs)
        for name in _REFUSED:
            if name in schema:
                raise SchemaError(place, f"{name} cannot be told to the service")
        try:
            options = list(_alternatives(schema) or _types(schema))
        except ValueError as error:
            raise SchemaError(place, str(error)) from None
        nullable = any(_is_null(one) for one in options)
        options = [one for one in options if not _is_null(one)]
        if not options:
            raise SchemaError(place, "it says nothing of its type")
        is_one = len(options) == 1
        several = "anyOf" in schema or "oneOf" in schema
        chosen: list[dict[str, Any]] = []
        for at, one in enumerate(options):
            where = _below(place, f"anyOf[{at}]") if several else place
            try:
                below = (self.convert if several else self._one)(one, where, depth + several, refs)
            except SchemaError as error:
                if is_one or (not chosen and at == len(options) - 1):
                    raise
                self.left_out.append(str(error))
                continue
            if below is not None:
                chosen += [one for one in below.get("anyOf", [below]) if one not in chosen]
            elif is_one:
                return None
        if not chosen:
            raise SchemaError(place, "an object without properties cannot be told to the service")
        return _any_of(chosen, nullable=nullable)

    def resolved(
        self, schema: dict[str, Any], place: str, refs: tuple[str, ...]
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The schema with what `$ref` and `allOf` stand for, and the references followed."""
        while "$ref" in schema or "allOf" in schema:
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise SchemaError(place, "it is too deep or too large")
            schema = dict(schema)
            parts = schema.pop("allOf", [])
            if not isinstance(parts, list):
                raise SchemaError(place, "allOf: expected a list")
            if (ref := schema.pop("$ref", None)) is not None:
                if not isinstance(ref, str) or ref in refs:
                    raise SchemaError(place, f"$ref {str(ref)[:60]!r} leads to itself")
                refs = (*refs, ref)
                parts = [self._at(ref, place), *parts]
            for one in parts:
                if not isinstance(one, dict):
                    raise SchemaError(place, "a part of it is no object")
                try:
                    schema = merged(schema, one)
                except ValueError as error:
                    raise SchemaError(place, str(error)) from None
        return schema, refs

    def _at(self, ref: str, place: str) -> Any:
        if not ref.startswith("#"):
            raise SchemaError(place, f"$ref {ref[:60]!r} is in no file that is here")
        at = self._root
        for step in filter(None, ref[1:].split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            at = at.get(name) if isinstance(at, dict) else None
        if not isinstance(at, dict):
            raise SchemaError(place, f"$ref {ref[:60]!r} leads nowhere")
        return at

    def _one(
        self, schema: dict[str, Any], place: str, depth: int, refs: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """A schema of one type, with no alternatives."""
        kind = schema["type"]
        told = [untrusted.printable(str(schema.get("description") or ""))]
        try:
            converted, more = json_schema_values.converted(kind, schema)
        except ValueError as error:
            raise SchemaError(place, str(error)) from None
        told = [text for text in (*told, *more) if text.strip()]
        if told:
            text = " ".join(told)[:MAX_DESCRIPTION_CHARACTERS].rstrip()
            for one in converted.get("anyOf", [converted])[:1]:
                one["description"] = text
        if kind == "array":
            items = self.convert(schema.get("items"), _below(place, "items"), depth + 1, refs)
            if items is None:
                raise SchemaError(_below(place, "items"), "an object without properties")
            converted["items"] = items
        if kind == "object":
            properties = self._properties(schema, place, depth, refs)
            if not properties:
                return None
            converted["properties"] = properties
            if required := [name for name in schema.get("required", []) if name in properties]:
                converted["required"] = list(dict.fromkeys(required))
        return converted

    def _properties(
        self, schema: dict[str, Any], place: str, depth: int, refs: tuple[str, ...]
    ) -> dict[str, Any]:
        given, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(given, dict) or not isinstance(required, list):
            raise SchemaError(place, "properties: expected an object; required: a list")
        for name in required:
            if not isinstance(name, str) or name not in given:
                raise SchemaError(_below(place, "required"), f"{str(name)[:40]!r} is not defined")
        if not given and place:
            raise SchemaError(place, "an object without properties cannot be told to the service")
        converted = {}
        for name, one in given.items():
            where = _below(place, f"properties.{name[:40]}")
            try:
                converted[name] = self._property(name, one, where, depth, refs)
            except SchemaError as error:
                if name in required:
                    raise
                self.left_out.append(str(error))
        return converted

    def _property(
        self, name: str, schema: Any, place: str, depth: int, refs: tuple[str, ...]
    ) -> dict[str, Any]:
        if not name.isprintable() or not 0 < len(name) <= MAX_NAME_CHARACTERS:
            raise SchemaError(place, "is no name for an argument")
        converted = self.convert(schema, place, depth + 1, refs)
        if converted is None:
            raise SchemaError(place, "nothing in it can be told to the service")
        return converted


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """What `anyOf` or `oneOf` lists, each with what stands beside it; empty for neither.

    As `anyOf`, `oneOf` says too much only where a value fits two of them: then the tool judges.
    """
    name = next((one for one in ("anyOf", "oneOf") if schema.get(one) is not None), None)
    if name is None:
        return []
    listed = schema[name]
    if (
        not isinstance(listed, list)
        or not listed
        or any(not isinstance(one, dict) for one in listed)
    ):
        raise ValueError(f"{name}: expected a list of schemas")
    rest = {key: value for key, value in schema.items() if key != name}
    return [one if _is_null(one) else merged(rest, one) for one in listed]


def _types(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema as one or several of one type each."""
    kinds = schema.get("type") or json_schema_values.kinds_of(schema)
    listed = json_schema_values.choices(schema)
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if not isinstance(kind, str) or kind.lower() not in json_schema_values.TYPES:
            raise ValueError(f"type: one of {', '.join(json_schema_values.TYPES)}")
        if kind.lower() != "null" or listed is None or None in listed:
            yield {**schema, "type": kind.lower()}
    if schema.get("nullable") is True or ("type" not in schema and None in (listed or [])):
        yield {"type": "null"}


def _is_null(schema: dict[str, Any]) -> bool:
    return schema.get("type") in ("null", "NULL", ["null"]) or (
        "const" in schema and schema["const"] is None
    )


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:  # Stands alone, so that its first says it.
        first, *others = schema["anyOf"]
        return {"anyOf": [{**first, "nullable": True}, *others]}
    return {**schema, "nullable": True}


def _any_of(chosen: list[dict[str, Any]], *, nullable: bool) -> dict[str, Any]:
    one = chosen[0] if len(chosen) == 1 else {"anyOf": chosen}
    return _nullable(one) if nullable else one


def _below(place: str, name: str) -> str:
    return f"{place}.{name}".lstrip(".")
