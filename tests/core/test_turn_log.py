"""The newest turns: found by number, in the order of numbers, and their words given away once."""

from kiosk.core.turn_log import MAX_TURNS, TurnLog
from kiosk.core.turns import Turn


def said(turn: int, words: str, outcome: str = "answered") -> Turn:
    return Turn(turn, float(turn), 0, said=words, outcome=outcome)


def test_the_newest_are_kept_and_found_by_number():
    log = TurnLog()
    for number in range(MAX_TURNS + 5):
        log.begin(said(number, ""))
    assert (len(log), log[0].id) == (MAX_TURNS, 5)
    assert log.find(20) is log[15]
    assert log.find(4) is None


def test_what_was_understood_late_stands_where_its_number_is():
    log = TurnLog()
    for number in (1, 3, 4, 2):
        log.begin(said(number, "words"))
    assert [turn.id for turn in log] == [1, 2, 3, 4]
    assert len(log.words) == 3


def test_words_are_given_once_as_they_are_when_the_next_begins():
    log = TurnLog()
    log.begin(said(1, "At ten"))
    assert not log.words
    log[0].said += " o'clock."
    log.begin(said(2, "", ""))
    log.begin(said(3, "", ""))
    assert [words.said for words in log.words] == ["At ten o'clock."]


def test_a_visit_that_is_over_leaves_no_words_but_to_who_keeps_them():
    log = TurnLog()
    log.begin(said(1, "At ten.", ""))
    assert log.forget(9.0) == 1
    assert (log[0].said, log[0].outcome, log[0].end_s) == ("", "discarded", 9.0)
    assert [words.outcome for words in log.words] == ["discarded"]
    assert log.forget(10.0) == 0
    assert len(log.words) == 1
