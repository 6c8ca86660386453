"""Silence of the service is a fault too: how long it may last while it listens, and at each stage
of an answer.

Pongs are not looked at: they were seen to take 30 s on a healthy line.
"""

from enum import Enum

from kiosk.core.outgoing import Kind
from kiosk.core.utterance import Progress, Utterance
from kiosk.formats import REPLY_HZ

NO_ANSWER_S = 8.0
"""Before an answer. Later is no answer: visitors have left by then."""
SILENT_SAMPLES = 2 * REPLY_HZ
"""An answer that is only silence for so long is none."""
LATE_S = 1.5
"""After a turn that ended with nothing in it: its answer may come all the same."""
WORK_S = 60.0
"""While it shows that it is at work on an answer, or thinks: gemini-3.8-live-extended-thinking was
seen to take 13 s."""
STALL_S = 10.0
"""In the middle of an answer: it comes faster than it is spoken, so this is no pause."""
NO_END_S = 120.0
"""After the whole answer: `turnComplete` comes when the service believes it was heard."""
UPDATES_S = 5.0
"""In mid-utterance, of a service that has sent `sessionResumptionUpdate` there before."""


class Updates:
    """The updates of one link in mid-utterance. Vertex AI was seen to send one for each message,
    others at the ends of turns alone; so it must show first that it sends them there.
    """

    def __init__(self) -> None:
        self._utterance = self._came = 0
        self._usual = False
        self._waits_s: float | None = None
        """When the oldest message went out of which no update has told."""

    def sent(self, kind: Kind, now_s: float) -> None:
        """A message went out."""
        # Those of the last turn, of which none may have told, are not missed in this one.
        if self._waits_s is None or kind is Kind.START:
            self._waits_s = now_s

    def came(self, utterance: int) -> None:
        """One came while this utterance was open, or 0."""
        self._waits_s = None
        self._came = self._came + 1 if utterance == self._utterance else 1
        self._utterance = utterance
        # The first may be the last turn's, which was late.
        self._usual = self._usual or (utterance > 0 and self._came > 1)

    def overdue(self, utterance: int, now_s: float) -> bool:
        """Whether nobody listens any more to the utterance that is open."""
        waits = self._waits_s is not None and now_s - self._waits_s > UPDATES_S
        return self._usual and utterance > 0 and waits


class ServiceSilence(Enum):
    """What it means for an utterance."""

    NONE = "none"
    UNWANTED = "nothing more comes for what nobody waits for"
    NO_ANSWER = "no answer"
    NOTHING = "its turn has ended, and there was nothing in it"
    WORKS_ON = "it has worked on an answer for too long"
    STALL = "the answer has stopped"
    NO_END = "the answer is whole, and its end is not told"


def is_ignored(stream: Utterance, now_s: float) -> bool:
    """Whether what an open microphone sent was understood, and is not answered."""
    return stream.on_link and bool(stream.heard) and now_s - stream.progress_s > NO_ANSWER_S


def check(u: Utterance, now_s: float) -> ServiceSilence:
    """How an utterance fares whose end went out, and for which more is to come."""
    silence_s = now_s - u.progress_s
    if not u.wanted:
        return ServiceSilence.UNWANTED if silence_s > NO_ANSWER_S else ServiceSilence.NONE
    if u.nothing:
        return ServiceSilence.NOTHING if silence_s > LATE_S else ServiceSilence.NONE
    if not (u.audible or u.said) and u.quiet_samples > SILENT_SAMPLES:
        return ServiceSilence.NO_ANSWER
    if u.working_s is not None:
        return ServiceSilence.WORKS_ON if now_s - u.working_s > WORK_S else ServiceSilence.NONE
    if u.progress is Progress.GENERATED and u.answered:
        return ServiceSilence.NO_END if silence_s > NO_END_S else ServiceSilence.NONE
    if u.answered:
        return ServiceSilence.STALL if silence_s > STALL_S else ServiceSilence.NONE
    return ServiceSilence.NO_ANSWER if silence_s > NO_ANSWER_S else ServiceSilence.NONE
