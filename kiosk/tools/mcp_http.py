"""An MCP server by its URL: Streamable HTTP, a POST for each message.

Source: modelcontextprotocol.io, transports, 2025-11-25 and 2026-07-28.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from typing import Any

from kiosk.errors import CredentialError
from kiosk.settings.tool_settings import ToolSettings
from kiosk.tools.http_call import HttpAnswer, HttpCallError, HttpRequest, send
from kiosk.tools.mcp_messages import (
    McpError,
    McpRequest,
    McpSessionError,
    McpUnreachableError,
    answer_in,
    called_off,
)
from kiosk.tools.template import fill

MAX_ANSWER_BYTES = 1 << 20
"""Some servers list hundreds of tools."""
_SESSION = "mcp-session-id"
_NOT_FOUND = -32601


class McpOverHttp:
    """See the module.

    Args:
        settings: of the server: `mcp` and `headers`.
    """

    def __init__(self, settings: ToolSettings) -> None:
        self._settings = settings
        self._numbers = itertools.count(1)
        self._session = ""
        """Of the handshake's era; empty for none."""
        self._ending: set[asyncio.Task[None]] = set()

    async def ask(self, request: McpRequest) -> dict[str, Any]:
        """Send a request and wait for its result; the connection ends if it is cancelled.

        Raises:
            McpError: the server refuses it.
            McpUnreachableError: there was no answer.
        """
        number = next(self._numbers)

        looked_bytes = 0

        def is_whole(body: bytes) -> bool:
            # Each event is looked at once, or a flood of small ones would cost a square of time.
            nonlocal looked_bytes
            if not body.endswith((b"\n\n", b"\r\n\r\n")):
                return False
            new, looked_bytes = body[looked_bytes:], len(body)
            with contextlib.suppress(McpError):
                return answer_in(new, number) is not None
            return True

        try:
            answer = await self._post(request.message(number), request.headers, is_whole)
        except asyncio.CancelledError:
            if request.is_called_off_by_message:
                version = request.headers.get("Mcp-Protocol-Version", "")
                task = asyncio.create_task(self._call_off(called_off(number, version)))
                self._ending.add(task)
                task.add_done_callback(self._ending.discard)
            raise
        result = answer_in(answer.body, number)  # A refusal may tell why, with any status.
        if result is None or answer.status != 200:
            raise self._refusal(answer)
        if _SESSION in answer.headers:
            self._session = answer.headers[_SESSION]
        return result

    async def tell(self, request: McpRequest) -> None:
        """Send a message that has no answer.

        Raises:
            McpUnreachableError: it did not arrive.
        """
        await self._post(request.message(), request.headers)

    def close(self) -> None:
        """Begin anew with the next request."""
        self._session = ""

    async def ended(self) -> None:
        """Nothing is open between requests."""

    async def _call_off(self, told: McpRequest) -> None:
        with contextlib.suppress(McpUnreachableError):
            await self.tell(told)

    async def _post(
        self,
        message: bytes,
        headers: dict[str, str],
        is_whole: Callable[[bytes], bool] | None = None,
    ) -> HttpAnswer:
        try:
            own = {name: fill(text, {}) for name, text in self._settings.headers.items()}
            url = fill(self._settings.mcp, {})
        except CredentialError as error:
            raise McpUnreachableError(f"its secret cannot be used: {error}") from None
        headers = {
            **own, **headers, "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }  # fmt: skip
        if self._session:
            headers["Mcp-Session-Id"] = self._session
        request = HttpRequest(url, "POST", headers, message, MAX_ANSWER_BYTES, is_whole)
        try:
            return await send(request)
        except HttpCallError as error:
            raise McpUnreachableError(f"no answer: {error}", in_doubt=error.in_doubt) from None

    def _refusal(self, answer: HttpAnswer) -> Exception:
        status = answer.status
        if status == 404 and self._session:
            self._session = ""
            return McpSessionError("it has forgotten the session")
        if status in {401, 403}:
            return McpUnreachableError(f"it refuses our credentials (status {status})")
        if 300 <= status < 400:
            return McpUnreachableError("it answers with another address, which is not called")
        if 400 <= status < 500:
            return McpError(_NOT_FOUND, f"status {status}")
        what = f"with status {status}" if status >= 500 else "in another way than MCP's"
        return McpUnreachableError(f"it answers {what}", in_doubt=True)
