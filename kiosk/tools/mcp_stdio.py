"""An MCP server that is a program of this board: a line of JSON for each message.

It is started with the first request, and again with the first after its end. Of the kiosk's
environment it gets what a program needs to run, and no secret; the settings may add to that.

Source: modelcontextprotocol.io, transports, stdio.
"""

import asyncio
import contextlib
import itertools
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Any, cast

from kiosk.errors import CredentialError
from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.mcp_messages import (
    McpError,
    McpRequest,
    McpUnreachableError,
    answer_in,
    called_off,
)
from kiosk.tools.template import fill

MAX_LINE_BYTES = 1 << 20
END_TIMEOUT_S = 2.0
"""What was killed is gone in milliseconds, if the system is not at fault."""
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "TMPDIR", "XDG_RUNTIME_DIR")


class McpOverStdio:
    """See the module. Everything belongs to the loop's thread.

    Args:
        settings: of the server: `command` and `environment`.
    """

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings
        self._numbers = itertools.count(1)
        self._process: Process | None = None
        self._readers: set[asyncio.Task[None]] = set()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._starting = asyncio.Lock()
        self._ends = 0
        """How often a program was ended: one that starts meanwhile is not wanted any more."""

    async def ask(self, request: McpRequest) -> dict[str, Any]:
        """Send a request and wait for its result.

        Raises:
            McpError: the server refuses it.
            McpUnreachableError: it cannot be started, or has ended.
        """
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._write(request.message(number))
            return await answer
        except asyncio.CancelledError:
            if request.method == "tools/call":
                self._call_off(number)
            raise
        finally:
            self._waiting.pop(number, None)
            if answer.done() and not answer.cancelled():
                answer.exception()  # Told to nobody, where writing failed before.

    async def tell(self, request: McpRequest) -> None:
        """Send a message that has no answer.

        Raises:
            McpUnreachableError: it cannot be started, or has ended.
        """
        await self._write(request.message())

    def close(self) -> None:
        """End the program."""
        self._end("it was ended")

    async def ended(self) -> None:
        """Wait until the program is gone."""
        if self._readers:
            await asyncio.wait(self._readers, timeout=END_TIMEOUT_S)

    def _end(self, why: str) -> None:
        self._ends += 1
        process, self._process = self._process, None
        if process is not None:
            cast(asyncio.StreamWriter, process.stdin).close()
            _kill(process)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(McpUnreachableError(why, in_doubt=True))

    async def _write(self, message: bytes) -> None:
        async with self._starting:
            process = self._process
            if process is None or process.returncode is not None:
                process = await self._start()
            stdin = cast(asyncio.StreamWriter, process.stdin)
            try:
                stdin.write(message + b"\n")
                await stdin.drain()
            except OSError:
                self._end("its program has ended")
                raise McpUnreachableError("its program has ended") from None

    async def _start(self) -> Process:
        command, before = self._settings.command, self._ends
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            kept |= {name: fill(text, {}) for name, text in self._settings.environment.items()}
        except CredentialError as error:
            raise McpUnreachableError(f"its secret cannot be used: {error}") from None
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=kept,
                limit=MAX_LINE_BYTES,
                start_new_session=True,
            )
        except OSError as error:
            raise McpUnreachableError(f"{command[0]} cannot be started: {error.strerror}") from None
        if self._ends == before:
            self._process = process
        else:
            _kill(process)
        reader = asyncio.create_task(self._read(process))
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        if self._process is not process:
            raise McpUnreachableError("it was ended")
        return process

    async def _read(self, process: Process) -> None:
        stdout = cast(asyncio.StreamReader, process.stdout)
        with contextlib.suppress(ValueError):  # A line that is too long: nothing after it is whole.
            while line := await stdout.readline():
                self._take(line)
        if self._process is process:
            self._end("its program has ended")
        await process.wait()

    def _take(self, line: bytes) -> None:
        for number, waiting in self._waiting.items():
            if waiting.done():
                continue
            try:
                result = answer_in(line, number)
            except McpError as error:
                waiting.set_exception(error)
                return
            if result is not None:
                waiting.set_result(result)
                return

    def _call_off(self, number: int) -> None:
        process = self._process
        if process is None or process.stdin is None or process.returncode is not None:
            return
        with contextlib.suppress(OSError, RuntimeError):
            process.stdin.write(called_off(number).message() + b"\n")


def _kill(process: Process) -> None:
    """End a program with all that it has started, such as the server that a wrapper runs."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
