"""The language model: a proper distribution, with a way out of the known questions."""

import math

from kiosk.concierge.language_model import arpa

ENTRIES = [[["where", "is", "it"], ["where", "am", "i"]], [["who", "is", "it"]]]
GENERAL = {"the": 0.5, "moon": 0.2, "is": 0.3}


def read(text: str) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    """Probabilities and back-off weights of an ARPA file."""
    chances, weights = {}, {}
    order = 0
    for line in text.splitlines():
        if line.endswith("-grams:"):
            order = int(line[1])
        elif order and line and not line.startswith("\\"):
            chance, *rest = line.split()
            gram = tuple(rest[:order])
            chances[gram] = 10 ** float(chance)
            if len(rest) > order:
                weights[gram] = 10 ** float(rest[order])
    return chances, weights


def test_it_is_a_distribution_after_every_history() -> None:
    chances, weights = read(arpa(ENTRIES, GENERAL))
    words = [gram[0] for gram in chances if len(gram) == 1 and gram != ("<s>",)]

    def chance(gram: tuple[str, ...]) -> float:
        return chances.get(gram) or weights.get(gram[:-1], 1.0) * chance(gram[1:])

    for history in [
        (),
        ("<s>",),
        ("where",),
        ("where", "is"),
        ("<s>", "who"),
        ("the",),
        ("moon", "is"),
    ]:
        total = sum(chance((*history, word)) for word in words)
        assert math.isclose(total, 1, abs_tol=0.01), history


def test_the_header_counts_what_follows() -> None:
    text = arpa(ENTRIES, GENERAL)
    chances, _ = read(text)
    for order in (1, 2, 3):
        count = sum(len(gram) == order for gram in chances)
        assert f"ngram {order}={count}\n" in text


def test_known_questions_are_likely_and_the_rest_is_possible() -> None:
    chances, _ = read(arpa(ENTRIES, GENERAL))
    assert chances["where", "is"] > 0.3
    assert chances["moon",] > 0.01
    assert chances["it", "</s>"] > 0.7
