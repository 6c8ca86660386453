"""Whether somebody is here, since when, and when the visit is over. Times are monotonic seconds."""

FAREWELL_S = 6.0
"""A visit that the host ends is over so long after the last word, if the visitor does nothing."""


class Visit:
    """One visit after the other.

    Args:
        end_after_s: `visit.end_after_s`: a visit is over when nothing has happened for so long.
    """

    def __init__(self, end_after_s: float) -> None:
        self.since_s: float | None = None
        """Last sign of a visitor; None when nobody is here."""
        self.asked_s: float | None = None
        """When a visitor last asked something or was answered; None where none has. A tap is no
        sign of one who wants an avatar that costs money."""
        self.restores = 0
        """How many daemons in a row went on with this visit and came to no answer."""
        self._end_after_s = end_after_s
        self._leaving = False

    @property
    def ends_s(self) -> float | None:
        """When it is forgotten if nobody does anything; None when nobody is here."""
        if self.since_s is None:
            return None
        end_after_s = self._end_after_s
        return self.since_s + (min(FAREWELL_S, end_after_s) if self._leaving else end_after_s)

    def sign(self, now_s: float, *, asks: bool = False) -> None:
        """Somebody is here; `asks`: and wants something of the service, or is answered."""
        self.since_s = now_s
        if asks:
            self.asked_s = now_s

    def is_over(self, now_s: float) -> bool:
        """Whether nobody has done anything for long enough."""
        return self.ends_s is not None and now_s >= self.ends_s

    def leave(self, now_s: float) -> None:
        """The visitor wants to go: the visit is over soon after the goodbye."""
        if self.since_s is not None:
            self.since_s, self._leaving = now_s, True

    def stay(self) -> None:
        """The visitor does something all the same."""
        self._leaving = False

    def end(self) -> None:
        """Nobody is here."""
        self.since_s = self.asked_s = None
        self._leaving = False

    def restore(self, since_s: float, restores: int, *, asked: bool) -> None:
        """Go on where a daemon that died left off."""
        self.since_s, self.restores = since_s, restores + 1
        self.asked_s = since_s if asked else None
