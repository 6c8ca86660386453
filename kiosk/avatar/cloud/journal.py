"""Which paid sessions may be open, and what the day has cost: in memory, and on disk.

One small file a session, written and synced before the vendor is asked for it and removed when the
vendor has confirmed its end; so what a power cut leaves open is stopped at the next start. Beside
it one file with what the day has cost. The directory is the service's state directory: the one
place, beside the settings, that outlives a reboot. Nothing of a visit stands in it.
"""

import contextlib
import datetime
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from kiosk.avatar.cloud.meter import SAVE_INTERVAL_S, Cost, Entry, Now, SessionMeter
from kiosk.errors import KioskError
from kiosk.settings.whole_file import write_whole

log = logging.getLogger("kiosk.avatar")

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
MAX_AHEAD_DAYS = 1
"""A clock that begins in the past is behind by less: it is set as often as the board is on."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class JournalError(KioskError, OSError):
    """The journal cannot be written: a session that is opened now could stay open for good."""


def read_clocks() -> Now:
    """The clocks of this board."""
    return Now(
        time.time(),
        _boot_id(),
        time.clock_gettime(time.CLOCK_BOOTTIME),
        time.strftime("%Y-%m-%d"),
    )


def _boot_id() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""  # The wall clock has to do.


class SessionJournal:
    """See the module. `write` and `remove` touch the disk, and may be called in any thread; all
    else belongs to the loop's thread.

    Args:
        directory: of the sessions' files; None keeps them in memory alone.
        cost: the file that keeps what the day has cost; None keeps it in memory alone.
        clocks: read at each count.
    """

    def __init__(
        self,
        directory: Path | None,
        cost: Path | None = None,
        clocks: Callable[[], Now] = read_clocks,
    ) -> None:
        self._directory = directory
        self._cost = cost
        self._clocks = clocks
        self._meter = SessionMeter(self._read_cost())
        self._saved = self._meter.cost
        self.open: dict[str, Entry] = {}
        """All that may be open and are known in memory, by key."""

    # --- what is open ------------------------------------------------------------------------

    def begin(self, entry: Entry) -> Entry:
        """A session is about to be asked for; return it with its time. `write` it before."""
        now = self._clocks()
        entry = msgspec.structs.replace(
            entry, opened_s=now.wall_s, boot=now.boot, boot_s=now.boot_s
        )
        self._meter.begin(entry)
        self.open[entry.key] = entry
        self.count()
        return entry

    def keep(self, entry: Entry) -> None:
        """It may be open, as is known now."""
        self.open[entry.key] = entry

    def leave(self, entry: Entry) -> None:
        """It is to end: nobody keeps it alive from now on."""
        self.count()
        self._meter.leave(entry)

    def write(self, entry: Entry) -> None:
        """Put it on disk, synced. Blocks.

        Raises:
            JournalError: it cannot be written.
        """
        if self._directory is None:
            return
        try:
            write_whole(self._path(self._directory, entry), msgspec.json.encode(entry), synced=True)
        except OSError as error:
            raise JournalError(
                f"{self._directory} cannot be written ({error.strerror or error}): a paid session"
                " could stay open for good. Make room, or give the service its state directory"
            ) from None

    def closed(self, entry: Entry, *, never_opened: bool = False) -> None:
        """The vendor has ended it, or never opened it."""
        self.count()
        if never_opened:
            self._meter.forget(entry)
        self.save()  # First: a crash between the two must not lose what it has cost.
        self.open.pop(entry.key, None)
        if self._directory is None:
            return
        try:
            self._path(self._directory, entry).unlink(missing_ok=True)
        except OSError as error:
            log.warning("cannot delete the record of an ended avatar session: %s", error)

    def orphans(self, product: str) -> list[Entry]:
        """Read what is on disk of a product, oldest first."""
        if self._directory is None:
            return []
        try:
            files = sorted(self._directory.glob(f"{product}-*.json"))
        except OSError as error:
            log.warning("cannot list the records of open avatar sessions: %s", error)
            return []
        entries = []
        for file in files:
            try:
                entry = msgspec.json.decode(file.read_bytes(), type=Entry)
            except FileNotFoundError:
                continue  # Ended meanwhile.
            except OSError as error:  # The disk may only be slow to come: it is read again.
                log.warning(
                    "cannot read the record of an avatar session, trying again later: %s", error
                )
                continue
            except msgspec.DecodeError as error:
                log.warning(
                    "%s is no record of an avatar session, setting it aside: %s", file, error
                )
                with contextlib.suppress(OSError):  # Then the same is told again.
                    file.replace(file.with_suffix(".torn"))
                continue
            if entry.product == product:
                entries.append(entry)
        return sorted(entries, key=lambda entry: entry.opened_s)

    # --- what it costs -----------------------------------------------------------------------

    @property
    def spent_s(self) -> float:
        """Seconds of session that today has cost, as of the last count."""
        return self._meter.seconds

    @property
    def counted(self) -> tuple[str, float]:
        """The day that is counted, and its seconds, as of the last count."""
        cost = self._meter.cost
        return cost.day, cost.seconds

    def count(self) -> None:
        """Count up to now, and note it on disk now and then."""
        self._meter.count(self.open.values(), self._clocks())
        cost = self._meter.cost
        another_day = cost.day != self._saved.day and cost.seconds > 0
        if another_day or cost.seconds - self._saved.seconds >= SAVE_INTERVAL_S:
            self.save()

    def save(self) -> None:
        """Note on disk what the day has cost. A day that cost nothing need not be known."""
        cost = self._meter.cost
        if self._cost is None or cost == self._saved or not (cost.seconds or self._saved.seconds):
            return
        self._saved = cost
        try:
            write_whole(self._cost, msgspec.json.encode(cost))
        except OSError as error:
            log.warning("cannot store the avatar minutes of today: %s", error)

    def _read_cost(self) -> Cost:
        if self._cost is None:
            return Cost()
        try:
            cost = msgspec.json.decode(self._cost.read_bytes(), type=Cost)
            ahead = datetime.date.fromisoformat(cost.day) - datetime.date.fromisoformat(
                self._clocks().day
            )
        except FileNotFoundError:
            return Cost()
        except (OSError, ValueError) as error:  # What cannot be decoded is a ValueError, too.
            log.warning("cannot read the avatar minutes of today, counting from 0: %s", error)
            return Cost()
        if not 0 <= cost.seconds < float("inf") or not all(
            0 <= seconds < float("inf") for seconds in cost.open.values()
        ):
            log.warning("%s holds impossible avatar minutes, counting from 0", self._cost)
            return Cost()
        if ahead.days > MAX_AHEAD_DAYS:
            log.warning("%s is of a day to come, %s: counting from 0", self._cost, cost.day)
            return Cost()
        return cost

    # --- the disk ----------------------------------------------------------------------------

    @staticmethod
    def _path(directory: Path, entry: Entry) -> Path:
        return directory / f"{entry.product}-{_UNSAFE.sub('_', entry.key)[:100]}.json"
