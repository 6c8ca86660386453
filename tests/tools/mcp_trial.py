"""An MCP server in memory for the tests, and how a tool of one is called."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.tools.mcp_messages import McpRequest
from kiosk.tools.mcp_server import McpServer
from kiosk.tools.tool import ToolUse

Answer = Callable[[McpRequest], dict[str, Any]]


class TrialTransport:
    """Answers by the method; an answer may be an exception."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "server/discover": {"supportedVersions": ["2026-07-28"]},
            "tools/list": {"tools": []},
        } | {name.replace("__", "/"): answer for name, answer in answers.items()}
        self.asked: list[McpRequest] = []
        self.told: list[McpRequest] = []
        self.closed = 0

    @property
    def methods(self) -> list[str]:
        return [one.method for one in self.asked]

    async def ask(self, request: McpRequest) -> dict[str, Any]:
        self.asked.append(request)
        answer = self.answers[request.method]
        answer = answer(request) if callable(answer) else answer
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def tell(self, request: McpRequest) -> None:
        self.told.append(request)

    def close(self) -> None:
        self.closed += 1

    async def ended(self) -> None: ...


async def until(condition: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.005)


async def call_off(server: McpServer, folder: Path) -> None:
    """Call the tool that waits (`mcp_program.py`), and see it ended at the server."""
    started, ended = folder / "started", folder / "ended"
    task = asyncio.create_task(call(server, "desk_wait", started=str(started), ended=str(ended)))
    await until(started.exists)
    called_off_s = time.monotonic()
    task.cancel()
    await until(ended.exists)
    print(f"ended at the server after {(time.monotonic() - called_off_s) * 1000:.0f} ms")
    assert task.cancelled()


async def call(server: McpServer, name: str, **args: Any) -> dict[str, Any]:
    """Carry out the tool that the model knows by this name."""
    tool = next(one for one in server.tools() if one.name == name)
    return await tool.run(args, ToolUse("1", "key-1"))
