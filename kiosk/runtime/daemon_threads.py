"""Threads that hold up no exit.

asyncio's own pool is joined at the end, and a name look-up in it can hang for half a minute where
the name server does not answer: just when there is no network, a clean stop would take that long.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class DaemonThreads(ThreadPoolExecutor):
    """A thread for each call, left behind at exit. A pool by type alone: asyncio insists on it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call `fn` in a thread of its own."""
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - carried to whoever asks for the result
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="call", daemon=True).start()
        return future
