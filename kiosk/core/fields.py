"""JSON of a known shape, read field by field where it is not quite of that shape.

What a later service sends otherwise (a number for an enum, a list for an object) costs only itself:
the default stands for it, and its path is noted. `null` is the default too, and no oddity. Source:
ProtoJSON format, "field presence", and the parsers' duty to take integers and strings for each
other.
"""

from collections.abc import Callable
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Raw, Struct

_WRONG = (msgspec.MsgspecError, UnicodeError, RecursionError)
MAX_ITEMS = 256
"""Entries of a list that are read; no message of the service is known to have a tenth of them."""
MAX_NAMES = 20
"""Oddities of one message that are noted by name."""

Note = Callable[[str], None]

as_object: Callable[[bytes | str | Raw], dict[str, Raw]] = msgspec.json.Decoder(
    dict[str, Raw]
).decode
"""The fields of an object, each still as JSON."""
_as_list: Callable[[Raw], list[Raw]] = msgspec.json.Decoder(list[Raw]).decode


@lru_cache(maxsize=256)
def _decoder(kind: Any, strict: bool) -> Callable[[Raw], Any]:
    return msgspec.json.Decoder(kind, strict=strict).decode


@lru_cache(maxsize=64)
def _fields(struct: type[Struct]) -> dict[str, tuple[str, Any]]:
    """Name and type of a struct's fields, by the name that they have in JSON."""
    return {f.encode_name: (f.name, f.type) for f in msgspec.structs.fields(struct)}


def read(kind: Any, raw: Raw, path: str, note: Note) -> Any:
    """A value of a type, or UNSET where none can be made of it.

    Args:
        kind: the type: a struct, a list, a scalar, or one of them or None.
        raw: the JSON.
        path: its name, for `note`.
        note: is told the path of whatever is left out.
    """
    try:
        return _decoder(kind, True)(raw)
    except _WRONG:
        pass
    if bytes(raw) == b"null":
        return UNSET
    kind = _without_none(kind)
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _read_struct(kind, raw, path, note)
    if get_origin(kind) is list:
        return _read_list(get_args(kind)[0], raw, path, note)
    try:
        return _decoder(kind, False)(raw)  # "5" for 5, "true" for true.
    except _WRONG:
        note(path)
        return UNSET


def _without_none(kind: Any) -> Any:
    if get_origin(kind) is Annotated and get_origin(get_args(kind)[0]) is list:
        return get_args(kind)[0]
    if get_origin(kind) in (UnionType, Union):
        some = [each for each in get_args(kind) if each is not type(None)]
        return some[0] if len(some) == 1 else kind
    return kind


def _read_struct(kind: type[Struct], raw: Raw, path: str, note: Note) -> Struct:
    """Something that is there and no object is there all the same: a GoAway is a GoAway."""
    struct = kind()
    try:
        fields = as_object(raw)
    except _WRONG:
        note(path)
        return struct
    known = _fields(kind)
    for name, value in fields.items():
        if name not in known:
            continue
        attribute, inner = known[name]
        if (got := read(inner, value, f"{path}.{name}", note)) is not UNSET:
            setattr(struct, attribute, got)
    return struct


def _read_list(kind: Any, raw: Raw, path: str, note: Note) -> list[Any]:
    try:
        items = _as_list(raw)
    except _WRONG:
        note(path)
        return []
    if len(items) > MAX_ITEMS:
        note(f"{path} (more than {MAX_ITEMS})")
        items = items[:MAX_ITEMS]
    if isinstance(kind, type) and issubclass(kind, Struct):
        objects = [item for item in items if bytes(item)[:1] == b"{"]
        if len(objects) < len(items):
            note(path)
        items = objects
    values = (read(kind, item, path, note) for item in items)
    return [value for value in values if value is not UNSET]
