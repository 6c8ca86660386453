"""The instances that this board starts: each of them costs until it is stopped.

The vendor is told our name (`account.user_id`) with each start and lists it with each instance that
runs, so an instance whose start was never answered is found by it.
"""

import asyncio
import logging

from kiosk.avatar.cloud.avatarim.account import PRODUCT, control_of, user_id
from kiosk.avatar.cloud.avatarim.control import Control, ControlApiError, Instance
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.session_stopper import CloudSessionStopper
from kiosk.errors import CredentialError
from kiosk.settings.types import AvatarimSettings

log = logging.getLogger("kiosk.avatar")


class Instances:
    """See the module. All of it runs in the loop's thread.

    Args:
        settings: `[avatar.avatarim]`.
        journal: remembers what was started.
    """

    def __init__(self, settings: AvatarimSettings, journal: SessionJournal) -> None:
        self._settings = settings
        self._stopper = CloudSessionStopper(PRODUCT, journal, self._stop, self._find)
        self._starting = asyncio.Lock()
        """Held from the call that starts an instance until we know of it: what runs under our name
        and is not known then is nobody's.
        """

    @property
    def in_doubt(self) -> bool:
        """Whether a start is not settled yet."""
        return self._stopper.in_doubt

    async def start(self, control: Control, push_url: str) -> Instance:
        """Start one. Must not be cancelled half-way.

        Raises:
            ControlApiError: it was refused, or not answered.
            JournalError: the disk cannot be written; nothing was started.
        """
        async with self._starting:
            asked = await self._ask()
            try:
                instance = await control.start_instance(user_id(), push_url)
            except ControlApiError as error:
                if error.in_doubt:
                    self._stopper.doubt(asked)
                else:
                    self._stopper.refused(asked)
                raise
            except BaseException:
                self._stopper.doubt(asked)
                raise
            await self._stopper.named(asked, instance.session_id)
        return instance

    async def stop(self, session: str) -> None:
        """Stop one; if that is not confirmed, it is tried again behind."""
        if (entry := self._stopper.known.get(session)) is not None:
            await self._stopper.stop(entry)

    def again(self) -> None:
        """Somebody is here: try at once what is waiting to be stopped."""
        self._stopper.retry_now()

    async def reap(self) -> None:
        """Stop what an earlier process of ours left, by journal and by name."""
        await self._stopper.reap()
        try:
            control = control_of(self._settings)
            if control is None:
                return  # A session of others: we have started none.
            await self._sweep(control)
        except (CredentialError, ControlApiError) as error:
            log.warning("cannot list the running AvatarIM instances: %s", error)

    async def _ask(self) -> Entry:
        return await self._stopper.ask(tenant=self._settings.tenant_id, app=self._settings.app_id)

    async def _stop(self, entry: Entry) -> None:
        await self._control_for(entry).stop_instance(entry.session)

    async def _find(self, entry: Entry) -> list[str]:
        control = self._control_for(entry)
        async with self._starting:
            return await self._unknown(control)

    def _control_for(self, entry: Entry) -> Control:
        """Under the tenant that it was started for: the settings may be others by now."""
        settings, facts = self._settings, entry.facts
        control = control_of(
            settings, facts.get("tenant", settings.tenant_id), facts.get("app", settings.app_id)
        )
        if control is None:
            raise ControlApiError("AvatarIM's instances cannot be stopped without an access key")
        return control

    async def _unknown(self, control: Control) -> list[str]:
        """What runs under this board's name and is not known."""
        known, ours = self._stopper.known, user_id()
        return [
            one.session_id
            for one in await control.running()
            if one.user_id == ours and one.session_id not in known
        ]

    async def _sweep(self, control: Control) -> None:
        """Stop what a journal that is lost would have named."""
        async with self._starting:
            entries = [
                await self._stopper.named(await self._ask(), session)
                for session in await self._unknown(control)
            ]
        for entry in entries:
            log.warning("stopping the AvatarIM instance %s, which no session uses", entry.session)
            await self._stopper.stop(entry)
