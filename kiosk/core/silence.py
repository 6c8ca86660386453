"""Silence of the service is a fault too: how long it may last at each stage of an answer.

Only what was said to its end waits for anything; a line that is healthy is never judged by this.
"""

from enum import Enum

from kiosk.core.messages import OUTPUT_RATE_HZ
from kiosk.core.outgoing import Utterance

NO_ANSWER_S = 8.0
"""Before an answer. Later is no answer: visitors have left by then."""
SILENT_SAMPLES = 2 * OUTPUT_RATE_HZ
"""An answer that is only silence for so long is none."""
STALL_S = 10.0
"""In the middle of an answer: it comes faster than it is spoken, so this is no pause."""
NO_END_S = 120.0
"""After the whole answer: `turnComplete` comes when the service believes it was heard."""


class Silence(Enum):
    """What it means for an utterance."""

    NONE = "none"
    UNWANTED = "nothing more comes for what nobody waits for"
    NO_ANSWER = "no answer"
    STALL = "the answer has stopped"
    NO_END = "the answer is whole, and its end is not told"


def judge(u: Utterance, now_s: float) -> Silence:
    """How an utterance fares whose end went out, and for which more is to come."""
    silence_s = now_s - u.progress_s
    if u.cut:
        return Silence.UNWANTED if silence_s > NO_ANSWER_S else Silence.NONE
    if not u.loud and u.quiet_samples > SILENT_SAMPLES:
        return Silence.NO_ANSWER
    if u.generated:
        return Silence.NO_END if silence_s > NO_END_S else Silence.NONE
    if u.answered:
        return Silence.STALL if silence_s > STALL_S else Silence.NONE
    return Silence.NO_ANSWER if silence_s > NO_ANSWER_S else Silence.NONE
