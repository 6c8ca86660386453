"""The instruction that a session begins with: the house's template, filled in. Pure."""

import re
from datetime import datetime, timedelta

from kiosk.core.hours import WEEKDAYS, OpeningHours, clock
from kiosk.core.inputs import WallClockAt
from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.settings.types import Settings

_NAMED = re.compile(r"\{(place|date|time|language|hours|knowledge)\}")
"""Other braces stand for themselves."""
LANGUAGES = (
    "Visitors speak one of these languages: {}. Answer in the language of the question; where it"
    " is none of these, or you cannot tell, answer in {}."
)
"""Told where `talk.languages` names some."""


def instruction(
    settings: Settings, hours: OpeningHours, knowledge: Knowledge, now: WallClockAt
) -> str:
    """What the service is told of host and house.

    Hours and knowledge that the template does not name are put at its end, with date and time.

    Args:
        settings: `[live]` and `[knowledge]` are used.
        hours: of the house.
        knowledge: what is known of it.
        now: on its clock.
    """
    moment = datetime.fromisoformat(now.day) + timedelta(minutes=now.minute)
    values = {
        "place": settings.knowledge.place,
        "date": f"{WEEKDAYS[moment.weekday()]} {now.day}",
        "time": clock(now.minute),
        "language": ", ".join(settings.talk.languages) or settings.live.language,
        "hours": hours.told(now.day, now.minute),
        "knowledge": knowledge.instruction(moment),
    }
    template = settings.live.instructions
    named = set(_NAMED.findall(template))
    added = [values[key] for key in ("hours", "knowledge") if key not in named and values[key]]
    if added and not named & {"date", "time"}:
        added.insert(0, f"It is {values['date']}, {values['time']}.")
    if settings.talk.languages:
        added.insert(0, LANGUAGES.format(values["language"], settings.live.language))
    filled = _NAMED.sub(lambda name: values[name[1]], template)
    return "\n\n".join([filled.rstrip("\n"), *added]) if added else filled
