"""A language model biased to the questions that the concierge knows, with a way out.

The general model of the wheel understands about half of short museum questions; a grammar of
exactly the known questions turns whatever is said into one of them. So: trigrams of the known
questions, each backing off to single words, among them the thousand most frequent words of the
general model. What is known is heard well, and what is not becomes a salad of other words that
fits no question.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

GENERAL_WORDS = 1_000
"""How many frequent words stand beside those of the questions. Three times as many cost 2 points of
recognition and gain nothing in refusal (`benchmarks/recognition.py`)."""
BACK_OFF = 0.2
"""Share of probability that a trigram or bigram leaves to what was never written."""
KNOWN_SHARE = 0.7
"""Share of single words that the questions have, against the general words."""

_END = "</s>"


def arpa(entries: Sequence[Sequence[Sequence[str]]], general: Mapping[str, float]) -> str:
    """The model in ARPA form.

    `entries` holds the words of each question, entry by entry; `general` the frequent words with
    their probabilities. An entry weighs the same however many ways its question is written.
    """
    ngrams, histories = _counts(entries)
    one = _single_words({gram[0]: n for gram, n in ngrams[0].items()}, general)
    two: dict[tuple[str, ...], float] = {
        gram: (1 - BACK_OFF) * count / histories[gram[:1]] + BACK_OFF * one[gram[1]]
        for gram, count in ngrams[1].items()
    }
    three = {
        gram: (1 - BACK_OFF) * count / histories[gram[:2]] + BACK_OFF * two[gram[1:]]
        for gram, count in ngrams[2].items()
    }
    lines = [
        "\\data\\",
        f"ngram 1={len(one) + 1}",
        f"ngram 2={len(two)}",
        f"ngram 3={len(three)}",
        "\n\\1-grams:",
        f"-99 <s> {_log(BACK_OFF)}",
        *_section({(word,): probability for word, probability in one.items()}, histories),
        "\n\\2-grams:",
        *_section(two, histories),
        "\n\\3-grams:",
        *_section(three, {}),
        "\n\\end\\\n",
    ]
    return "\n".join(lines)


def _counts(
    entries: Iterable[Sequence[Sequence[str]]],
) -> tuple[list[dict[tuple[str, ...], float]], dict[tuple[str, ...], float]]:
    """Weighted 1-, 2- and 3-grams, and how often each history goes on."""
    ngrams: list[dict[tuple[str, ...], float]] = [defaultdict(float) for _ in range(3)]
    histories: dict[tuple[str, ...], float] = defaultdict(float)
    for questions in entries:
        weight = 1 / len(questions)
        for question in questions:
            sentence = ("<s>", *question, _END)
            for end in range(2, len(sentence) + 1):
                for order in range(1, min(3, end) + 1):
                    gram = sentence[end - order : end]
                    ngrams[order - 1][gram] += weight
                    if order > 1:
                        histories[gram[:-1]] += weight
    return ngrams, histories


def _single_words(known: Mapping[str, float], general: Mapping[str, float]) -> dict[str, float]:
    known_total, general_total = sum(known.values()), sum(general.values())
    return {
        word: KNOWN_SHARE * known.get(word, 0) / known_total
        + (1 - KNOWN_SHARE) * (0.9 * general.get(word, 0) / general_total + 0.1 * (word == _END))
        for word in sorted(known.keys() | general.keys())
    }


def _log(probability: float) -> str:
    return f"{math.log10(max(probability, 1e-9)):.4f}"


def _section(
    grams: Mapping[tuple[str, ...], float], histories: Mapping[tuple[str, ...], float]
) -> list[str]:
    """Lines of one order, sorted as readers want them; a history has a back-off weight."""
    return [
        f"{_log(probability)} {' '.join(gram)}{' ' + _log(BACK_OFF) if gram in histories else ''}"
        for gram, probability in sorted(grams.items())
    ]
