"""What all connections of one concierge share."""

from dataclasses import dataclass

from kiosk.concierge.hearing import Ears
from kiosk.concierge.knowledge import Knowledge
from kiosk.concierge.record import Recorder
from kiosk.concierge.session import Sessions
from kiosk.concierge.speech import Speech


@dataclass(frozen=True)
class House:
    """The concierge's ears, mind, voice and memory."""

    knowledge: Knowledge
    hearing: Ears
    speech: Speech
    sessions: Sessions
    recorder: Recorder
    go_away_after_s: float | None = None
    """Age at which a connection is told to go; None: never."""
    time_left_s: float = 10.0
    """Seconds from that announcement to the close."""
