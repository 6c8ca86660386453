"""Which version of the protocol a client speaks with a server, and what it asks."""

from typing import Any

import pytest

from kiosk.tools.mcp_client import McpClient
from kiosk.tools.mcp_messages import McpError, McpSessionError, McpUnreachableError

from .mcp_trial import TrialTransport

OLD = {"protocolVersion": "2025-06-18", "capabilities": {}}


@pytest.mark.parametrize(
    "answer",
    [
        McpError(-32601, "Method not found"),
        McpError(-32600, "Bad Request: Missing session ID"),
        McpError(-32022, "Unsupported", {"supported": ["2025-11-25"]}),
        McpError(-32022, "Unsupported", 5),
        {"supportedVersions": ["2025-11-25"]},
        {},
    ],
)
async def test_any_other_answer_means_the_handshake(answer: Any) -> None:
    transport = TrialTransport(server__discover=answer, initialize=OLD)
    client = McpClient(transport)
    assert await client.tools() == []
    assert transport.methods == ["server/discover", "initialize", "tools/list"]
    assert transport.asked[1].params["protocolVersion"] == "2025-11-25"
    assert [one.method for one in transport.told] == ["notifications/initialized"]
    assert transport.asked[2].headers == {"Mcp-Protocol-Version": "2025-06-18"}
    assert "_meta" not in transport.asked[2].params


async def test_without_a_handshake_each_request_stands_alone() -> None:
    transport = TrialTransport()
    client = McpClient(transport)
    await client.tools()
    await client.tools()
    assert transport.methods == ["server/discover", "tools/list", "tools/list"]
    assert client.version == "2026-07-28"
    assert transport.asked[1].headers["Mcp-Method"] == "tools/list"


@pytest.mark.parametrize(
    "answers",
    [
        {"server__discover": McpError(-32022, "x", {"supported": ["2031-01-01"]})},
        {"server__discover": McpError(-32601, "x"), "initialize": {"protocolVersion": "1999"}},
    ],
)
async def test_a_server_of_other_versions_is_not_used(answers: dict[str, Any]) -> None:
    with pytest.raises(McpUnreachableError, match="no version that we know"):
        await McpClient(TrialTransport(**answers)).tools()


async def test_a_server_that_answered_too_late_has_settled_its_version() -> None:
    late = McpError(-32022, "x", {"supported": ["2026-07-28"]})
    transport = TrialTransport(server__discover=McpError(-32601, "x"), initialize=late)
    client = McpClient(transport)
    await client.tools()
    assert client.version == "2026-07-28"


async def test_a_session_that_is_forgotten_is_begun_anew_and_the_call_is_made() -> None:
    lost = [McpSessionError("it has forgotten the session")]
    transport = TrialTransport(
        server__discover=McpError(-32601, "x"),
        initialize=OLD,
        tools__call=lambda _: lost.pop() if lost else {"content": []},
    )
    assert await McpClient(transport).call("a", {}, {}) == {"content": []}
    begin = ["server/discover", "initialize", "tools/call"]
    assert transport.methods == begin * 2


async def test_pages_are_read_and_end() -> None:
    def page(request: Any) -> dict[str, Any]:
        at = int(request.params.get("cursor", 0))
        return {"tools": [{"name": f"t{at}"}, 5, {"name": 5}, {}], "nextCursor": str(at + 1)}

    transport = TrialTransport(tools__list=page)
    listed = await McpClient(transport).tools()
    assert [one["name"] for one in listed] == [f"t{at}" for at in range(20)]
    transport.answers["tools/list"] = {"tools": [{"name": "a"}], "nextCursor": "x"}
    assert len(await McpClient(transport).tools()) == 2


async def test_a_list_that_is_none_is_told() -> None:
    with pytest.raises(McpUnreachableError, match="lists no tools"):
        await McpClient(TrialTransport(tools__list={"tools": {}})).tools()
