"""A process that is killed costs what nobody heard meanwhile, and nothing else."""

from pathlib import Path

import pytest

from benchmarks import kills


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_fifty_kills_of_each_process(tmp_path: Path) -> None:
    section = kills.measure(tmp_path, short=False)
    assert not section.failures, section
