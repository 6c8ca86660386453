"""When somebody is here, and when the visit is over."""

from kiosk.core.visit import FAREWELL_S, Visit


def test_nobody_is_here_at_first():
    visit = Visit(60)
    assert (visit.since_s, visit.asked_s, visit.ends_s) == (None, None, None)
    assert not visit.is_over(1e9)


def test_each_sign_puts_the_end_off():
    visit = Visit(60)
    visit.sign(10)
    visit.sign(40)
    assert visit.ends_s == 100
    assert not visit.is_over(99.9)
    assert visit.is_over(100)


def test_a_tap_is_a_visitor_who_asks_nothing():
    visit = Visit(60)
    visit.sign(10)
    assert visit.asked_s is None
    visit.sign(20, asks=True)
    visit.sign(30)
    assert visit.asked_s == 20
    visit.end()
    assert (visit.since_s, visit.asked_s) == (None, None)


def test_each_daemon_that_goes_on_with_it_is_counted():
    visit = Visit(60)
    visit.restore(5.0, 2, asked=True)
    assert (visit.since_s, visit.asked_s, visit.restores) == (5.0, 5.0, 3)
    visit.restore(5.0, 0, asked=False)
    assert visit.asked_s is None


def test_a_visitor_who_leaves_is_forgotten_soon_after_the_goodbye():
    visit = Visit(end_after_s=60)
    visit.leave(5.0)
    assert visit.ends_s is None, "nobody is here"
    visit.sign(10.0, asks=True)
    visit.leave(11.0)
    visit.sign(14.0, asks=True)  # The goodbye.
    assert visit.ends_s == 14.0 + FAREWELL_S
    assert not visit.is_over(19.9)
    assert visit.is_over(20.0)
    visit.stay()
    assert not visit.is_over(20.0)
    visit.leave(21.0)
    visit.end()
    visit.sign(30.0)
    assert visit.ends_s == 90.0
