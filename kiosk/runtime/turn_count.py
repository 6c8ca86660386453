"""Keeps on disk how many questions were asked today, so that a restart does not begin anew."""

import asyncio
import datetime
import logging
from pathlib import Path

import msgspec

from kiosk.core.turn_budget import LIMIT_CODE, TurnsToday
from kiosk.settings.whole_file import write_whole

log = logging.getLogger("kiosk")

MAX_AHEAD_DAYS = 1
"""A day that is farther ahead was noted by a clock that was wrong."""
SAVE_EVERY_TURNS = 10
"""A crash forgets fewer: a write for each question would wear a card out."""

_ADVICE = "Answering again when the next day or month begins. For more, raise it and restart"


class TurnCount:
    """The file of a day's count.

    Args:
        file: need not be there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._saving: asyncio.Future[None] | None = None
        self._told_day = ""
        self._asked = self._saved = TurnsToday()

    def read(self) -> TurnsToday:
        """What an earlier process has kept."""
        self._asked = self._saved = self._read()
        return self._saved

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

    def keep(self, asked: TurnsToday, limit_cause: str) -> None:
        """Take today's count; in the loop.

        Args:
            asked: the count.
            limit_cause: why nothing more is asked today; empty where it is.
        """
        self._asked, saved = asked, self._saved
        if limit_cause and self._told_day != asked.day:
            self._told_day = asked.day
            log.warning("%s: %s. %s", LIMIT_CODE, limit_cause, _ADVICE)
        if asked.turns - saved.turns * (asked.day == saved.day) < SAVE_EVERY_TURNS:
            return
        if self._saving is None or self._saving.done():
            self._saved = asked
            self._saving = asyncio.get_running_loop().run_in_executor(None, self._write, asked)

    def close(self) -> None:
        """Note what is not noted yet; blocks for one small write."""
        if self._asked.turns and self._asked != self._saved:
            self._write(self._asked)

    def _write(self, asked: TurnsToday) -> None:
        try:
            write_whole(self._file, msgspec.json.encode(asked))
        except OSError as error:
            log.warning("cannot store how many questions were asked today: %s", error)
