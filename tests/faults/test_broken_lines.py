"""Nothing is lost on lines that break, hang, and are slow."""

import time
from pathlib import Path

import pytest

from tests.faults.cases import plan
from tests.support.kiosks import Concierge, Kiosk, until, write_visitor
from tests.support.line import Line
from tests.support.trial import audit, over, running

PLAN = plan()


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_visitor(tmp_path_factory.mktemp("visitor") / "visitor.wav")


def up(kiosk: Kiosk) -> None:
    until(lambda: kiosk.status()["link"]["state"] == "up")


def flows_again(concierge: Concierge, since_s: float) -> float:
    """Seconds from a moment until the service takes in speech."""
    return min(
        turn["started_monotonic_s"] - since_s
        for turn in concierge.turns()
        if turn["started_monotonic_s"] > since_s
    )


def lose(visitor: Path, directory: Path, api: str, lost_s: float, hold_s: float) -> None:
    """The network goes in mid-utterance, and comes back."""
    with Line() as line, running(directory, visitor, PLAN, api, line=line) as (kiosk, concierge):
        up(kiosk)
        assert kiosk.do("press")["ok"]
        time.sleep(0.6)
        line.refuse()
        time.sleep(hold_s - 0.6)
        if hold_s < lost_s:
            assert kiosk.do("release")["ok"]
            time.sleep(lost_s - hold_s + 0.6)
        line.resume()
        back_s = time.monotonic()
        if hold_s >= lost_s:
            assert kiosk.do("release")["ok"]
        turn = over(kiosk, 0)
        assert turn["outcome"] == "answered"
        assert audit(kiosk, concierge, [turn]) == (0, 0, 0)
        assert flows_again(concierge, back_s) < 2.0
        assert line.dials > 1


@pytest.mark.parametrize("api", [pytest.param("developer", marks=pytest.mark.long), "vertex"])
def test_network_that_goes_in_mid_utterance_and_comes_back(
    api: str, visitor: Path, tmp_path: Path
) -> None:
    lose(visitor, tmp_path, api, lost_s=2.0, hold_s=1.2)


@pytest.mark.long
@pytest.mark.parametrize("api", ["developer", "vertex"])
def test_a_minute_without_a_network(api: str, visitor: Path, tmp_path: Path) -> None:
    lose(visitor, tmp_path, api, lost_s=60.0, hold_s=20.0)


def test_half_open_line_is_felt_and_left(visitor: Path, tmp_path: Path) -> None:
    with Line() as line, running(tmp_path, visitor, PLAN, line=line) as (kiosk, concierge):
        up(kiosk)
        assert kiosk.do("press")["ok"]
        time.sleep(0.5)
        line.freeze()
        until(lambda: kiosk.status()["link"]["state"] != "up", 12)
        line.cut()
        line.resume()
        back_s = time.monotonic()
        up(kiosk)
        time.sleep(0.3)
        assert kiosk.do("release")["ok"]
        turn = over(kiosk, 0)
        assert turn["outcome"] == "answered"
        assert audit(kiosk, concierge, [turn]) == (0, 0, 0)
        assert flows_again(concierge, back_s) < 2.0


@pytest.mark.long
@pytest.mark.parametrize(
    "line",
    [
        Line(latency_s=0.3, jitter_s=0.3),
        # Speech alone is 43 kB/s on the wire: it has to wait, in order.
        Line(bytes_per_s=40_000),
    ],
    ids=["late-and-unsteady", "narrow"],
)
def test_bad_line_costs_time_and_nothing_else(line: Line, visitor: Path, tmp_path: Path) -> None:
    with line, running(tmp_path, visitor, PLAN, "vertex", line=line) as (kiosk, concierge):
        up(kiosk)
        assert kiosk.do("press")["ok"]
        time.sleep(1.2)
        assert kiosk.do("release")["ok"]
        turn = over(kiosk, 0)
        assert turn["outcome"] == "answered"
        assert audit(kiosk, concierge, [turn]) == (0, 0, 0)
        assert line.dials == 1
