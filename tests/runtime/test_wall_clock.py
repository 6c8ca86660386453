"""Local time: a zone that is set later, nights in which the clock is put forward or back, jumps."""

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.core.hours import OpeningHours
from kiosk.core.overlays import Showing
from kiosk.core.scene import Scene, State
from kiosk.runtime import wall_clock
from kiosk.runtime.wall_clock import POLL_INTERVAL_S, READ_INTERVAL_S, WallClock, describe
from kiosk.settings.types import HoursSettings

BERLIN = ZoneInfo("Europe/Berlin")
IDLE = Scene(State.ATTRACT)


@pytest.fixture
def zone() -> Iterator[None]:
    """The zone of this process may be changed, and is put back."""
    was = os.environ.get("TZ")
    yield
    os.environ.pop("TZ", None)
    if was is not None:
        os.environ["TZ"] = was
    time.tzset()


def test_a_zone_that_is_set_while_it_runs_is_followed_within_a_minute(zone: None) -> None:
    """TZ stands for /etc/localtime, which only a machine of its own may change: tests/systemd."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    clock = WallClock()
    before = clock.now(100.0).minute
    os.environ["TZ"] = "Asia/Tokyo"
    assert (clock.now(100.0 + POLL_INTERVAL_S - 0.1).minute - before) % 1440 <= 1
    later_s = 100.0 + POLL_INTERVAL_S + READ_INTERVAL_S
    assert (clock.now(later_s).minute - before) % 1440 in {540, 541}
    assert POLL_INTERVAL_S + READ_INTERVAL_S < 60


def test_the_system_is_not_asked_at_every_look() -> None:
    looks: list[int] = []
    clock = WallClock(lambda: looks.append(1))
    for tenth in range(1000):
        clock.now(50.0 + tenth / 10)
    assert len(looks) == 5


def test_status_tells_local_time_and_zone(
    zone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    monkeypatch.setattr(wall_clock, "LOCALTIME", link)
    assert describe()["zone"] == "Europe/Berlin"
    monkeypatch.setattr(wall_clock, "LOCALTIME", tmp_path / "none")
    assert describe()["zone"] == time.strftime("%Z")
    os.environ["TZ"] = ":Asia/Tokyo"
    time.tzset()
    told = describe()
    assert told["zone"] == "Asia/Tokyo"
    assert told["local_time"].endswith("+09:00")


def quiet_minutes(hours: str, day: datetime, until: datetime) -> list[str]:
    """The moments, in UTC, at which the screen goes dark (-) and is light again (+)."""
    showing, changes, dark = Showing(quiet_hours=hours), [], None
    while day < until:
        local = day.astimezone(BERLIN)
        quiet = showing.apply(IDLE, 0, minute=local.hour * 60 + local.minute).quiet
        if dark is not None and quiet != dark:
            changes.append(f"{'-' if quiet else '+'}{local:%H:%M}")
        dark, day = quiet, day + timedelta(minutes=1)
    return changes


@pytest.mark.parametrize(
    ("hours", "night", "changes"),
    [
        ("22:00-07:00", (2026, 3, 28), ["-22:00", "+07:00"]),
        ("22:00-07:00", (2026, 10, 24), ["-22:00", "+07:00"]),
        # 02:30 is never in the night of spring: it goes dark with the first minute after it.
        ("02:30-07:00", (2026, 3, 28), ["-03:00", "+07:00"]),
        ("22:00-02:30", (2026, 3, 28), ["-22:00", "+03:00"]),
        # 02:30 is twice in the night of autumn: what the clock on the wall says counts.
        ("22:00-02:30", (2026, 10, 24), ["-22:00", "+02:30", "-02:00", "+02:30"]),
    ],
)
def test_nights_in_which_the_clock_is_put_forward_or_back(
    hours: str, night: tuple[int, int, int], changes: list[str]
) -> None:
    noon = datetime(*night, 12, tzinfo=BERLIN).astimezone(ZoneInfo("UTC"))
    assert quiet_minutes(hours, noon, noon + timedelta(hours=22)) == changes


def test_a_clock_that_jumps_at_boot_is_believed_at_once() -> None:
    """A board without a clock of its own wakes up in last night, until the network tells it."""
    showing = Showing(quiet_hours="22:00-07:00")
    assert showing.apply(IDLE, 5.0, minute=3 * 60).quiet
    assert not showing.apply(IDLE, 5.1, minute=11 * 60).quiet
    assert showing.apply(IDLE, 5.2, minute=3 * 60).quiet


def test_a_house_in_another_zone_than_its_board_has_its_own_clock() -> None:
    """Sixteen hours lie between these two, whatever the season: neither changes its clock."""
    west, east = (WallClock(zone=zone).now(0.0) for zone in ("America/Phoenix", "Asia/Tokyo"))
    days = date.fromisoformat(east.day) - date.fromisoformat(west.day)
    assert days.days * 1440 + east.minute - west.minute in {16 * 60, 16 * 60 + 1}


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-29T00:59", False),  # 01:59, the last minute of winter
        ("2026-03-29T01:00", True),  # 03:00
        ("2026-10-25T00:30", True),  # 02:30, for the first time
        ("2026-10-25T01:30", True),  # 02:30, for the second time
        ("2026-10-25T02:00", False),  # 03:00
    ],
)
def test_opening_hours_hold_in_the_nights_in_which_the_clock_is_changed(moment, is_open) -> None:
    hours = OpeningHours(HoursSettings(("daily 02:15-03:00",), (), ("03-29 02:15-04:00",), ""))
    wall = datetime.fromisoformat(f"{moment}+00:00").astimezone(BERLIN)
    now = hours.at(wall.date().isoformat(), wall.hour * 60 + wall.minute)
    assert now.is_open is is_open
