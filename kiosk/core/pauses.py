"""How long to stay away after a loss."""

from collections.abc import Callable, Iterator

HEALTHY_S = 30.0
"""A link that lived this long pays off the failures before it."""
FIRST_S = 0.25
"""Most seconds before the second attempt; each next pause may be twice as long."""
MAX_PAUSE_S = 8.0
"""A visitor stands there: eight seconds between two attempts are long."""
SOMEBODY_WAITS_S = 0.5
"""The longest pause while a visitor's words are undelivered."""
QUOTA_SOON_S = 10.0
"""Quota is counted by sessions at a time, where one that ends makes room: the first pause."""
QUOTA_S = 60.0
"""And by the minute: the longest."""
QUOTA_WAITS_S = 3.0
"""The first pause where a visitor's words are undelivered; and the shortest between two attempts,
however often somebody presses.
"""
MAX_ASKED_S = 600.0
"""No `Retry-After` is followed for longer."""
STAFF_S = 60.0
"""Even a fault for staff may be mended from afar (a key enabled, a bill paid)."""


def asked(seconds: float | None) -> float | None:
    """How long to stay away as a service asks; None where it asks for nothing that makes sense."""
    return min(seconds, MAX_ASKED_S) if seconds is not None and seconds >= 0 else None


def quota(
    refusals: int, asked_s: float | None, waiting: bool, random: Callable[[], float]
) -> float:
    """Seconds to stay away: what the service asks for, or else up to twice the usual.

    Args:
        refusals: how often it has refused, in a row.
        asked_s: how long it asks for, or None.
        waiting: somebody's words are undelivered.
        random: uniform on [0, 1): whoever was refused together must not come back together.
    """
    if asked_s is not None:
        return max(asked_s, QUOTA_WAITS_S) + random()
    usual_s = QUOTA_WAITS_S if waiting else QUOTA_SOON_S
    for _ in range(refusals - 1):
        usual_s = min(2 * usual_s, QUOTA_S)
    return usual_s * (1 + random())


def backoff(random: Callable[[], float]) -> Iterator[float]:
    """Pauses before the attempts, in seconds: none before the first, then full jitter, for ever.

    Args:
        random: uniform on [0, 1).
    """
    yield 0.0
    ceiling = FIRST_S
    while True:
        yield random() * ceiling
        ceiling = min(ceiling * 2, MAX_PAUSE_S)
