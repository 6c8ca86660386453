"""Words of strangers that attack: too long, escape sequences, bidi, the key itself."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.disconnects import Disconnect
from kiosk.settings.untrusted import HIDDEN, MAX_CHARACTERS, MIN_PART, clean, escaped, printable

KEY = "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"


def has_part(words: str) -> bool:
    return any(KEY[at : at + MIN_PART] in words for at in range(len(KEY) - MIN_PART + 1))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("plain", "plain"),
        ("two\nlines\tand \u00a0 gaps", "two lines and gaps"),
        ("a\x1b[31mred\x1b]0;title\x07", "a[31mred]0;title"),
        ("a\x9b31mred", "a31mred"),
        ("left\u202eright\u2066x\u2069", "leftrightx"),
        ("line\u2028break\u0085here", "line break here"),
        ("nothing\u200b\ufeff\u00ad\0 seen", "nothing seen"),
        ("half\ud800", "half"),
        ("Grüße, 你好, नमस्ते", "Grüße, 你好, नमस्ते"),
        ("", ""),
    ],
)
def test_is_one_line_that_drives_nothing(words, told):
    assert clean(words) == told


def test_five_megabytes_are_a_line():
    told = clean("x" * 5_000_000)
    assert len(told) == MAX_CHARACTERS
    assert told.endswith("…")


@pytest.mark.parametrize(
    "words",
    [
        f"API key {KEY} not valid",
        f"{KEY}{KEY}",
        f"key={KEY[:20]} and {KEY[20:]}",
        f"key {KEY[3:11]}",
        "\u200b".join(KEY),
        "\0".join(KEY),
        f"{'x' * (MAX_CHARACTERS - 10)}{KEY}",
        f"{' ' * 4080}{KEY}",
        json.dumps({"key": KEY}),
    ],
    ids=["whole", "twice", "halves", "a part", "invisible", "NUL", "cut", "far behind", "JSON"],
)
def test_the_key_and_its_longer_parts_are_hidden(words):
    told = clean(words, [KEY])
    assert not has_part(told)
    assert KEY[:MIN_PART] not in told


def test_only_the_secret_is_hidden():
    assert clean(f"key {KEY} is bad", [KEY, "", "short"]) == f"key {HIDDEN} is bad"
    assert clean("a short word", ["short"]) == "a short word"


@given(st.text(max_size=300), st.integers(0, len(KEY) - MIN_PART))
def test_whatever_is_said_the_result_is_bounded_and_visible(words, at):
    told = clean(words + KEY[at:] + words, [KEY])
    assert len(told) <= MAX_CHARACTERS
    assert not has_part(told)
    assert all(c.isprintable() for c in told)


@given(st.text())
def test_escaped_json_says_the_same_and_is_printable(words):
    text = escaped(json.dumps({"words": words}, ensure_ascii=False))
    assert json.loads(text) == {"words": words}
    assert all(c.isprintable() for c in text)


def test_printable_keeps_lines_and_nothing_that_drives_a_terminal():
    text = printable("one\n\ttwo\x1b[2J\u202e three\r")
    assert text == "one\n\ttwo[2J three "
    assert not any(unicodedata.category(c) == "Cf" for c in text)


def test_a_loss_is_told_clean_whoever_made_it():
    assert Disconnect(reason="bad\x1b[2J\n" + "x" * 999).reason.startswith("bad[2J xxx")
    assert len(Disconnect(reason="x" * 999).reason) == MAX_CHARACTERS
