"""A paid session is stopped however long that takes, or handed on to the next process."""

import asyncio
import time
from pathlib import Path

import pytest

from kiosk.avatar.cloud import session_stopper as stopper_module
from kiosk.avatar.cloud.journal import JournalError, SessionJournal
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.session_stopper import CloudSessionStopper
from tests.avatar.cloud.heygen.conftest import reached


class Vendor:
    """Stops what it is asked to, while there is a line to it."""

    def __init__(self) -> None:
        self.line = True
        self.asked: list[str] = []
        self.stopped: list[str] = []

    async def stop(self, entry: Entry) -> None:
        self.asked.append(entry.session)
        await asyncio.sleep(0)
        if not self.line:
            raise ConnectionError("no line")
        self.stopped.append(entry.session)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def journal(tmp_path: Path) -> SessionJournal:
    return SessionJournal(tmp_path)


def left(journal: SessionJournal) -> list[str]:
    return [entry.session for entry in journal.orphans("p")]


async def test_a_session_is_on_disk_until_its_end_is_confirmed(vendor, journal):
    stopper = CloudSessionStopper("p", journal, vendor.stop)
    entry = await stopper.named(await stopper.ask(tenant="7"), "a")
    assert journal.orphans("p") == [entry]
    assert entry.facts == {"tenant": "7"}
    assert await stopper.stop(entry)
    assert (vendor.stopped, left(journal), stopper.known) == (["a"], [], {})


async def test_it_is_tried_without_end(vendor, journal, monkeypatch, caplog):
    monkeypatch.setattr(stopper_module, "RETRY_DELAYS_S", (0.0, 0.001))
    stopper = CloudSessionStopper("p", journal, vendor.stop)
    vendor.line = False
    assert not await stopper.stop(await stopper.named(await stopper.ask(), "a"))
    await reached(lambda: len(vendor.asked) > 20)
    assert left(journal) == ["a"]
    assert caplog.text.count("may still cost") == 1, "an operator is told once"
    vendor.line = True
    await reached(lambda: not left(journal))
    asked = len(vendor.asked)
    await asyncio.sleep(0.02)
    assert len(vendor.asked) == asked


async def test_somebody_who_comes_is_a_reason_to_try(vendor, journal, monkeypatch):
    monkeypatch.setattr(stopper_module, "RETRY_DELAYS_S", (3600.0,))
    stopper = CloudSessionStopper("p", journal, vendor.stop)
    vendor.line = False
    await stopper.stop(await stopper.named(await stopper.ask(), "a"))
    await asyncio.sleep(0)
    vendor.line = True
    stopper.retry_now()
    await reached(lambda: not left(journal))


async def test_asked_for_twice_it_is_tried_by_one(vendor, journal, monkeypatch):
    monkeypatch.setattr(stopper_module, "RETRY_DELAYS_S", (0.05, 60.0))
    stopper = CloudSessionStopper("p", journal, vendor.stop)
    vendor.line = False
    entry = await stopper.named(await stopper.ask(), "a")
    await asyncio.gather(stopper.stop(entry), stopper.stop(entry))
    await asyncio.sleep(0.2)
    assert len(vendor.asked) == 3


async def test_what_an_earlier_process_left_is_reaped(vendor, journal):
    for product, session in (("p", "a"), ("p", "b"), ("q", "c")):
        journal.write(Entry(product, session, 1.0))
    await CloudSessionStopper("p", journal, vendor.stop).reap()
    assert sorted(vendor.stopped) == ["a", "b"]
    assert left(journal) == []
    assert len(journal.orphans("q")) == 1


@pytest.mark.parametrize(
    ("max_session_s", "forgotten"), [(60.0, True), (None, False), (1e6, False)]
)
async def test_one_that_the_vendor_ended_long_ago_is_forgotten(
    vendor, journal, max_session_s, forgotten
):
    """Where the vendor never ends a session by itself, none is too old."""
    journal.write(Entry("p", "a", time.time() - 3600))
    vendor.line = False
    await CloudSessionStopper("p", journal, vendor.stop, max_session_s=max_session_s).reap()
    assert (left(journal) == []) is forgotten


async def test_nothing_is_opened_that_no_disk_remembers(vendor, tmp_path):
    (tmp_path / "file").write_text("in the way")
    stopper = CloudSessionStopper("p", SessionJournal(tmp_path / "file"), vendor.stop)
    with pytest.raises(JournalError, match="a paid session could stay open"):
        await stopper.ask()
    assert stopper.known == {}
    assert not stopper.in_doubt


async def test_a_disk_that_fails_later_forgets_none(vendor, journal, monkeypatch):
    stopper = CloudSessionStopper("p", journal, vendor.stop)
    asked = await stopper.ask()

    def full(entry: Entry) -> None:
        raise JournalError("no room")

    monkeypatch.setattr(journal, "write", full)
    await stopper.named(asked, "a")
    await stopper.reap()
    assert vendor.stopped == ["a"]


async def test_the_disk_does_not_hold_up_the_loop(vendor, journal, monkeypatch):
    """Sound and conversation run in it."""
    monkeypatch.setattr(journal, "write", lambda entry: time.sleep(0.3))
    turns = 0
    opening = asyncio.create_task(CloudSessionStopper("p", journal, vendor.stop).ask())
    while not opening.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


class TestDoubt:
    """An opening that was never answered: what it opened costs, and nobody told us its id."""

    @pytest.fixture
    def listed(self, monkeypatch) -> list[str]:
        monkeypatch.setattr(stopper_module, "LIST_DELAYS_S", (0.0, 0.01, 0.02))
        monkeypatch.setattr(stopper_module, "LIST_RETRY_S", 0.01)
        return []

    @pytest.fixture
    def stopper(self, vendor, journal, listed) -> CloudSessionStopper:
        async def find(entry: Entry) -> list[str]:
            if not vendor.line:
                raise ConnectionError("no line")
            return list(listed)

        return CloudSessionStopper("p", journal, vendor.stop, find)

    async def test_what_the_list_shows_is_stopped(self, vendor, journal, stopper, listed):
        stopper.doubt(await stopper.ask())
        assert stopper.in_doubt
        listed.append("a")
        await reached(lambda: not stopper.in_doubt)
        await reached(lambda: vendor.stopped == ["a"])
        assert left(journal) == []

    async def test_the_list_may_lag(self, vendor, stopper, listed):
        stopper.doubt(await stopper.ask())
        await asyncio.sleep(0.015)
        listed.append("a")
        await reached(lambda: vendor.stopped == ["a"])

    async def test_where_it_shows_none_there_is_none_and_it_costs_nothing(
        self, vendor, journal, stopper
    ):
        stopper.doubt(await stopper.ask(least_s=60.0))
        assert journal.spent_s >= 60
        await reached(lambda: not stopper.in_doubt)
        assert journal.spent_s == 0
        assert (vendor.asked, left(journal)) == ([], [])

    async def test_a_list_that_cannot_be_had_settles_nothing(
        self, vendor, journal, stopper, caplog
    ):
        vendor.line = False
        stopper.doubt(await stopper.ask())
        await asyncio.sleep(0.1)
        assert stopper.in_doubt
        assert len(journal.orphans("p")) == 1
        assert caplog.text.count("cannot find out") == 1
        vendor.line = True
        await reached(lambda: not stopper.in_doubt)

    async def test_a_list_that_is_never_had_does_not_keep_the_avatar_away_for_good(
        self, vendor, journal, stopper
    ):
        vendor.line = False
        stopper.doubt(await stopper.ask(least_s=60.0, idle_s=0.1))
        await asyncio.sleep(0.05)
        assert stopper.in_doubt
        await reached(lambda: not stopper.in_doubt)
        assert journal.spent_s >= 60, "it may have been open"

    async def test_killed_while_it_asks_it_is_looked_for_at_the_next_start(
        self, vendor, journal, stopper, listed, tmp_path
    ):
        await stopper.ask()
        listed.append("a")

        async def find(entry: Entry) -> list[str]:
            return list(listed)

        again = CloudSessionStopper("p", SessionJournal(tmp_path), vendor.stop, find)
        await again.reap()
        await reached(lambda: vendor.stopped == ["a"])
        await reached(lambda: left(journal) == [])

    async def test_what_is_being_asked_is_not_looked_for(self, vendor, stopper, listed):
        await stopper.ask()
        listed.append("another's")
        await stopper.reap()
        await asyncio.sleep(0.05)
        assert vendor.asked == []

    async def test_where_no_list_tells_it_counts_until_the_vendor_has_ended_it(
        self, vendor, journal, listed
    ):
        stopper = CloudSessionStopper("p", journal, vendor.stop)
        stopper.doubt(await stopper.ask(idle_s=0.05))
        await asyncio.sleep(0.01)
        assert stopper.in_doubt
        await reached(lambda: not stopper.in_doubt)
        assert journal.spent_s >= 0.05
