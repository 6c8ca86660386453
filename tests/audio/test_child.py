"""One run of the sound process: what it says, and that its end is told."""

import asyncio
import os

import pytest

from kiosk.audio.child import Child
from tests.support.sounding import until


@pytest.fixture
def wake():
    descriptor = os.eventfd(0, os.EFD_NONBLOCK)
    yield descriptor
    os.close(descriptor)


async def test_a_process_that_cannot_do_its_job_ends_and_that_is_told(wake, capfd):
    reports, ends = [], []
    child = Child({"no": "job"}, wake, reports.append, ends.append)
    assert child.pid > 0
    await until(lambda: bool(ends), 20)
    assert ends != [0]
    assert "Traceback" in capfd.readouterr().err


async def test_one_that_is_killed_is_gone_at_once(wake, capfd):
    ends: list[int] = []
    child = Child({"no": "job"}, wake, lambda _: None, ends.append)
    child.kill()
    await until(lambda: bool(ends))
    assert ends == [-9]
    child.finish()
    await asyncio.sleep(0)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
