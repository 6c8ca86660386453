"""The instances that this board starts: each of them costs until it is stopped."""

import asyncio
import contextlib
import logging

from kiosk.avatar.avatarim.account import PRODUCT, control_of, user_id
from kiosk.avatar.avatarim.control import Control, ControlError, Instance
from kiosk.avatar.journal import Entry, SessionJournal
from kiosk.avatar.reaper import Reaper
from kiosk.avatar.watched import spawn
from kiosk.errors import CredentialError
from kiosk.settings import AvatarimSettings

log = logging.getLogger("kiosk.avatar")

SWEEP_S = (0.0, 10.0, 60.0)
"""Pauses before we look for an instance that may have been started without our being told."""
SWEEP_AGAIN_S = 60.0
"""Pause after a look that failed."""


class Instances:
    """See the module. All of it runs in the loop's thread.

    Args:
        settings: `[avatar.avatarim]`.
        journal: remembers what was started.
    """

    def __init__(self, settings: AvatarimSettings, journal: SessionJournal) -> None:
        self._settings = settings
        self._reaper = Reaper(PRODUCT, journal, self._stop)
        self._starting = asyncio.Lock()
        """Held from the call that starts an instance until we know of it: what runs under our name
        and is not known then is nobody's.
        """
        self._looks: list[float] = []
        """Pauses before the looks that are still to come."""
        self._doubt = asyncio.Event()
        """There is a new reason to look."""
        self._looking: asyncio.Task[None] | None = None

    async def start(self, control: Control, push_url: str) -> Instance:
        """Start one; it is journalled when this returns. Must not be cancelled half-way."""
        async with self._starting:
            try:
                instance = await control.start_instance(user_id(), push_url)
            except ControlError as error:
                if error.in_doubt:
                    self._sweep_behind(control)
                raise
            await self._reaper.opened(
                instance.session_id, tenant=self._settings.tenant_id, app=self._settings.app_id
            )
        return instance

    async def stop(self, session: str) -> None:
        """Stop one; if that is not confirmed, it is tried again behind."""
        if (entry := self._reaper.known.get(session)) is not None:
            await self._reaper.stop(entry)

    def again(self) -> None:
        """Somebody is here: try at once what is waiting to be stopped."""
        self._reaper.again()

    async def reap(self) -> None:
        """Stop what an earlier process of ours left, by journal and by name."""
        await self._reaper.reap()
        try:
            control = control_of(self._settings)
        except (CredentialError, ControlError) as error:
            log.warning("running AvatarIM instances are not known: %s", error)
            return
        if control is None:
            return  # A session of others: we have started none.
        try:
            await self._sweep(control)
        except ControlError as error:
            log.warning("running AvatarIM instances are not known yet: %s", error)
            self._sweep_behind(control)

    async def _stop(self, entry: Entry) -> None:
        """Under the tenant that it was started for: the settings may be others by now."""
        settings, facts = self._settings, entry.facts
        control = control_of(
            settings, facts.get("tenant", settings.tenant_id), facts.get("app", settings.app_id)
        )
        if control is None:
            raise ControlError("AvatarIM's instances cannot be stopped without an access key")
        await control.stop_instance(entry.session)

    def _sweep_behind(self, control: Control) -> None:
        self._looks = list(SWEEP_S)
        self._doubt.set()
        if self._looking is None or self._looking.done():
            self._looking = spawn(self._look(control))

    async def _look(self, control: Control) -> None:
        while self._looks:
            self._doubt.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._looks.pop(0)):
                    await self._doubt.wait()
            try:
                await self._sweep(control)
            except ControlError as error:
                log.debug("running AvatarIM instances are not known: %s", error)
                self._looks.insert(0, SWEEP_AGAIN_S)

    async def _sweep(self, control: Control) -> None:
        """Stop what runs under this board's name and is not known."""
        async with self._starting:
            known, ours = self._reaper.known, user_id()
            entries = [
                await self._reaper.opened(
                    one.session_id, tenant=self._settings.tenant_id, app=self._settings.app_id
                )
                for one in await control.running()
                if one.user_id == ours and one.session_id not in known
            ]
        for entry in entries:
            log.warning("AvatarIM's instance %s runs for nobody: it is stopped", entry.session)
            await self._reaper.stop(entry)
