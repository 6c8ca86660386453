"""Texts of all of Unicode, and scenes that write them wherever words of others stand."""

import random
from collections.abc import Iterator

from kiosk.core.scene import Card, Piece, Scene, State

SEED = 11
MAX_WORD = 10_000
JOINS = (
    "\u200b\u200c\u200d\u2060\u034f\xad\ufeff\ufe0e\ufe0f\U000e0101\u180b\u2066\u2067\u2068\u2069"
    "\u202a\u202b\u202c\u202d\u202e\u200e\u200f\u061c\u115f\u3164\ufff9\ufffc\U000e0001\U000e0067"
    "\U000e007f\ud83d\udc69\ue000\U0010fffd\ufdd0\uffff\U0001ffff\x00\x1b\x7f\x85\u2028\u2029\t\n"
    "\u0301\u20e3\u0489\u0e33\u094d\u17d2\u1039\u0bcd\U0001f3fb\U0001f1e6\u0600\u06dd"
)
"""What joins, parts, turns, hides or combines."""
_BLOCK = 256
_PLANES = (*(0x000 for _ in range(6)), 0x10000, 0x10000, 0x20000, 0x30000, 0xE0000, 0x100000)


def _char(chance: random.Random) -> str:
    return chr(min(chance.choice(_PLANES) + chance.randrange(0x10000), 0x10FFFF))


def _block(chance: random.Random) -> str:
    """Letters of about one script."""
    start = ord(_char(chance)) // _BLOCK * _BLOCK
    count = chance.randrange(1, 40)
    return "".join(chr(start + chance.randrange(_BLOCK)) for _ in range(count))


def _joined(chance: random.Random) -> str:
    """Letters of a block with joins between them."""
    return "".join(
        char + chance.choice(JOINS) * chance.choice((0, 1, 1, 3)) for char in _block(chance)
    )


def _endless(chance: random.Random) -> str:
    """A word of up to 10,000 letters."""
    word = chance.choice((_char, _block, _joined))(chance).strip() or "x"
    return (word * MAX_WORD)[: chance.randrange(1_000, MAX_WORD + 1)]


def text(chance: random.Random) -> str:
    """A random text."""
    if chance.random() < 0.01:
        return _endless(chance)
    makers = (_char, _block, _joined, lambda chance: chance.choice(JOINS), lambda _: " ")
    return "".join(chance.choice(makers)(chance) for _ in range(chance.randrange(1, 8)))


def scene(chance: random.Random, words: str) -> Scene:
    """The text as captions, card, title or attract card; mostly several at once."""
    card = chance.choice(
        (
            Card("text", words, words[:2000]),
            Card("list", words[:2000], items=(words[:2000],) * chance.randrange(1, 4)),
            Card("image", words[:2000], words[:2000], picture="none.png"),
            None,
        )
    )
    cut = chance.randrange(len(words) + 1)
    said = (Piece(0, words[:cut]), Piece(1_000, words[cut:]))
    language = chance.choice(("en", "ar", "de", "fi", "ja", "zh"))
    return chance.choice(
        (
            Scene(State.SPEAKING, words, said, card=card, language=language),
            Scene(State.ATTRACT, words, said, card=card, language=language),
            Scene(State.ATTRACT, card=card, language=language),
            Scene(State.LISTENING, words, card=card, language=language),
            Scene(State.THINKING, words, language=language),
            Scene(State.OUT_OF_ORDER, code="K-KEY", detail=words[:200], language=language),
        )
    )


def scenes(count: int, seed: int = SEED) -> Iterator[Scene]:
    """So many scenes, each with a text of its own; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield scene(chance, text(chance))


_KHMER = "ប្រទេសកម្ពុជាជាប្រទេសមួយនៅអាស៊ីអាគ្នេយ៍ដែលមានវប្បធម៌ដ៏យូរលង់"


def _in_pieces(words: str, letters: int = 12) -> list[Scene]:
    """A reply that arrives in pieces."""
    pieces = [
        Piece(1_000 * n, words[at : at + letters])
        for n, at in enumerate(range(0, len(words), letters))
    ]
    return [Scene(State.SPEAKING, "?", tuple(pieces[:n])) for n in range(1, len(pieces) + 1)]


def _on_a_card(title: str, words: str) -> list[Scene]:
    return [Scene(State.ATTRACT, card=Card("text", title, words))]


def attacks() -> dict[str, list[Scene]]:
    """Texts that a service, a visitor or staff may bring, by what they are."""
    khmer = (_KHMER * 40)[:1_400]
    items = ("yes and no " * 180,) * 30
    return {
        "a reply of 1,400 Khmer letters in pieces of 12": _in_pieces(khmer),
        "2,000 digits in pieces of 12": _in_pieces("1234567890" * 200),
        "2,000 digits at once": _in_pieces("1234567890" * 200, 2_000),
        "10,000 letters of one word in pieces of 100": _in_pieces("abcdefghij" * 1_000, 100),
        "10,000 Chinese letters at once": _in_pieces("建于年现在每个星" * 1_250, MAX_WORD),
        "10,000 marks on one letter": _in_pieces("e" + "\u0301" * (MAX_WORD - 1), MAX_WORD),
        "3,000 letters that the visitor typed": [Scene(State.THINKING, "word and more " * 215)],
        "a word of 1,000 letters on a card": _on_a_card("x" * 1_000, "y" * 1_000),
        "2,000 Khmer letters on a card": _on_a_card(khmer, (khmer * 2)[:2_000]),
        "30 items of 2,000 letters": [Scene(State.ATTRACT, card=Card("list", "x", items=items))],
    }
