"""What was used and what it cost, by day and month: what outlives a restart of it.

Amounts are whole billionths of the currency's unit (`_n`).
"""

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.tokens import Tokens


class Tally(Struct, frozen=True, omit_defaults=True):
    """Of a day or a month."""

    period: str = ""
    """Local, such as `2026-11-24` or `2026-11`."""
    turns: int = 0
    """Questions that were asked."""
    visits: int = 0
    """In which something was asked."""
    tokens: Tokens = Tokens()
    cost_n: int = 0
    """All of it: tokens, avatar, and what is guessed."""
    again_n: int = 0
    """What of it was for context that was read again: all but the questions themselves."""
    guessed_n: int = 0
    """What of it was never told by the service: a link broke before, or the power went."""
    avatar_s: float = 0.0
    """Seconds of session of a cloud avatar."""
    avatar_n: int = 0

    def plus(
        self,
        tokens: Tokens = Tokens(),  # noqa: B008 - frozen
        cost_n: int = 0,
        again_n: int = 0,
        guessed_n: int = 0,
    ) -> "Tally":
        """With so much more."""
        return replace(
            self,
            tokens=self.tokens.plus(tokens),
            cost_n=self.cost_n + cost_n,
            again_n=self.again_n + again_n,
            guessed_n=self.guessed_n + guessed_n,
        )

    def with_avatar(self, seconds: float, cost_n: int) -> "Tally":
        """With so much more, or less, of a session."""
        avatar_n = max(self.avatar_n + cost_n, 0)
        return replace(
            self,
            avatar_s=max(self.avatar_s + seconds, 0.0),
            avatar_n=avatar_n,
            cost_n=self.cost_n + avatar_n - self.avatar_n,
        )


class Account(Struct, frozen=True, omit_defaults=True):
    """What is kept on disk, but for days that ended before the last one."""

    day: Tally = Tally()
    month: Tally = Tally()
    ended: Tally = Tally()
    """The newest day that ended."""
    total_n: int = 0
    """What all tokens have cost since the file began."""
    reserved_n: int = 0
    """What may have been spent after this was noted. A crash counts it as spent."""
    avatar_day: str = ""
    avatar_s: float = 0.0
    """What the avatar's own meter had counted on that day."""
    currency: str = ""

    def resumed(self) -> "Account":
        """After a crash: what was reserved counts as spent."""
        lost_n = self.reserved_n
        return replace(
            self,
            day=self.day.plus(cost_n=lost_n, guessed_n=lost_n),
            month=self.month.plus(cost_n=lost_n, guessed_n=lost_n),
            total_n=self.total_n + lost_n,
            reserved_n=0,
        )

    def on(self, today: str) -> "Account":
        """It is this day now. An earlier one is a clock that is not set yet: all stays."""
        if today <= self.day.period:
            return self
        month = today[:7]
        day = self.day if self.day.period else replace(self.day, period=today)
        ended = self.ended
        if day.period < today:
            ended = day if day.cost_n or day.turns else ended
            day = Tally(today)
        same = not self.month.period or month <= self.month.period
        return replace(
            self, day=day, ended=ended,
            month=replace(self.month, period=month) if same else Tally(month),
        )  # fmt: skip
