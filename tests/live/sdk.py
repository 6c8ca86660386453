"""What Google's own client knows of the Live API, read from the source of its types.

Read and not imported, so that a version that is not installed can be looked at as well.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, get_args

from msgspec import Struct
from msgspec.structs import fields as fields_of

_ENUM = "CaseInSensitiveEnum"


class Types(NamedTuple):
    """Classes of the SDK's `types.py`."""

    fields: dict[str, dict[str, list[str]]]
    """By class and field: the names of the types in its annotation."""
    enums: dict[str, list[str]]


def parse(source: str) -> Types:
    """Read `google/genai/types.py`."""
    fields: dict[str, dict[str, list[str]]] = {}
    enums: dict[str, list[str]] = {}
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        if _ENUM in bases:
            names = [item.targets[0] for item in node.body if isinstance(item, ast.Assign)]
            enums[node.name] = [name.id for name in names if isinstance(name, ast.Name)]
        elif "BaseModel" in bases:
            fields[node.name] = {
                item.target.id: _names(item.annotation)
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            }
    return Types(fields, enums)


def _names(annotation: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)]


class Compared(NamedTuple):
    """How the SDK's messages differ from ours."""

    new: set[str]
    """Fields of the SDK, as `side Class.field`, that we neither send nor read."""
    ours: set[str]
    """Fields of ours that the SDK does not have."""
    shared: set[str]
    enums: dict[str, list[str]]
    """Enumerations of the fields that both have."""


def compare(
    types: Types, pairs: Iterable[tuple[str, str, type[Struct]]], cut: set[str]
) -> Compared:
    """Compare class by class, as far as the fields that both have lead.

    Args:
        types: of the SDK.
        pairs: side, class of the SDK, and our class for the same message.
        cut: fields below which nothing is compared, as in `Compared.new`.
    """
    compared = Compared(set(), set(), set(), {})
    todo, seen = list(pairs), set()
    while todo:
        side, name, struct = todo.pop()
        if (side, name, struct) in seen:
            continue
        seen.add((side, name, struct))
        ours = {_snake(field.encode_name): field for field in fields_of(struct)}
        theirs = types.fields[name]
        compared.new.update(f"{side} {name}.{field}" for field in theirs.keys() - ours.keys())
        compared.ours.update(f"{side} {name}.{field}" for field in ours.keys() - theirs.keys())
        compared.shared.update(f"{side} {name}.{field}" for field in theirs.keys() & ours.keys())
        for field in theirs.keys() & ours.keys():
            if f"{side} {name}.{field}" in cut:
                continue
            for kind in theirs[field]:
                if kind in types.enums:
                    compared.enums[kind] = types.enums[kind]
                todo += [
                    (side, kind, s) for s in _structs(ours[field].type) if kind in types.fields
                ]
    return compared


def _structs(annotation: Any) -> Iterator[type[Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        yield annotation
    for argument in get_args(annotation):
        yield from _structs(argument)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
