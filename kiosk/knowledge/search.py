"""Which passages fit a question best: BM25 over the words of each, in the language of its file.

Words are reduced to their stems (Snowball) and the commonest left out. Scripts without spaces are
cut into pairs of signs, as search engines do. The libraries are imported with the first question.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from kiosk.errors import UserError
from kiosk.settings.installation import library

MIN_SHARE = 0.35
"""Of the best passage's score: what scores less has words in common by chance."""
SAME_LANGUAGE = 1.3
"""Factor on what is written in the language of the question."""
MIN_PART_LETTERS = 5
"""Of a word that is looked for in longer ones."""
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese."""
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}]+")
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_STOPWORDS = {
    "da": "DANISH", "de": "GERMAN", "en": "EN_PLUS", "es": "SPANISH", "fr": "FRENCH",
    "it": "ITALIAN", "nl": "DUTCH", "no": "NORWEGIAN", "pt": "PORTUGUESE", "ru": "RUSSIAN",
    "sv": "SWEDISH", "tr": "TURKISH",
}  # fmt: skip
Words = Callable[[str], list[str]]


class PassageIndex:
    """See the module. Any thread.

    Args:
        passages: language and text of each.
    """

    def __init__(self, passages: Sequence[tuple[str, str]]) -> None:
        self._passages = passages
        self._lock = threading.Lock()
        self._words: dict[str, Words] = {}
        self._written: frozenset[str] = frozenset()
        """All words that occur."""
        self._scores: Callable[[list[str]], Sequence[float]] | None = None

    def find(self, question: str, language: str) -> list[int]:
        """Numbers of the passages that fit, best first.

        Args:
            question: some words.
            language: that they are in, such as `de`.

        Raises:
            UserError: the libraries for it are not installed.
        """
        if not self._passages:
            return []
        with self._lock:
            scores = self._scores or self._index()
            # Whoever asks may use words of any language in which something is written.
            asked = {word for words in self._words.values() for word in words(question)}
            found = scores(sorted(self._known(asked))) if asked else []
        rated = [
            (score * (SAME_LANGUAGE if self._passages[number][0] == language else 1), number)
            for number, score in enumerate(map(float, found))
            if score > 0
        ]
        best = max(rated, default=(0.0, 0))[0]
        kept = [(-score, number) for score, number in rated if score >= MIN_SHARE * best]
        return [number for _, number in sorted(kept)]

    def _known(self, asked: set[str]) -> set[str]:
        """The words that are asked for; of one that nobody wrote, those that are akin to it.

        `Saurier` is in `Sauriersaal`, and `children` begins with `child`.
        """
        strange = [word for word in asked - self._written if len(word) >= MIN_PART_LETTERS]
        akin = {
            word
            for word in self._written
            for other in strange
            if other in word or (len(word) >= MIN_PART_LETTERS and other.startswith(word))
        }
        return asked | akin

    def _index(self) -> Callable[[list[str]], Sequence[float]]:
        try:
            import bm25s
        except ImportError as error:
            raise UserError(
                f"looking up needs the library {error.name}. Install it: {library('knowledge')}"
            ) from None
        self._words = {language: _words_of(language) for language, _ in self._passages}
        cut = [self._words[language](text) for language, text in self._passages]
        self._written = frozenset(word for words in cut for word in words)
        if not self._written:
            return lambda _: [0.0] * len(cut)
        index = bm25s.BM25()
        index.index(cut, show_progress=False)
        self._scores = index.get_scores
        return index.get_scores  # type: ignore[no-any-return]


def _words_of(language: str) -> Words:
    """What cuts a text of a language into what is compared."""
    from bm25s import stopwords
    from snowballstemmer import stemmer

    name = _STEMMERS.get(language)
    # A house has far fewer words than it writes: each is reduced once.
    stem = cache(stemmer(name).stemWord) if name else str
    common = frozenset(getattr(stopwords, f"STOPWORDS_{_STOPWORDS.get(language, '')}", ()))

    def words(text: str) -> list[str]:
        return [stem(word) for word in _cut(text) if word not in common]

    return words


def _cut(text: str) -> Iterator[str]:
    for run in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if len(run) > 2 and re.match(f"[{_UNSPACED}]", run):
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        else:
            yield run
