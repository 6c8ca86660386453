"""How many questions a day the service is asked: each costs money, whoever holds the button.

A button that is stuck, or a child that plays with it, would ask thousands in an hour. Pure; the day
is told.
"""

from collections.abc import Callable

from msgspec import Struct

LIMIT_CODE = "K-LIMIT"
"""Tells staff that the day's questions are used up."""


class TurnsToday(Struct, frozen=True):
    """How many were asked on a day."""

    day: str = ""
    """Local date, such as `2026-11-24`."""
    turns: int = 0


class TurnBudget:
    """See the module.

    Args:
        daily_turns: the bound; 0 for none.
    """

    def __init__(self, daily_turns: int) -> None:
        self.daily_turns = daily_turns
        self.spent_cause: Callable[[], str] = lambda: ""
        """Tells why no more money is spent; empty where it is."""
        self.asked = TurnsToday()
        """By an earlier process too."""

    @property
    def is_met(self) -> bool:
        """Whether nothing more is asked today."""
        return self._turns_are_met or bool(self.spent_cause())

    @property
    def _turns_are_met(self) -> bool:
        return 0 < self.daily_turns <= self.asked.turns

    @property
    def cause(self) -> str:
        """Why nothing more is asked, for staff."""
        if self._turns_are_met:
            return f"visit.daily_turns: today's {self.daily_turns} questions were asked"
        return self.spent_cause()

    def take(self) -> None:
        """One more is asked."""
        self.asked = TurnsToday(self.asked.day, self.asked.turns + 1)

    def begin_day(self, today: str) -> None:
        """It is this day now. An earlier one is a clock that is not set yet: the count stays."""
        if today > self.asked.day:
            self.asked = TurnsToday(today)
