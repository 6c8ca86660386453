"""Messages of MCP; what goes into headers is judged by the official SDK."""

import json
from typing import Any

import pytest
from mcp.shared import inbound

from kiosk.tools import mcp_messages
from kiosk.tools.mcp_messages import McpError, answer_in

from .made_schemas import SchemaMaker

MARK = {"type": "string", "x-mcp-header": "Room"}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    "value", ["room", "", " room", "größe", "a\nb", "=?base64?YQ==?=", "x" * 300, "~!@", "\x7f"]
)
def test_a_header_says_the_same_as_the_body(value: str) -> None:
    told = mcp_messages.header_value(value)
    assert told == inbound.encode_header_value(value)
    assert inbound.decode_header_value(told) == value


@pytest.mark.parametrize(
    "schema",
    [
        of(a=MARK),
        of(a=MARK, b={"type": "integer", "x-mcp-header": "Day"}, c={"type": "string"}),
        of(a=of(b=MARK)),
        of(a={"enum": [{"x-mcp-header": 5}]}),
        of(a=MARK, b={"type": "string", "x-mcp-header": "room"}),
        of(a={"type": "number", "x-mcp-header": "N"}),
        of(a={"type": "string", "x-mcp-header": "a b"}),
        of(a={"type": "string", "x-mcp-header": 5}),
        of(a={"type": ["string"], "x-mcp-header": "N"}),
        of(a={"type": "array", "items": MARK}),
        of(a={"anyOf": [MARK]}),
        {**of(), "x-mcp-header": "Root"},
        {**of(), "$defs": {"a": MARK}},
    ],
)
def test_which_arguments_headers_repeat(schema: dict[str, Any]) -> None:
    if inbound.find_invalid_x_mcp_header(schema) is not None:
        with pytest.raises(ValueError, match="x-mcp-header"):
            mcp_messages.headers_of(schema)
        return
    found = mcp_messages.headers_of(schema)
    theirs = inbound.x_mcp_header_map(schema)
    assert found == {path: f"Mcp-Param-{name}" for path, name in theirs.items()}
    for args in ({}, {"a": "grün", "b": 4}, {"a": {"b": True}}, {"a": [1]}, {"a": None}):
        assert mcp_messages.param_headers(found, args) == inbound.mcp_param_headers(theirs, args)


def test_no_made_schema_is_without_a_verdict() -> None:
    for seed in range(200):
        assert mcp_messages.headers_of(SchemaMaker(seed).tool()) == {}


def test_a_request_without_a_handshake_carries_what_it_must() -> None:
    request = mcp_messages.enveloped("tools/call", {"name": "zählen", "arguments": {}}, {"X": "y"})
    message = json.loads(request.message(7))
    assert message["id"] == 7
    assert message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {}
    assert request.headers == {
        "Mcp-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": inbound.encode_header_value("zählen"),
        "X": "y",
    }
    verdict = inbound.classify_inbound_request(message, headers=lowered(request.headers))
    assert isinstance(verdict, inbound.InboundModernRoute)


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


ANSWER = b'{"jsonrpc":"2.0","id":1,"result":{"a":1}}'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (ANSWER, {"a": 1}),
        (b" \n" + ANSWER, {"a": 1}),
        (b"event: message\r\ndata: " + ANSWER + b"\r\n\r\n", {"a": 1}),
        (b": ping\n\nid: 5\ndata:" + ANSWER + b"\n\n", {"a": 1}),
        (b'data: {"jsonrpc":"2.0",\ndata: "id":1,"result":{}}\n\n', {}),
        (b'data: {"method":"notifications/progress","params":{}}\n\n', None),
        (b'data: {"id":1,"method":"ping"}\n\ndata: ' + ANSWER + b"\n\n", {"a": 1}),
        (b"data: " + ANSWER, None),
        (b'{"id":2,"result":{}}', None),
        (b"<html>", None),
        (b"", None),
        (b"{" * 5000, None),
        (b"[" + ANSWER + b"]", None),
        (b'{"id":1,"result":5}', {}),
    ],
)
def test_the_answer_is_found(body: bytes, found: dict[str, Any] | None) -> None:
    assert answer_in(body, 1) == found


@pytest.mark.parametrize("id_", ["1", "null"])
def test_an_error_is_told_in_clean_words(id_: str) -> None:
    error = '{"code":-32022,"message":"a\\u001b[2Jb","data":{"x":1}}'
    body = f'{{"id":{id_},"error":{error}}}'
    with pytest.raises(McpError, match=r"^a\[2Jb$") as told:
        answer_in(body.encode(), 1)
    assert (told.value.code, told.value.data) == (-32022, {"x": 1})


def test_words_for_the_model_are_short_and_plain() -> None:
    listed = {"name": "n", "description": "Does\n\n it.\x1b[31m\u202e" + "x" * 5000}
    words = mcp_messages.words_of(listed)
    assert words.startswith("Does it.[31mxxx")
    assert len(words) == mcp_messages.MAX_DESCRIPTION_CHARACTERS
    assert mcp_messages.words_of({"name": "n", "annotations": {"title": "Title"}}) == "Title"
    assert mcp_messages.words_of({"name": "n", "description": 5}) == "n"


@pytest.mark.parametrize(
    ("result", "done", "given"),
    [
        ({"content": [{"type": "text", "text": "a\x1bb"}]}, True, {"text": "ab"}),
        ({"content": [], "structuredContent": {"a": "\u202eb"}}, True, {"result": {"a": "b"}}),
        ({"content": [{"type": "image", "data": "xx"}]}, True,
         {"text": "[image that cannot be shown]"}),
        ({}, True, {"done": True}),
        ({"content": [{"text": "no"}], "isError": True}, False, {"text": "no"}),
        ({"resultType": "input_required"}, False,
         {"text": "it asks for something that this kiosk cannot give"}),
    ],
)  # fmt: skip
def test_results(result: dict[str, Any], done: bool, given: dict[str, Any]) -> None:
    assert mcp_messages.result_of(result) == (done, given)


def test_a_result_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="none"):
        mcp_messages.result_of({"content": 5})
