"""What the kernel is asked to do with the memory of speech, and that it does it."""

import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.audio import memory


def test_a_hole_reads_as_zeros_and_takes_no_memory(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"\1" * 65536)
    before = file.stat().st_blocks
    with file.open("r+b") as opened:
        assert memory.punch(opened.fileno(), 0, 32768)
    assert file.read_bytes() == bytes(32768) + b"\1" * 32768
    assert file.stat().st_blocks < before
    reading = os.open(file, os.O_RDONLY)
    assert not memory.punch(reading, 0, 4096)
    os.close(reading)


def test_locked_pages_stay_out_of_swap():
    mapping = mmap.mmap(-1, 1 << 16)
    if not memory.lock(mapping):
        pytest.skip("this user may lock no memory")
    mapping[0] = 1  # Locked from its first use.
    status = Path("/proc/self/status").read_text()
    [locked] = [line.split()[1] for line in status.splitlines() if line.startswith("VmLck:")]
    assert int(locked) > 0


def test_memory_is_told_from_a_disk():
    assert memory.is_tmpfs(Path("/dev/shm")) == ("tmpfs /dev/shm" in mounts())
    assert not memory.is_tmpfs(Path("/proc"))


def mounts() -> str:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return "\n".join(f"{line.split()[2]} {line.split()[1]}" for line in lines)


def test_a_process_is_named_dumps_nothing_and_knows_its_parent():
    words = (
        "import os, sys; from kiosk.audio import memory;"
        "memory.name_process('kiosk-sound-and-more'); memory.forbid_core_dumps();"
        "print(open('/proc/self/comm').read().strip(), memory.parent_is(os.getppid()),"
        " memory.parent_is(1_000_000_000), memory._LIBC.prctl(3, 0, 0, 0, 0))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["kiosk-sound-and", "True", "False", "0"]


def test_a_child_ends_with_its_parent():
    child = (
        "import signal, sys, time; from kiosk.audio import memory;"
        "memory.die_with_parent(signal.SIGKILL); print('ready', flush=True); time.sleep(60)"
    )
    parent = (
        "import subprocess, sys;"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE);"
        "child.stdout.readline(); print(child.pid, flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", parent], stdout=subprocess.PIPE, check=True)
    pidfd_or_gone(int(done.stdout))


def pidfd_or_gone(pid: int) -> None:
    """Wait until a process is over; fails where it lives on."""
    import select

    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([descriptor], [], [], 30)
    os.close(descriptor)
    assert ended, "it lives on"
