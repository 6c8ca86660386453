"""Work beside the loop's own. A fault in it costs the avatar, and not the daemon.

What a task of ours raises unseen ends the daemon (`kiosk.runtime.kiosk`): right for the
conversation, wrong for an avatar that our own face stands behind, and whose events a vendor can
change any day.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger("kiosk.avatar")


def spawn(
    work: Coroutine[Any, Any, None], on_fault: Callable[[str], None] | None = None
) -> asyncio.Task[None]:
    """Begin `work`; whoever calls keeps the task.

    Args:
        work: what is to be done.
        on_fault: called with the error that nobody expected, beside its being logged.
    """

    def look(task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("a fault in a task of the cloud avatar", exc_info=error)
        if on_fault is not None:
            on_fault(f"{type(error).__name__}: {error}")

    task = asyncio.create_task(work)
    task.add_done_callback(look)
    return task
