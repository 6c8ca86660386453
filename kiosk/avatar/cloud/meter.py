"""What the day's paid sessions have cost, in seconds: those that ended, and those that may be open.

A session counts from before it is asked for until its end is confirmed, or until the vendor must
have ended it by itself. So what is counted is never less than what is billed, though a process may
be killed, a stop refused or the clock be set at any moment. Pure; told the time.
"""

from collections.abc import Iterable

from msgspec import Struct

SAVE_INTERVAL_S = 30.0
"""Between two notes on disk of what the day has cost."""

MAX_ORPHAN_S = 24 * 3600.0
"""A session that an earlier process left counts no longer: a clock that was set forward by years
would have it cost years.
"""


class Now(Struct, frozen=True):
    """The clocks, read together."""

    wall_s: float
    """Unix time. It may jump."""
    boot: str
    """Id of this run of the kernel."""
    boot_s: float
    """Seconds since it began, sleep included. It never jumps."""
    day: str
    """Local date, such as `2026-11-24`; a later one is a greater one."""


class Entry(Struct, frozen=True):
    """A session that was asked for, and may be open."""

    product: str
    """`heygen`, `liveavatar` or `avatarim`."""
    session: str
    """The vendor's id of it; empty until the vendor has told it."""
    opened_s: float
    """Unix time at which it was asked for."""
    facts: dict[str, str] = {}
    """Whatever else stopping it needs, such as a tenant; never a secret."""
    ask: str = ""
    """Our own id of the opening."""
    boot: str = ""
    boot_s: float = 0.0
    """As in `Now`, when it was asked for."""
    least_s: float = 0.0
    """Seconds that the vendor bills at least."""
    idle_s: float = 0.0
    """Seconds without a sign of life after which the vendor ends it; 0 where it never does."""

    @property
    def key(self) -> str:
        """What it is known by here."""
        return self.ask or self.session


class Cost(Struct, frozen=True):
    """What is kept on disk of it."""

    day: str = ""
    seconds: float = 0.0
    """All that was counted on that day."""
    open: dict[str, float] = {}
    """Seconds counted so far, on any day, of each session that may be open, by key."""


class SessionMeter:
    """See the module.

    Args:
        cost: what an earlier process has noted.
    """

    def __init__(self, cost: Cost) -> None:
        self._day, self._seconds = cost.day, cost.seconds
        self._counted = dict(cost.open)
        self._noted = dict(cost.open)
        self._begun: set[str] = set()
        """Keys of what this process keeps alive."""
        self._left: set[str] = set()
        """Keys of what it did until now."""

    @property
    def cost(self) -> Cost:
        """To be kept on disk."""
        return Cost(self._day, self._seconds, dict(self._counted))

    @property
    def seconds(self) -> float:
        """Counted today."""
        return self._seconds

    def begin(self, entry: Entry) -> None:
        """A session is about to be asked for, by this process."""
        self._begun.add(entry.key)

    def leave(self, entry: Entry) -> None:
        """It is to end: nobody keeps it alive from now on."""
        if entry.key in self._begun:
            self._begun.remove(entry.key)
            self._left.add(entry.key)
            self._noted[entry.key] = self._counted.get(entry.key, 0.0)

    def count(self, entries: Iterable[Entry], now: Now) -> None:
        """Time has gone on; `entries` are all that may be open."""
        # A board without a clock of its own begins in the past: what was spent is spent.
        if now.day > self._day:
            self._day, self._seconds = now.day, 0.0
        counted = {}
        for entry in entries:
            before_s = self._counted.get(entry.key, self._noted.get(entry.key, 0.0))
            total_s = max(before_s, entry.least_s, self._age_s(entry, now))
            self._seconds += total_s - before_s
            counted[entry.key] = total_s
        # A process runs for months: what has ended leaves nothing behind.
        for key in (self._counted.keys() - counted.keys()) & (self._begun | self._left):
            self._begun.discard(key)
            self._left.discard(key)
            self._noted.pop(key, None)
        self._counted = counted

    def forget(self, entry: Entry) -> None:
        """It was never opened: the vendor refused, or knows of none. It has cost nothing."""
        noted_s = self._noted.pop(entry.key, 0.0)
        self._seconds = max(self._seconds - self._counted.pop(entry.key, noted_s), 0.0)

    def _age_s(self, entry: Entry, now: Now) -> float:
        """Seconds for which it may have been open, at most."""
        noted_s = self._noted.get(entry.key, 0.0)
        same_boot = bool(entry.boot) and entry.boot == now.boot
        age_s = now.boot_s - entry.boot_s if same_boot else now.wall_s - entry.opened_s
        if entry.key in self._begun:
            return age_s
        # Nobody keeps it alive. An earlier process may have until the next note was due.
        kept_s = noted_s if entry.key in self._left else noted_s + SAVE_INTERVAL_S
        most_s = kept_s + entry.idle_s
        known_s = noted_s if noted_s > entry.least_s else 0.0
        if not same_boot and age_s < known_s:
            return most_s  # The clock was set back, so it says nothing.
        return min(age_s, most_s if entry.idle_s else MAX_ORPHAN_S)
