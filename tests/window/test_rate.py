"""Frames a second."""

import pytest

from kiosk.window.rate import FrameRate


def test_a_rate_counts_the_last_two_seconds(monkeypatch):
    now_s = [10.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    rate = FrameRate()
    for _ in range(60):
        now_s[0] += 1 / 30
        rate.count()
    assert rate.fps == pytest.approx(30, abs=1)
    now_s[0] += 5
    assert rate.fps == 0
