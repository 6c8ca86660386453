"""Time limits that grow on a slow line, and shrink when it is fast again."""

GROWTH = 1.6
SPARE = 2.0
"""A limit is at least so many times what was needed last."""


class Limit:
    """One limit, in seconds.

    Args:
        usual_s: on a good line.
        longest_s: never longer.
    """

    def __init__(self, usual_s: float, longest_s: float) -> None:
        self.seconds = usual_s
        self._usual_s = usual_s
        self._longest_s = longest_s

    def too_short(self) -> None:
        """It has run out: the next is longer."""
        self.seconds = min(self.seconds * GROWTH, self._longest_s)

    def kept(self, needed_s: float) -> None:
        """It was long enough."""
        self.seconds = min(max(self._usual_s, SPARE * needed_s), self._longest_s)
