"""What staff ask the screen to show, and what the clock asks: laid over a scene, by time alone."""

import pytest

from kiosk.core.hours import HouseNow, Reopening
from kiosk.core.overlays import Showing, within
from kiosk.core.scene import Card, Scene, State

CARD = Card("text", "Closed on Monday")
FIRST, SECOND = Card("text", "one"), Card("text", "two")
IDLE = Scene(State.ATTRACT)


def test_a_card_stands_until_its_time_is_over():
    showing = Showing("de")
    showing.show(CARD, until_s=20)
    assert showing.apply(IDLE, 19.9).card == CARD
    assert showing.apply(Scene(State.SPEAKING), 19.9, 80).card == CARD
    assert showing.apply(IDLE, 20).card is None
    assert showing.apply(IDLE, 0).language == "de"


def test_what_was_said_last_is_the_language_of_the_screen_until_the_visit_ends():
    showing = Showing("de-DE")
    showing.answered = "fr"
    assert showing.apply(IDLE, 0).language == "fr"
    showing.visit_ended()
    assert showing.apply(IDLE, 0).language == "de-DE"
    showing.answered = "fr"
    showing.speak("en")
    assert showing.apply(IDLE, 0).language == "en"


def test_a_card_can_be_taken_away():
    showing = Showing()
    showing.show(CARD, until_s=20)
    showing.hide()
    assert showing.apply(IDLE, 1).card is None


def test_an_expression_ends_by_itself():
    showing = Showing()
    showing.express("smile", until_s=5)
    assert showing.apply(IDLE, 4.9).expression == "smile"
    assert showing.apply(IDLE, 5).expression == ""


def test_attract_cards_take_turns_while_nobody_is_here():
    showing = Showing(attract=(FIRST, SECOND), attract_s=10)
    assert [showing.apply(IDLE, at).card for at in (5, 15, 25)] == [FIRST, SECOND, FIRST]
    assert showing.apply(IDLE, 5, visit_ends_s=60).card is None
    assert showing.apply(Scene(State.OUT_OF_ORDER), 5).card is None
    showing.show(CARD, until_s=30)
    assert showing.apply(IDLE, 5).card == CARD


@pytest.mark.parametrize(("now_s", "seconds"), [(49.9, 0), (50, 10), (50.1, 10), (59.5, 1)])
def test_the_last_seconds_of_a_visit_are_counted(now_s, seconds):
    showing = Showing(countdown_s=10)
    assert showing.apply(IDLE, now_s, visit_ends_s=60).countdown_s == seconds
    assert showing.apply(Scene(State.LISTENING), now_s, visit_ends_s=60).countdown_s == 0


def test_it_is_quiet_by_the_clock_and_only_while_nobody_is_here():
    showing = Showing(quiet_hours="22:00-07:00")
    night, noon = 23 * 60, 12 * 60
    assert showing.apply(IDLE, 0, minute=night).quiet
    assert not showing.apply(IDLE, 0, minute=noon).quiet
    assert not showing.apply(IDLE, 0, visit_ends_s=60, minute=night).quiet
    assert not showing.apply(Scene(State.OUT_OF_ORDER), 0, minute=night).quiet
    assert not Showing().apply(IDLE, 0, minute=night).quiet


def test_no_card_is_shown_in_quiet_hours():
    """The screen is drawn once, before a card's picture may be there."""
    showing = Showing(quiet_hours="22:00-07:00", attract=(FIRST,))
    showing.show(CARD, until_s=20)
    assert showing.apply(IDLE, 0, minute=23 * 60).card is None
    assert showing.apply(IDLE, 0, minute=12 * 60).card == CARD


def test_hours_go_over_midnight():
    assert [within("22:00-07:00", h * 60) for h in (21, 22, 3, 7)] == [False, True, True, False]
    assert [within("09:00-17:30", m) for m in (539, 540, 1049, 1050)] == [False, True, True, False]


def test_a_closed_house_is_told_and_may_be_quiet_only_while_nobody_is_here():
    closed = HouseNow(False, False, Reopening(1, 2, 540))
    for showing, quiet in ((Showing(), False), (Showing(quiet_hours="closed"), True)):
        shown = showing.apply(IDLE, 0, house=closed)
        assert (shown.closed, shown.reopens, shown.quiet) == (True, closed.reopens, quiet)
        assert not showing.apply(IDLE, 0).quiet
        visited = showing.apply(IDLE, 0, visit_ends_s=60, house=closed)
        assert (visited.closed, visited.reopens, visited.quiet) == (False, None, False)
