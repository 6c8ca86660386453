"""Time-outs that grow on a slow line, and shrink when it is fast again."""

GROWTH = 1.6
"""Times as long after each time-out that ran out."""
HEADROOM = 2.0
"""A time-out is at least so many times what the last success needed."""


class AdaptiveTimeout:
    """One time-out, in seconds.

    Args:
        usual_s: on a good line.
        max_s: it never grows beyond.
    """

    def __init__(self, usual_s: float, max_s: float) -> None:
        self.seconds = usual_s
        self._usual_s = usual_s
        self._max_s = max_s

    def expired(self) -> None:
        """It has run out: the next one is longer."""
        self.seconds = min(self.seconds * GROWTH, self._max_s)

    def met(self, needed_s: float) -> None:
        """It was long enough."""
        self.seconds = min(max(self._usual_s, HEADROOM * needed_s), self._max_s)
