"""Opening hours as people write them.

`Mon-Fri 09:00-18:00`, `12-25 Christmas`, `2026-12-24 09:00-13:00 Christmas Eve`. Pure. What is read
here is reckoned with in `kiosk.core.hours`.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
"""Minutes of a day."""
MAX_LINES = 200
"""Of the list of hours and exceptions."""

Range = tuple[int, int]
"""From and to, in minutes of the day; over midnight the end is more than a day's minutes."""

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_RANGE = re.compile(rf"({_TIME})-({_TIME}|24:00)")
_RANGES = rf"{_RANGE.pattern}(?:[ ,]+{_RANGE.pattern})*"
_DAY = rf"(?:{'|'.join(DAYS)})[a-z]*"
_WEEK_LINE = re.compile(rf"(daily|{_DAY}(?:-{_DAY})?(?:, *{_DAY}(?:-{_DAY})?)*) +({_RANGES})", re.I)
_DATE = r"(?:(\d{4})-)?(\d{2})-(\d{2})"
_HOLIDAY = re.compile(rf"{_DATE}(?: +(\S.*))?")
_EXCEPTION = re.compile(rf"{_DATE} +({_RANGES})(?: +(\S.*))?")
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class WeekLine(NamedTuple):
    """Days of the week that are alike."""

    days: frozenset[int]
    """0 is Monday."""
    ranges: tuple[Range, ...]


class SpecialDay(NamedTuple):
    """A day that is not like its day of the week."""

    year: int | None
    """None: each year."""
    month: int
    day: int
    ranges: tuple[Range, ...]
    """Empty: closed."""
    name: str


def week_line(line: str) -> WeekLine:
    """Read `Mon-Fri 09:00-12:00 13:00-18:00`.

    Raises:
        ValueError: it is another form.
    """
    found = _WEEK_LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    days: set[int] = set()
    for part in found[1].lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first == "daily":
            days.update(range(7))
            continue
        begin = DAYS.index(first[:3])
        end = DAYS.index(last[:3]) if last else begin
        days.update((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    return WeekLine(frozenset(days), _ranges(found[2]))


def holiday(line: str) -> SpecialDay:
    """Read `12-25 Christmas` or `2026-04-03 Good Friday`.

    Raises:
        ValueError: it is another form.
    """
    found = _HOLIDAY.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    return SpecialDay(*_date(found), (), found[4] or "")


def exception(line: str) -> SpecialDay:
    """Read `2026-12-24 09:00-13:00 Christmas Eve`.

    Raises:
        ValueError: it is another form.
    """
    found = _EXCEPTION.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    return SpecialDay(*_date(found), _ranges(found[4]), found[9] or "")


def week(value: object) -> tuple[str, ...]:
    """Lines of `hours.week`, as a check of settings."""
    return _lines(value, week_line, 'a list such as ["Mon-Fri 09:00-18:00", "Sat,Sun 10:00-17:00"]')


def holidays(value: object) -> tuple[str, ...]:
    """Lines of `hours.holidays`, as a check of settings."""
    return _lines(value, holiday, 'a list such as ["12-25 Christmas", "2026-04-03 Good Friday"]')


def exceptions(value: object) -> tuple[str, ...]:
    """Lines of `hours.exceptions`, as a check of settings."""
    return _lines(value, exception, 'a list such as ["2026-12-24 09:00-13:00 Christmas Eve"]')


def zone(value: str) -> str:
    """Name of a zone that this machine knows, or empty, as a check of settings."""
    if value:
        from zoneinfo import ZoneInfo  # Only a house in another zone than its board pays for it.

        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError):
            raise ValueError('"" for the board\'s, or a zone such as "Europe/Berlin"') from None
    return value


def _lines(value: object, read: Callable[[str], object], expected: str) -> tuple[str, ...]:
    lines: list[str] = list(value) if isinstance(value, list | tuple) else []
    if lines != value or len(lines) > MAX_LINES or any(type(line) is not str for line in lines):
        raise ValueError(expected)
    for line in lines:
        try:
            read(line)
        except ValueError:
            raise ValueError(f'{expected}; not "{str(line)[:40]}"') from None
    return tuple(lines)


def _date(found: re.Match[str]) -> tuple[int | None, int, int]:
    month, day = int(found[2]), int(found[3])
    if not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1]:
        raise ValueError(found[0])
    return int(found[1]) if found[1] else None, month, day


def _ranges(text: str) -> tuple[Range, ...]:
    ranges = []
    for begin, end in _RANGE.findall(text):
        from_, to = (int(time[:2]) * 60 + int(time[3:]) for time in (begin, end))
        if from_ == to:
            raise ValueError(text)
        ranges.append((from_, to if from_ < to else to + DAY_MINUTES))
    return tuple(sorted(ranges))
