"""What a cloud session costs is decided here: no minute for an empty room."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.avatar.cloud.session_policy import (
    CAP_S,
    EMPTY_SHARE,
    FINAL_RETRY_DELAY_S,
    CloudAction,
    CloudSessionPolicy,
    is_open,
)
from kiosk.settings.types import CloudSettings

NOON = 12 * 60


class Rule(CloudSessionPolicy):
    """A policy of which most tests need not say what the day has cost."""

    spent_s = 0.0

    def advance(
        self,
        now_s: float,
        minute: int,
        quiet: bool,
        spent_s: float | None = None,
        least_s: float = 0.0,
    ) -> CloudAction | None:
        return super().advance(now_s, minute, quiet, spent_s or self.spent_s, least_s)


def policy(*, always_on: bool = False, hours: str = "", daily_minutes: int = 0) -> Rule:
    return Rule(CloudSettings(90, always_on, hours, daily_minutes), lambda: 0.5)


class TestPresence:
    def test_a_session_is_opened_for_a_visitor_and_ended_after(self):
        rule = policy()
        assert rule.advance(0, NOON, quiet=True) is None
        rule.visitor(1)
        assert rule.advance(1, NOON, quiet=True) is CloudAction.OPEN
        assert rule.advance(2, NOON, quiet=True) is None
        rule.opened(2, None)
        told = {at_s: rule.advance(at_s, NOON, quiet=True) for at_s in range(3, 100)}
        assert [at_s for at_s, do in told.items() if do is CloudAction.EXTEND] == [25, 48, 71]
        assert next(at_s for at_s, do in told.items() if do is CloudAction.CLOSE) == 91
        rule.closed()
        assert rule.advance(100, NOON, quiet=True) is None

    def test_nobody_is_cut_off_in_mid_answer(self):
        rule = policy()
        rule.visitor(0)
        rule.advance(0, NOON, quiet=True)
        rule.opened(0, None)
        assert rule.advance(200, NOON, quiet=False) is CloudAction.EXTEND
        assert rule.advance(201, NOON, quiet=True) is CloudAction.CLOSE

    def test_where_no_questions_are_answered_none_is_kept_or_opened(self):
        rule = policy(always_on=True)
        rule.advance(0, NOON, quiet=True)
        rule.opened(0, None)
        rule.may_ask = False
        assert rule.advance(1, NOON, quiet=False) is None
        assert rule.advance(2, NOON, quiet=True) is CloudAction.CLOSE
        rule.closed()
        rule.visitor(3)
        assert rule.advance(3, NOON, quiet=True) is None
        rule.may_ask = True
        assert rule.advance(4, NOON, quiet=True) is CloudAction.OPEN

    def test_an_empty_day_costs_nothing(self):
        rule = policy()
        for minute in range(24 * 60):
            assert rule.advance(minute * 60, minute, quiet=True) is None


class TestHours:
    def test_always_on_keeps_to_the_opening_hours(self):
        rule = policy(always_on=True, hours="09:00-17:30")
        opened, open_minutes, costs = [], 0, False
        for minute in range(24 * 60):
            match rule.advance(minute * 60, minute, quiet=True):
                case CloudAction.OPEN:
                    rule.opened(minute * 60, None)
                    opened.append(minute)
                    costs = True
                case CloudAction.CLOSE:
                    rule.closed()
                    costs = False
            open_minutes += costs
        assert opened[0] == 9 * 60
        assert 8.3 * 60 < open_minutes <= 8.5 * 60
        assert not costs

    @pytest.mark.parametrize(
        ("hours", "minute", "yes"),
        [
            ("", 3, True),
            ("09:00-17:30", 539, False),
            ("09:00-17:30", 540, True),
            ("09:00-17:30", 1050, False),
            ("22:00-02:00", 1400, True),
            ("22:00-02:00", 60, True),
            ("22:00-02:00", 600, False),
        ],
    )
    def test_hours(self, hours, minute, yes):
        assert is_open(hours, minute) is yes


class TestMoney:
    def test_the_daily_cap_ends_it(self):
        rule = policy(daily_minutes=2)
        rule.visitor(0)
        assert rule.advance(0, NOON, quiet=True, spent_s=60) is CloudAction.OPEN
        rule.opened(0, None)
        rule.visitor(61)
        assert rule.advance(61, NOON, quiet=True, spent_s=121) is CloudAction.CLOSE
        rule.closed()
        rule.visitor(62)
        assert rule.advance(62, NOON, quiet=True, spent_s=121) is None
        assert rule.advance(63, NOON, quiet=True, spent_s=0) is CloudAction.OPEN

    @pytest.mark.parametrize(("spent_s", "do"), [(60, CloudAction.OPEN), (60.1, None), (120, None)])
    def test_none_is_opened_whose_least_would_pass_the_cap(self, spent_s, do):
        rule = policy(daily_minutes=2)
        rule.visitor(0)
        assert rule.advance(0, NOON, quiet=True, spent_s=spent_s, least_s=60) is do

    def test_an_empty_hall_leaves_the_visitors_their_part_of_the_cap(self):
        rule = policy(always_on=True, daily_minutes=10)
        half_s = 600 * EMPTY_SHARE
        assert rule.advance(0, NOON, quiet=True) is CloudAction.OPEN
        rule.opened(0, None)
        assert rule.advance(1, NOON, quiet=True, spent_s=half_s) is CloudAction.CLOSE
        rule.closed()
        assert rule.advance(2, NOON, quiet=True, spent_s=half_s) is None
        rule.visitor(3)
        assert rule.advance(3, NOON, quiet=True, spent_s=half_s) is CloudAction.OPEN

    @pytest.mark.parametrize(("idle_s", "touched_s"), [(0, 22.5), (30, 9), (60, 18), (3599, 22.5)])
    def test_a_short_idle_timeout_of_the_vendor_wants_more_signs_of_life(self, idle_s, touched_s):
        rule = policy(always_on=True)
        rule.advance(0, NOON, quiet=True)
        rule.opened(0, None, idle_s)
        assert rule.advance(touched_s - 0.1, NOON, quiet=True) is None
        assert rule.advance(touched_s, NOON, quiet=True) is CloudAction.EXTEND

    def test_it_is_renewed_in_a_silence_before_its_limit(self):
        rule = policy()
        rule.visitor(0)
        rule.advance(0, NOON, quiet=True)
        rule.opened(0, 600)
        rule.visitor(569)
        assert rule.advance(569, NOON, quiet=True) in (None, CloudAction.EXTEND)
        assert rule.advance(571, NOON, quiet=False) is not CloudAction.CLOSE
        assert rule.advance(580, NOON, quiet=True) is CloudAction.CLOSE
        rule.closed()
        assert rule.advance(581, NOON, quiet=True) is CloudAction.OPEN

    def test_no_session_is_older_than_its_token(self):
        rule = policy(always_on=True)
        rule.advance(0, NOON, quiet=True)
        rule.opened(0, None)
        assert rule.advance(CAP_S, NOON, quiet=True) is CloudAction.CLOSE


class TestFailures:
    GAPS: ClassVar = [1.5, 3, 6, 12, 24, 48, 96, 192, 225, 225]

    def test_the_pause_doubles_up_to_a_bound(self):
        rule, now_s, gaps = policy(always_on=True), 0.0, []
        for _ in self.GAPS:
            assert rule.advance(now_s, NOON, quiet=True) is CloudAction.OPEN
            rule.lost(now_s)
            failed_s = now_s
            while rule.advance(now_s, NOON, quiet=True) is None:
                now_s += 0.5
            rule.closed()
            gaps.append(now_s - failed_s)
        assert gaps == self.GAPS

    def test_the_vendors_wish_counts_and_a_final_fault_waits_an_hour(self):
        rule = policy(always_on=True)
        rule.advance(0, NOON, quiet=True)
        rule.lost(0, retry_after_s=40)
        assert rule.advance(39, NOON, quiet=True) is None
        assert rule.advance(40, NOON, quiet=True) is CloudAction.OPEN
        rule.lost(40, final=True)
        assert rule.advance(40 + FINAL_RETRY_DELAY_S - 1, NOON, quiet=True) is None
        assert rule.advance(40 + FINAL_RETRY_DELAY_S, NOON, quiet=True) is CloudAction.OPEN


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["visitor", "open", "lost", "quiet", "speech"]),
            st.floats(0, 100),
        ),
        max_size=60,
    ),
    st.booleans(),
    st.integers(0, 5),
)
def test_any_course_of_events(events, always_on, daily_minutes):
    rule = policy(always_on=always_on, daily_minutes=daily_minutes)
    now_s, held = 0.0, False
    for event, later_s in events:
        now_s += later_s
        match event:
            case "visitor":
                rule.visitor(now_s)
            case "open" if held:
                rule.opened(now_s, 300)
            case "lost" if held:
                rule.lost(now_s)
                held = False
        do = rule.advance(now_s, NOON, quiet=event != "speech")
        assert do is not CloudAction.OPEN or not held, "never two sessions"
        assert do is CloudAction.OPEN or do is None or held, "nothing to keep or close"
        if do is CloudAction.OPEN:
            held = True
        elif do is CloudAction.CLOSE:
            rule.closed()
            held = False


@pytest.mark.parametrize("cap_s", [1.0, 10.0, 0.001])
def test_a_vendor_of_short_sessions_sells_few(cap_s):
    rule, opened = policy(), 0
    for tenth in range(6000):
        now_s = tenth / 10
        rule.visitor(now_s)
        match rule.advance(now_s, NOON, quiet=True):
            case CloudAction.OPEN:
                opened += 1
                rule.opened(now_s, cap_s)
            case CloudAction.CLOSE:
                rule.closed()
    assert opened <= 12, "in ten minutes"
