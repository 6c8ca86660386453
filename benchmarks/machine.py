"""What the kernel knows of a process, and of how busy the machine was."""

import math
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Processor seconds of a process, its threads that have ended included (10 ms steps)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def pss_mib(pid: int) -> float:
    """Proportional share of memory: what is shared with others is counted in parts."""
    return _rollup_mib(pid, "Pss")


def own_mib(pid: int) -> float:
    """The part of it that is no file's: it does not move when others begin or end to share one."""
    return _rollup_mib(pid, "Pss_Anon") + _rollup_mib(pid, "Pss_Shmem")


def _rollup_mib(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def descriptors(pid: int) -> int:
    """Open files."""
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def load() -> str:
    """The machine's load average over one minute: other people's work beside ours."""
    return Path("/proc/loadavg").read_text().split()[0]


def percentile(values: list[float], share: float) -> float:
    """Nearest rank: the smallest value that `share` of all do not exceed."""
    return sorted(values)[max(math.ceil(len(values) * share) - 1, 0)]
