"""Lines of opening hours as people write them, and mistakes in them."""

import pytest

from kiosk.errors import ConfigError
from kiosk.settings.layers import load
from kiosk.settings.opening_hours import exception, holiday, week_line


@pytest.mark.parametrize(
    ("line", "days", "ranges"),
    [
        ("Mon-Fri 09:00-18:00", {0, 1, 2, 3, 4}, ((540, 1080),)),
        ("sat,Sun 10:00-17:30", {5, 6}, ((600, 1050),)),
        ("Monday, Wed-Friday 13:00-18:00, 09:00-12:00", {0, 2, 3, 4}, ((540, 720), (780, 1080))),
        ("Fri-Mon 22:00-02:00", {4, 5, 6, 0}, ((1320, 1560),)),
        ("daily 00:00-24:00", set(range(7)), ((0, 1440),)),
    ],
)
def test_days_of_the_week(line: str, days: set[int], ranges: tuple) -> None:
    assert week_line(line) == (days, ranges)


def test_dates_each_year_and_once() -> None:
    assert holiday("12-25") == (None, 12, 25, (), "")
    assert holiday("2026-04-03 Good Friday") == (2026, 4, 3, (), "Good Friday")
    assert exception("2026-12-24 09:00-12:00 13:00-14:00 Christmas Eve") == (
        2026, 12, 24, ((540, 720), (780, 840)), "Christmas Eve",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("week", '["Montag 9-17"]', 'not "Montag 9-17"'),
        ("week", '["Mon 9:00-17:00"]', "not"),
        ("week", '["Mon 09:00-09:00"]', "not"),
        ("week", '["Mon 09:00-25:00"]', "not"),
        ("week", '["Mon"]', "not"),
        ("week", '[""]', "not"),
        ("week", '"Mon 09:00-17:00"', "a list"),
        ("week", "[7]", "a list"),
        ("week", "true", "a list"),
        ("holidays", '["02-30"]', "02-30"),
        ("holidays", '["2026-13-01"]', "a list"),
        ("holidays", '["25.12."]', "25.12."),
        ("exceptions", '["2026-12-24"]', "2026-12-24"),
        ("exceptions", '["2026-12-24 closed"]', "closed"),
        ("timezone", '"Berlin/Europe"', "a zone"),
        ("timezone", '"../etc"', "a zone"),
        ("timezone", "1", "text in quotes"),
    ],
)
def test_a_mistake_is_told_with_the_line(key: str, value: str, shown: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(overrides=[f"hours.{key}={value}"], system=None)
    message = str(caught.value)
    assert f"hours.{key}" in message
    assert shown in message
    assert "\n" not in message
