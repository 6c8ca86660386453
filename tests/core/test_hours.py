"""Opening hours by the clock on the wall."""

from datetime import date, timedelta

import pytest

from kiosk.core.hours import OpeningHours, Reopening
from kiosk.settings.layers import load
from kiosk.settings.types import HoursSettings

WEEK = ["Mon-Fri 09:00-12:00 13:00-18:00", "Sat 20:00-02:00"]
HOLIDAYS = ["12-25 Christmas", "2027-03-26 Good Friday"]
EXCEPTIONS = ["2026-12-24 09:00-13:00 Christmas Eve", "2026-12-31 18:00-24:00", "01-01 00:00-03:00"]


def hours(
    week: list[str] = WEEK, holidays: list[str] = HOLIDAYS, exceptions: list[str] = EXCEPTIONS
) -> OpeningHours:
    overrides = [
        f"hours.{k}={v}"
        for k, v in (("week", week), ("holidays", holidays), ("exceptions", exceptions))
    ]
    return OpeningHours(load(overrides=overrides, system=None).settings.hours)


def minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


@pytest.mark.parametrize(
    ("day", "clock", "is_open"),
    [
        ("2026-12-01", "08:59", False),
        ("2026-12-01", "09:00", True),
        ("2026-12-01", "11:59", True),
        ("2026-12-01", "12:00", False),
        ("2026-12-01", "13:00", True),
        ("2026-12-01", "18:00", False),
        ("2026-12-05", "19:59", False),
        ("2026-12-05", "20:00", True),
        ("2026-12-06", "01:59", True),
        ("2026-12-06", "02:00", False),
        ("2026-12-06", "20:00", False),
        ("2026-12-24", "12:59", True),
        ("2026-12-24", "13:00", False),
        ("2026-12-25", "10:00", False),
        ("2027-12-25", "21:00", False),
        ("2026-12-31", "23:59", True),
        ("2027-01-01", "02:59", True),
        ("2027-01-01", "10:00", False),
        ("2027-03-26", "10:00", False),
        ("2028-03-24", "10:00", True),
    ],
)
def test_it_is_open_as_it_is_written(day: str, clock: str, is_open: bool) -> None:
    assert hours().at(day, minute(clock)).is_open is is_open


@pytest.mark.parametrize(
    ("day", "clock", "again"),
    [
        ("2026-12-01", "07:00", Reopening(0, 1, minute("09:00"))),
        ("2026-12-01", "12:30", Reopening(0, 1, minute("13:00"))),
        ("2026-12-01", "18:00", Reopening(1, 2, minute("09:00"))),
        ("2026-12-04", "18:00", Reopening(1, 5, minute("20:00"))),
        ("2026-12-06", "02:00", Reopening(1, 0, minute("09:00"))),
        ("2026-12-24", "13:00", Reopening(2, 5, minute("20:00"))),
        ("2026-12-31", "10:00", Reopening(0, 3, minute("18:00"))),
    ],
)
def test_a_closed_house_tells_when_it_opens_again(day: str, clock: str, again: Reopening) -> None:
    assert hours().at(day, minute(clock)).reopens == again


def test_a_house_that_never_opens_again_and_one_that_is_always_open() -> None:
    year = [f"{date(2028, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)]
    never = OpeningHours(HoursSettings((), tuple(year), (), ""))
    assert never.at("2027-01-01", 600).reopens is None
    assert (
        hours(["Mon 09:00-10:00"], ["12-25"], ["12-25 09:00-10:00"]).at("2026-12-25", 540).is_open
    )
    always = hours([], [], [])
    assert not always.known
    assert always.at("2026-12-01", 0).is_open
    assert always.told("2026-12-01", 0) == ""


def test_it_is_soon_open_five_minutes_before_also_over_midnight() -> None:
    it = hours(["Wed 00:02-01:00", "Thu 09:00-10:00"], [], [])
    told = [
        it.at(day, minute(clock)).is_open_soon
        for day, clock in (
            ("2026-12-01", "23:56"), ("2026-12-01", "23:57"), ("2026-12-02", "00:30"),
            ("2026-12-02", "01:00"), ("2026-12-03", "08:54"), ("2026-12-03", "08:55"),
        )
    ]  # fmt: skip
    assert told == [False, True, True, False, False, True]


def test_the_model_is_told_hours_and_the_moment() -> None:
    told = hours().told("2026-12-24", minute("10:00"))
    assert "Mon-Fri 09:00-12:00 13:00-18:00; Sat 20:00-02:00" in told
    assert "12-25 Christmas; 2027-03-26 Good Friday" in told
    assert told.endswith("The house is open now, until 13:00.")
    closed = hours().told("2026-12-26", minute("10:00"))
    assert closed.endswith("closed now; it opens again on Saturday 2026-12-26 at 20:00.")
    assert "2026-12-24" not in closed, "it is over"
    assert hours().told("2026-12-31", minute("23:00")).endswith("until 03:00.")


def test_each_date_of_a_century_has_its_day_of_the_week() -> None:
    """In a week of four days of other lengths, whatever the year is."""
    it = hours(
        [f"{day} 09:00-{10 + n}:00" for n, day in enumerate(("Mon", "Tue", "Wed", "Thu"))], [], []
    )
    day = date(2000, 2, 26)
    for _ in range(1500):
        day += timedelta(days=25)
        lasts = [it.at(day.isoformat(), clock * 60).is_open for clock in range(9, 14)]
        expected = day.weekday() + 1 if day.weekday() < 4 else 0
        assert sum(lasts) == expected, day
