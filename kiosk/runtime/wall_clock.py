"""Local time as the house has it, also where the zone is set while the kiosk runs.

A process keeps the zone that it found at its start: whoever sets up a board and then its zone would
have quiet hours by the old one until the next restart. `tzset` asks the system again, for the whole
process; without TZ in the environment it is a look at /etc/localtime.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.core.inputs import WallClockAt

READ_INTERVAL_S = 1.0
"""Between two readings: a screen that goes dark a second late is in time."""
POLL_INTERVAL_S = 20.0
"""Between two looks at the zone; it is to be followed within a minute."""
LOCALTIME = Path("/etc/localtime")
"""A link to the zone's file. Source: localtime(5)."""


class WallClock:
    """See the module.

    Args:
        tzset: makes the process take the system's zone.
        zone: of the house, such as `Europe/Berlin`; empty: the system's.
    """

    def __init__(self, tzset: Callable[[], None] = time.tzset, zone: str = "") -> None:
        self._tzset = tzset
        self._zone = ZoneInfo(zone) if zone else None
        self._next_look_s = self._next_s = 0.0
        self._now = WallClockAt("", 0)

    def now(self, now_s: float) -> WallClockAt:
        """Local date and minute; the same object while they are the same.

        Args:
            now_s: monotonic time.
        """
        if now_s < self._next_s:
            return self._now
        self._next_s = now_s + READ_INTERVAL_S
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + POLL_INTERVAL_S
            self._tzset()
        local = datetime.now(self._zone)
        now = WallClockAt(local.date().isoformat(), local.hour * 60 + local.minute)
        if now != self._now:
            self._now = now
        return self._now


def describe() -> dict[str, str]:
    """Local time with its offset, and the zone's name, for `status`."""
    now = datetime.now().astimezone()
    return {"local_time": now.isoformat(timespec="seconds"), "zone": _zone() or now.tzname() or ""}


def _zone() -> str:
    """Name of the zone such as `Europe/Berlin`; empty where nothing tells it."""
    if named := os.environ.get("TZ", "").lstrip(":"):
        return named
    try:
        return str(LOCALTIME.readlink()).partition("zoneinfo/")[2]
    except OSError:
        return ""  # A copy of the zone's file, or none at all: the short name has to do.
