"""A real MCP server, by the official SDK: over stdio, or with the argument `http` over Streamable
HTTP, on a port that it prints.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from mcp.server import MCPServer
from pydantic import Field

Room = Annotated[str, Field(json_schema_extra={"x-mcp-header": "Room"})]

app = MCPServer("trial")


@app.tool()
def find_ticket(
    number: Annotated[int, Field(ge=1, description="As on the ticket")], floor: str | None = None
) -> dict[str, Any]:
    """Finds a ticket.\x1b[31m"""
    return {"number": number, "floor": floor, "environment": sorted(os.environ)}


@app.tool()
def say(words: str) -> str:
    """Says it."""
    return words


@app.tool(name="räume.zählen")
def count(room: Room) -> str:
    """Counts."""
    return f"one in {room}"


@app.tool()
def fail() -> str:
    """Never works."""
    raise ValueError("there is no paper")


@app.tool()
def map_of(values: dict[str, int]) -> str:
    """Takes names of its own choosing, which cannot be told to the service."""
    return str(values)


@app.tool()
async def wait(started: str, ended: str) -> str:
    """Waits until it is called off, and writes that down."""
    with open(started, "w", encoding="utf-8"):  # noqa: ASYNC230, PTH123 - a moment, in a trial
        pass
    try:
        await asyncio.sleep(60)
    finally:
        with open(ended, "w", encoding="utf-8"):  # noqa: ASYNC230, PTH123
            pass
    return "never"


def either_era(inner: Any) -> Callable[..., Awaitable[None]]:
    """Serve a request with the header `X-Old` as before 2026: the method is not known."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", []))
        discovers = headers.get(b"mcp-method") == b"server/discover"
        if b"x-old" not in headers or not discovers:
            await inner(scope, receive, send)
            return
        message = json.loads((await receive())["body"])
        error = {"code": -32600, "message": "Bad Request: Missing session ID"}
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode()
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 400, "headers": kind})
        await send({"type": "http.response.body", "body": body})

    return serve


if __name__ == "__main__":
    if sys.argv[1:] == ["http"]:
        import uvicorn

        listening = socket.create_server(("127.0.0.1", 0))
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(either_era(app.streamable_http_app()), log_level="error")
        uvicorn.Server(config).run(sockets=[listening])
    else:
        app.run()
