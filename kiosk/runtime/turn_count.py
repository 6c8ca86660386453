"""Keeps on disk how many questions were asked today, so that a restart does not begin anew."""

import asyncio
import datetime
import logging
import time
from pathlib import Path

import msgspec

from kiosk.core.turn_budget import LIMIT_CODE, TurnBudget, TurnsToday
from kiosk.settings.whole_file import write_whole

log = logging.getLogger("kiosk")

MAX_AHEAD_DAYS = 1
"""A day that is farther ahead was noted by a clock that was wrong."""
SAVE_EVERY_TURNS = 10
"""A crash forgets fewer: a write for each question would wear a card out."""

_ADVICE = "Answering again tomorrow. To answer more a day, raise it and restart the kiosk"


class TurnCount:
    """The file of a budget.

    Args:
        file: need not be there.
        budget: goes on where the file says.
    """

    def __init__(self, file: Path, budget: TurnBudget) -> None:
        self._file, self._budget = file, budget
        self._saving: asyncio.Future[None] | None = None
        self._told_day = ""
        budget.asked = self._saved = self._read()

    def _read(self) -> TurnsToday:
        try:
            asked = msgspec.json.decode(self._file.read_bytes(), type=TurnsToday)
            ahead = datetime.date.fromisoformat(asked.day) - datetime.date.today()
        except FileNotFoundError:
            return TurnsToday()
        except (OSError, ValueError) as error:  # What cannot be decoded is a ValueError, too.
            log.warning(
                "cannot read how many questions were asked today, counting from 0: %s", error
            )
            return TurnsToday()
        if asked.turns < 0 or ahead.days > MAX_AHEAD_DAYS:
            log.warning(
                "%s holds no possible count of today's questions, counting from 0", self._file
            )
            return TurnsToday()
        return asked

    def tick(self) -> None:
        """Time has gone on; in the loop."""
        self._budget.begin_day(_today())
        asked, saved = self._budget.asked, self._saved
        if self._budget.is_met and self._told_day != asked.day:
            self._told_day = asked.day
            log.warning("%s: %s. %s", LIMIT_CODE, self._budget.cause, _ADVICE)
        if asked.turns - saved.turns * (asked.day == saved.day) < SAVE_EVERY_TURNS:
            return
        if self._saving is None or self._saving.done():
            self._saved = asked
            self._saving = asyncio.get_running_loop().run_in_executor(None, self._write, asked)

    def close(self) -> None:
        """Note what is not noted yet; blocks for one small write."""
        if self._budget.asked.turns and self._budget.asked != self._saved:
            self._write(self._budget.asked)

    def _write(self, asked: TurnsToday) -> None:
        try:
            write_whole(self._file, msgspec.json.encode(asked))
        except OSError as error:
            log.warning("cannot store how many questions were asked today: %s", error)


def _today() -> str:
    return time.strftime("%Y-%m-%d")
