"""Hyphens: where a word that is longer than a line may be broken, by the rules of its language.

A dictionary takes a second to load and some 25 MB, so a thread loads it when the first word needs
it. Until then such a word is broken between any two letters.
"""

import logging
import re
import threading
from collections.abc import Sequence
from typing import Any

from kiosk.settings import installation

log = logging.getLogger("kiosk.screen")

MAX_WORD_LETTERS = 128
"""Longer ones are not hyphenated: they are no words."""
_MIN_HEAD, _MIN_TAIL = 2, 3
"""Letters of a word before its first hyphen and after its last one."""
_SYLLABLES = {
    "fi": re.compile("(?=[bcdfghjklmnpqrstvwxzšž][aeiouyäöå])"),
    "tr": re.compile("(?=[bcçdfgğhjklmnprsştvyz][aeıioöuüâîû])"),
}
"""Languages of which the library has no dictionary, and needs none: a syllable begins before each
consonant that a vowel follows.

Source: Kielitoimiston ohjepankki, "Tavutus ja sanojen jakaminen eri riveille"; Türk Dil Kurumu,
"Hece Yapısı ve Satır Sonunda Kelimelerin Bölünmesi".
"""


_dictionaries: dict[str, Any] = {}
"""By the tag of a language; None while it is being loaded, and where there is none. The drawing
thread puts the None, the loading one replaces it once; others read an entry once into a local."""


class Hyphens:
    """Hyphenation in the language of the screen."""

    def __init__(self) -> None:
        self.language = "en"
        """BCP-47 tag, such as `de` or `pt-BR`."""

    @property
    def ready(self) -> bool:
        """Whether the language's dictionary is there: then lines may have to be broken anew."""
        return _dictionaries.get(self.language) is not None

    def positions(self, word: str) -> Sequence[int]:
        """Places of a word before which a hyphen may stand, rising."""
        lowered = word.lower()
        if len(word) > MAX_WORD_LETTERS or len(lowered) != len(word):
            return ()
        places = self._places(lowered)
        return [at for at in places if _MIN_HEAD <= at <= len(word) - _MIN_TAIL]

    def _places(self, word: str) -> Sequence[int]:
        tag = self.language
        language = tag.partition("-")[0].lower()
        if language in _SYLLABLES:
            return [found.start() for found in _SYLLABLES[language].finditer(word)]
        if tag not in _dictionaries:
            _dictionaries[tag] = None
            threading.Thread(target=load, args=(tag,), name="hyphens", daemon=True).start()
        dictionary = _dictionaries[tag]
        if dictionary is None:
            return ()
        places = dictionary.positions(word)
        dictionary.cache.clear()  # Words of visitors.
        # Where the spelling would change, as in Hungarian asszony, asz-szony, none is set.
        return [int(place) for place in places if not place.data]


def load(tag: str) -> None:
    """Load the dictionary of a language; it takes a second."""
    try:
        import pyphen
    except ImportError:
        log.warning(
            "words that are longer than a line are broken without hyphens: pyphen is missing."
            " Install it: %s",
            installation.library("screen"),
        )
        return
    name = pyphen.language_fallback(tag)
    if name is not None:
        _dictionaries[tag] = pyphen.Pyphen(lang=name).hd
