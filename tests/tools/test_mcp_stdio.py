"""MCP by a program of this board: a real server of the official SDK, and odd ones."""

import asyncio
import sys
from pathlib import Path

import pytest

from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.mcp_messages import McpError, McpUnreachableError, plain
from kiosk.tools.mcp_server import McpServer
from kiosk.tools.mcp_stdio import McpOverStdio
from kiosk.tools.tool import ToolError

from .mcp_trial import call, call_off, until

PROGRAM = Path(__file__).with_name("mcp_program.py")
LIST = plain("tools/list", {})

OLD = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked: continue
    answers = {
        "initialize": {"protocolVersion": "2024-11-05", "capabilities": {}},
        "tools/list": {"tools": [{"name": "a", "inputSchema": {"type": "object"}}]},
        "tools/call": {"content": [{"type": "text", "text": "done"}]},
    }
    print("starting up ...")
    print(json.dumps({"jsonrpc": "2.0", "method": "notifications/message", "params": {}}))
    print(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "roots/list"}))
    error = {"code": -32601, "message": "Method not found"}
    found = answers.get(asked["method"])
    rest = {"error": error} if found is None else {"result": found}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **rest}), flush=True)
"""


def over_stdio(code: str) -> McpOverStdio:
    return McpOverStdio(ToolSettings(command=(sys.executable, "-c", code)))


async def test_a_real_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "k-0123456789abcdef")
    monkeypatch.setenv("TOOL_DESK", "k-fedcba9876543210")
    command, environment = (sys.executable, str(PROGRAM)), {"DESK_TOKEN": "{tool-desk}"}
    server = McpServer("desk", ToolSettings(command=command, environment=environment))
    assert await server.look()
    found = (await call(server, "desk_find_ticket", number=4))["result"]
    assert found["number"] == 4
    assert {"PATH", "DESK_TOKEN"} <= set(found["environment"])
    assert not {"GEMINI_API_KEY", "TOOL_DESK"} & set(found["environment"])
    with pytest.raises(ToolError, match="Error executing tool fail"):
        await call(server, "desk_fail")
    await call_off(server, tmp_path)
    assert await call(server, "desk_say", words="here") == {"result": {"result": "here"}}
    await server.close()


async def test_an_old_server_that_talks_beside_the_protocol() -> None:
    server = McpServer("desk", ToolSettings(), over_stdio(OLD))
    assert await server.look()
    assert await call(server, "desk_a") == {"text": "done"}
    await server.close()


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.stdin.readline()",
        "import sys; sys.stdin.readline(); print('x' * 3_000_000, flush=True); sys.stdin.read()",
        "raise SystemExit(3)",
    ],
)
async def test_a_program_that_ends_or_floods_is_told_and_started_again(code: str) -> None:
    transport = over_stdio(code)
    for _ in range(2):
        with pytest.raises(McpUnreachableError, match="ended"):
            await transport.ask(LIST)
    transport.close()
    await transport.ended()


async def test_a_program_that_is_not_there_is_told() -> None:
    transport = McpOverStdio(ToolSettings(command=("/nowhere/server",)))
    with pytest.raises(McpUnreachableError, match="/nowhere/server cannot be started: No such"):
        await transport.ask(LIST)


async def test_a_missing_secret_is_told() -> None:
    settings = ToolSettings(command=("/bin/cat",), environment={"DESK_TOKEN": "{tool-none}"})
    with pytest.raises(McpUnreachableError, match="there is no tool-none"):
        await McpOverStdio(settings).ask(LIST)


async def test_a_refusal_is_told() -> None:
    transport = over_stdio(OLD)
    with pytest.raises(McpError, match="Method not found"):
        await transport.ask(plain("server/discover", {}))
    transport.close()
    await transport.ended()


async def test_closing_ends_the_program_and_who_waits_is_told() -> None:
    transport = over_stdio("import sys; sys.stdin.read()")
    waiting = asyncio.create_task(transport.ask(LIST))
    while not waiting.done():
        transport.close()
        await asyncio.sleep(0.01)
    with pytest.raises(McpUnreachableError, match="it was ended"):
        await waiting
    await transport.ended()


async def test_what_a_wrapper_has_started_ends_with_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    write = f"open({str(told)!r}, 'w').write(str(os.getpid()))"
    wrapped = f'{sys.executable} -c "import os, sys; {write}; sys.stdin.read()"; true'
    transport = McpOverStdio(ToolSettings(command=("/bin/sh", "-c", wrapped)))
    waiting = asyncio.create_task(transport.ask(LIST))
    await until(lambda: told.exists() and told.read_text())
    transport.close()
    await transport.ended()
    with pytest.raises(McpUnreachableError):
        await waiting
    await until(lambda: has_ended(int(told.read_text())))


def has_ended(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return True
