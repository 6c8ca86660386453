"""Days and months of what was spent."""

import pytest
from msgspec.structs import replace

from kiosk.core.tally import Account, Tally
from kiosk.core.tokens import Tokens

SPENT = Account(
    Tally("2026-12-31", 2, 1, Tokens(1, 2, 3, 4, 5), 100, 40),
    Tally("2026-12", 20, 10, cost_n=900),
    Tally("2026-12-30", cost_n=7),
    total_n=5_000,
    reserved_n=30,
)


def test_a_new_day_begins_at_nothing_and_the_month_goes_on() -> None:
    before = replace(SPENT, day=replace(SPENT.day, period="2026-12-30"))
    after = before.on("2026-12-31")
    assert (after.day, after.ended, after.month) == (
        Tally("2026-12-31"), before.day, before.month
    )  # fmt: skip


def test_a_new_month_begins_at_nothing() -> None:
    after = SPENT.on("2027-01-01")
    assert (after.day, after.month) == (Tally("2027-01-01"), Tally("2027-01"))
    assert (after.ended, after.total_n) == (SPENT.day, 5_000)


@pytest.mark.parametrize("today", ["1970-01-01", "2026-12-31"])
def test_a_clock_that_is_not_set_yet_begins_no_day(today: str) -> None:
    assert SPENT.on(today) == SPENT


def test_a_day_without_a_question_is_not_kept() -> None:
    nothing = replace(SPENT, day=Tally("2026-12-31"))
    assert nothing.on("2027-01-01").ended == SPENT.ended


def test_what_was_spent_before_the_day_was_known_counts_for_it() -> None:
    first = Account(Tally(cost_n=5), Tally(cost_n=5)).on("2026-12-01")
    assert (first.day, first.month) == (Tally("2026-12-01", cost_n=5), Tally("2026-12", cost_n=5))
    assert first.ended == Tally()


def test_after_a_crash_what_was_reserved_is_spent() -> None:
    after = SPENT.resumed()
    assert (after.day.cost_n, after.month.cost_n, after.total_n) == (130, 930, 5_030)
    assert (after.day.guessed_n, after.reserved_n) == (30, 0)
    assert after.resumed() == after


def test_minutes_of_an_avatar_that_never_opened_are_taken_back() -> None:
    day = Tally("2026-12-31", cost_n=100).with_avatar(30, 50)
    assert (day.avatar_s, day.avatar_n, day.cost_n) == (30, 50, 150)
    assert day.with_avatar(-40, -70) == Tally("2026-12-31", cost_n=100)
