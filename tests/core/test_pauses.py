"""How long a link stays away: bounded, and never together with others."""

from itertools import islice

import pytest

from kiosk.core import pauses


def test_the_back_off_grows_to_its_bound_and_starts_at_once():
    longest = list(islice(pauses.backoff(lambda: 1.0), 9))
    assert longest == [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert list(islice(pauses.backoff(lambda: 0.0), 3)) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("seconds", "asked"), [(None, None), (-1.0, None), (0.0, 0.0), (30.0, 30.0), (1e9, 600.0)]
)
def test_what_a_service_asks_for_is_followed_within_reason(seconds, asked):
    assert pauses.asked(seconds) == asked


def test_quota_is_left_alone_longer_each_time_up_to_twice_a_minute():
    shortest = [pauses.quota(n, None, waiting=False, random=lambda: 0.0) for n in range(1, 6)]
    assert shortest == [10.0, 20.0, 40.0, 60.0, 60.0]
    assert pauses.quota(9, None, waiting=False, random=lambda: 1.0) == 120.0


def test_quota_is_tried_sooner_while_somebody_waits_and_later_where_the_service_asks():
    assert pauses.quota(1, None, waiting=True, random=lambda: 0.0) == pauses.QUOTA_WAITS_S
    assert pauses.quota(1, 0.0, waiting=True, random=lambda: 0.0) == pauses.QUOTA_WAITS_S
    assert pauses.quota(1, 90.0, waiting=True, random=lambda: 0.5) == 90.5
