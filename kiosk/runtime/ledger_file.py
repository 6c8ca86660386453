"""Keeps on disk what was asked and what it has cost: no restart and no power cut loses it.

Two small files in the state directory, each replaced as a whole and synced. One is today's and this
month's sum, some hundred bytes, written when `Ledger.due` says so. The other has the days that have
ended, and is written once a day, before the first one: a crash between the two is made up for by
the next note.
"""

import asyncio
import datetime
import logging
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kiosk.core.tally import Account, Tally
from kiosk.core.turn_budget import LIMIT_CODE
from kiosk.settings.whole_file import write_whole

log = logging.getLogger("kiosk")

ACCOUNT = "usage.json"
DAYS = "usage-days.json"
MAX_DAYS = 800
"""Of the past that are kept: two years and a bit."""
MAX_AHEAD_DAYS = 1
"""A day that is farther ahead was noted by a clock that was wrong."""
_ADVICE = "Answering again when the next day or month begins. For more, raise it and restart"


class LedgerFile:
    """See the module.

    Args:
        folder: need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next: Account | None = None
        self._saving: asyncio.Future[None] | None = None
        self._ended = ""
        """The newest day that is known to stand in the file of days."""
        self._failing = False
        self._day = ""
        self._limit_told = ("", "")
        """Day and cause."""

    def read(self) -> Account:
        """What an earlier process has noted."""
        try:
            account = read_account(self._folder)
        except (OSError, ValueError) as error:  # What cannot be decoded is a ValueError, too.
            log.warning("cannot read what talking has cost, counting from 0: %s", error)
            return Account()
        return _dated(account, datetime.date.today())

    def keep(self, account: Account | None, limit_cause: str = "") -> None:
        """Note what is due; in the loop.

        Args:
            account: what that is; None where nothing is.
            limit_cause: why nothing more is asked today; empty where it is.
        """
        if account is not None:
            self._next, self._day = account, account.day.period
        if limit_cause and self._limit_told != (self._day, limit_cause):
            self._limit_told = self._day, limit_cause
            log.warning("%s: %s. %s", LIMIT_CODE, limit_cause, _ADVICE)
        if self._next is None or (self._saving is not None and not self._saving.done()):
            return
        account, self._next = self._next, None
        self._saving = asyncio.get_running_loop().run_in_executor(None, self._write, account)

    def close(self, account: Account) -> None:
        """Note the last; blocks for one small write."""
        if account != Account(currency=account.currency):
            self._write(account)

    def _write(self, account: Account) -> None:
        try:
            if account.ended.period > self._ended:
                self._keep_ended(account.ended)
            data = msgspec.json.encode(account)
            write_whole(self._folder / ACCOUNT, data, synced=True)
        except OSError as error:
            if not self._failing:
                log.warning("cannot store what talking has cost, a restart forgets it: %s", error)
            self._failing = True
        else:
            self._failing = False

    def _keep_ended(self, ended: Tally) -> None:
        try:
            days = read_days(self._folder)
        except (OSError, ValueError) as error:
            log.warning("cannot read what earlier days have cost, beginning anew: %s", error)
            days = []
        if all(day.period != ended.period for day in days):
            days = sorted([*days, ended], key=lambda day: day.period)[-MAX_DAYS:]
            write_whole(self._folder / DAYS, msgspec.json.encode(days), synced=True)
        self._ended = ended.period


def read_account(folder: Path) -> Account:
    """The sums of today and this month; nothing where none were noted.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else.
    """
    try:
        account = msgspec.json.decode((folder / ACCOUNT).read_bytes(), type=Account)
    except FileNotFoundError:
        return Account()
    sums = (account.day.cost_n, account.month.cost_n, account.total_n, account.reserved_n)
    if min(sums) < 0:
        raise ValueError(f"{folder / ACCOUNT} holds impossible sums")
    return account


def read_days(folder: Path) -> list[Tally]:
    """The days that have ended, oldest first.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds something else.
    """
    try:
        return msgspec.json.decode((folder / DAYS).read_bytes(), type=list[Tally])
    except FileNotFoundError:
        return []


def _dated(account: Account, today: datetime.date) -> Account:
    """With a day that can be: what a wrong clock has noted counts for today."""
    if not account.day.period:
        return account
    try:
        ahead = datetime.date.fromisoformat(account.day.period) - today
    except ValueError:
        ahead = datetime.timedelta.max
    if ahead.days <= MAX_AHEAD_DAYS:
        return account
    day = today.isoformat()
    return replace(
        account,
        day=replace(account.day, period=day),
        month=replace(account.month, period=day[:7]),
        ended=Tally(),
    )
