"""A kiosk that talks for ten minutes loses nothing and does not grow."""

from pathlib import Path

import pytest

from benchmarks import soak


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_minutes_of_visitors(tmp_path: Path) -> None:
    section = soak.measure(tmp_path, 10)
    assert not section.failures, section
