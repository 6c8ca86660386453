"""Files of questions and answers: one form for what the host knows and for the concierge.

The form is told in `config/concierge.toml`. A file serves one place, and then holds its entries at
the top, or several under `[place.NAME]`, of which `use` names one.
"""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from kiosk.errors import ConfigError
from kiosk.settings import packaged
from kiosk.settings.textfile import read_toml

PACKAGED = packaged.path("concierge.toml")
"""The file that comes with the package."""

MAX_FILE_BYTES = 4 << 20
"""Of a file: room for tens of thousands of questions."""

_S = TypeVar("_S", bound=Struct)
_LETTER = re.compile(r"[^\W\d_]")
_PLACE_IN_ERROR = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>.*)`)?$", re.DOTALL)


class ScriptedCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call that is made before an answer is given."""

    name: str
    args: dict[str, Any] = {}


class QuestionEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is known."""

    questions: list[str]
    answer: str
    call: ScriptedCall | None = None


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known in one place."""

    entry: list[QuestionEntry]
    greeting: str = "Hello. What would you like to know?"
    fallback: str = "I am sorry, I do not know that. Please ask a member of staff."
    """What is said when nothing fits."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    use: str = ""
    place: dict[str, dict[str, Any]] = {}
    piper_voice: str = ""
    entry: list[dict[str, Any]] = field(default_factory=list)
    greeting: str = ""
    fallback: str = ""


class Questions(Struct, frozen=True):
    """What a file holds for the place that it serves."""

    place: Place
    piper_voice: Path | None = None
    """Voice of the concierge, where the file names one."""


def read_questions(path: Path, place: str | None = None) -> Questions:
    """Read `path` and choose `place` of it (default: the one that the file says).

    Raises:
        ConfigError: one message that names file, key and remedy.
    """
    file = _convert(path, read_toml(path, MAX_FILE_BYTES), _File, "")
    if file.entry and not file.place:
        words = {name: text for name in ("greeting", "fallback") if (text := getattr(file, name))}
        key, table = "", {"entry": file.entry, **words}
    else:
        key, table = _chosen(path, file, place)
    here = _convert(path, table, Place, key)
    _check(path, key, here)
    voice = path.parent / Path(file.piper_voice).expanduser() if file.piper_voice else None
    return Questions(here, voice)


def _chosen(path: Path, file: _File, place: str | None) -> tuple[str, dict[str, Any]]:
    name = place or file.use
    if not (name or file.place):
        raise ConfigError(
            f"{path}: holds no questions. Write a table [[entry]] for each, with questions = [...]"
            " and answer"
        )
    if name not in file.place:
        key = "--place" if place else "use ="
        raise ConfigError(
            f'{path}: {key} "{name}" names no place of this file.'
            f" Choose one of: {', '.join(sorted(file.place)) or 'there is none, write one'}"
        )
    if stray := next((key for key in ("entry", "greeting", "fallback") if getattr(file, key)), ""):
        raise ConfigError(
            f"{path}: {stray} stands beside the places. Write it below one of them, such as"
            f" place.{name}.{stray}"
        )
    return f"place.{name}", file.place[name]


def _convert(path: Path, data: Any, struct: type[_S], key: str) -> _S:
    try:
        return msgspec.convert(data, struct)
    except msgspec.ValidationError as error:
        match = _PLACE_IN_ERROR.match(str(error))
        assert match  # noqa: S101 - it matches anything
        where = ".".join(filter(None, [key, match["key"]])) or "the file"
        raise ConfigError(
            f"{path}: {where}: {match['what']}{_meant(match['what'])}."
            f" {PACKAGED.name}, which comes with the package, shows the form"
        ) from None


def _meant(what: str) -> str:
    """For an unknown field, the known one that was probably meant."""
    unknown = re.search(r"unknown field `(.*)`", what)
    known = {
        name
        for struct in (_File, Place, QuestionEntry, ScriptedCall)
        for name in struct.__struct_fields__
    }
    near = get_close_matches(unknown[1], known, n=1) if unknown else []
    return f"; did you mean {near[0]}" if near else ""


def _check(path: Path, key: str, place: Place) -> None:
    def refuse(name: str, value: object, remedy: str) -> None:
        where = f"{key}.{name}" if key else name
        raise ConfigError(f"{path}: {where} = {value!r} cannot be used. {remedy}")

    for name, text in (("greeting", place.greeting), ("fallback", place.fallback)):
        if not text.strip():
            refuse(name, text, "Write what is to be said")
    if not place.entry:
        refuse("entry", place.entry, "Write at least one question and its answer")
    for number, entry in enumerate(place.entry):
        if not entry.questions:
            refuse(f"entry[{number}].questions", entry.questions, "Write at least one question")
        if not entry.answer.strip():
            refuse(f"entry[{number}].answer", entry.answer, "Write what is to be said")
        for question in entry.questions:
            if not _LETTER.search(question):
                refuse(f"entry[{number}].questions", question, "Write it in words, as it is spoken")
