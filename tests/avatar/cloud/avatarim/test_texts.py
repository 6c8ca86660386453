"""The transcript is cut where a speaker would breathe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.avatar.cloud.avatarim.texts import MAX_TEXT_CHARS, Cutter


def cut(*scraps: str) -> list[str]:
    cutter = Cutter()
    return [piece for scrap in scraps for piece in cutter.feed(scrap)] + cutter.end()


@pytest.mark.parametrize(
    ("scraps", "pieces"),
    [
        (
            ["Hello there", ", the muse", "um opens", " at nine."],
            ["Hello there,", " the museum opens at nine."],
        ),
        (
            ["It costs 3", ".50 in all, which is cheap. Bye"],
            ["It costs 3.50 in all,", " which is cheap. Bye"],
        ),
        (["Yes. No. Perhaps."], ["Yes. No.", " Perhaps."]),
        (["你好，欢迎光临。今天开放到晚上九点。"], ["你好，欢迎光临。", "今天开放到晚上九点。"]),
        (["", "  "], []),
    ],
)
def test_pieces(scraps, pieces):
    assert cut(*scraps) == pieces


def test_the_first_piece_leaves_before_the_end_is_known():
    assert Cutter().feed("Good morning, and ") == ["Good morning,"]


def test_speech_without_a_breath_is_cut_at_a_space():
    pieces = cut("word " * 100)
    assert all(len(piece) <= 160 for piece in pieces)
    assert all(piece.endswith(" ") for piece in pieces[:-1])


@given(st.lists(st.text(max_size=400), max_size=20))
def test_no_word_is_lost_or_too_long(scraps):
    pieces = cut(*scraps)
    assert all(0 < len(piece) <= MAX_TEXT_CHARS and piece.strip() for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join("".join(scraps).split())
