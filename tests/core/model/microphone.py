"""What was recorded: the sound process may die, and leaves a hole until the next one is there."""

PERIOD = 320


class Microphone:
    """Places are samples of the microphone ring."""

    def __init__(self) -> None:
        self.written = 0
        self.holes: list[tuple[int, int]] = []
        self.dead = False
        self._dead_until_s = 0.0

    def die(self, until_s: float) -> None:
        """Nobody records until then."""
        self._dead_until_s = until_s

    def record(self, now_s: float, sample: int) -> None:
        """It is `now_s`, and the clock is at `sample`."""
        self.dead, was_dead = now_s < self._dead_until_s, self.dead
        if self.dead:
            return
        written = sample // PERIOD * PERIOD
        if was_dead and written > self.written:
            self.holes.append((self.written, written))
        self.written = written

    def beyond(self, sample: int, limit: int) -> int:
        """The first sample from there on that was recorded; `limit` if there is none before it."""
        for start, end in self.holes:
            if start <= sample < end:
                sample = min(end, limit)
        return sample

    def missing(self, start: int, end: int) -> int:
        """How many samples between these were not recorded."""
        return sum(max(min(end, b) - max(start, a), 0) for a, b in self.holes)
