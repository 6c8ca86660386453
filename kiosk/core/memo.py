"""What a daemon must know to go on where one that died left off.

Small, and written only when it changes; the speech itself is in the microphone ring. Times are
monotonic seconds and places are samples of that ring: both outlive a daemon, and neither outlives a
boot.
"""

from msgspec import Struct

from kiosk.core.outgoing import Utterance
from kiosk.core.turns import Hold, Turn


class Memo(Struct, frozen=True):
    """See the module."""

    ring_epoch_ns: int
    """Epoch of the microphone ring that the samples are of; another ring makes all of this void."""
    visit_since_s: float
    """Last sign of the visitor."""
    recalls: int
    """How many daemons in a row went on with this visit and came to no answer."""
    last_turn: int
    last_end: int
    handle: str
    covered: int
    """Newest utterance that the handle's state holds."""
    history: list[Utterance]
    utterances: list[Utterance]
    turns: list[Turn]
    hold: Hold | None
    recap: str = ""
    """Words of the instruction that belong to the handle."""
