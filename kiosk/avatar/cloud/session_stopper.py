"""Stops paid sessions until the vendor has confirmed it: each one that is left open costs money.

A session is in the journal before it is asked for. A stop that fails is tried again without end,
ever more slowly, and at once when somebody comes; the journal hands it on to the next process. One
whose opening was never answered is looked for in the vendor's list, and no other one is opened
until that is settled. All vendors' drivers open and stop their sessions here alone.
"""

import asyncio
import contextlib
import itertools
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

from msgspec.structs import replace

from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Entry

log = logging.getLogger("kiosk.avatar")

RETRY_DELAYS_S = (2.0, 8.0, 30.0, 120.0, 300.0)
"""Pauses before a session that did not stop is stopped again; the last of them for ever."""
LIST_DELAYS_S = (0.0, 10.0, 60.0)
"""Pauses before the looks into the vendor's list for what was never answered: it may lag."""
LIST_RETRY_S = 60.0
"""Pause after a look that failed."""


class UnattributableError(Exception):
    """The vendor's list does not tell when its sessions were opened: none can be known as ours."""


async def _find_none(entry: Entry) -> Sequence[str]:
    raise UnattributableError


class CloudSessionStopper:
    """See the module. All of it runs in the loop's thread.

    Args:
        product: whose sessions.
        journal: remembers them.
        stop: stops one; raises where the vendor has not confirmed it. One that has ended already
            is no error.
        find: ids of the open sessions that came of an opening which was never answered; raises
            where the vendor does not tell.
        max_session_s: seconds after which the vendor itself ends a session; None: it never does.
    """

    def __init__(
        self,
        product: str,
        journal: SessionJournal,
        stop: Callable[[Entry], Awaitable[None]],
        find: Callable[[Entry], Awaitable[Sequence[str]]] = _find_none,
        max_session_s: float | None = None,
    ) -> None:
        self._product = product
        self._journal = journal
        self._stop = stop
        self._find = find
        self._max_session_s = max_session_s
        self._asking: set[str] = set()
        """Keys of the openings that are being answered."""
        self._chases: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._told: dict[str, str] = {}
        """Why each of them could not be stopped: it is told once."""

    @property
    def known(self) -> dict[str, Entry]:
        """Sessions that may be open, by their ids; what has none yet is not in it."""
        entries = {
            entry.key: entry for entry in self._journal.orphans(self._product)
        } | self._of_memory()
        return {entry.session: entry for entry in entries.values() if entry.session}

    @property
    def in_doubt(self) -> bool:
        """Whether an opening was given up that may have opened a session: no other is to follow
        before that is known.
        """
        return any(not entry.session for entry in self._of_memory().values())

    def _of_memory(self) -> dict[str, Entry]:
        return {
            key: entry
            for key, entry in self._journal.open.items()
            if entry.product == self._product
        }

    # --- opening -----------------------------------------------------------------------------

    async def ask(self, *, least_s: float = 0.0, idle_s: float = 0.0, **facts: str) -> Entry:
        """Remember that a session is about to be asked for, on disk when this returns.

        Args:
            least_s: seconds that the vendor bills at least.
            idle_s: seconds without a sign of life after which it ends one; 0 where it never does.
            facts: see `Entry`.

        Raises:
            JournalError: the disk cannot be written. Nothing may be opened then.
        """
        entry = self._journal.begin(
            Entry(
                self._product,
                "",
                0.0,
                facts,
                ask=uuid.uuid4().hex,
                least_s=least_s,
                idle_s=idle_s,
            )
        )
        self._asking.add(entry.key)
        try:
            # A card that is busy takes a second and more for it.
            await asyncio.to_thread(self._journal.write, entry)
        except BaseException:
            self.refused(entry)
            raise
        return entry

    async def named(self, entry: Entry, session: str) -> Entry:
        """The vendor has told the id of what was asked for."""
        entry = replace(entry, session=session)
        self._journal.keep(entry)
        self._asking.discard(entry.key)
        try:
            await asyncio.to_thread(self._journal.write, entry)
        except OSError as error:  # It was asked for, so it is found by its window.
            log.warning("cannot store the id of a paid avatar session: %s", error)
        return entry

    def refused(self, entry: Entry) -> None:
        """The vendor has opened nothing."""
        self._asking.discard(entry.key)
        self._journal.closed(entry, never_opened=True)

    def doubt(self, entry: Entry) -> None:
        """What became of it is not known: it is looked for."""
        self._journal.leave(entry)
        self._asking.discard(entry.key)
        self._begin_chase(entry)

    # --- stopping ----------------------------------------------------------------------------

    async def stop(self, entry: Entry) -> bool:
        """Stop it; tell whether that is confirmed. If it is not, it is tried again behind."""
        self._journal.leave(entry)
        if entry.session and await self._try(entry):
            return True
        self._begin_chase(entry)
        return False

    async def reap(self) -> None:
        """Stop all that are known, side by side."""
        for entry in self._journal.orphans(self._product):
            if entry.key not in self._journal.open:
                self._journal.keep(entry)
        self._journal.count()
        left = [e for e in self._of_memory().values() if e.key not in self._asking]
        await asyncio.gather(*(self.stop(entry) for entry in left))

    async def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is open or in doubt any more; tell whether that came."""
        if self._chases:
            await asyncio.wait(self._chases.values(), timeout=timeout_s)
        return not self._chases

    def retry_now(self) -> None:
        """Somebody is here, and the line may be, too: try at once what is waiting to be tried."""
        self._wake.set()
        self._wake = asyncio.Event()

    def _begin_chase(self, entry: Entry) -> None:
        if entry.key not in self._chases:
            work = self._chase(entry) if entry.session else self._look_for(entry)
            task = spawn(work)
            self._chases[entry.key] = task
            task.add_done_callback(lambda _: self._chases.pop(entry.key, None))

    async def _chase(self, entry: Entry) -> None:
        for pause_s in itertools.chain(RETRY_DELAYS_S, itertools.repeat(RETRY_DELAYS_S[-1])):
            await self._pause(pause_s)
            if await self._try(entry):
                return

    async def _look_for(self, entry: Entry) -> None:
        """Find in the vendor's list what came of an opening, and stop it."""
        looks = list(LIST_DELAYS_S)
        while looks:
            await self._pause(looks.pop(0))
            try:
                found = await self._find(entry)
            except UnattributableError:
                await self._outwait(entry)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the session may cost
                if time.time() > self._over_s(entry):
                    break  # Else a list that is never had would keep the avatar away for good.
                self._tell_once(
                    entry, f"cannot find out whether a paid avatar session is open: {error}"
                )
                looks.insert(0, LIST_RETRY_S)
                continue
            if found:
                await self._stop_found(entry, found)
                return
        else:
            self._told.pop(entry.key, None)
            self._journal.closed(entry, never_opened=True)
            return
        self._told.pop(entry.key, None)
        self._journal.closed(entry)

    async def _stop_found(self, entry: Entry, found: Sequence[str]) -> None:
        named = await self.named(entry, found[0])
        # More than one is one of another board with the same key, at the same moment: none of them
        # is told from the other, and each that is left open would cost.
        more = [replace(named, session=session, ask="") for session in found[1:]]
        for each in more:
            self._journal.keep(each)
        for each in (named, *more):
            log.warning(
                "stopping session %s, which the vendor opened without an answer", each.session
            )
        await asyncio.gather(*(self._stop_at_last(each) for each in (named, *more)))

    async def _stop_at_last(self, entry: Entry) -> None:
        if not await self._try(entry):
            await self._chase(entry)

    async def _outwait(self, entry: Entry) -> None:
        """Nobody can tell which session it was: nobody keeps it alive, so it ends by itself."""
        await asyncio.sleep(max(self._over_s(entry) - time.time(), LIST_DELAYS_S[-1]))
        self._journal.closed(entry)

    def _over_s(self, entry: Entry) -> float:
        """Unix time at which the vendor has ended by itself what nobody keeps alive; infinite where
        it never does.
        """
        limit_s = entry.idle_s or self._max_session_s or float("inf")
        return entry.opened_s + limit_s + LIST_DELAYS_S[-1]

    async def _pause(self, pause_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._wake.wait()

    async def _try(self, entry: Entry) -> bool:
        try:
            await self._stop(entry)
        except Exception as error:  # noqa: BLE001 - whatever it is, the session costs
            if not self._too_old(entry):
                self._tell_once(
                    entry, f"cannot stop an avatar session, it may still cost money: {error}"
                )
                return False
            log.warning(
                "giving up on an avatar session that is too old to be open still: %s", error
            )
        else:
            if entry.key in self._told:
                log.info("an avatar session that was left open is stopped now")
        self._told.pop(entry.key, None)
        self._journal.closed(entry)
        return True

    def _tell_once(self, entry: Entry, words: str) -> None:
        if self._told.get(entry.key) != words:
            self._told[entry.key] = words
            log.warning("%s", words)

    def _too_old(self, entry: Entry) -> bool:
        return (
            self._max_session_s is not None and time.time() - entry.opened_s > self._max_session_s
        )
