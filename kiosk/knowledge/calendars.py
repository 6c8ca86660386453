"""iCalendar files: what takes place from today on, each repetition by itself.

Source: RFC 5545. Repetitions and zones are left to recurring-ical-events and icalendar.
"""

import re
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.knowledge.documents import CalendarEvent, KnowledgeFileError
from kiosk.settings.textfile import read_text
from kiosk.settings.untrusted import clean, printable

MAX_FILE_BYTES = 8 << 20
"""Of a calendar."""
DAYS = 92
"""So far ahead what takes place is known."""
MAX_EVENTS = 5000
"""Of a calendar in that time, repeats counted."""
MAX_ABOUT_CHARACTERS = 300
"""Of the description of an event; the rest is left out."""
_TOO_OFTEN = re.compile(r"^RRULE\b.*FREQ=(SECONDLY|MINUTELY)", re.MULTILINE | re.IGNORECASE)
_SAVE = "Export it again from the calendar, as iCalendar"


def read_calendar(file: Path, zone: str, today: str) -> list[CalendarEvent]:
    """Events of the next `DAYS` days, by their start.

    Args:
        file: to be read.
        zone: of the house, such as `Europe/Berlin`; empty: the system's.
        today: the first day, such as `2026-12-01`.
    """
    from icalendar import Calendar
    from recurring_ical_events import of

    text = read_text(file, MAX_FILE_BYTES)
    if _TOO_OFTEN.search(text):
        raise KnowledgeFileError("repeats something each minute or second", "Repeat it by the hour")
    begin = date.fromisoformat(today)
    try:
        calendar = Calendar.from_ical(text)
        found = of(calendar).between(begin, begin + timedelta(days=DAYS))
    except Exception as error:  # noqa: BLE001 - whatever a damaged file does to a parser
        words = clean(str(error)).partition(":")[0].rstrip(".!")
        raise KnowledgeFileError(f"is no calendar that can be read: {words}", _SAVE) from None
    if len(found) > MAX_EVENTS:
        raise KnowledgeFileError(
            f"has more than {MAX_EVENTS} events in {DAYS} days",
            "Leave out what is no visitor's business",
        )
    here = ZoneInfo(zone) if zone else None
    events = [_event(one, here) for one in found if one.get("STATUS", "") != "CANCELLED"]
    return sorted(events, key=lambda event: (event.start, event.title))


def _event(one: object, here: tzinfo | None) -> CalendarEvent:
    def words(key: str) -> str:
        return " ".join(printable(str(one.get(key, ""))).split())  # type: ignore[attr-defined]

    start, end = one.start, one.end  # type: ignore[attr-defined]
    about = words("DESCRIPTION")
    if len(about) > MAX_ABOUT_CHARACTERS:
        about = f"{about[: MAX_ABOUT_CHARACTERS - 1]}…"
    if not isinstance(start, datetime):
        end = max(
            start, end - timedelta(days=1)
        )  # DTEND is the day after. Source: RFC 5545, 3.6.1.
    return CalendarEvent(
        _local(start, here),
        _local(end, here),
        words("SUMMARY") or "(untitled)",
        words("LOCATION"),
        about,
    )


def _local(moment: date, here: tzinfo | None) -> str:
    """On the house's clock; a moment without a zone is on it already."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    if moment.tzinfo is not None:
        moment = moment.astimezone(here)
    return moment.strftime("%Y-%m-%dT%H:%M")
