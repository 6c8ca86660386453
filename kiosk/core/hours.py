"""When the house is open, by what the clock on its wall says.

Dates are as people write them (`2026-12-05`), minutes are those of the day. Nothing is reckoned in
hours that have passed: in the nights in which the clock is changed, the clock is right.
"""

from collections.abc import Iterator

from msgspec import Struct

from kiosk.settings.opening_hours import (
    DAY_MINUTES,
    Range,
    exception,
    holiday,
    week_line,
)
from kiosk.settings.types import HoursSettings

LEAD_MINUTES = 5
"""So long before the house opens the service is dialled."""
MAX_DAYS = 400
"""So far ahead the next opening is looked for."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Reopening(Struct, frozen=True):
    """When the house opens again."""

    days: int
    """From today on; 0: today."""
    weekday: int
    """0 is Monday."""
    minute: int


class HouseNow(Struct, frozen=True):
    """The house at a moment; open where nothing is known."""

    is_open: bool = True
    is_open_soon: bool = True
    """It is open, or will be within `LEAD_MINUTES`."""
    reopens: Reopening | None = None
    """When it opens again; None while it is open, and where it never does."""


OPEN = HouseNow()


class OpeningHours:
    """See the module. Without `hours.week` every day is open all day, but for holidays.

    Args:
        settings: the `[hours]` settings.
    """

    def __init__(self, settings: HoursSettings) -> None:
        self._settings = settings
        self._week = [week_line(line) for line in settings.week]
        self._special = [exception(line) for line in settings.exceptions]
        self._special += [holiday(line) for line in settings.holidays]
        self.known = bool(self._week or self._special)
        """Whether the house has written any."""

    def at(self, day: str, minute: int) -> HouseNow:
        """The house at a moment.

        Args:
            day: today, such as `2026-12-05`.
            minute: of it.
        """
        today = _ordinal(day)
        if self._closes(today, minute) is not None:
            return OPEN
        soon = self._closes(today, minute + LEAD_MINUTES) is not None
        return HouseNow(False, soon, self._reopens(today, minute))

    def _reopens(self, today: int, minute: int) -> Reopening | None:
        for days in range(MAX_DAYS):
            starts = [start for start, _ in self._ranges(today + days) if days or start > minute]
            if starts:
                return Reopening(days, _weekday(today + days), min(starts))
        return None

    def told(self, day: str, minute: int) -> str:
        """The hours, and whether the house is open now, in words for the model."""
        if not self.known:
            return ""
        lines = []
        if self._settings.week:
            lines.append(f"Opening hours: {'; '.join(self._settings.week)}. Else closed.")
        if kept := [one for one in self._settings.holidays if not _is_past(one, day)]:
            lines.append(f"Closed on (month-day): {'; '.join(kept)}.")
        if kept := [one for one in self._settings.exceptions if not _is_past(one, day)]:
            lines.append(f"Other hours on (month-day): {'; '.join(kept)}.")
        today = _ordinal(day)
        if (end := self._closes(today, minute)) is None:
            again = self._reopens(today, minute)
            lines.append(f"The house is closed now{_told_reopening(today, again)}.")
        elif end < 2 * DAY_MINUTES:
            lines.append(f"The house is open now, until {clock(end % DAY_MINUTES)}.")
        else:
            lines.append("The house is open now.")
        return "\n".join(lines)

    def _closes(self, today: int, minute: int) -> int | None:
        """The minute, counted from today's first, at which it closes; None where it is closed."""
        ranges = sorted(self._around(today))
        end = next((to for from_, to in ranges if from_ <= minute < to), None)
        for from_, to in ranges:  # One that goes on in the next is one.
            if end is not None and from_ <= end < to:
                end = to
        return end

    def _around(self, today: int) -> Iterator[Range]:
        """The ranges of yesterday, today and tomorrow, counted from today's first minute."""
        for days in (-1, 0, 1):
            for start, end in self._ranges(today + days):
                yield start + days * DAY_MINUTES, end + days * DAY_MINUTES

    def _ranges(self, ordinal: int) -> tuple[Range, ...]:
        year, month, day = (int(part) for part in _date(ordinal).split("-"))
        for special in self._special:
            if (special.month, special.day) == (month, day) and special.year in (None, year):
                return special.ranges
        if not self._week:
            return ((0, DAY_MINUTES),)
        weekday = _weekday(ordinal)
        return tuple(span for line in self._week if weekday in line.days for span in line.ranges)


def _told_reopening(today: int, again: Reopening | None) -> str:
    if again is None:
        return ""
    date = _date(today + again.days)
    return f"; it opens again on {WEEKDAYS[again.weekday]} {date} at {clock(again.minute)}"


def clock(minute: int) -> str:
    """Such as `09:05`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _is_past(line: str, day: str) -> bool:
    """Whether the date that a line begins with, with its year, is over."""
    return line[:4].isdecimal() and line[:10] < day


def _ordinal(day: str) -> int:
    """Days since 1970-01-01.

    Source: H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    """
    year, month, of_month = (int(part) for part in day.split("-"))
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + of_month - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def _date(ordinal: int) -> str:
    """The day as `2026-12-05`. Source: as above, `civil_from_days`."""
    era, day_of_era = divmod(ordinal + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return f"{year:04}-{month:02}-{day_of_year - (153 * shifted + 2) // 5 + 1:02}"


def _weekday(ordinal: int) -> int:
    """0 is Monday; 1970-01-01 was a Thursday."""
    return (ordinal + 3) % 7
