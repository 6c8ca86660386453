"""What talking has cost, on disk: over restarts, days, a disk that fails or lies; and a whole kiosk
that is killed.
"""

import asyncio
import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert
from msgspec.structs import replace

from kiosk.core.messages import TokenUsage
from kiosk.core.tally import Account, Tally
from kiosk.core.tokens import NANO, tokens_of
from kiosk.runtime import price_list
from kiosk.runtime.ledger_file import ACCOUNT, DAYS, LedgerFile, read_account, read_days
from tests.support.kiosks import Concierge, Kiosk, runtime_directory, until

TODAY = datetime.date.today()
SPENT = Account(
    Tally(TODAY.isoformat(), 2, 1, cost_n=7),
    Tally(TODAY.isoformat()[:7], 4, 3, cost_n=9),
    total_n=11,
    reserved_n=5,
    currency="US$",
)


async def kept(file: LedgerFile, *accounts: Account) -> None:
    for account in accounts:
        file.keep(account)
    for _ in range(100):
        file.keep(None)
        await asyncio.sleep(0.002)


async def test_the_newest_note_is_on_disk(tmp_path: Path) -> None:
    newest = replace(SPENT, total_n=13)
    await kept(LedgerFile(tmp_path), SPENT, replace(SPENT, total_n=12), newest)
    assert LedgerFile(tmp_path).read() == newest
    LedgerFile(tmp_path).close(SPENT)
    assert LedgerFile(tmp_path).read() == SPENT


def test_nothing_is_noted_where_nothing_was_asked(tmp_path: Path) -> None:
    LedgerFile(tmp_path).close(Account(currency="US$"))
    assert list(tmp_path.iterdir()) == []
    assert LedgerFile(tmp_path).read() == Account()


def test_each_day_that_ended_is_kept_once(tmp_path: Path) -> None:
    days = [Tally(f"2026-11-{day:02}", turns=day) for day in (1, 2, 4)]
    for process in range(2):
        file = LedgerFile(tmp_path)
        for day in days:
            file.close(replace(SPENT, ended=day, total_n=process))
    assert read_days(tmp_path) == days


@pytest.mark.parametrize(
    "noted", [b"", b"{", b"[]", b'{"total_n": -1}', b'{"day": {"cost_n": 1e999}}']
)
def test_a_note_that_cannot_be_true_is_told_and_begins_anew(
    tmp_path: Path, noted: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ACCOUNT).write_bytes(noted)
    assert LedgerFile(tmp_path).read() == Account()
    assert "cannot read what talking has cost" in caplog.text


@pytest.mark.parametrize("period", ["2999-01-01", "never"])
def test_what_a_wrong_clock_has_noted_counts_for_today(tmp_path: Path, period: str) -> None:
    LedgerFile(tmp_path).close(replace(SPENT, day=replace(SPENT.day, period=period)))
    assert LedgerFile(tmp_path).read() == SPENT


def test_days_that_cannot_be_read_cost_the_days_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / DAYS).write_bytes(b"{")
    ended = replace(SPENT, ended=Tally("2026-11-01"))
    LedgerFile(tmp_path).close(ended)
    assert (read_account(tmp_path), read_days(tmp_path)) == (ended, [Tally("2026-11-01")])
    assert "what earlier days have cost" in caplog.text


def test_a_disk_that_cannot_be_written_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    file = LedgerFile(tmp_path / "file")
    file.close(SPENT)
    file.close(SPENT)
    assert caplog.text.count("cannot store what talking has cost") == 1


async def test_what_is_used_up_is_told_once_a_day(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, cause = LedgerFile(tmp_path), "visit.daily_turns: today's 1 questions were asked"
    file.keep(SPENT)
    assert "K-LIMIT" not in caplog.text
    for limit_cause in (cause, "", cause, cause):
        file.keep(None, limit_cause)
    assert caplog.text.count(f"K-LIMIT: {cause}.") == 1
    file.keep(replace(SPENT, day=Tally("2999-01-01")), cause)
    assert caplog.text.count(f"K-LIMIT: {cause}.") == 2
    await kept(file)


# --- a whole kiosk ----------------------------------------------------------------------------


def billed(concierge: Concierge) -> float:
    """What the service has counted, at the prices that the kiosk knows."""
    prices = price_list.read().models["gemini-3.8-live"]
    reports = [convert(each, TokenUsage) for each in concierge.lines("usage")]
    return sum(tokens_of(report).cost_n(prices) for report in reports) / NANO


def asked(kiosk: Kiosk) -> dict[str, Any]:
    """Ask something; returns what it costs once the service has told."""
    before = kiosk.status()["money"]["turns"]
    assert kiosk.do("say", text="Where are the toilets?")["ok"]
    until(lambda: kiosk.status()["money"]["turns"] > before)
    until(lambda: kiosk.status()["money"]["under_way"] == 0)
    return kiosk.status()["money"]


def test_a_kiosk_counts_what_the_service_does_and_no_less_after_it_was_killed(
    tmp_path: Path, visitor_wav: Path
) -> None:
    concierge = Concierge(tmp_path / "record")
    with runtime_directory() as runtime:
        kiosk = Kiosk(runtime, concierge.url, visitor_wav).up()
        first = asked(kiosk)
        assert "Traceback" not in kiosk.close()
        assert first["day"] == pytest.approx(billed(concierge), abs=1e-6)
        assert first["day"] == first["month"] == first["visit"] == first["turn"] > 0
        assert read_account(runtime / "state").reserved_n == 0
        kiosk = Kiosk(runtime, concierge.url, visitor_wav).up()
        second = asked(kiosk)
        assert second["day"] == pytest.approx(billed(concierge), abs=1e-6)
        assert (second["turns"], second["visits"], second["guessed"]) == (2, 2, 0)
        kiosk.process.kill()
        kiosk.close()
        kiosk = Kiosk(runtime, concierge.url, visitor_wav).up()
        third = kiosk.status()["money"]
        kiosk.close()
    concierge.close()
    assert third["day"] > billed(concierge) > first["day"]
    assert third["guessed"] > 0


def test_a_kiosk_at_its_soft_cap_tells_staff_and_at_its_hard_one_answers_no_more(
    concierge: Concierge, visitor_wav: Path
) -> None:
    caps = ("money.daily_soft=0.000001", "money.daily_hard=0.000002", "visit.end_after_s=2")
    with runtime_directory() as runtime:
        kiosk = Kiosk(runtime, concierge.url, visitor_wav, *caps).up()
        try:
            money = asked(kiosk)
            assert money["hard"] == "money.daily_hard: today's 0.00 US$ are spent"
            soft = "answers are shorter (money.daily_soft: today's 0.00 US$ are spent)"
            assert soft in kiosk.status()["degraded"]
            until(lambda: kiosk.status()["code"] == "K-LIMIT")
            assert kiosk.status()["state"] == "out-of-order"
            assert money["hard"] in kiosk.do("say", text="Where are the toilets?")["error"]
            assert kiosk.status()["money"]["turns"] == 1
        finally:
            words = kiosk.close()
    assert "K-LIMIT: money.daily_hard" in words
    assert "Traceback" not in words


def enough(kiosk: Kiosk) -> None:
    until(lambda: kiosk.status().get("code") == "K-LIMIT")
    assert kiosk.do("say", text="Where are the toilets?")["ok"] is False
    assert kiosk.do("press")["ok"]
    status = kiosk.status()
    assert (status["turns_today"], status["state"]) == (2, "out-of-order")
    assert "enough for today (K-LIMIT)" in status["degraded"]


def test_a_kiosk_that_has_answered_enough_says_so_over_a_restart(
    concierge: Concierge, visitor_wav: Path
) -> None:
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
