"""What talking costs: by question, visit, day and month; caps; and when it is noted."""

import json
from math import inf

import pytest
from msgspec.structs import replace

from kiosk.core.ledger import RELEASE_AFTER_S, SAVE_INTERVAL_S, Ledger
from kiosk.core.messages import ServerMessage, decode
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.tally import Account, Tally
from kiosk.core.tokens import NANO, Tokens
from kiosk.settings.types import MoneySettings

from .ledger_days import PRICES, money

QUESTION_S = 4
REPORT = {
    "promptTokenCount": 3_100 + 300,
    "responseTokenCount": 270,
    "totalTokenCount": 3_670,
    "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 3_100},
        {"modality": "AUDIO", "tokenCount": 300},
    ],
    "responseTokensDetails": [
        {"modality": "AUDIO", "tokenCount": 250},
        {"modality": "TEXT", "tokenCount": 20},
    ],
}
COST = (3_100 * 0.75 + 300 * 3 + 250 * 12 + 20 * 4.5) / 1e6
AGAIN = (3_100 * 0.75 + 200 * 3) / 1e6
"""All but the four seconds of the question."""


def report(**fields: object) -> ServerMessage:
    return decode(json.dumps({"usageMetadata": REPORT | fields}))


class Talking:
    """A ledger of a day, and what is done with it."""

    def __init__(self, settings: MoneySettings | None = None, account: Account | None = None):
        self.ledger = Ledger(settings or money(), PRICES, 25_000)
        self.ledger.resume(account or Account())
        self.ledger.begin_day("2026-12-01")
        self.ledger.received(1, ServerMessage())
        self.questions = 0

    def ask(self) -> None:
        self.questions += 1
        self.ledger.sent(Outgoing(1, Kind.START, self.questions))
        end = QUESTION_S * 16_000
        self.ledger.sent(Outgoing(2, Kind.AUDIO, self.questions, 0, end))
        self.ledger.sent(Outgoing(3, Kind.END, self.questions))

    def answered(self) -> "Talking":
        self.ask()
        self.ledger.received(1, report())
        return self


def test_a_report_is_a_question_a_visit_a_day_and_a_month() -> None:
    talking = Talking().answered().answered()
    view = talking.ledger.view()
    assert (view.turn, view.visit) == pytest.approx((COST, 2 * COST))
    assert (view.day, view.month, view.under_way) == pytest.approx((2 * COST, 2 * COST, 0))
    assert (view.today.turns, view.today.visits) == (2, 1)
    assert view.today.tokens == Tokens(6_200, 600, 0, 40, 500)
    assert view.today.again_n / NANO == pytest.approx(2 * AGAIN)
    talking.ledger.visit_ended()
    assert talking.answered().ledger.view().visit == pytest.approx(COST)
    assert talking.ledger.view().today.visits == 2


def test_a_question_in_writing_is_one_and_history_is_none() -> None:
    talking = Talking()
    talking.ledger.sent(Outgoing(1, Kind.MESSAGE, payload=b"{}"))
    assert talking.ledger.view().today.turns == 0
    talking.ledger.sent(Outgoing(2, Kind.MESSAGE, 1, payload=b"{}", text="Where?"))
    assert talking.ledger.view().today.turns == 1
    assert talking.ledger.view().under_way > 0


def test_a_question_that_is_said_again_is_paid_again_and_counted_once() -> None:
    talking = Talking()
    talking.ask()
    talking.ledger.link_over()
    talking.ledger.received(2, ServerMessage())
    lost = talking.ledger.view().day
    assert lost > COST
    talking.ledger.sent(Outgoing(1, Kind.START, 1))
    talking.ledger.received(2, report())
    view = talking.ledger.view()
    assert view.today.turns == 1
    assert view.day == pytest.approx(lost + COST)
    assert view.today.guessed_n / NANO == pytest.approx(lost)


def test_another_link_ends_what_was_under_way_on_the_one_before() -> None:
    talking = Talking()
    talking.ask()
    talking.ledger.received(2, ServerMessage())
    assert talking.ledger.view().today.guessed_n > 0
    assert talking.ledger.view().under_way == 0


def test_a_service_that_reports_nothing_is_counted_at_a_guess() -> None:
    talking = Talking()
    for _ in range(3):
        talking.ask()
    talking.ledger.visit_ended()
    assert talking.ledger.view().day > 3 * COST


def test_a_report_without_a_question_is_context_alone() -> None:
    talking = Talking().answered()
    talking.ledger.received(1, report())
    again_n = talking.ledger.view().today.again_n
    assert again_n / NANO == pytest.approx(AGAIN + (3_100 * 0.75 + 300 * 3) / 1e6)


def test_what_a_session_is_opened_with_is_read_at_each_question() -> None:
    talking, knowing = Talking(), Talking()
    knowing.ledger.dialled(b"We are open from ten to five. " * 1_000)
    talking.ask()
    knowing.ask()
    more = knowing.ledger.view().under_way - talking.ledger.view().under_way
    assert more == pytest.approx(30_000 / 3 * 0.75 / 1e6)


@pytest.mark.parametrize("which", ["daily", "monthly"])
def test_caps_are_met_one_by_one(which: str) -> None:
    caps = {f"{which}_soft": 1.5 * COST, f"{which}_hard": 2.5 * COST}
    talking = Talking(money(**caps)).answered()
    assert not talking.ledger.soft_cause()
    talking.answered()
    assert talking.ledger.soft_cause().startswith(f"money.{which}_soft: ")
    assert not talking.ledger.hard_cause()
    talking.answered()
    assert talking.ledger.hard_cause().startswith(f"money.{which}_hard: ")
    talking.ledger.begin_day("2026-12-02")
    assert bool(talking.ledger.hard_cause()) is (which == "monthly")
    talking.ledger.begin_day("2027-01-01")
    assert not talking.ledger.hard_cause()


def test_what_is_under_way_counts_as_spent() -> None:
    """Else a visitor who speaks over the answer would ask one more."""
    talking = Talking(money(daily_hard=2 * COST)).answered()
    assert not talking.ledger.hard_cause()
    talking.ask()
    assert talking.ledger.hard_cause()


def test_an_avatar_costs_by_its_own_meter_over_restarts_and_midnight() -> None:
    prices = replace(PRICES, avatar_minute=0.6)
    ledger = Ledger(money(), prices, 25_000)
    ledger.begin_day("2026-12-01")
    for seconds in (10, 30, 25):
        ledger.avatar("2026-12-01", seconds)
    ledger.avatar("2026-11-30", 500)
    assert ledger.view().day == pytest.approx(0.25)
    again = Ledger(money(), prices, 25_000)
    again.resume(ledger.last())
    again.begin_day("2026-12-02")
    again.avatar("2026-12-01", 35)
    again.avatar("2026-12-02", 5)
    assert (again.view().today.avatar_s, again.view().day) == pytest.approx((15, 0.15))
    assert again.view().month == pytest.approx(0.4)


# --- what is noted ----------------------------------------------------------------------------


def test_the_first_question_is_noted_before_it_is_over_and_reserves_more() -> None:
    talking = Talking()
    assert talking.ledger.due(0.0) is not None, "the day"
    assert talking.ledger.due(1.0) is None
    talking.ask()
    noted = talking.ledger.due(2.0)
    assert noted is not None
    assert noted.reserved_n / NANO > 4 * COST
    talking.ledger.received(1, report())
    assert talking.ledger.due(3.0) is None, "it is covered by what was reserved"
    after = Talking(account=noted).ledger.view()
    assert after.day > COST
    assert after.day == pytest.approx(after.today.guessed_n / NANO)


def test_it_is_noted_once_a_minute_and_when_nobody_asks_any_more() -> None:
    talking = Talking()
    talking.ask()
    assert talking.ledger.due(0.0) is not None
    talking.ledger.received(1, report())
    assert talking.ledger.due(SAVE_INTERVAL_S - 1) is None
    assert talking.ledger.due(SAVE_INTERVAL_S) is not None
    assert talking.ledger.due(2 * SAVE_INTERVAL_S) is None
    released = talking.ledger.due(RELEASE_AFTER_S)
    assert released is not None
    assert released.reserved_n == 0
    assert talking.ledger.due(inf) is None


def test_a_caps_edge_is_noted_at_once() -> None:
    talking = Talking(money(daily_soft=1.5 * COST)).answered()
    assert talking.ledger.due(0.0) is not None
    talking.answered()
    assert talking.ledger.due(1.0) is not None


def test_a_clean_stop_reserves_nothing() -> None:
    talking = Talking().answered()
    talking.ledger.due(0.0)
    last = talking.ledger.last()
    assert (last.reserved_n, last.day.guessed_n) == (0, 0)
    assert last.day == Tally("2026-12-01", 1, 1, Tokens(3_100, 300, 0, 20, 250), last.total_n,
                             round(AGAIN * NANO))  # fmt: skip
    assert Talking(account=last).ledger.view().day == pytest.approx(COST)


def test_stretch_of_an_open_microphone_is_a_question_once_it_is_answered() -> None:
    talking = Talking()
    for at in range(0, QUESTION_S * 16_000, 1_600):
        talking.ledger.sent(Outgoing(1, Kind.AUDIO, 1, at, at + 1_600))
    view = talking.ledger.view()
    assert (view.today.turns, view.today.visits, view.under_way > 0) == (0, 1, True)
    talking.ledger.received(1, report())
    view = talking.ledger.view()
    assert (view.today.turns, view.under_way) == (1, 0)
    assert view.today.again_n / NANO == pytest.approx(AGAIN)
    talking.ledger.sent(Outgoing(1, Kind.AUDIO, 2, 0, 1_600))
    talking.ledger.visit_ended()
    assert talking.ledger.view().today.turns == 1
    assert talking.ledger.view().visit > COST
