"""Tells a client's owner: by callbacks, plain or coroutine functions, and by futures.

A plain callback is called at once. What a coroutine function returns is awaited beside the loop's
other work, one after the other in the order of the calls, so that a slow one neither holds up the
socket nor sees messages out of order. A fault in a callback is the owner's: it is logged, and the
client goes on.
"""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger("kiosk.avatar")

Result = Awaitable[object] | object
"""What a callback gives back: nothing that is looked at, or a coroutine, which is awaited."""
MAX_WAITING = 1000
"""Calls of coroutine functions that wait for the one before; more are left out, and logged. One
that hangs must not make the process grow for ever."""


class CallbackRunner:
    """See the module. All of it runs in the loop's thread."""

    def __init__(self) -> None:
        self._waiting: deque[Awaitable[Any]] = deque()
        self._worker: asyncio.Task[None] | None = None

    def call(self, callback: Callable[..., Any] | None, *arguments: Any) -> None:
        """Call it, if there is one."""
        if callback is None:
            return
        try:
            result = callback(*arguments)
        except Exception:
            log.exception("AvatarIM: a callback failed")
            return
        if not inspect.isawaitable(result):
            return
        if len(self._waiting) >= MAX_WAITING:
            log.error("AvatarIM: a callback hangs, and %d calls wait for it", MAX_WAITING)
            if inspect.iscoroutine(result):
                result.close()
            return
        self._waiting.append(result)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())

    async def close(self, timeout_s: float) -> None:
        """Let what was called come to its end for `timeout_s`, then cancel it.

        Called from within a callback it waits for nothing.
        """
        worker = self._worker
        if worker is None or worker is asyncio.current_task():
            return
        await asyncio.wait([worker], timeout=timeout_s)
        worker.cancel()
        for left in self._waiting:
            if inspect.iscoroutine(left):
                left.close()
        self._waiting.clear()

    async def _work(self) -> None:
        while self._waiting:
            try:
                await self._waiting.popleft()
            except Exception:
                log.exception("AvatarIM: a callback failed")


def settle(future: "asyncio.Future[Any] | None", error: Exception | None) -> Any:
    """End a future that somebody may wait for, or nobody does; return it."""
    if future is not None and not future.done():
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # Taken, or asyncio would log it where nobody waits.
    return future
