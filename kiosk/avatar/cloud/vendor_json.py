"""JSON of a vendor, judged before anybody walks through it. A leaf."""

from typing import Any

import msgspec

MAX_DEPTH = 32
"""Levels of objects and lists. The deepest that is known of these vendors has five."""


class VendorJsonError(ValueError):
    """It is none, or nested deeper than anything that makes sense."""


def decode(data: bytes | str) -> Any:
    """Decode.

    Raises:
        VendorJsonError: what the vendor sent is not usable.
    """
    try:
        value = msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise VendorJsonError("not JSON") from None
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [item for each in level for item in _items(each)]
        if not level:
            return value
    raise VendorJsonError(f"JSON of more than {MAX_DEPTH} levels")


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
