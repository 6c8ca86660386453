"""A client's messages as they stand on the wire: paths, names, base64, refusals; no sockets.

A client's JSON may be written in camelCase or snake_case and its bytes in either base64 alphabet
(google-genai sends snake_case and the URL-safe one). Here it becomes camelCase with real `bytes`,
and what is not legal becomes a `Refusal` in Google's own words, since clients match on them.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from kiosk.concierge import schema
from kiosk.settings import untrusted

INVALID_ARGUMENT = "Request contains an invalid argument."
"""Reason of Google's close 1007 for whatever is out of order."""
ABORTED = "The operation was aborted."
"""Reason of its close 1008 for input while a tool call waits."""

_DEVELOPER_PATH = re.compile(
    r"/ws/google\.ai\.generativelanguage\.(?P<version>v1|v1beta|v1alpha)"
    r"\.GenerativeService\.BidiGenerateContent(Constrained)?"
)
_VERTEX_PATH = re.compile(
    r"/ws/google\.cloud\.aiplatform\.(?P<version>v1|v1beta1)\.LlmBidiService/BidiGenerateContent"
)
_DEVELOPER_MODEL = re.compile(r"models/[\w.-]+")
_VERTEX_MODEL = re.compile(
    r"(projects/[\w.:-]+/locations/[\w-]+/)?publishers/google/models/[\w.-]+"
)
_PCM = re.compile(r"audio/(pcm|l16)(;\s*rate=(?P<rate>\d+))?(;.*)?", re.IGNORECASE)

_OUTLINE_DEPTH = 3  # Levels of a message that its outline names.

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Refusal(Exception):  # noqa: N818 - an answer of the protocol
    """The connection is to be closed with this code and reason (at most 123 bytes on the wire)."""

    def __init__(self, code: int, reason: str, why: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason.encode()[:120].decode(errors="ignore")
        self.why = untrusted.clean(why or reason)
        """For the log: what Google does not say, and no words of a visitor."""


def invalid(why: str) -> Refusal:
    """Close 1007 for a message that is out of order or has no legal content."""
    return Refusal(1007, INVALID_ARGUMENT, why)


class Platform(NamedTuple):
    """Which of Google's services a path stands for."""

    vertex: bool
    version: str

    def check_model(self, model: str) -> None:
        """Refuse, with 1008, a name that is not a model's."""
        if not (_VERTEX_MODEL if self.vertex else _DEVELOPER_MODEL).fullmatch(model):
            raise Refusal(
                1008,
                f"{model} is not found for API version {self.version},"
                " or is not supported for bidiGenerateContent.",
            )


def platform_of(path: str) -> Platform | None:
    """Which service `path` names, without its query; None for one that nobody serves (HTTP 404)."""
    path = path.partition("?")[0]
    if match := _DEVELOPER_PATH.fullmatch(path):
        return Platform(vertex=False, version=match["version"])
    if match := _VERTEX_PATH.fullmatch(path):
        return Platform(vertex=True, version=match["version"])
    return None


def encode(frame: Mapping[str, Any]) -> bytes:
    """One frame as the service sends it: UTF-8 JSON, in a binary WebSocket frame."""
    return _encode(frame)


def base64_text(pcm: bytes) -> str:
    """Bytes as the wire carries them."""
    return base64.b64encode(pcm).decode()


def decode(frame: bytes | str, vertex: bool) -> tuple[str, dict[str, Any]]:
    """The kind of a client's message and its content, names in camelCase and bytes decoded.

    Raises:
        Refusal: no JSON object, not exactly one kind, an unknown name or a wrong value.
    """
    try:
        raw = _decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Refusal(1007, "Invalid JSON payload received. Unexpected token.") from None
    message = _read(raw, schema.MESSAGE, (), vertex)
    if len(message) != 1:
        raise invalid(f"a message has exactly one of {', '.join(schema.MESSAGE)}")
    ((kind, content),) = message.items()
    return kind, content


def outline(frame: bytes | str) -> str:
    """The names in a message, and nothing of what they hold: `realtimeInput.audio.data`."""
    try:
        names = ", ".join(_names(_decode(frame)))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return "no JSON"
    return untrusted.clean(names) or "nothing"


def _names(value: Any, depth: int = 0) -> Iterator[str]:
    if not isinstance(value, dict) or depth == _OUTLINE_DEPTH:
        return
    for name, item in value.items():
        below = list(_names(item, depth + 1))
        yield from (f"{name}.{rest}" for rest in below) if below else (str(name),)


def pcm_rate_hz(mime_type: str) -> int:
    """Sample rate of `audio/pcm;rate=…`; 16000 where none is named.

    Raises:
        Refusal: it is no PCM, or of a rate that no microphone has.
    """
    match = _PCM.fullmatch(mime_type)
    rate_hz = int(match["rate"] or 16_000) if match else 0
    if not 4_000 <= rate_hz <= 192_000:
        raise invalid("mimeType is none of audio/pcm;rate=4000 to 192000")
    return rate_hz


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in tail)


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)


def _place(path: tuple[str, ...]) -> str:
    """A path as Google's errors write it: snake_case, dots, indexes in brackets."""
    return ".".join(map(_snake, path)).replace(".[", "[")


def _unknown(name: str, path: tuple[str, ...]) -> Refusal:
    at = f" at '{_place(path)}'" if path else ""
    return Refusal(
        1007, f'Invalid JSON payload received. Unknown name "{name[:40]}"{at}: Cannot find field.'
    )


def _wrong(value: Any, shape: str, path: tuple[str, ...]) -> Refusal:
    where = f"Invalid value at '{_place(path)}' ({shape})"
    return Refusal(1007, f"{where}, {str(value)[:30]!r}", where)


def _read(value: Any, shape: Any, path: tuple[str, ...], vertex: bool) -> Any:
    if isinstance(shape, dict):
        return _read_object(value, shape, path, vertex)
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise _wrong(value, "TYPE_MESSAGE", path)
        return [_read(item, shape[0], (*path, f"[{n}]"), vertex) for n, item in enumerate(value)]
    if isinstance(shape, set):
        if value not in shape if isinstance(value, str) else True:
            raise _wrong(value, "TYPE_ENUM", path)
        return value
    return _read_scalar(value, shape, path)


def _read_object(
    value: Any, shape: dict[str, Any], path: tuple[str, ...], vertex: bool
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(value, "TYPE_MESSAGE", path)
    absent = schema.DEVELOPER_ONLY if vertex else schema.VERTEX_ONLY
    names = tuple(step for step in path if not step.startswith("["))
    result = {}
    for given, item in value.items():
        name = _camel(given)
        if name not in shape or (*names, name) in absent:
            raise _unknown(given, path)
        if item is not None:  # proto JSON: null is the default, as if it were not there
            result[name] = _read(item, shape[name], (*path, name), vertex)
    return result


def _read_scalar(value: Any, shape: str, path: tuple[str, ...]) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if shape == schema.ANY:
        return value
    if shape == schema.TEXT and isinstance(value, str):
        return value
    if shape == schema.BOOL and isinstance(value, bool):
        return value
    if shape == schema.FLOAT and number:
        return float(value)
    if shape in (schema.INT, schema.INT64):
        if number and value == int(value):
            return int(value)
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
            return int(value)
    if shape == schema.BYTES and isinstance(value, str):
        try:
            return _bytes(value)
        except (binascii.Error, ValueError):
            raise _wrong(value, "TYPE_BYTES", path) from None
    raise _wrong(value, f"TYPE_{shape.upper()}", path)


def _bytes(text: str) -> bytes:
    """Base64 in either alphabet, padded or not, as proto JSON allows."""
    text = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
