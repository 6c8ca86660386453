"""A paid session is stopped however long that takes, or handed on to the next process."""

import asyncio
import time
from pathlib import Path

import pytest

from kiosk.avatar import reaper as reaper_module
from kiosk.avatar.journal import Entry, SessionJournal
from kiosk.avatar.reaper import Reaper
from tests.avatar.heygen.conftest import reached


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
    reaper = Reaper("p", journal, vendor.stop)
    entry = await reaper.opened("a", tenant="7")
    assert journal.orphans("p") == [entry]
    assert entry.facts == {"tenant": "7"}
    assert await reaper.stop(entry)
    assert (vendor.stopped, left(journal), reaper.known) == (["a"], [], {})


async def test_it_is_tried_without_end(vendor, journal, monkeypatch, caplog):
    monkeypatch.setattr(reaper_module, "AGAIN_S", (0.0, 0.001))
    reaper = Reaper("p", journal, vendor.stop)
    vendor.line = False
    assert not await reaper.stop(await reaper.opened("a"))
    await reached(lambda: len(vendor.asked) > 20)
    assert left(journal) == ["a"]
    assert caplog.text.count("may still cost") == 1, "an operator is told once"
    vendor.line = True
    await reached(lambda: not left(journal))
    asked = len(vendor.asked)
    await asyncio.sleep(0.02)
    assert len(vendor.asked) == asked


async def test_somebody_who_comes_is_a_reason_to_try(vendor, journal):
    reaper = Reaper("p", journal, vendor.stop)
    vendor.line = False
    await reaper.stop(await reaper.opened("a"))
    await asyncio.sleep(0)
    vendor.line = True
    reaper.again()
    await reached(lambda: not left(journal), 1.0)


async def test_asked_for_twice_it_is_tried_by_one(vendor, journal, monkeypatch):
    monkeypatch.setattr(reaper_module, "AGAIN_S", (0.05, 60.0))
    reaper = Reaper("p", journal, vendor.stop)
    vendor.line = False
    entry = await reaper.opened("a")
    await asyncio.gather(reaper.stop(entry), reaper.stop(entry))
    await asyncio.sleep(0.2)
    assert len(vendor.asked) == 3


async def test_what_an_earlier_process_left_is_reaped(vendor, journal):
    for product, session in (("p", "a"), ("p", "b"), ("q", "c")):
        journal.opened(Entry(product, session, 1.0))
    await Reaper("p", journal, vendor.stop).reap()
    assert sorted(vendor.stopped) == ["a", "b"]
    assert left(journal) == []
    assert len(journal.orphans("q")) == 1


@pytest.mark.parametrize(("longest_s", "forgotten"), [(60.0, True), (None, False), (1e6, False)])
async def test_one_that_the_vendor_ended_long_ago_is_forgotten(
    vendor, journal, longest_s, forgotten
):
    """Where the vendor never ends a session by itself, none is too old."""
    journal.opened(Entry("p", "a", time.time() - 3600))
    vendor.line = False
    await Reaper("p", journal, vendor.stop, longest_s).reap()
    assert (left(journal) == []) is forgotten


async def test_a_disk_that_fails_forgets_none(vendor, tmp_path):
    (tmp_path / "file").write_text("in the way")
    reaper = Reaper("p", SessionJournal(tmp_path / "file"), vendor.stop)
    entry = await reaper.opened("a")
    assert reaper.known == {"a": entry}
    await reaper.reap()
    assert vendor.stopped == ["a"]


async def test_the_disk_does_not_hold_up_the_loop(vendor, journal, monkeypatch):
    """Sound and conversation run in it."""
    monkeypatch.setattr(journal, "opened", lambda entry: time.sleep(0.3))
    turns = 0
    opening = asyncio.create_task(Reaper("p", journal, vendor.stop).opened("a"))
    while not opening.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10
