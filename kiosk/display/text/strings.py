"""The screen's own words: a TOML file a language in `languages/`, and over them a house's.

A language that lacks a text, or is not there at all, is helped out by English: a visitor must
always know what to do.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "languages"
ENGLISH = "en"
_SAME = {"cmn": "zh", "yue": "zh"}
"""What the Live API calls Mandarin, `cmn-CN`, is written as Chinese."""
_house: Mapping[str, Mapping[str, str]] = {}
"""A house's own words. Written by `adopt` alone, before anything is drawn."""


def adopt(words: Mapping[str, Mapping[str, str]]) -> None:
    """Lay a house's own words over the kiosk's, for the whole process; once, at its start.

    Args:
        words: texts by their keys, by language; see `house_words`.
    """
    global _house  # noqa: PLW0603 - words are asked for from everywhere on the screen
    _house = words
    languages.cache_clear()
    strings.cache_clear()


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages there are, such as `de`."""
    return tuple(sorted({file.stem for file in _FOLDER.glob("*.toml")} | _house.keys()))


def nearest(tag: str) -> str:
    """The language for a BCP-47 tag such as `pt-BR`; English where there is none."""
    language = primary(tag)
    return language if language in languages() else ENGLISH


def primary(tag: str) -> str:
    """The language of a tag, whether there are texts in it or not."""
    language = tag.partition("-")[0].lower()
    return _SAME.get(language, language)


@lru_cache(maxsize=64)
def strings(tag: str) -> Mapping[str, str]:
    """All texts of a language by key, such as `badge.listening`; read once."""
    language = nearest(tag)
    here = {**own(language), **_house.get(language, {})}
    return here if language == ENGLISH else {**strings(ENGLISH), **here}


def own(language: str) -> dict[str, Any]:
    """The kiosk's own texts of a language; none where only the house has some."""
    file = _FOLDER / f"{language}.toml"
    return flat(tomllib.loads(file.read_text("utf-8"))) if file.exists() else {}


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"badge": {"listening": x}}` as `badge.listening` and x."""
    texts: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            texts |= flat(value, f"{prefix}{key}.")
        else:
            texts[prefix + key] = value
    return texts
