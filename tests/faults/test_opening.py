"""A whole kiosk, and a service that takes no history: the visitor notices nothing."""

from pathlib import Path

import pytest

from tests.faults.cases import plan
from tests.support.kiosks import until, write_visitor
from tests.support.trial import Watcher, running, say

WITHOUT_HANDLES = 'when = "setup"\ntimes = 0\ndo = "not resumable"'
RESET = 'when = "between"\nafter_s = 0.3\ndo = "reset"'
NO_HISTORY = (
    'when = "history"\ntimes = 0\ndo = "close"\ncode = 1007\n'
    'reason = "Request contains an invalid argument."'
)


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_visitor(tmp_path_factory.mktemp("visitor") / "visitor.wav")


def test_service_that_takes_no_history_costs_no_question(visitor: Path, tmp_path: Path) -> None:
    faults = plan(WITHOUT_HANDLES, RESET, NO_HISTORY)
    with running(tmp_path, visitor, faults) as (kiosk, _):
        until(lambda: kiosk.status()["link"]["state"] == "up")
        watcher = Watcher(kiosk)
        watcher.start()
        assert say(kiosk)["outcome"] == "answered"
        until(lambda: kiosk.status()["link"]["left_out"]["histories"] == 1)
        assert say(kiosk)["outcome"] == "answered"
        assert watcher.close() == []
    log = (tmp_path / "kiosk.log").read_text()
    assert "could not be opened with the history as turns" in log
    # Status may have seen the moment between two links, "link down (K-LINK)"; nobody is alarmed.
    alarms = [line for line in log.splitlines() if "K-" in line and " info " not in line]
    assert alarms == []
