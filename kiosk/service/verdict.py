"""Whether all parts of the kiosk still advance: WATCHDOG=1 is sent only while they do.

Feeding the watchdog from a timer only proves that timers run: the known failures (a write to a
pulled USB card that never returns, a frame loop stuck in a driver) leave the event loop healthy.
So each part counts its turns, and the kiosk is alive while all counters move. A part that is known
to be missing, is shown and is being retried is excused; a part that is silently stuck is not.
"""


class WatchdogVerdict:
    """Counters and times in, the names of stuck parts out. Reads no clock itself.

    A part is watched from its first `alive` or `expect` on.
    """

    def __init__(self, max_still_s: float) -> None:
        """`max_still_s`: seconds for which a counter may stand still."""
        self._max_still_s = max_still_s
        self._counters: dict[str, int] = {}
        self._moved_s: dict[str, float | None] = {}
        """When each part last moved; None until the first look after it was expected."""
        self._excused: set[str] = set()

    def alive(self, part: str, counter: int, now_s: float) -> None:
        """The counter of a part at a time. Any change is life: a new worker counts from 0."""
        if self._counters.get(part) != counter or self._moved_s.get(part) is None:
            self._counters[part] = counter
            self._moved_s[part] = now_s

    def excuse(self, part: str) -> None:
        """The part is known to be missing: no reason to restart."""
        self._excused.add(part)
        self._moved_s.setdefault(part, None)

    def expect(self, part: str) -> None:
        """The part is there (again), and must move from now on."""
        if part in self._excused or part not in self._moved_s:
            self._excused.discard(part)
            self._moved_s[part] = None

    def stuck(self, now_s: float) -> list[str]:
        """The parts that stood still for too long, in order of name."""
        late = []
        for part, moved_s in self._moved_s.items():
            if part in self._excused:
                continue
            if moved_s is None:
                self._moved_s[part] = now_s
            elif now_s - moved_s > self._max_still_s:
                late.append(part)
        return sorted(late)
