"""When a link is replaced by our own decision, before the service ends it: at a moment when nobody
notices, or at the deadline come what may.
"""

import math

from kiosk.core.messages import GoAway

YOUNG_S = 30.0
"""A link younger than this is kept up for as long as that can be: it would be the same with the
next.
"""
CONNECTION_LIFE_S = 540.0
"""The service ends a connection after about ten minutes.
Source: Live API, session management, "connection lifetime"."""
GO_AWAY_MARGIN_S = 5.0
"""So long before the end that a GoAway tells the link is replaced in any case."""
GO_AWAY_EARLY_S = 60.0
"""With more time left a GoAway is no hurry: gemini-3.8-live says one of 300 s a second after each
setup. This is the notice that Vertex AI documents.
"""
GO_AWAY_UNKNOWN_S = 10.0
"""For a GoAway without `timeLeft` (proto3 leaves out a zero)."""


class Rotation:
    """Of one link. All times are monotonic seconds."""

    def __init__(self) -> None:
        self._by_s = math.inf

    def go_away(self, go_away: GoAway, now_s: float) -> None:
        """The service will end the link."""
        left_s = go_away.seconds()
        margin_s = 0.0 if left_s is None else min(GO_AWAY_MARGIN_S, left_s / 2)
        self._by_s = now_s + (GO_AWAY_UNKNOWN_S if left_s is None else left_s) - margin_s

    def due(self, now_s: float, up_since_s: float, idle: bool) -> bool:
        """Whether the link is to be replaced now; `idle`: nobody would notice."""
        age_s, left_s = now_s - up_since_s, self._by_s - now_s
        if left_s <= 0:
            return True
        early_s = GO_AWAY_EARLY_S if age_s >= YOUNG_S else GO_AWAY_MARGIN_S
        return idle and (left_s <= early_s or age_s > CONNECTION_LIFE_S)
