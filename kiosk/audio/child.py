"""One run of the sound process. `supervisor.py` starts the next one when it has ended."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


class Child:
    """A started sound process. It reports through two callbacks, on the event loop's thread."""

    def __init__(
        self,
        job: dict[str, Any],
        wake_fd: int,
        on_report: Callable[[dict[str, Any]], None],
        on_end: Callable[[int], None],
    ) -> None:
        """`on_report`: a line that it wrote. `on_end`: it is gone, with this exit status."""
        self._on_report, self._on_end = on_report, on_end
        self.started_ns = time.monotonic_ns()
        their_input, self._input = os.pipe2(os.O_CLOEXEC)
        self._output, their_output = os.pipe2(os.O_CLOEXEC)
        words = json.dumps({**job, "wake_fd": wake_fd, "parent": os.getpid()})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.audio.process.worker", words],
            stdin=their_input,
            stdout=their_output,
            pass_fds=(wake_fd,),
        )
        os.close(their_input)
        os.close(their_output)
        os.set_blocking(self._output, False)
        self._line = b""
        self._pidfd = os.pidfd_open(self.pid)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._output, self._read)
        self._loop.add_reader(self._pidfd, self._ended)

    @property
    def pid(self) -> int:
        return self._process.pid

    def finish(self) -> None:
        """Ask it to close its devices and end: its standard input is closed."""
        if self._input >= 0:
            os.close(self._input)
            self._input = -1

    def kill(self) -> None:
        """End it, whatever it hangs in."""
        signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            piece = os.read(self._output, 65536)
            if not piece:
                self._loop.remove_reader(self._output)
            self._line += piece
        *lines, self._line = self._line.split(b"\n")
        for line in lines:
            self._on_report(json.loads(line))

    def _ended(self) -> None:
        self._loop.remove_reader(self._pidfd)
        self._read()
        self._loop.remove_reader(self._output)
        self.finish()
        status = self._process.wait()  # at once: the kernel said that it is gone
        os.close(self._output)
        os.close(self._pidfd)
        self._on_end(status)
