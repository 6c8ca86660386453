"""The day's questions over a restart: on disk, and with a disk that fails or lies."""

import asyncio
import time

import pytest

from kiosk.core.turn_budget import TurnsToday
from kiosk.runtime.turn_count import SAVE_EVERY_TURNS, TurnCount
from tests.support.kiosks import Kiosk, runtime_directory, until


def today() -> str:
    return time.strftime("%Y-%m-%d")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "turns-today.json"


def test_the_count_survives_a_restart(file):
    count = TurnCount(file)
    assert count.read() == TurnsToday()
    asked = TurnsToday(today(), 3)
    count.keep(asked, "")
    count.close()
    assert TurnCount(file).read() == asked


async def test_a_crash_forgets_a_few_at_most(file):
    count = TurnCount(file)
    turns = 3 * SAVE_EVERY_TURNS - 1
    for n in range(turns + 1):
        count.keep(TurnsToday(today(), n), "")
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    assert turns - TurnCount(file).read().turns < SAVE_EVERY_TURNS


@pytest.mark.parametrize(
    "noted",
    [
        b"",
        b"{",
        b'{"day": "2999-01-01", "turns": 5}',
        b'{"day": "never", "turns": 5}',
        b'{"day": "2026-12-01", "turns": -1000000000000}',
        b'{"day": "2026-12-01", "turns": 1e999}',
    ],
)
def test_a_note_that_cannot_be_true_is_told_and_begins_anew(file, noted, caplog):
    file.parent.mkdir()
    file.write_bytes(noted)
    assert TurnCount(file).read() == TurnsToday()
    assert "questions" in caplog.text


def test_a_disk_that_cannot_be_written_costs_the_memory_alone(tmp_path, caplog):
    (tmp_path / "file").touch()
    count = TurnCount(tmp_path / "file" / "turns.json")
    count.read()
    asyncio.run(kept(count, TurnsToday(today(), 1)))
    count.close()
    assert "cannot store how many questions" in caplog.text


async def kept(count: TurnCount, asked: TurnsToday) -> None:
    count.keep(asked, "")


async def test_questions_that_are_used_up_are_told_once_a_day(tmp_path, caplog):
    count = TurnCount(tmp_path / "turns.json")
    count.keep(TurnsToday(today(), 0), "")
    assert "K-LIMIT" not in caplog.text
    for _ in range(3):
        count.keep(TurnsToday(today(), 1), "visit.daily_turns: today's 1 questions were asked")
    assert caplog.text.count("K-LIMIT: visit.daily_turns: today's 1 questions were asked.") == 1


def enough(kiosk: Kiosk) -> None:
    until(lambda: kiosk.status().get("code") == "K-LIMIT")
    assert kiosk.do("say", text="Where are the toilets?")["ok"] is False
    assert kiosk.do("press")["ok"]
    status = kiosk.status()
    assert (status["turns_today"], status["state"]) == (2, "out-of-order")
    assert "enough for today (K-LIMIT)" in status["degraded"]


def test_a_kiosk_that_has_answered_enough_says_so_over_a_restart(concierge, visitor_wav):
    with runtime_directory() as runtime:
        for questions in (2, 0):
            kiosk = Kiosk(runtime, concierge.url, visitor_wav, "visit.daily_turns=2").up()
            try:
                for _ in range(questions):
                    assert kiosk.do("say", text="Where are the toilets?")["ok"]
                enough(kiosk)
            finally:
                words = kiosk.close()
            assert "Traceback" not in words
