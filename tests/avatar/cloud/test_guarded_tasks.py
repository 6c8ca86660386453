"""A fault in the avatar's work is told, and is nobody else's business."""

import asyncio
import gc

import pytest

from kiosk.avatar.cloud.guarded_tasks import spawn


@pytest.fixture
async def unseen():
    """What would end the daemon."""
    loop, seen = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: seen.append(context))
    yield seen
    loop.set_exception_handler(None)


async def fail() -> None:
    raise TypeError("unhashable type: 'list'")


async def test_a_fault_is_logged_and_told(unseen, caplog):
    told = []
    spawn(fail(), told.append)
    spawn(fail())
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    assert told == ["TypeError: unhashable type: 'list'"]
    assert caplog.text.count("a fault in a task of the cloud avatar") == 2
    assert "Traceback" in caplog.text
    assert unseen == []


async def test_an_end_and_a_cancellation_are_none(unseen, caplog):
    told = []
    spawn(asyncio.sleep(0), told.append)
    spawn(asyncio.sleep(60), told.append).cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    assert (told, caplog.text, unseen) == ([], "", [])
