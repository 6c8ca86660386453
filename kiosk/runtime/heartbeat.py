"""Tells the service manager when the kiosk is ready, how it does, and that it lives.

READY is said when each part is up or known to be degraded; STATUS says which. The watchdog is fed
by the verdict over all parts, never by a timer alone.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.core.link_state import Phase
from kiosk.runtime.status import degraded
from kiosk.service.verdict import WatchdogVerdict

if TYPE_CHECKING:
    from kiosk.runtime.kiosk import Kiosk

log = logging.getLogger("kiosk")

READY_LIMIT_S = 3.0
"""READY is said even if the link is not up by then."""
STARTING_LOOK_S = 0.1
LOOK_S = 1.0
WITHOUT_WATCHDOG_S = 10.0
"""The verdict is taken, and logged, also where no watchdog is set."""


async def watch(kiosk: "Kiosk", on_ready: Callable[[], None] | None = None) -> None:
    """See the module. Runs until cancelled.

    Args:
        kiosk: the one to look at.
        on_ready: called once, in a thread of its own, when READY was said.
    """
    watchdog_s = kiosk.notifier.watchdog_s or WITHOUT_WATCHDOG_S
    verdict = WatchdogVerdict(watchdog_s / 2)
    ready, told, blamed = False, "", ""
    while True:
        await asyncio.sleep(min(watchdog_s / 4, LOOK_S if ready else STARTING_LOOK_S))
        now_s = time.monotonic()
        problems = ", ".join(degraded(kiosk))
        text = problems or "all parts up"
        if not ready and _known(kiosk, now_s):
            ready, told = True, text
            # What was loaded stays: a full collection over all of it would stop drawing and sound.
            gc.collect()
            gc.freeze()
            kiosk.notifier.ready(text)
            log.info("started with problems: %s" if problems else "started, %s", text)
            if on_ready is not None:
                await _call(on_ready)
        elif ready and text != told:
            told = text
            kiosk.notifier.status(text)
            log.info("now: %s", text)
        verdict.alive("loop", kiosk.ticks, now_s)
        verdict.alive("sound", kiosk.sound.ticks, now_s)
        if (stage := kiosk.stage) is not None:
            verdict.expect("screen")
            verdict.alive("screen", stage.turns, now_s)
        else:
            verdict.excuse("screen")
        stuck = ", ".join(verdict.stuck(now_s))
        if not stuck:
            kiosk.notifier.watchdog()
        elif stuck != blamed:
            log.error("stuck: %s", stuck)
        blamed = stuck


async def _call(on_ready: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(on_ready)
    except OSError as error:
        log.warning("cannot store these settings as the last good ones: %s", error)


def _known(kiosk: "Kiosk", now_s: float) -> bool:
    """Whether each part is up or known to be degraded."""
    if not kiosk.screen_known.is_set():
        return False
    if now_s - kiosk.started_s > READY_LIMIT_S:
        return True
    device, session = kiosk.sound.status, kiosk.session
    if "starting" in (device.microphone.state, device.speaker.state):
        return False
    return session.phase is Phase.UP or bool(session.staff_code)
