"""Cuts a transcript that comes in scraps into pieces that a voice can say. Pure.

Each SendText is a call over the network and is spoken with a melody of its own, so pieces end where
a speaker would breathe, and are not small. The first one may be small: the visitor waits for it.
"""

import re

MAX_TEXT_CHARS = 1000
"""Characters of one SendText; the service refuses more."""
MIN_FIRST_CHARS, MIN_CHARS = 6, 16
"""Characters that a piece has at least before it is cut, where the rest may still come."""
LONG_CHARS = 160
"""A text of so many characters without a breath is cut at a space."""

_BREATH = re.compile(r"""[。！？；…\n][”’」』）]*|[.!?;:,][”’"')\]]*(?=\s)|[，：、]""")


class Cutter:
    """The transcript of one reply."""

    def __init__(self) -> None:
        self._text = ""
        self._first = True

    def feed(self, scrap: str) -> list[str]:
        """Take the next scrap; return the pieces that are complete."""
        self._text += scrap
        pieces = []
        while (end := self._cut()) > 0:
            pieces += self._take(end)
        return pieces

    def end(self) -> list[str]:
        """Nothing more comes: the rest."""
        pieces = []
        while self._text.strip():
            end = (
                len(self._text)
                if len(self._text) <= MAX_TEXT_CHARS
                else _space(self._text, MAX_TEXT_CHARS)
            )
            pieces += self._take(end)
        self._text = ""
        return pieces

    def _cut(self) -> int:
        """Where the next piece ends; 0 where that is not known yet."""
        least = MIN_FIRST_CHARS if self._first else MIN_CHARS
        for breath in _BREATH.finditer(self._text):
            if len(self._text[: breath.end()].strip()) >= least and breath.end() <= MAX_TEXT_CHARS:
                return breath.end()
        return _space(self._text, LONG_CHARS) if len(self._text) > LONG_CHARS else 0

    def _take(self, end: int) -> list[str]:
        piece, self._text = self._text[:end], self._text[end:]
        if not piece.strip():
            return []
        self._first = False
        return [piece]


def _space(text: str, most: int) -> int:
    """The last place up to `most` where no word is cut, or `most`."""
    return text.rfind(" ", 1, most) + 1 or most
