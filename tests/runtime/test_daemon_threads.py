"""A call that hangs must not hold up the end of a loop, nor that of the process."""

import subprocess
import sys

import pytest

CALLS = {"in time": "0", "too late": "30"}


@pytest.mark.parametrize("seconds", CALLS.values(), ids=CALLS)
def test_process_ends_although_a_call_hangs(seconds):
    program = f"""
import asyncio, threading, time
from kiosk.runtime.daemon_threads import DaemonThreads
async def main():
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    assert await asyncio.to_thread(lambda: 7) == 7
    asyncio.ensure_future(asyncio.to_thread(time.sleep, {seconds}))
    await asyncio.sleep(0.1)
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], timeout=10, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_fault_of_a_call_comes_to_whoever_waits():
    from kiosk.runtime.daemon_threads import DaemonThreads

    with DaemonThreads() as threads, pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 / 0).result(5)
