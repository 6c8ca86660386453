"""What sessions are told, in a whole daemon: by files, clock and opening hours."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk.core.inputs import WallClockAt
from kiosk.runtime.briefing import Briefing
from kiosk.settings.layers import load
from tests.support.kiosks import Kiosk, runtime_directory, until, write_visitor

from .setup_service import SetupService

MORNING = WallClockAt("2026-12-01", 600)


def briefing(folder: Path, *overrides: str) -> Briefing:
    settings = load(overrides=[f'knowledge.folder="{folder}"', *overrides], system=None).settings
    return Briefing(settings, folder.parent / "state")


def test_another_edition_is_told_when_files_or_the_day_change_and_not_when_time_goes_on(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "prices.csv").write_text("ticket,price\nAdult,12\n")
    it = briefing(folder, 'live.instructions="{time} {knowledge}"')
    asyncio.run(it.read())
    first = it.at(MORNING)
    assert first.text.startswith("10:00 # What is known of this house\n\n## prices.csv")
    assert it.at(MORNING) is first
    later = it.at(WallClockAt("2026-12-01", 601))
    assert later.text.startswith("10:01 ")
    assert later.edition == first.edition
    (folder / "shop.md").write_text("Books.")
    asyncio.run(it.read())
    changed = it.at(MORNING)
    assert "Books." in changed.text
    assert changed.edition != first.edition
    asyncio.run(it.read())
    assert it.at(MORNING) == changed
    assert it.at(WallClockAt("2026-12-02", 600)).edition != changed.edition
    assert it.status() == {
        "files": 2, "tokens": it.knowledge.tokens, "whole": True, "faults": {},
    }  # fmt: skip


@pytest.fixture
def service() -> Iterator[SetupService]:
    it = SetupService()
    yield it
    it.close()


def test_a_running_kiosk_takes_what_changes_on_the_disk(
    tmp_path: Path, service: SetupService
) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    prices = folder / "prices.csv"
    prices.write_text("ticket,price\nAdult,12\n")
    with runtime_directory() as directory:
        wav = write_visitor(tmp_path / "visitor.wav")
        kiosk = Kiosk(directory, service.url, wav, f'knowledge.folder="{folder}"')
        try:
            assert "ticket: Adult; price: 12" in service.told()
            prices.write_text("ticket,price\nAdult,13\n")
            assert "ticket: Adult; price: 13" in service.told()
            kiosk.up()
            prices.write_text('ticket,price\n"Adult,14\n')
            until(lambda: kiosk.status()["knowledge"]["faults"])
            status = kiosk.status()
            assert status["degraded"][0] == "knowledge broken (prices.csv)"
            assert "what was last read of it stays" in status["knowledge"]["faults"]["prices.csv"]
        finally:
            assert "Traceback" not in kiosk.close()


def test_a_kiosk_of_a_closed_house_dials_with_the_first_press(
    tmp_path: Path, service: SetupService
) -> None:
    far = date.today() + timedelta(days=3)
    with runtime_directory() as directory:
        wav = write_visitor(tmp_path / "visitor.wav")
        week = f'hours.week=["{far:%a} 09:00-17:00"]'
        kiosk = Kiosk(directory, service.url, wav, week, "visit.end_after_s=2")
        try:
            until(lambda: kiosk.status()["link"]["state"] == "resting")
            time.sleep(1.0)  # It would be dialled at once.
            assert service.setups.empty()
            status = kiosk.status()
            assert (status["state"], status["degraded"]) == ("attract", [])
            assert status["house"]["reopens"]["minute"] == 9 * 60
            kiosk.do("press")
            assert "The house is closed now; it opens again on" in service.told()
            kiosk.do("release")
            kiosk.do("reset")
            until(lambda: kiosk.status()["link"]["state"] == "resting")
        finally:
            assert "Traceback" not in kiosk.close()
