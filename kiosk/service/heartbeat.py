"""Tells the service manager when the kiosk is ready, how it does, and that it lives.

READY is said when each part is up or known to be degraded; STATUS says which. The watchdog is fed
by the verdict over all parts, never by a timer alone.
"""

import asyncio
import gc
import logging
from collections.abc import Callable

from kiosk.core.link_state import Phase
from kiosk.service.notify import Notifier
from kiosk.service.status import degraded
from kiosk.service.system_view import SystemView
from kiosk.service.verdict import WatchdogVerdict

log = logging.getLogger("kiosk")

READY_TIMEOUT_S = 3.0
"""READY is said even if the link is not up by then."""
STARTING_POLL_INTERVAL_S = 0.1
"""Between two looks whether the kiosk is ready."""
POLL_INTERVAL_S = 1.0
"""Between two looks after that; oftener where the watchdog asks for it."""
WITHOUT_WATCHDOG_S = 10.0
"""The verdict is taken, and logged, also where no watchdog is set."""


async def watch(
    look: Callable[[], SystemView],
    notifier: Notifier,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """See the module. Runs until cancelled.

    Args:
        look: gives the kiosk as it is now.
        notifier: to the service manager.
        on_ready: called once, in a thread of its own, when READY was said.
    """
    watchdog_s = notifier.watchdog_s or WITHOUT_WATCHDOG_S
    verdict = WatchdogVerdict(watchdog_s / 2)
    ready, told, blamed = False, "", ""
    while True:
        await asyncio.sleep(
            min(watchdog_s / 4, POLL_INTERVAL_S if ready else STARTING_POLL_INTERVAL_S)
        )
        view = look()
        now_s = view.now_s
        problems = ", ".join(degraded(view))
        text = problems or "all parts up"
        if not ready and _is_known(view):
            ready, told = True, text
            # What was loaded stays: a full collection over all of it would stop drawing and sound.
            gc.collect()
            gc.freeze()
            notifier.ready(text)
            log.info("started with problems: %s" if problems else "started, %s", text)
            if on_ready is not None:
                await _call(on_ready)
        elif ready and text != told:
            told = text
            notifier.status(text)
            log.info("now: %s", text)
        for part, ticks in view.ticks.items():
            verdict.alive(part, ticks, now_s)
        if (turns := view.screen.turns) is not None:
            verdict.expect("screen")
            verdict.alive("screen", turns, now_s)
        else:
            verdict.excuse("screen")
        stuck = ", ".join(verdict.stuck(now_s))
        if not stuck:
            notifier.watchdog()
        elif stuck != blamed:
            log.error("stuck: %s", stuck)
        blamed = stuck


async def _call(on_ready: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(on_ready)
    except OSError as error:
        log.warning("cannot store these settings as the last good ones: %s", error)


def _is_known(view: SystemView) -> bool:
    """Whether each part is up or known to be degraded."""
    if not view.screen.known:
        return False
    if view.now_s - view.started_s > READY_TIMEOUT_S:
        return True
    device, link = view.devices, view.core.link
    if "starting" in (device.microphone.state, device.speaker.state):
        return False
    return link.phase in (Phase.UP, Phase.RESTING) or bool(link.staff_code)
