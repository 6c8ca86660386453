"""What a daemon must know to go on where one that died left off.

Small, and written only when it changes; the speech itself is in the microphone ring. Times are
monotonic seconds and places are samples of that ring: both outlive a daemon, and neither outlives a
boot.
"""

import math

from msgspec import Struct

from kiosk.core.press import Press
from kiosk.core.turns import Turn
from kiosk.core.utterance import Utterance

SMALL_CHANGES_INTERVAL_S = 1.0
"""Between two snapshots that only tell more words."""


class SnapshotClock:
    """When the snapshot is to be written: at once for what the visitor did or how a turn ended, at
    most once a second for words and handles, which the service sends as often as it likes.
    """

    def __init__(self) -> None:
        self._changes = self._small_changes = 0
        self._written_s = -math.inf

    def due(self, changes: int, small_changes: int, now_s: float) -> bool:
        """Whether to write one now, and it is taken to be written.

        Args:
            changes: `Conversation.changes`.
            small_changes: `Conversation.small_changes`.
            now_s: now.
        """
        rested = now_s - self._written_s >= SMALL_CHANGES_INTERVAL_S
        small = small_changes != self._small_changes and rested
        if changes == self._changes and not small:
            return False
        self._changes, self._small_changes = changes, small_changes
        self._written_s = now_s
        return True


class VisitSnapshot(Struct, frozen=True):
    """See the module."""

    ring_epoch_ns: int
    """Epoch of the microphone ring that the samples are of; another ring makes all of this void."""
    visit_since_s: float
    """Last sign of the visitor."""
    restores: int
    """How many daemons in a row went on with this visit and came to no answer."""
    last_turn: int
    last_end: int
    handle: str
    covered: int
    """Newest utterance that the handle's state holds."""
    history: list[Utterance]
    utterances: list[Utterance]
    turns: list[Turn]
    press: Press | None
    muted: list[tuple[int, int]] = []
    """Where an open microphone heard the avatar, or another daemon's."""
    recap: str = ""
    """Words of the instruction that belong to the handle."""
