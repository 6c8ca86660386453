"""The tools of one MCP server of the configuration, as the model may call them.

A server that is slow, gone or odd costs its own tools and nothing else: it is asked beside
everything else, and its tools are there while it answers. What it says of them is untrusted.
"""

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from typing import Any

from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools import mcp_messages
from kiosk.tools.json_schema import SchemaError, declared
from kiosk.tools.mcp_client import McpClient, McpTransport
from kiosk.tools.mcp_messages import McpError, McpUnreachableError
from kiosk.tools.tool import Tool, ToolError, ToolUse

log = logging.getLogger("kiosk.tools")

LIST_TIMEOUT_S = 30.0
"""A program may have to start first, on a small board."""
LIST_INTERVAL_S = 600.0
"""Between two looks at what a server has."""
RETRY_DELAYS_S = (5.0, 15.0, 60.0, 300.0)
MAX_TOOLS = 32
"""Of one server: each costs some hundred tokens at each turn of a visit."""
MAX_SCHEMA_CHARACTERS = 10_000
_NOT_BEGUN = frozenset({-32700, -32600, -32601, -32602, -32022, -32020})
"""Errors by which a server tells that it did not begin. Source: JSON-RPC 2.0; mcp 2.3.0."""


class McpServer:
    """See the module. Everything belongs to the loop's thread.

    Args:
        name: of its table in the settings; its tools' names begin with it.
        settings: of the table.
        transport: to the server; None: as the settings say.
    """

    def __init__(
        self, name: str, settings: ToolSettings, transport: McpTransport | None = None
    ) -> None:
        self._name = name
        self._settings = settings
        self._client = McpClient(transport or transport_of(settings))
        self._tools: tuple[Tool, ...] = ()
        self._listed: list[dict[str, Any]] = []
        self._why = ""
        self._wake = asyncio.Event()

    def tools(self) -> tuple[Tool, ...]:
        """Those that can be called now; see `ToolSource`."""
        return self._tools

    async def run(self) -> None:
        """Follow what the server has, until cancelled."""
        attempt = 0
        while True:
            if await self.look():
                attempt, wait_s = 0, LIST_INTERVAL_S
            else:
                wait_s = RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S) - 1)]
                attempt += 1
            self._wake.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def look(self) -> bool:
        """Ask the server once what it has. Returns whether it told."""
        try:
            async with asyncio.timeout(LIST_TIMEOUT_S):
                await self._take(await self._client.tools())
                return True
        except TimeoutError:
            self._lose(f"it did not tell its tools within {LIST_TIMEOUT_S:g} s")
        except (McpError, McpUnreachableError) as error:
            self._lose(str(error))
        except Exception:
            log.exception("tools.%s: the MCP client is at fault", self._name)
            self._lose("a fault of ours")
        return False

    async def close(self) -> None:
        """End the connection, or the program, and wait until it is gone."""
        await self._client.end()

    def _lose(self, why: str) -> None:
        before, self._why = self._why, why
        if why != before:
            log.warning("tools.%s: no tools of this MCP server: %s", self._name, why)
        self._tools, self._listed = (), []
        self._client.close()

    async def _take(self, listed: list[dict[str, Any]]) -> None:
        self._why = ""
        if listed == self._listed and self._tools:
            return
        # In a thread: a server may list more than the loop should wait for.
        self._tools = await asyncio.to_thread(self._made, listed)
        self._listed = listed
        told = ", ".join(tool.name for tool in self._tools) or "none"
        version = self._client.version
        log.info("tools.%s: tools of the MCP server (%s): %s", self._name, version, told)

    def _made(self, listed: list[dict[str, Any]]) -> tuple[Tool, ...]:
        """Tools of those that are wanted; what is left out is told in the journal."""
        only = self._settings.only
        for missing in set(only) - {one["name"] for one in listed}:
            log.warning("tools.%s.only: the MCP server has no %s", self._name, missing)
        wanted = [one for one in listed if not only or one["name"] in only]
        if len(wanted) > MAX_TOOLS:
            words = "tools.%s: only the first %d of %d tools are taken: name those wanted in only"
            log.warning(words, self._name, MAX_TOOLS, len(wanted))
        made: dict[str, Tool] = {}
        for one in wanted[:MAX_TOOLS]:
            try:
                tool = self._tool(one)
            except ValueError as error:
                name = mcp_messages.cleaned(one["name"][:64])
                log.warning("tools.%s: left out %s: %s", self._name, name, error)
                continue
            if made.setdefault(tool.name, tool) is not tool:
                log.warning("tools.%s: left out a second %s", self._name, tool.name)
        return tuple(made.values())

    def _tool(self, listed: dict[str, Any]) -> Tool:
        """One tool of the server's.

        Raises:
            ValueError: the service would not take it, or it must not be used.
        """
        name = declared_name(self._name, listed["name"])
        schema = listed.get("inputSchema")
        found = declared(schema)
        if len(json.dumps(found.parameters)) > MAX_SCHEMA_CHARACTERS:
            raise SchemaError("inputSchema", "it is too large")
        for left_out in found.left_out:
            log.info("tools.%s: %s goes without an argument: %s", self._name, name, left_out)
        headers = mcp_messages.headers_of(schema)

        async def run(args: dict[str, Any], use: ToolUse) -> dict[str, Any]:
            more = {"Idempotency-Key": use.key, **mcp_messages.param_headers(headers, args)}
            return await self._call(listed["name"], args, more)

        about = mcp_messages.words_of(listed)
        origin = f"MCP server {self._name}"
        timeout_s, answer = self._settings.timeout_s, self._settings.answer
        return Tool(name, about, run, found.parameters, timeout_s, origin=origin, answer=answer)

    async def _call(
        self, name: str, args: dict[str, Any], headers: dict[str, str]
    ) -> dict[str, Any]:
        try:
            result = await self._client.call(name, args, headers)
            done, given = await asyncio.to_thread(mcp_messages.result_of, result)
        except McpError as error:
            in_doubt = error.code not in _NOT_BEGUN
            words, journal = f"refused: {error}", f"refused with {error.code}"
            raise ToolError("failed", words, in_doubt=in_doubt, journal=journal) from None
        except McpUnreachableError as error:
            self._wake.set()
            code = "failed" if error.in_doubt else "not_available"
            raise ToolError(code, str(error), in_doubt=error.in_doubt) from None
        except ValueError as error:
            raise ToolError("failed", str(error), in_doubt=True) from None
        if not done:
            words = given.get("text") or json.dumps(given, ensure_ascii=False)
            words = words[: mcp_messages.MAX_ERROR_CHARACTERS]
            raise ToolError("failed", words, journal="it tells of an error")
        return given


def transport_of(settings: ToolSettings) -> McpTransport:
    """The way to a server: by its URL, or to a program."""
    if settings.mcp:
        from kiosk.tools.mcp_http import McpOverHttp

        return McpOverHttp(settings)
    from kiosk.tools.mcp_stdio import McpOverStdio

    return McpOverStdio(settings)


def declared_name(server: str, name: str) -> str:
    """What the model calls a tool: no server can take the name of another's, or of our own.

    Raises:
        ValueError: it is no name that the service takes.
    """
    whole = f"{server}_{re.sub(r'[^A-Za-z0-9_]', '_', name)}"
    if len(whole) > 64:
        raise ValueError("its name is too long")
    return whole


def servers_of(own: dict[str, ToolSettings], faulty: Sequence[str]) -> list[McpServer]:
    """The servers that the settings name, without those that have a fault."""
    return [
        McpServer(name, one)
        for name, one in own.items()
        if name not in faulty and (one.mcp or one.command)
    ]
