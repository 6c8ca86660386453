"""A press: which states follow which, and where its utterance ends."""

import pytest

from kiosk.core.press import TAIL_GRACE_S, Press, PressState
from kiosk.errors import IllegalMoveError

TAIL_S = 0.25


def released(start: int = 1000, end: int = 5000) -> Press:
    press = Press(1.0, start, barge_in=False)
    press.open(7)
    press.release(2.0, end)
    return press


def test_a_press_becomes_an_utterance_with_a_tail():
    press = released()
    assert (press.state, press.turn, press.release_s, press.end) == (PressState.TAIL, 7, 2.0, 5000)


def test_a_finger_that_slipped_goes_on():
    press = released()
    press.go_on()
    assert (press.state, press.release_s, press.end) == (PressState.OPEN, None, None)
    assert press.ended_at(9.0, 10**6, TAIL_S) is None


def test_what_is_no_utterance_yet_has_no_tail():
    with pytest.raises(IllegalMoveError, match="the press"):
        Press(1.0, 0, barge_in=False).release(2.0, 1)


def test_an_utterance_is_not_opened_twice():
    press = Press(1.0, 0, barge_in=False)
    press.open(7)
    with pytest.raises(IllegalMoveError):
        press.open(8)


def test_it_ends_when_its_tail_was_recorded():
    assert released().ended_at(2.1, 4999, TAIL_S) is None
    assert released().ended_at(2.1, 5000, TAIL_S) == 5000


@pytest.mark.parametrize(("written", "end"), [(3000, 3000), (500, 1000), (9000, 5000)])
def test_a_tail_that_nobody_records_ends_with_what_there_is(written, end):
    late_s = 2.0 + TAIL_S + TAIL_GRACE_S + 0.01
    assert released().ended_at(late_s, written, TAIL_S) == end


def test_an_end_lies_never_before_the_start():
    assert released(start=1000, end=10).end == 1000
