"""What is done about an utterance whose answer does not come, stops halfway, or has nothing in it.

It is asked again over another link, as far as `live.ask_again` and common sense allow; then the
visitor is told that it came to nothing.
"""

from kiosk.core import silences, turn_end
from kiosk.core.attribution import ReplyAttribution
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.opening import Opening
from kiosk.core.outbox import Outbox
from kiosk.core.settlement import Settlement
from kiosk.core.silences import ServiceSilence
from kiosk.core.stream import OpenStream
from kiosk.core.utterance import Utterance


class Unanswered:
    """See the module.

    Args:
        outbox: the utterances.
        checkpoint: is dropped where its handle may be what keeps the service silent.
        opening: is told of a session that came to nothing.
        settlement: ends what is not asked again.
        stream: of an open microphone.
        attribution: settles what was answered.
        ask_again: `live.ask_again`.
    """

    def __init__(
        self,
        outbox: Outbox,
        checkpoint: Checkpoint,
        opening: Opening,
        settlement: Settlement,
        stream: OpenStream,
        attribution: ReplyAttribution,
        ask_again: bool,
    ) -> None:
        self._outbox = outbox
        self._checkpoint = checkpoint
        self._opening = opening
        self._settlement = settlement
        self._stream = stream
        self._attribution = attribution
        self._ask_again = ask_again

    def check(self, now_s: float, *, call_waits: bool) -> bool:
        """Look at all that waits for an answer. Returns whether the link is to be replaced.

        Args:
            now_s: now.
            call_waits: a tool is being used: the service waits for us.
        """
        stream = self._outbox.stream
        if stream is not None and silences.is_ignored(stream, now_s) and not call_waits:
            return self._ignored(stream, now_s)
        for u in self._outbox.awaiting:
            match silences.check(u, now_s):
                case ServiceSilence.UNWANTED:
                    self._settlement.finish(u, "interrupted")
                case ServiceSilence.NO_END:
                    self._attribution.settle(u)
                case ServiceSilence.WORKS_ON:
                    self._settlement.finish(u, "unanswered")
                    self._checkpoint.drop()
                    return True
                case ServiceSilence.NOTHING if not call_waits:
                    return self._nothing(u)
                case ServiceSilence.STALL if not call_waits:
                    return self._stalled(u)
                case ServiceSilence.NO_ANSWER if not call_waits:
                    return self._no_answer(u)
        return False

    def _no_answer(self, u: Utterance) -> bool:
        """Ask again over a resumed session, then over a fresh one; then let it be.

        One that the service has understood is asked again only where `live.ask_again` says so, and
        at once over a fresh session: it is the handle that is poisoned. One for which a tool was
        used is never asked again.
        """
        u.no_answers = 2 if u.taken and u.no_answers < 2 else u.no_answers + 1
        if u.no_answers > 2 or (u.taken and not self._ask_again) or u.calls:
            # And with it what it was said over: nobody waits for that alone.
            for older in self._outbox.utterances:
                if older is u or (older.id < u.id and not older.taken):
                    self._settlement.finish(older, "unanswered")
        if u.no_answers > 1:
            self._checkpoint.drop()
        self._opening.failed(refused=False)
        return True

    def _ignored(self, stream: Utterance, now_s: float) -> bool:
        """An open microphone was understood, and is not answered. The session may be poisoned: what
        was said is said again over a fresh one, once. Else nobody talked with the host.
        """
        if stream.no_answers or not self._ask_again:
            if (u := self._stream.take(now_s)) is not None:
                self._attribution.react(u, now_s)
                self._settlement.finish(u, turn_end.SILENT)
            return False
        stream.no_answers = 1
        self._checkpoint.drop()
        return True

    def _nothing(self, u: Utterance) -> bool:
        """A turn with nothing in it is no answer. The link works and the handle may be good: it is
        asked again with what there is, once.
        """
        if u.empties or u.calls or not self._ask_again:
            self._settlement.finish(u, u.nothing)
            return False
        u.empties += 1
        return True

    def _stalled(self, u: Utterance) -> bool:
        """An answer has stopped halfway: as if the line had broken, but for the second time."""
        u.no_answers += 1
        if u.no_answers > 1:
            self._settlement.finish(u, "cut")
        return True
