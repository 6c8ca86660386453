"""Which strings a process refers to: whether words of a visitor are still in its memory."""

import gc
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

_HERE = Path(__file__).parents[2]
_ASK = signal.SIGUSR2


def strings() -> Iterator[str]:
    """Every string that something in this process refers to, apart from code."""
    seen: set[int] = set()
    waiting = gc.get_objects()
    while waiting:
        for each in gc.get_referents(waiting.pop()):
            if isinstance(each, str):
                yield each
            elif not gc.is_tracked(each) and id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)


def holders(canary: str) -> int:
    """How many of them contain these words, apart from the very string that asks."""
    gc.collect()
    return sum(text is not canary and canary in text for text in strings())


class Searchable:
    """Processes that are started with this environment tell which strings they hold.

    Args:
        directory: for what they need and write.
        canary: words to look for.
    """

    def __init__(self, directory: Path, canary: str) -> None:
        self._directory = directory
        (directory / "canary").write_text(canary, "utf-8")
        (directory / "sitecustomize.py").write_text(
            f"import sys\nsys.path.append({str(_HERE)!r})\n"
            f"from tests.support.heap import answer\nanswer({str(directory)!r})\n",
            "utf-8",
        )
        self.environment = {"PYTHONPATH": str(directory)}

    def holders(self, pid: int, limit_s: float = 30) -> int:
        """How many strings of that process contain the words."""
        found = self._directory / str(pid)
        found.unlink(missing_ok=True)
        os.kill(pid, _ASK)
        end_s = time.monotonic() + limit_s
        while not found.exists():
            assert time.monotonic() < end_s, "the process does not answer"
            time.sleep(0.05)
        return int(found.read_text())


def answer(directory: str) -> None:
    """Have this process answer a signal with how many strings contain the words."""

    def count(*_: object) -> None:
        found = holders((Path(directory) / "canary").read_text("utf-8"))
        unfinished = Path(directory) / f"{os.getpid()}.new"
        unfinished.write_text(str(found))
        unfinished.rename(Path(directory) / str(os.getpid()))

    signal.signal(_ASK, count)
