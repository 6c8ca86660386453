"""Local time: a zone that is set later, nights in which the clock is put forward or back, jumps."""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.core.overlays import Showing
from kiosk.core.scene import Scene, State
from kiosk.runtime import wall_clock
from kiosk.runtime.wall_clock import POLL_INTERVAL_S, READ_INTERVAL_S, WallClock, describe

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
