"""The watchdog's verdict, with hand-set clocks."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.service.verdict import WatchdogVerdict


def test_counters_that_move_are_alive() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    for second in range(60):
        verdict.alive("loop", second, second)
        verdict.alive("screen", second * 30, second)
        assert verdict.stuck(second) == []


def test_a_counter_that_stands_still_is_stuck_after_the_limit() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.alive("screen", 5, now_s=0)
    verdict.alive("loop", 1, now_s=0)
    verdict.alive("loop", 2, now_s=2.5)
    verdict.alive("screen", 5, now_s=2.5)
    assert verdict.stuck(2.0) == []
    assert verdict.stuck(2.5) == ["screen"]


def test_a_part_that_nobody_reports_any_more_is_stuck() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.alive("sound", 1, now_s=0)
    assert verdict.stuck(3) == ["sound"]


def test_an_expected_part_that_never_comes_is_stuck() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.expect("screen")
    assert verdict.stuck(100) == []
    assert verdict.stuck(102.5) == ["screen"]


def test_a_missing_part_is_excused_for_as_long_as_it_takes() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.alive("microphone", 1, now_s=0)
    verdict.excuse("microphone")
    verdict.alive("microphone", 1, now_s=500)
    assert verdict.stuck(1000) == []


def test_a_part_that_returned_gets_the_full_limit_again() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.alive("microphone", 1, now_s=0)
    verdict.excuse("microphone")
    verdict.expect("microphone")
    assert verdict.stuck(1000) == []
    assert verdict.stuck(1001.9) == []
    assert verdict.stuck(1002.1) == ["microphone"]


def test_expecting_again_and_again_is_no_excuse() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.alive("microphone", 1, now_s=0)
    for second in range(1, 6):
        verdict.expect("microphone")
        verdict.alive("microphone", 1, now_s=second)
    assert verdict.stuck(5) == ["microphone"]


def test_a_restarted_worker_that_counts_from_zero_is_alive() -> None:
    verdict = WatchdogVerdict(max_still_s=2)
    verdict.alive("sound", 900, now_s=0)
    verdict.alive("sound", 0, now_s=3)
    assert verdict.stuck(4) == []


steps = st.lists(st.tuples(st.floats(0.01, 5), st.booleans(), st.sampled_from("ab")), max_size=60)


@given(steps)
def test_stuck_is_exactly_what_has_not_moved_for_longer_than_the_limit(
    steps: list[tuple[float, bool, str]],
) -> None:
    verdict = WatchdogVerdict(max_still_s=3)
    now_s, moved_s, counters = 0.0, {}, {"a": 0, "b": 0}
    for gap_s, moves, part in steps:
        now_s += gap_s
        counters[part] += moves
        if moves or part not in moved_s:
            moved_s[part] = now_s
        verdict.alive(part, counters[part], now_s)
        assert verdict.stuck(now_s) == sorted(p for p, at_s in moved_s.items() if now_s - at_s > 3)
