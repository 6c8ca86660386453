"""Nothing that a visitor says is lost, whatever the service does; real processes, real sockets.

Each case is a kiosk and a concierge of its own. A handful is in `make test`; all of them, at each
moment and on both platforms, in `make test-long`.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults import cases
from tests.faults.cases import Case
from tests.faults.invariant import broken
from tests.support.kiosks import write_visitor
from tests.support.trial import Finding

SHORT = (
    ("1000 cancelled", "mid-answer", "vertex"),
    ("GoAway 0s", "mid-utterance", "vertex"),
    ("1011 internal", "in a rotation", "developer"),
    ("our own reading", "0.6 s", "vertex"),
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
    *cases.replayed_from_the_index(),
]
BY_NAME = {(case.fault, case.moment): case for case in ALL}


@pytest.mark.parametrize(("fault", "moment", "api"), SHORT)
def test_nothing_is_lost(fault: str, moment: str, api: str, visitor: Path, tmp_path: Path) -> None:
    case = BY_NAME[fault, moment]
    check(case, case.run(tmp_path, visitor, api))


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Some kiosks side by side: each is idle most of the time."""
    pool = ThreadPoolExecutor(int(os.environ.get("KIOSK_SIDE_BY_SIDE", "3")))
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def findings(
    request: pytest.FixtureRequest,
    pool: ThreadPoolExecutor,
    visitor: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[tuple[Case, str], Future[Finding]]:
    """Every case that was chosen, under way."""
    chosen = [
        (item.callspec.params["case"], item.callspec.params["api"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_nothing_is_lost_ever"
    ]
    return {
        (case, api): pool.submit(case.run, tmp_path_factory.mktemp("case"), visitor, api)
        for case, api in chosen
    }


@pytest.mark.long
@pytest.mark.parametrize(
    ("case", "api"),
    [pytest.param(case, api, id=f"{named(case)}-{api}") for case in ALL for api in case.apis],
)
def test_nothing_is_lost_ever(
    case: Case, api: str, findings: dict[tuple[Case, str], Future[Finding]]
) -> None:
    check(case, findings[case, api].result())
