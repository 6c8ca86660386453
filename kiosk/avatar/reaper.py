"""Stops paid sessions until the vendor has confirmed it: each one that is left open costs money.

A stop that fails is tried again without end, ever more slowly, and at once when somebody comes; the
journal hands it on to the next process. Both vendors' drivers stop their sessions here alone.
"""

import asyncio
import contextlib
import itertools
import logging
import time
from collections.abc import Awaitable, Callable

from kiosk.avatar.journal import Entry, SessionJournal
from kiosk.avatar.watched import spawn

log = logging.getLogger("kiosk.avatar")

AGAIN_S = (2.0, 8.0, 30.0, 120.0, 300.0)
"""Pauses before a session that did not stop is stopped again; the last of them for ever."""


class Reaper:
    """See the module. All of it runs in the loop's thread.

    Args:
        product: whose sessions.
        journal: remembers them.
        stop: stops one; raises where the vendor has not confirmed it. One that has ended already
            is no error.
        longest_s: seconds after which the vendor has ended a session in any case; None where it
            never does.
    """

    def __init__(
        self,
        product: str,
        journal: SessionJournal,
        stop: Callable[[Entry], Awaitable[None]],
        longest_s: float | None = None,
    ) -> None:
        self._product = product
        self._journal = journal
        self._stop = stop
        self._longest_s = longest_s
        self._open: dict[str, Entry] = {}
        """Those of this process, by their ids: a disk may fail."""
        self._chases: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._told: dict[str, str] = {}
        """Why each of them could not be stopped: it is told once."""

    @property
    def known(self) -> dict[str, Entry]:
        """Sessions that may be open, by their ids."""
        left = {entry.session: entry for entry in self._journal.orphans(self._product)}
        return left | self._open

    async def opened(self, session: str, **facts: str) -> Entry:
        """Remember a session, on disk when this returns; `facts` see `Entry`."""
        entry = Entry(self._product, session, time.time(), facts)
        self._open[session] = entry
        # A card that is busy takes a second and more for it.
        await asyncio.to_thread(self._journal.opened, entry)
        return entry

    async def stop(self, entry: Entry) -> bool:
        """Stop it; tell whether that is confirmed. If it is not, it is tried again behind."""
        if await self._try(entry):
            return True
        if entry.session not in self._chases:
            task = spawn(self._chase(entry))
            self._chases[entry.session] = task
            task.add_done_callback(lambda _: self._chases.pop(entry.session, None))
        return False

    async def reap(self) -> None:
        """Stop all that are known, side by side."""
        await asyncio.gather(*(self.stop(entry) for entry in self.known.values()))

    def again(self) -> None:
        """Somebody is here, and the line may be, too: try at once what is waiting to be tried."""
        self._wake.set()
        self._wake = asyncio.Event()

    async def _chase(self, entry: Entry) -> None:
        for pause_s in itertools.chain(AGAIN_S, itertools.repeat(AGAIN_S[-1])):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
            if await self._try(entry):
                return

    async def _try(self, entry: Entry) -> bool:
        try:
            await self._stop(entry)
        except Exception as error:  # noqa: BLE001 - whatever it is, the session costs
            if not self._too_old(entry):
                if self._told.get(entry.session) != str(error):
                    self._told[entry.session] = str(error)
                    log.warning("a session may still cost: %s", error)
                return False
            log.warning("a session is too old to be open still, and is forgotten: %s", error)
        else:
            if entry.session in self._told:
                log.info("a session that was left open is stopped")
        self._open.pop(entry.session, None)
        self._told.pop(entry.session, None)
        self._journal.closed(entry.product, entry.session)
        return True

    def _too_old(self, entry: Entry) -> bool:
        return self._longest_s is not None and time.time() - entry.opened_s > self._longest_s
