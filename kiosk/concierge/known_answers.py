"""Which of the concierge's answers fits what was heard.

Questions and answers are read by `kiosk.knowledge.questions`. What the recogniser hears is seldom a
question word for word, so a question is not looked up but compared: words that few entries use
("dinosaur") weigh more than words that all of them use ("where"), and below a threshold nothing
fits and the fallback is said.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from msgspec.structs import replace

from kiosk.errors import ConfigError
from kiosk.knowledge.questions import PACKAGED, Place, QuestionEntry, read_questions

MIN_LIKENESS = 0.57
"""Below it, no question is close enough. Found by `benchmarks/recognition.py`: the knee between
known questions that are missed and unknown ones that get a wrong answer."""

GREETINGS = ("hello", "good morning", "good afternoon", "good evening", "hello there")
"""What a visitor says to get the greeting."""

PAIR_WEIGHT = 0.5
"""What two words in a row weigh against one. Pairs keep the order, and so tell "what is the lift"
from "where is the lift"."""
UNKNOWN_WEIGHT = 0.8
"""What a word that no question has weighs, against the rarest that one has."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def words_of(text: str) -> list[str]:
    """The words of `text` as the recogniser knows them: lower case, letters and apostrophes."""
    composed = unicodedata.normalize("NFC", text)  # A letter and its accent are one word.
    return _WORD.findall(composed.lower().replace("’", "'"))


def _features(text: str) -> frozenset[str]:
    """Words, and pairs of words, that likeness is measured by."""
    words = words_of(text)
    return frozenset(words) | {f"{a} {b}" for a, b in pairwise(["", *words, ""])} - {" "}


class KnownAnswers:
    """Answers to what was heard."""

    def __init__(self, place: Place, piper_voice: Path | None = None) -> None:
        self._place = place
        self.piper_voice = piper_voice
        greeting = QuestionEntry(questions=list(GREETINGS), answer=place.greeting)
        self.entries: Sequence[QuestionEntry] = (*place.entry, greeting)
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

    def find(self, heard: str) -> QuestionEntry | None:
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


def load(path: Path = PACKAGED, place: str | None = None) -> KnownAnswers:
    """Read a file of questions and answers, or all such files of a folder of knowledge.

    Args:
        path: of the file or folder.
        place: which place of each file (default: the one that the file says).

    Raises:
        ConfigError: one message that names file, key and remedy.
    """
    if not path.is_dir():
        read = read_questions(path, place)
        return KnownAnswers(read.place, read.piper_voice)
    files = sorted(path.rglob("*.toml"))
    if not files:
        raise ConfigError(f"{path}: holds no *.toml with questions and answers. Write one")
    all_read = [read_questions(file, place) for file in files]
    first = all_read[0]
    entries = [entry for read in all_read for entry in read.place.entry]
    return KnownAnswers(replace(first.place, entry=entries), first.piper_voice)
