"""Nothing that a visitor says is lost, whatever the service does; real processes, real sockets.

Each case is a kiosk and a concierge of its own. A handful is in `make test`; all of them, at each
moment and on both platforms, in `make test-long`.
"""

from pathlib import Path

import pytest

from tests.faults import cases
from tests.faults.cases import Case
from tests.faults.invariant import broken
from tests.support.kiosks import write_visitor
from tests.support.trial import SETTINGS, Finding

SHORT = (
    ("1000 cancelled", "mid-answer", "vertex"),
    ("GoAway 0s", "mid-utterance", "vertex"),
    ("1011 internal", "in a rotation", "developer"),
    ("reset: all otherwise", "mid-utterance", "vertex"),
)


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_visitor(tmp_path_factory.mktemp("visitor") / "visitor.wav")


def check(case: Case, found: Finding) -> None:
    wrong = broken(case, found)
    assert not wrong, f"{wrong}: {found}"


def named(case: Case) -> str:
    return f"{case.fault}, {case.moment}".replace(" ", "-")


ALL = [
    *cases.at_every_moment(),
    *cases.all_along(),
    *cases.under_every_reading(),
]
BY_NAME = {(case.fault, case.moment): case for case in ALL}


@pytest.mark.parametrize(("fault", "moment", "api"), SHORT)
def test_nothing_is_lost(fault: str, moment: str, api: str, visitor: Path, tmp_path: Path) -> None:
    case = BY_NAME[fault, moment]
    check(case, case.run(tmp_path, visitor, api))


@pytest.mark.long
@pytest.mark.parametrize(
    ("case", "api"),
    [pytest.param(case, api, id=f"{named(case)}-{api}") for case in ALL for api in SETTINGS],
)
def test_nothing_is_lost_ever(case: Case, api: str, visitor: Path, tmp_path: Path) -> None:
    check(case, case.run(tmp_path, visitor, api))
