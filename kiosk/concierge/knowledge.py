"""What the concierge knows: a TOML file of questions and answers, and which answer fits what was
heard.

The file's form is in `config/concierge.toml`. What the recogniser hears is seldom a question word
for word, so a question is not looked up but compared: words that few entries use ("dinosaur")
weigh more than words that all of them use ("where"), and below a threshold nothing fits and the
fallback is said.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from kiosk.errors import ConfigError
from kiosk.settings import packaged
from kiosk.settings.textfile import read_toml

PACKAGED = packaged.path("concierge.toml")
"""The file that comes with the package."""

MAX_FILE_BYTES = 4 << 20
"""Of a knowledge file: room for tens of thousands of questions."""

MIN_LIKENESS = 0.57
"""Below it, no question is close enough. Found by `benchmarks/recognition.py`: the knee between
known questions that are missed and unknown ones that get a wrong answer."""

_S = TypeVar("_S", bound=Struct)

GREETINGS = ("hello", "good morning", "good afternoon", "good evening", "hello there")
"""What a visitor says to get the greeting."""

PAIR_WEIGHT = 0.5
"""What two words in a row weigh against one: order tells "what is the lift" from "where is the
lift"."""
UNKNOWN_WEIGHT = 0.8
"""What a word that no question has weighs, against the rarest that one has."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_PLACE_IN_ERROR = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>.*)`)?$", re.DOTALL)


class Call(Struct, frozen=True, forbid_unknown_fields=True):
    """A tool call that is made before an answer is given."""

    name: str
    args: dict[str, Any] = {}


class KnowledgeEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is known."""

    questions: list[str]
    answer: str
    call: Call | None = None


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known in one place."""

    greeting: str
    fallback: str
    entry: list[KnowledgeEntry]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    use: str
    place: dict[str, dict[str, Any]]
    piper_voice: str = ""


def words_of(text: str) -> list[str]:
    """The words of `text` as the recogniser knows them: lower case, letters and apostrophes."""
    composed = unicodedata.normalize("NFC", text)  # A letter and its accent are one word.
    return _WORD.findall(composed.lower().replace("’", "'"))


def _features(text: str) -> frozenset[str]:
    """Words, and pairs of words, that likeness is measured by."""
    words = words_of(text)
    return frozenset(words) | {f"{a} {b}" for a, b in pairwise(["", *words, ""])} - {" "}


class Knowledge:
    """Answers to what was heard."""

    def __init__(self, place: Place, piper_voice: Path | None = None) -> None:
        self._place = place
        self.piper_voice = piper_voice
        greeting = KnowledgeEntry(questions=list(GREETINGS), answer=place.greeting)
        self.entries: Sequence[KnowledgeEntry] = (*place.entry, greeting)
        self._known = [
            (_features(question), entry) for entry in self.entries for question in entry.questions
        ]
        self._uses = Counter(
            feature
            for entry in self.entries
            for feature in frozenset().union(*map(_features, entry.questions))
        )

    def questions(self) -> list[list[list[str]]]:
        """The words of every question, entry by entry: what the recogniser is biased to."""
        return [[words_of(question) for question in entry.questions] for entry in self.entries]

    def find(self, heard: str) -> KnowledgeEntry | None:
        """The entry whose question is most like what was heard; None if none is like it."""
        features = _features(heard)
        likeness, entry = max(
            ((self._likeness(features, known), entry) for known, entry in self._known),
            key=lambda pair: pair[0],
        )
        return entry if likeness >= MIN_LIKENESS else None

    @property
    def fallback(self) -> str:
        """What is said when nothing fits."""
        return self._place.fallback

    def _likeness(self, heard: frozenset[str], known: frozenset[str]) -> float:
        """Weighted share of words and pairs that two questions have in common, 0 to 1."""
        return 2 * self._sum(heard & known) / (self._sum(heard) + self._sum(known))

    def _sum(self, features: frozenset[str]) -> float:
        return sum(map(self._weight, features))

    def _weight(self, feature: str) -> float:
        """The rarer a word or pair is among the entries, the more it weighs."""
        entries, uses = len(self.entries), self._uses[feature]
        rarity = math.log(1 + entries / uses) if uses else UNKNOWN_WEIGHT * math.log(1 + entries)
        return rarity * (PAIR_WEIGHT if " " in feature else 1)


def load(path: Path = PACKAGED, place: str | None = None) -> Knowledge:
    """Read `path` and choose `place` of it (default: the one that the file says).

    Raises:
        ConfigError: one message that names file, key and remedy.
    """
    data = read_toml(path, MAX_FILE_BYTES)
    file = _convert(path, data, _File, "")
    name = place or file.use
    if name not in file.place:
        key = "--place" if place else "use ="
        raise ConfigError(
            f'{path}: {key} "{name}" names no place of this file.'
            f" Choose one of: {', '.join(sorted(file.place)) or 'there is none, write one'}"
        )
    here = _convert(path, file.place[name], Place, f"place.{name}")
    _check(path, f"place.{name}", here)
    piper_voice = path.parent / Path(file.piper_voice).expanduser() if file.piper_voice else None
    return Knowledge(here, piper_voice)


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
        field
        for struct in (_File, Place, KnowledgeEntry, Call)
        for field in struct.__struct_fields__
    }
    near = get_close_matches(unknown[1], known, n=1) if unknown else []
    return f"; did you mean {near[0]}" if near else ""


def _check(path: Path, key: str, place: Place) -> None:
    def refuse(name: str, value: object, remedy: str) -> None:
        raise ConfigError(f"{path}: {key}.{name} = {value!r} cannot be used. {remedy}")

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
            if not words_of(question):
                refuse(f"entry[{number}].questions", question, "Write it in words, as it is spoken")
