"""What of an open microphone is not sent, and how its pauses are told.

Places are microphone samples, times monotonic seconds.
"""

PAUSE_S = 1.0
"""A stream that pauses for longer is said to have ended. Source: Live API, `audioStreamEnd`."""
_FOREVER = 1 << 62
"""Sample that is never reached: the end of a range that is open yet."""


class Muted:
    """Where the microphone heard the avatar: that is not sent."""

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []
        self.ended_s = 0.0
        """When the avatar last fell silent."""
        self._since: int | None = None

    @property
    def now(self) -> bool:
        """Whether the avatar speaks."""
        return self._since is not None

    def begin(self, sample: int) -> None:
        """It begins to speak; what is recorded from there on is not sent."""
        self._since = sample

    def end(self, sample: int, now_s: float) -> None:
        """It has fallen silent, and what is recorded from there on is sent."""
        if self._since is not None:
            self.ranges.append((self._since, max(sample, self._since)))
            self._since, self.ended_s = None, now_s

    def holes(self) -> list[tuple[int, int]]:
        """All of it, with what is still to come."""
        return [*self.ranges, *([] if self._since is None else [(self._since, _FOREVER)])]

    def restore(self, holes: list[tuple[int, int]], written: int) -> None:
        """Go on where a daemon that died left off; with it the avatar fell silent.

        Args:
            holes: what it had.
            written: one past the newest microphone sample.
        """
        self.ranges = [(start, max(start, min(end, written))) for start, end in holes]

    def forget(self, before: int) -> None:
        """Nothing before this sample may be sent any more."""
        self.ranges = [one for one in self.ranges if one[1] > before]


class StreamPause:
    """When the service is to be told that no more sound comes for a while; of one link."""

    def __init__(self) -> None:
        self._sounded_s: float | None = None
        """When sound last went out; None where its end was told."""

    def sounded(self, now_s: float) -> None:
        """Sound goes out."""
        self._sounded_s = now_s

    def is_due(self, now_s: float) -> bool:
        """Whether it is to be told now, and it is taken to be told."""
        if self._sounded_s is None or now_s - self._sounded_s <= PAUSE_S:
            return False
        self._sounded_s = None
        return True
