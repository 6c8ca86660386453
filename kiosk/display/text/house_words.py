"""A house's own words for the screen: a file a language, over those that come with the kiosk.

Judged text by text: one that cannot be used costs itself, and the kiosk's own stands in its place.
"""

import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kiosk.display.text.strings import ENGLISH, flat, own, primary
from kiosk.errors import ConfigError
from kiosk.settings.checks import nearest, shortened
from kiosk.settings.findings import Finding
from kiosk.settings.textfile import read_toml

DISCLOSURES = ("ai", "kept", "camera")
"""That a machine talks, and that words are kept. The law wants it said; a house writes it for
languages of its own alone."""
MAX_FILE_BYTES = 1 << 18
"""Of a file of words; those of the kiosk have a few kB."""
MAX_CHARACTERS = 160
"""Of a text: the longest of the kiosk's own has 70."""

Words = dict[str, dict[str, str]]
"""Texts by their keys, by language."""


def read(folder: Path) -> tuple[Words, list[Finding]]:
    """What the files of a folder hold, and what is wrong with them.

    Args:
        folder: it need not be there.
    """
    words: Words = {}
    found: list[Finding] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            texts = flat(read_toml(file, MAX_FILE_BYTES))
        except ConfigError as error:
            what, _, remedy = str(error).removeprefix(str(file)).lstrip(":, ").partition(". ")
            found.append(Finding(str(file), what, remedy))
            continue
        mistakes = list(_judged(file, texts))
        found += mistakes
        wrong = {mistake.where.rpartition(": ")[2] for mistake in mistakes}
        language = primary(file.stem)
        words.setdefault(language, {}).update(
            {key: text for key, text in texts.items() if key not in wrong}
        )
    return words, found


def _judged(file: Path, texts: Mapping[str, Any]) -> Iterator[Finding]:
    english = own(ENGLISH)
    for key, text in texts.items():
        wrong: tuple[str, str] | None = None
        if key not in english:
            near = nearest(key, english)
            meant = f"Did you mean {near}? " if near else ""
            wrong = "is no text of the screen", f"{meant}docs/screen.md has the keys"
        elif key in DISCLOSURES and own(primary(file.stem)):
            wrong = (
                "is what the law wants to be said, and stays as it is",
                "Remove it (an exception of the law: screen.without_ai_notice)",
            )
        elif not isinstance(text, str) or not text.strip() or not _is_line(text):
            wrong = f"{shortened(text)} is no line of words", "Write one, in straight quotes"
        elif len(text) > MAX_CHARACTERS:
            wrong = f"has more than {MAX_CHARACTERS} characters", "Shorten it: there is no room"
        elif (fields := _fields(text)) != _fields(english[key]):
            needs = ", ".join(f"{{{field}}}" for field in sorted(_fields(english[key]) or ()))
            told = "braces that cannot be read" if fields is None else "other names in braces"
            wrong = f"has {told}", f"Expected {needs or 'none'}, as in: {english[key]}"
        if wrong is not None:
            yield Finding(f"{file}: {key}", *wrong)


def _is_line(text: str) -> bool:
    """Whether nothing in it breaks a line, or turns one; where one may be broken, U+200B says."""
    return all(c.isprintable() or c == "\u200b" for c in text)


def _fields(text: str) -> frozenset[str] | None:
    """The names in braces; None where they cannot be read, or are more than names."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    if any(form or conversion for _, field, form, conversion in parts if field is not None):
        return None
    return frozenset(field for _, field, _, _ in parts if field is not None)
