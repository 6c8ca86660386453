"""For how long a vendor wants to be left alone, and for how long that is heeded."""

import math

import pytest

from kiosk.avatar.retry_after import MAX_RETRY_AFTER_S, heeded_s, retry_after_s

NOW_S = 1_800_000_000.0
"""15 January 2027, 08:00:00 GMT."""


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("17", 17.0), ("0", 0.0), ("-3", 0.0), ("", 0.0), ("soon", 0.0)),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
    ],
)
def test_a_number_or_a_date_is_read(value, seconds):
    assert retry_after_s(value, NOW_S) == seconds


@pytest.mark.parametrize(
    ("wish_s", "heeded"),
    [(17.0, 17.0), (-1.0, 0.0), (math.nan, 0.0), (math.inf, MAX_RETRY_AFTER_S)],
)
def test_no_wish_is_heeded_for_ever(wish_s, heeded):
    assert heeded_s(wish_s) == heeded
