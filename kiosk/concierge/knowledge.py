"""What the concierge knows: a TOML file of questions and answers, and which answer fits what was
heard.

The file's form is in `config/concierge.toml`. What the recogniser hears is seldom a question word
for word, so a question is not looked up but compared: words that few entries use ("dinosaur")
weigh more than words that all of them use ("where"), and below a threshold nothing fits and the
fallback is said.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kiosk.errors import ConfigError

PACKAGED = Path(__file__).parents[1] / "data" / "concierge.toml"
"""The file that comes with the package."""

LEAST_LIKENESS = 0.55
"""Below it, no question is close enough. Found by `benchmarks/recognition.py`: the knee between
known questions that are missed and unknown ones that get a wrong answer."""

GREETINGS = ("hello", "good morning", "good afternoon", "good evening", "hello there")
"""What a visitor says to get the greeting."""

_WORD = re.compile(r"[a-z']+")


class Call(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call that is made before an answer is given."""

    name: str
    args: dict[str, Any] = {}


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is known."""

    questions: list[str]
    answer: str
    call: Call | None = None


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known in one place."""

    greeting: str
    fallback: str
    entry: list[Entry]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    use: str
    place: dict[str, Place]
    piper_voice: str = ""


def words_of(text: str) -> list[str]:
    """The words of `text` as the recogniser knows them: lower case, letters and apostrophes."""
    return _WORD.findall(text.lower().replace("’", "'"))


class Knowledge:
    """Answers to what was heard."""

    def __init__(self, place: Place, piper_voice: Path | None = None) -> None:
        self._place = place
        self.piper_voice = piper_voice
        greeting = Entry(questions=list(GREETINGS), answer=place.greeting)
        self.entries: Sequence[Entry] = (*place.entry, greeting)
        used = Counter(
            word
            for entry in self.entries
            for word in {word for question in entry.questions for word in words_of(question)}
        )
        count = len(self.entries)
        self._weight = {word: math.log(1 + count / entries) for word, entries in used.items()}
        self._weight_of_unknown = 0.8 * math.log(1 + count)
        self._known = [
            (frozenset(words_of(question)), entry)
            for entry in self.entries
            for question in entry.questions
        ]

    def questions(self) -> list[list[list[str]]]:
        """The words of every question, entry by entry: what the recogniser is biased to."""
        return [[words_of(question) for question in entry.questions] for entry in self.entries]

    def find(self, heard: str) -> Entry | None:
        """The entry whose question is most like what was heard; None if none is like it."""
        words = frozenset(words_of(heard))
        likeness, entry = max(
            ((self._likeness(words, known), entry) for known, entry in self._known),
            key=lambda pair: pair[0],
        )
        return entry if likeness >= LEAST_LIKENESS else None

    @property
    def fallback(self) -> str:
        """What is said when nothing fits."""
        return self._place.fallback

    def _likeness(self, heard: frozenset[str], known: frozenset[str]) -> float:
        """Weighted share of words that two questions have in common, 0 to 1."""
        total = self._sum(heard) + self._sum(known)
        return 2 * self._sum(heard & known) / total if total else 0.0

    def _sum(self, words: frozenset[str]) -> float:
        return sum(self._weight.get(word, self._weight_of_unknown) for word in words)


def load(path: Path = PACKAGED, place: str | None = None) -> Knowledge:
    """Read `path` and choose `place` of it (default: the one that the file says).

    Raises `ConfigError`: one message that names file, key and remedy.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}. Give a knowledge file with --knowledge FILE"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 (byte {error.start}). Save it with the encoding UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}. Mend that line") from None
    try:
        file = msgspec.convert(data, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{path}: {error}. See the packaged {PACKAGED.name} for the form of the file"
        ) from None
    name = place or file.use
    if name not in file.place:
        key = "--place" if place else f"{path}: use ="
        raise ConfigError(
            f'{key} "{name}" names no place of {path}.'
            f" Choose one of: {', '.join(sorted(file.place)) or 'there is none, write one'}"
        )
    _check(path, name, file.place[name])
    piper_voice = path.parent / Path(file.piper_voice).expanduser() if file.piper_voice else None
    return Knowledge(file.place[name], piper_voice)


def _check(path: Path, name: str, place: Place) -> None:
    def refuse(key: str, value: object, remedy: str) -> None:
        raise ConfigError(f"{path}: place.{name}.{key} = {value!r} cannot be used. {remedy}")

    for key, text in (("greeting", place.greeting), ("fallback", place.fallback)):
        if not text.strip():
            refuse(key, text, "Write what is to be said")
    if not place.entry:
        refuse("entry", place.entry, "Write at least one question and its answer")
    for number, entry in enumerate(place.entry):
        if not entry.questions:
            refuse(f"entry[{number}].questions", entry.questions, "Write at least one question")
        if not entry.answer.strip():
            refuse(f"entry[{number}].answer", entry.answer, "Write what is to be said")
        for question in entry.questions:
            if not words_of(question):
                refuse(f"entry[{number}].questions", question, "Write it in words, as it is spoken")
