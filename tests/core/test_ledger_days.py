"""The sum of the money over days of crashes: never less than the bill, never far beyond a cap."""

from collections import Counter

import pytest

from kiosk.core.tokens import NANO

from .ledger_days import LedgerDays, money

CAPS = ({}, {"daily_hard": 0.5}, {"daily_hard": 2.0, "daily_soft": 1.0}, {"monthly_hard": 5.0})


def run(seed: int, days: int) -> LedgerDays:
    """Some days of one kiosk, of the caps that its seed names."""
    kiosk = LedgerDays(seed, money(**CAPS[seed % len(CAPS)]))
    for _ in range(days):
        kiosk.run_day()
    return kiosk


@pytest.mark.parametrize("seed", range(24))
def test_the_sum_is_never_less_than_the_bill(seed: int) -> None:
    """Looked at after each question and each start; see `LedgerDays.check`."""
    kiosk = run(seed, days=4)
    assert kiosk.asked > 20
    assert kiosk.bytes < 1_000


def test_power_is_cut_and_caps_are_met() -> None:
    """Else the tests above would show nothing."""
    kiosks = [run(seed, days=6) for seed in range(1, 12, 2)]
    assert sum(kiosk.kills for kiosk in kiosks) > 8
    assert sum(kiosk.refused for kiosk in kiosks) > 50


@pytest.mark.long
def test_ten_thousand_days(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a thousand kiosks. Its figures stand in docs/costs.md."""
    kiosks = [run(seed, days=10) for seed in range(1_000)]
    billed_n = sum(kiosk.meter.total_n for kiosk in kiosks)
    counted_n = sum(kiosk.counted_n for kiosk in kiosks)
    with capsys.disabled():
        print(
            f"\nquestions {sum(k.asked for k in kiosks)}, refused {sum(k.refused for k in kiosks)},"
            f" kills {sum(k.kills for k in kiosks)}, writes {sum(k.writes for k in kiosks)},"
            f" sooner than a minute {dict(sum((k.early for k in kiosks), Counter()))},"
            f" largest note {max(k.bytes for k in kiosks)} bytes,"
            f" billed {billed_n / NANO:.2f}, counted {counted_n / NANO:.2f},"
            f" dearest question {max(k.meter.dearest_n for k in kiosks) / NANO:.3f}"
        )
    assert counted_n >= billed_n
