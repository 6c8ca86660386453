"""A client of MCP servers, for tools alone: which version is spoken, what there is, a call.

Source: modelcontextprotocol.io; how a client finds the version: the official SDK, mcp 2.3.0. A
server is asked for `server/discover` first; one that does not know it wants the handshake.
"""

import asyncio
from typing import Any, Protocol

from kiosk.tools import mcp_messages
from kiosk.tools.mcp_messages import (
    CLIENT,
    HANDSHAKE,
    LATEST,
    UNSUPPORTED_VERSION,
    McpError,
    McpRequest,
    McpSessionError,
    McpUnreachableError,
)

DISCOVER_TIMEOUT_S = 8.0
"""An old server may pass over what it does not know; a new one may only just have started."""
MAX_PAGES = 20
MAX_LISTED = 500


class McpTransport(Protocol):
    """How messages come to a server."""

    async def ask(self, request: McpRequest) -> dict[str, Any]:
        """Send a request and wait for its result.

        Raises:
            McpError: the server refuses it.
            McpUnreachableError: there was no answer.
        """
        ...

    async def tell(self, request: McpRequest) -> None:
        """Send a message that has no answer.

        Raises:
            McpUnreachableError: it did not arrive.
        """
        ...

    def close(self) -> None:
        """End what is open; the next request begins anew."""
        ...

    async def ended(self) -> None:
        """Wait until what was open is gone."""
        ...


class McpClient:
    """See the module. Everything belongs to the loop's thread.

    Args:
        transport: to the server.
    """

    def __init__(self, transport: McpTransport) -> None:
        self._transport = transport
        self._connecting = asyncio.Lock()
        self.version = ""
        """Of the protocol, as agreed upon; empty before that."""

    async def tools(self) -> list[dict[str, Any]]:
        """What the server lists, each with a name.

        Raises:
            McpError: the server refuses to tell.
            McpUnreachableError: there was no answer.
        """
        listed: list[dict[str, Any]] = []
        params: dict[str, Any] = {}
        for _ in range(MAX_PAGES):
            page = await self._ask("tools/list", params)
            tools = page.get("tools")
            if not isinstance(tools, list):
                raise McpUnreachableError("it lists no tools")
            listed += [one for one in tools if isinstance(one, dict) and _has_name(one)]
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str) or params.get("cursor") == cursor:
                break
            params = {"cursor": cursor}
        return listed[:MAX_LISTED]

    async def call(
        self, name: str, args: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, Any]:
        """Carry out a tool, and give its result.

        Args:
            name: as the server lists it.
            args: of the call.
            headers: over HTTP, beside the protocol's own.

        Raises:
            McpError: the server refuses it.
            McpUnreachableError: there was no answer.
        """
        return await self._ask("tools/call", {"name": name, "arguments": args}, headers)

    def close(self) -> None:
        """Begin anew with the next request."""
        self.version = ""
        self._transport.close()

    async def end(self) -> None:
        """End, and wait until nothing is left of it."""
        self.close()
        await self._transport.ended()

    async def _ask(
        self, method: str, params: dict[str, Any], headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        for attempt in range(2):
            await self._connect()
            if self.version == LATEST:
                request = mcp_messages.enveloped(method, params, headers)
            else:
                request = mcp_messages.plain(method, params, self.version)
            try:
                return await self._transport.ask(request)
            except McpSessionError:
                self.version = ""
                if attempt:
                    raise
        raise AssertionError  # Not reached.

    async def _connect(self) -> None:
        async with self._connecting:
            if not self.version:
                self.version = LATEST if await self._discover() else await self._shake_hands()

    async def _discover(self) -> bool:
        """Whether the server speaks the version that has no handshake."""
        try:
            async with asyncio.timeout(DISCOVER_TIMEOUT_S):
                request = mcp_messages.enveloped("server/discover", {})
                found = await self._transport.ask(request)
        except TimeoutError:
            return False
        except McpError as error:
            named = _supported(error)
            if named and not any(one in HANDSHAKE for one in named):
                raise McpUnreachableError("it speaks no version that we know") from None
            return False
        versions = found.get("supportedVersions")
        return isinstance(versions, list) and LATEST in versions

    async def _shake_hands(self) -> str:
        params = {"protocolVersion": HANDSHAKE[0], "capabilities": {}, "clientInfo": CLIENT}
        try:
            agreed = await self._transport.ask(mcp_messages.plain("initialize", params))
        except McpError as error:
            if LATEST in _supported(error):
                return LATEST  # It has answered our first question, after we ceased to wait.
            raise
        version = agreed.get("protocolVersion")
        if version not in HANDSHAKE:
            raise McpUnreachableError("it speaks no version that we know")
        await self._transport.tell(mcp_messages.plain("notifications/initialized", {}, version))
        return str(version)


def _supported(error: McpError) -> list[Any]:
    """The versions that a server names as it refuses ours."""
    if error.code != UNSUPPORTED_VERSION or not isinstance(error.data, dict):
        return []
    versions = error.data.get("supported")
    return versions if isinstance(versions, list) else []


def _has_name(listed: dict[str, Any]) -> bool:
    return isinstance(listed.get("name"), str) and bool(listed["name"])
