"""What all connections of one concierge share: recogniser, knowledge, synthesiser, sessions."""

from dataclasses import dataclass

from kiosk.concierge.known_answers import KnownAnswers
from kiosk.concierge.recogniser_process import SpeechRecogniser
from kiosk.concierge.record import Recorder
from kiosk.concierge.session import Sessions
from kiosk.concierge.synthesiser import Synthesiser


@dataclass(frozen=True)
class ServiceContext:
    """What all connections of one concierge share."""

    answers: KnownAnswers
    recogniser: SpeechRecogniser
    synthesiser: Synthesiser
    sessions: Sessions
    recorder: Recorder
    go_away_after_s: float | None = None
    """Age in seconds at which a connection gets its goAway; None: never."""
    time_left_s: float = 10.0
    """Seconds from that announcement to the close."""
