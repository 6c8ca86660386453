"""MCP over HTTP: with a real server of the official SDK, in each era, and with odd ones."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.mcp_http import McpOverHttp
from kiosk.tools.mcp_messages import (
    McpError,
    McpSessionError,
    McpUnreachableError,
    enveloped,
    plain,
)
from kiosk.tools.mcp_server import McpServer
from kiosk.tools.tool import ToolError

from .mcp_trial import call, call_off
from .web_service import WebService

PROGRAM = Path(__file__).with_name("mcp_program.py")
ERAS = {"2026-07-28": {}, "2025-11-25": {"X-Old": "1"}}
LIST = plain("tools/list", {})


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = [sys.executable, str(PROGRAM), "http"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        assert program.stdout is not None
        yield f"http://127.0.0.1:{int(program.stdout.readline())}/mcp"
        program.kill()


@pytest.fixture(params=ERAS)
async def server(url: str, request: pytest.FixtureRequest) -> McpServer:
    it = McpServer("desk", ToolSettings(mcp=url, headers=ERAS[request.param]))
    assert await it.look()
    return it


async def test_a_real_server_of_each_era(
    server: McpServer, caplog: pytest.LogCaptureFixture
) -> None:
    by_name = {tool.name: tool for tool in server.tools()}
    assert list(by_name) == [
        f"desk_{one}" for one in ("find_ticket", "say", "r_ume_z_hlen", "fail", "wait")
    ]
    ticket = by_name["desk_find_ticket"]
    assert ticket.about == "Finds a ticket.[31m"
    assert ticket.parameters == {
        "type": "OBJECT",
        "properties": {
            "number": {"type": "INTEGER", "minimum": 1, "description": "As on the ticket"},
            "floor": {"type": "STRING", "nullable": True},
        },
        "required": ["number"],
    }
    found = await call(server, "desk_find_ticket", number=4, floor="2")
    assert (found["result"]["number"], found["result"]["floor"]) == (4, "2")
    assert await call(server, "desk_say", words="Grüße\u2028") == {"result": {"result": "Grüße "}}
    counted = await call(server, "desk_r_ume_z_hlen", room="Räume")
    assert counted == {"result": {"result": "one in Räume"}}
    with pytest.raises(ToolError, match="Error executing tool fail"):
        await call(server, "desk_fail")


async def test_a_call_that_is_called_off_ends_at_the_server(
    server: McpServer, tmp_path: Path
) -> None:
    await call_off(server, tmp_path)


def over_http(service: WebService, **headers: str) -> McpOverHttp:
    return McpOverHttp(ToolSettings(mcp=f"{service.url}/mcp", headers=headers))


def answer(service: WebService, status: int, body: bytes, **headers: str) -> None:
    service.answer = (
        status,
        {name.replace("_", "-"): text for name, text in headers.items()},
        body,
    )


async def test_what_is_sent(service: WebService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOL_DESK", "k-0123456789abcdef")
    answer(service, 200, b'{"jsonrpc":"2.0","id":1,"result":{}}')
    transport = over_http(service, Authorization="Bearer {tool-desk}")
    await transport.ask(enveloped("tools/call", {"name": "a"}, {"Mcp-Param-X": "y"}))
    ((method, path, headers, content),) = service.requests
    assert (method, path, content["method"]) == ("POST", "/mcp", "tools/call")
    wanted = {
        "Authorization": "Bearer k-0123456789abcdef", "Mcp-Name": "a", "Mcp-Param-X": "y",
        "Accept": "application/json, text/event-stream",
    }  # fmt: skip
    assert wanted.items() <= headers.items()


async def test_a_session_is_kept_and_a_forgotten_one_is_told(service: WebService) -> None:
    transport = over_http(service)
    answer(service, 200, b'{"id":1,"result":{}}', Mcp_Session_Id="s1")
    await transport.ask(LIST)
    answer(service, 404, b"")
    with pytest.raises(McpSessionError):
        await transport.ask(LIST)
    assert service.requests[1][2]["Mcp-Session-Id"] == "s1"
    with pytest.raises(McpError):
        await transport.ask(LIST)
    assert "Mcp-Session-Id" not in service.requests[2][2]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, b"", McpUnreachableError, "refuses our credentials"),
        (302, b"", McpUnreachableError, "another address"),
        (503, b"busy", McpUnreachableError, "status 503"),
        (200, b"<html>", McpUnreachableError, "another way than MCP's"),
        (200, b'{"id":9,"result":{}}', McpUnreachableError, "another way than MCP's"),
        (405, b"", McpError, "status 405"),
        (400, b'{"id":null,"error":{"code":-32020,"message":"no"}}', McpError, "no"),
    ],
)
async def test_odd_answers(
    service: WebService, status: int, body: bytes, kind: type[Exception], words: str
) -> None:
    answer(service, status, body, Location="http://other.example/")
    with pytest.raises(kind, match=words):
        await over_http(service).ask(LIST)


async def test_an_answer_in_a_stream_that_does_not_end_is_taken(service: WebService) -> None:
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"a": 1}}).encode()
    # The server promises more than it sends: the line stays open.
    answer(service, 200, b": ping\n\ndata: " + message + b"\n\n", Content_Length="100000")
    async with asyncio.timeout(5):
        assert await over_http(service).ask(LIST) == {"a": 1}


async def test_nobody_there() -> None:
    transport = McpOverHttp(ToolSettings(mcp="http://127.0.0.1:9/mcp"))
    with pytest.raises(McpUnreachableError, match="no answer") as told:
        await transport.ask(LIST)
    assert not told.value.in_doubt


async def test_a_missing_secret_is_told(service: WebService) -> None:
    with pytest.raises(McpUnreachableError, match="there is no tool-none"):
        await over_http(service, Authorization="Bearer {tool-none}").ask(LIST)
    assert service.requests == []
