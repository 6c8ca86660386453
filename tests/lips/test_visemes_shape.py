import pytest

from kiosk.lips.visemes import CLOSED, VISEMES, Mouth


def only(viseme: str) -> Mouth:
    return Mouth(tuple(float(name == viseme) for name in VISEMES))


def test_closed_lips_have_no_shape():
    assert (CLOSED.open, CLOSED.wide, CLOSED.round) == (0, 0, 0)
    assert only("sil") == CLOSED


def test_a_vowel_is_known_by_its_lips():
    assert only("aa").open == 1
    assert only("ih").wide > only("aa").wide > only("ou").wide
    assert only("ou").round > only("oh").round > only("E").round


def test_lips_that_relax_close_in_proportion():
    half = only("aa").relaxed(0.5)
    assert sum(half.weights) == pytest.approx(1)
    assert half.open == pytest.approx(0.5)
    assert only("ou").relaxed(0) == CLOSED
