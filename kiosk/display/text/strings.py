"""The screen's own words in each language: a TOML file each in `languages/`.

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


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages there are, such as `de`."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


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
    return own(language) if language == ENGLISH else {**strings(ENGLISH), **own(language)}


def own(language: str) -> dict[str, str]:
    """The texts of a language's file."""
    return _flat(tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8")))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
