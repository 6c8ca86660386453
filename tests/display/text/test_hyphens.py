"""A word that is longer than a line is hyphenated as its language does."""

import threading

import pytest

from kiosk.display.text.hyphens import Hyphens, _dictionaries, load
from kiosk.display.text.lines import balanced, wrap
from tests.display.text.measures import measure


@pytest.mark.parametrize(
    ("language", "word", "expected"),
    [
        ("de", "Wissenschaftsausstellung", ["Wissenschafts-", "ausstellung"]),
        ("de-AT", "„Wissenschaftsausstellung“", ["„Wissenschafts-", "ausstellung“"]),
        ("fi", "järjestelmällisyys", ["järjestelmäl-", "lisyys"]),
        ("tr", "değerlendirilmelidir", ["değerlendiril-", "melidir"]),
        ("hu", "közgazdaságtudományi", ["közgazdaságtu-", "dományi"]),
        ("xx", "Wissenschaftsausstellung", ["Wissenschaftsa", "usstellung"]),
        ("de", "Wissenschafts\xadausstellung", ["Wissenschafts\xad-", "ausstellung"]),
    ],
)
def test_a_word_longer_than_a_line_is_hyphenated_as_its_language_does(language, word, expected):
    hyphens = Hyphens()
    hyphens.language = language
    load(language)
    for lines in (wrap, balanced):
        assert lines(word, 150 if "“" in word or "\xad" in word else 140, measure,
                     hyphens.positions) == expected  # fmt: skip


def test_a_dictionary_is_loaded_beside_and_keeps_no_word():
    hyphens = Hyphens()
    hyphens.language = "sv"
    hyphens.positions("vetenskapsutställningen")
    (loader,) = [thread for thread in threading.enumerate() if thread.name == "hyphens"]
    loader.join(30)
    assert hyphens.ready
    assert hyphens.positions("vetenskapsutställningen")
    assert not any("vetenskap" in str(word) for word in _dictionaries["sv"].cache)
