import random

from kiosk.audio.process.clock import PeriodClock

MS = 1_000_000


def test_a_late_period_is_put_in_line_with_the_earliest():
    clock, rng = PeriodClock(16000), random.Random(1)
    for i in range(1, 200):
        late = rng.choice([0, 0, 1, 5, 30]) * MS
        at, lost = clock.period(320, 1000 * MS + i * 20 * MS + late)
        assert lost == 0
        if i > 20:
            assert at == 1000 * MS + i * 20 * MS


def test_follows_a_card_whose_clock_is_not_ours():
    clock = PeriodClock(16000)
    for i in range(1, 50 * 60):
        true = int(i * 20 * MS * 1.0001)
        at, lost = clock.period(320, true)
        assert lost == 0
        assert abs(at - true) < 0.2 * MS


def test_a_lag_that_stays_is_lost_sound():
    clock, lost_in_all = PeriodClock(16000), 0
    for i in range(1, 200):
        gap = 300 * MS if i > 60 else 0
        at, lost = clock.period(320, i * 20 * MS + gap)
        lost_in_all += lost
    assert lost_in_all == 4800
    assert at == 199 * 20 * MS + 300 * MS


def test_a_stall_whose_sound_was_kept_by_the_device_loses_nothing():
    clock = PeriodClock(16000)
    for i in range(1, 200):
        now = max(i, 70) if i > 40 else i  # 0.6 s nothing, then all at once
        _, lost = clock.period(320, now * 20 * MS)
        assert lost == 0
