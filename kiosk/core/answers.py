"""Which utterance the service's words belong to.

The wire does not say: content comes without an id, transcripts come unordered, an `interrupted` may
end an answer that we cut or one that had ended by itself, and its `turnComplete` must not end the
next turn. With manual activity the service answers in the order of our `activityEnd`s, and that is
what decides.
"""

from collections import deque

from kiosk.core.checkpoint import Checkpoint
from kiosk.core.events import Event, Finished, Heard, Rewound, Said, Sound, SoundComplete
from kiosk.core.messages import ServerContent
from kiosk.core.outgoing import Outbox, Utterance
from kiosk.errors import MessageError

INTERRUPTED_LIMIT_S = 2.0
"""How long after the next `activityEnd` the `interrupted` of a cut answer may still be on its
way.
"""

HARDLY_HEARD_S = 1.0
"""A question of whose answers less was heard may be asked again; see `live.ask_again`."""
AUDIBLE = 103
"""Peak of s16 that counts as sound: -50 dBFS."""


class Answers:
    """Marks the outbox's utterances with what came back, and tells the conversation.

    Args:
        outbox: the utterances.
        checkpoint: where those that the service reacted to are remembered.
        events: where the events go.
    """

    def __init__(self, outbox: Outbox, checkpoint: Checkpoint, events: deque[Event]) -> None:
        self._outbox = outbox
        self._checkpoint = checkpoint
        self._events = events
        self.bad_parts = 0
        """Pieces of sound that could not be read."""
        self.behind = False
        """An utterance of this link had no words when the next had some, or was settled: those that
        come may be late, and another's.
        """
        self.guessed = False
        """On this link an answer was taken for that to the newest of several questions, and may be
        to those before it: the service may not have the newest yet, nor may its handle.
        """
        self._ignore_turn_complete = False
        self._goes_on = False
        """More of the turn was announced with its `turnComplete`."""

    def take(self, content: ServerContent, status: str | None, now_s: float) -> bool:
        """One `serverContent`; `status` is an `interactionStatus` that stood beside it.

        The status may come in a frame of its own: IDLE ends a turn whose `turnComplete` came with
        IN_PROGRESS, and no other. Source: Live API, thinking guide.

        Returns whether a turn was completed: the link is healthy then.
        """
        if content.input_transcription is not None and content.input_transcription.text:
            self._heard(content.input_transcription.text, now_s)
        if content.interrupted:
            # It ends what we cut. With nothing cut it is the spurious pair after a finished reply.
            self._ignore_turn_complete, self._goes_on = True, False
            for u in self._outbox.utterances:
                if u.cut and u.ended:
                    self.finish(u, "interrupted")
        elif content.model_turn is not None or content.output_transcription is not None:
            self._reply(content, now_s)
        if content.generation_complete:
            self._generation_complete(now_s)
        status = content.interaction_status or status
        if content.turn_complete and status == "IN_PROGRESS":
            self._goes_on = True
        elif content.turn_complete or (status == "IDLE" and self._goes_on):
            return self._turn_complete(now_s)
        return False

    def unlink(self, ask_again: bool = False) -> None:
        """The link is gone: what that means for each utterance; see `session`.

        Args:
            ask_again: an answer that was hardly heard may be asked for again.
        """
        self._forget_the_link()
        wordless = False
        for u in self._outbox.utterances:
            unfinished = u.reacted and not (u.done or u.cut or u.called)
            if ask_again and unfinished and u.played_s < HARDLY_HEARD_S:
                self._checkpoint.take_back(u)
                u.reacted = u.answered = u.generated = u.loud = False
                u.quiet_samples, u.said = 0, ""
            if u.reacted or u.given_up:
                self._leave(u)
                wordless = wordless or not u.heard or u.doubtful
                told_by_sound = wordless and u.id > self._checkpoint.covered
                if told_by_sound and not u.given_up:
                    self._tell_by_sound(u)
                elif told_by_sound and u.doubtful:
                    self._checkpoint.take_back(u)  # Its words may be those of what is said again.
                continue
            self._say_again(u)

    def unlink_mid(self) -> None:
        """The link is gone, and a handle from mid-utterance is resumed: what of the log it does not
        hold is said again.
        """
        self._forget_the_link()
        for u in self._outbox.rewind_to_log():
            if u.reacted or u.given_up:
                self._leave(u)
            else:
                self._say_again(u)

    def _forget_the_link(self) -> None:
        self._ignore_turn_complete = self._goes_on = self.behind = self.guessed = False

    def _leave(self, u: Utterance) -> None:
        """It is not said again."""
        self.finish(u, "interrupted" if u.cut else "cut")
        u.begun = u.ended = False

    def _say_again(self, u: Utterance) -> None:
        """Whole. One that was spoken over before the service said a word of it is in no state that
        survives, and in no history: it is said again too, before what was said over it.
        """
        if u.begun and not u.unheard:
            self._events.append(Rewound(u.id))
        u.cut, u.done, u.told = u.unheard, False, u.unheard
        if not u.unheard:
            u.said = ""  # If anything, the late words of an older answer.
        u.rewind()

    def _tell_by_sound(self, u: Utterance) -> None:
        """No transcript came that the next session could be told, of this or of one before it: it
        is said again, and what is answered then is not for the visitor, who has had an answer.
        """
        self._checkpoint.take_back(u)
        u.unheard, u.cut, u.reacted, u.done = True, True, False, False
        u.answered = u.generated = False
        u.rewind()

    def finish(self, u: Utterance, outcome: str) -> None:
        """Nothing more will come for it."""
        u.done = True
        if outcome in ("discarded", "unanswered") and not (u.given_up or u.reacted or u.unheard):
            # Spoken over, it counted as interrupted; that it came to nothing is news.
            u.given_up, u.told = True, False
        self.tell(u, outcome)

    def give_up(self, now_s: float, limit_s: float) -> int:
        """Discard speech that could not be delivered in time, and let go of what nobody will ask
        for. Returns how many were let go of: the next daemon must not say these again.
        """
        gone = 0
        for u in list(self._outbox.utterances):
            if u.closed_s is None or now_s - u.closed_s <= limit_s:
                continue
            if u.done:
                if not (u.reacted or u.unheard):  # Spoken over, and in no state that survives.
                    self.finish(u, "discarded")
                self._let_go(u)
                gone += 1
            elif not u.ended and not u.cut:
                self._discard(u)
        return gone

    def let_go_of_the_unheard(self, now_s: float, limit_s: float) -> int:
        """Before a dial: what is too old to be said again is told in writing. Returns how many."""
        old = [
            u
            for u in self._outbox.utterances
            if u.unheard and u.closed_s is not None and now_s - u.closed_s > limit_s
        ]
        for u in old:
            self._let_go(u)
        return len(old)

    def _let_go(self, u: Utterance) -> None:
        """Its sound is wiped from now on: its words are all that is left of it."""
        if u.unheard:
            self._checkpoint.remember(u)
        self._outbox.utterances.remove(u)

    def _discard(self, u: Utterance) -> None:
        if u.begun:
            # The wire still wants its end; the rest of the speech is not sent, the answer not
            # played.
            u.end, u.cut, u.given_up = u.cursor, True, True
            self.tell(u, "discarded")
        else:
            self.finish(u, "discarded")

    def tell(self, u: Utterance, outcome: str) -> None:
        """The turn is over for the visitor, whatever may still come."""
        if not u.told:
            u.told = True
            self._events.append(Finished(u.id, outcome))

    def _heard(self, text: str, now_s: float) -> None:
        spoken = [u for u in self._outbox.utterances if u.begun and u.payload is None]
        if not spoken or ((u := spoken.pop()).cut and not u.unheard):
            return
        self.behind = self.behind or not all(o.heard for o in spoken)
        u.heard += text
        u.doubtful = u.doubtful or self.behind
        u.progress_s = now_s
        # What the service says of an utterance that is still open commits it to nothing, and what
        # may be the late transcript of an older one is no sign of this one.
        answered = all(o.given_up or (o.answered and o.heard) for o in spoken)
        if u.ended and answered and not u.doubtful:
            self.react(u, now_s)
        if not u.unheard:
            self._events.append(Heard(u.id, text))

    def _reply(self, content: ServerContent, now_s: float) -> None:
        u = self.answering(now_s, more=content.model_turn is not None)
        if u is None or (u.cut and not u.unheard):
            return
        # A transcript alone is no sign: it may be the rest of that of the answer before.
        if content.model_turn is not None:
            self._ignore_turn_complete = False
            u.answered = True
            self.react(u, now_s)
        if u.cut:
            return
        for part in content.model_turn.parts if content.model_turn else ():
            if part.inline_data is not None and part.inline_data.mime_type.startswith("audio/"):
                try:
                    pcm = part.inline_data.pcm()
                except MessageError:  # It must not cost what else is in the frame.
                    self.bad_parts += 1
                    continue
                _measure(u, pcm)
                self._events.append(Sound(u.id, pcm, u.loud))
        if content.output_transcription is not None and content.output_transcription.text:
            u.said += content.output_transcription.text
            self._events.append(Said(u.id, content.output_transcription.text))

    def _generation_complete(self, now_s: float) -> None:
        u = self.answering(now_s, more=True)
        if u is None:
            return
        self.react(u, now_s)
        u.generated = True
        if not u.cut:
            self._events.append(SoundComplete(u.id))

    def _turn_complete(self, now_s: float) -> bool:
        self._goes_on = False
        if self._ignore_turn_complete:
            self._ignore_turn_complete = False
            return False
        u = self.answering(now_s)
        if u is None:
            return False
        self.react(u, now_s)
        self.finish(u, "interrupted" if u.cut else "answered" if u.answered else "silent")
        return True

    def answering(self, now_s: float, more: bool = False) -> Utterance | None:
        """The utterance that model content belongs to now: the oldest that still waits.

        A cut one makes way when the next has ended and no content of the cut one was ever seen (the
        service took both as one), or when its `interrupted` stays out for too long, or where its
        answer is whole.

        Args:
            now_s: now.
            more: what came is more of an answer, and not the end of one.
        """
        waiting = [u for u in self._outbox.utterances if u.ended and not u.done]
        while len(waiting) > 1 and waiting[0].cut:
            overdue = now_s - waiting[1].progress_s > INTERRUPTED_LIMIT_S
            whole = more and waiting[0].generated
            if waiting[0].answered and not (overdue or whole):
                break
            self.guessed = self.guessed or not waiting[0].generated
            self.finish(waiting.pop(0), "interrupted")
        return waiting[0] if waiting else None

    def react(self, u: Utterance, now_s: float) -> None:
        """The service has shown that it took `u`."""
        u.progress_s = now_s
        for older in self._outbox.utterances:
            # It takes them in order: one that was spoken over is in its state, too.
            if older is u or (older.id < u.id and older.ended and not older.given_up):
                older.reacted = True
                self._checkpoint.remember(older)


def _measure(u: Utterance, pcm: bytes) -> None:
    """Look for the first audible sample of an answer."""
    if u.loud:
        return
    samples = memoryview(pcm[: len(pcm) // 2 * 2]).cast("h")
    if samples and (max(samples) > AUDIBLE or min(samples) < -AUDIBLE):
        u.loud = True
    else:
        u.quiet_samples += len(samples)
