"""A kiosk that talks for long loses nothing and does not grow, also under faults."""

from pathlib import Path

import pytest

from benchmarks import endurance, soak


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_minutes_of_visitors(tmp_path: Path) -> None:
    section = soak.measure(tmp_path, 10)
    assert not section.failures, section


@pytest.mark.long
@pytest.mark.timeout(2700)
def test_half_an_hour_with_a_fault_every_20_s(tmp_path: Path) -> None:
    section = endurance.measure(tmp_path, 30)
    assert not section.failures, section
