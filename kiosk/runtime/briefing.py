"""What each session is told at its beginning: follows the clock and the files of the house."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.core.hours import OpeningHours
from kiosk.core.inputs import InstructionIs, WallClockAt
from kiosk.errors import UserError
from kiosk.knowledge.house_knowledge import Knowledge
from kiosk.knowledge.instruction import instruction
from kiosk.knowledge.reading import KnowledgeReader
from kiosk.settings.types import Settings

log = logging.getLogger("kiosk.knowledge")

STORE = "knowledge.json"
"""What was read, in the state directory."""
POLL_INTERVAL_S = 3.0
"""Between two looks at the folder: a look at each file's time, 1 ms for twenty files."""
HEAD_START_S = 2.0
"""The first session waits so long for files that were never read before."""


class Briefing:
    """See the module. Everything belongs to the loop's thread.

    Args:
        settings: of the kiosk.
        state: the state directory.
    """

    def __init__(self, settings: Settings, state: Path) -> None:
        self.functions: Callable[[], tuple[dict[str, Any], ...]] = tuple
        """Declares what the model may call; the same tuple again while that is the same."""
        self._settings = settings
        self._hours = OpeningHours(settings.hours)
        zone = settings.hours.timezone
        self._zone = ZoneInfo(zone) if zone else None
        self._reader = KnowledgeReader(
            Path(settings.knowledge.folder), settings.live.language, zone, state / STORE
        )
        self._knowledge = Knowledge()
        self._edition = 0
        """Counts the days, and how often what is known or can be called has changed."""
        self._day = ""
        self._told: tuple[WallClockAt, InstructionIs] | None = None

    @property
    def knowledge(self) -> Knowledge:
        """What is known now; an immutable value."""
        return self._knowledge

    def at(self, now: WallClockAt) -> InstructionIs:
        """What a session that begins now is told; made once a minute.

        Args:
            now: on the house's clock.
        """
        functions = self.functions()
        if self._told is not None:
            if self._told[1].functions is not functions:
                self._edition += 1
            elif self._told[0] == now:
                return self._told[1]
        if self._day != now.day:
            self._day = now.day
            self._edition += 1
        text = instruction(self._settings, self._hours, self._knowledge, now)
        self._told = (now, InstructionIs(text, self._edition, functions))
        return self._told[1]

    def now(self) -> datetime:
        """On the house's clock."""
        return datetime.now(self._zone)

    async def follow(self) -> None:
        """Look at the folder again and again. Runs until cancelled."""
        prepared: Knowledge | None = None
        while True:
            if not self._knowledge.is_whole and prepared is not self._knowledge:
                prepared = self._knowledge
                try:
                    await asyncio.to_thread(prepared.prepare)
                except UserError as error:
                    log.error("%s", error)  # noqa: TRY400 - said to a person
            await asyncio.sleep(POLL_INTERVAL_S)
            await self.read()

    async def read(self) -> None:
        """Read what has changed in the folder."""
        try:
            knowledge = await asyncio.to_thread(self._reader.read, self.now())
        except Exception:
            log.exception("cannot read what the house has written down")
            return
        if knowledge is not self._knowledge:
            self._knowledge = knowledge
            self._edition += 1
            self._told = None

    def status(self) -> dict[str, Any]:
        """For `status`."""
        known = self._knowledge
        return {
            "files": len(known.documents),
            "tokens": known.tokens,
            "whole": known.is_whole,
            "faults": known.faults,
        }
