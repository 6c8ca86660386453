"""What `lastConsumedClientMessageIndex` means here: learnt, not believed.

The documents leave open whether the setup counts, and whether numbering goes on over a resume. But
at a quiet moment (the index still for a second, nothing sent, nothing in flight) the service has
consumed all that we sent, whatever it counts from. Source: Vertex AI,
`sessionResumption.transparent`.
"""

QUIET_S = 1.0
"""For so long the index stands still and nothing is sent at a quiet moment."""
MIN_BASE = -1
"""That of a service which counts the first message as 0. An index that is further behind at a quiet
moment does not count from elsewhere: it is late, and to believe it would lose what it is late by.
"""


class Consumed:
    """The index of one link."""

    def __init__(self) -> None:
        self._index: int | None = None
        self._since_s = 0.0
        self._base: int | None = None
        """What is to be taken off an index to get our number."""

    def take(self, index: int | None, now_s: float) -> int | None:
        """An update's index; returns the number of our message that it stands for, if that is
        known.
        """
        if index is None:
            return None
        if index != self._index:
            self._index, self._since_s = index, now_s
        return None if self._base is None else index - self._base

    def learn(self, sent: int, sent_s: float, now_s: float) -> None:
        """Nothing is in flight; `sent` messages went out, the last at `sent_s`."""
        # Before the first message an index of 0 is no news: it may stand for that message to come.
        if self._base is not None or self._index is None or not sent:
            return
        if now_s - max(self._since_s, sent_s) >= QUIET_S:
            base = self._index - sent
            self._base = base if base >= MIN_BASE else None
