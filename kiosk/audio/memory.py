"""What keeps the visitors' speech out of swap, core dumps and left-over memory. Linux, by libc."""

import ctypes
import mmap
import os
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NAME = 1, 4, 15  # linux/prctl.h
_FALLOC_FL_KEEP_SIZE, _FALLOC_FL_PUNCH_HOLE = 1, 2  # linux/falloc.h
_MLOCK_ONFAULT = 1  # asm-generic/mman.h
_M_MMAP_THRESHOLD = -3  # malloc.h
LARGE_BYTES = 1 << 20
"""From this size on memory is given back to the system when it is freed."""


def die_with_parent(signal: int) -> None:
    """Have the kernel send `signal` to this process when the thread that started it ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0)


def forbid_core_dumps() -> None:
    """Also where dumps go through a pipe, which RLIMIT_CORE does not stop. Source: core(5)."""
    _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def give_back_large_blocks() -> None:
    """Have what is large mapped by itself, and so returned when it is freed.

    glibc raises that threshold to the largest block that was ever freed, up to 32 MiB: one frame of
    8 MiB cost the daemon 24 MiB for the rest of its life. Source: mallopt(3).
    """
    _LIBC.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


def lock(mapping: mmap.mmap) -> bool:
    """Keep the pages of a mapping out of swap, from their first use. False where not permitted."""
    view = ctypes.c_char.from_buffer(mapping)
    size = ctypes.c_size_t(len(mapping))
    return bool(_LIBC.mlock2(ctypes.c_void_p(ctypes.addressof(view)), size, _MLOCK_ONFAULT) == 0)


def punch(fd: int, offset: int, length: int) -> bool:
    """Give a part of a file back to the system: it reads as zeros. False where that fails.

    Not by madvise(MADV_REMOVE), which refuses locked pages.
    """
    mode = _FALLOC_FL_PUNCH_HOLE | _FALLOC_FL_KEEP_SIZE
    return bool(_LIBC.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)) == 0)


def is_tmpfs(directory: Path) -> bool:
    """Whether a directory lies in memory, by the longest mount point above it."""
    best, kind = -1, ""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, fs, *_ = line.split()
        if len(point) > best and directory.resolve().is_relative_to(point.replace("\\040", " ")):
            best, kind = len(point), fs
    return kind in {"tmpfs", "ramfs"}


def name_process(name: str) -> None:
    """What `ps` and `top` show.

    Not through /proc/self/comm: without dumps that belongs to root, and we may be refused.
    """
    _LIBC.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def parent_is(pid: int) -> bool:
    """Whether the parent still is who started us: no signal comes for a death before we asked."""
    return os.getppid() == pid
