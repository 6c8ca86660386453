"""Which utterance the service's words belong to.

The wire does not say: content comes without an id, transcripts come unordered, an `interrupted` may
end an answer that we cut or one that had ended by itself, and its `turnComplete` must not end the
next turn. With manual activity the service answers in the order of our `activityEnd`s, and that is
what decides.
"""

from collections import deque

from kiosk.core import turn_end
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.events import Event, Heard, Rewound, Said, Sound, SoundComplete
from kiosk.core.fields import Note
from kiosk.core.messages import InlineData, ModelTurn, ServerContent
from kiosk.core.outbox import Outbox
from kiosk.core.reply_sound import ReplySound
from kiosk.core.settlement import Settlement
from kiosk.core.stream import OpenStream
from kiosk.core.utterance import Fate, Progress, Utterance
from kiosk.errors import MessageError

INTERRUPTED_TIMEOUT_S = 2.0
"""How long after the next `activityEnd` the `interrupted` of a cut answer may still be on its
way.
"""

HARDLY_HEARD_S = 1.0
"""A question of whose answers less was heard may be asked again; see `live.ask_again`."""
MAX_TRANSCRIPT_CHARS = 6_000
"""Of each side's transcript of a turn: seven minutes of speech. It is kept for the visit."""
MIN_REPEATED_CHARS = 8
"""A transcript that begins with all that came before, and that is no shorter, comes once more."""


class ReplyAttribution:
    """Marks the outbox's utterances with what came back, and tells the conversation.

    Args:
        outbox: the utterances.
        checkpoint: where those that the service reacted to are remembered.
        settlement: ends what nothing more will come for.
        stream: of an open microphone.
        events: where the events go.
        sound: makes what comes our kind of sound.
        note: is told the name of what could not be used.
    """

    def __init__(
        self,
        outbox: Outbox,
        checkpoint: Checkpoint,
        settlement: Settlement,
        stream: OpenStream,
        events: deque[Event],
        sound: ReplySound,
        note: Note,
    ) -> None:
        self._outbox = outbox
        self._checkpoint = checkpoint
        self._settlement = settlement
        self._stream = stream
        self._events = events
        self._sound = sound
        self._note = note
        self.reactions = 0
        """Counts the utterances to which the service has reacted."""
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
        self._forget_the_link()

    def take(self, content: ServerContent, status: str | None, now_s: float) -> bool:
        """One `serverContent`; `status` is an `interactionStatus` that stood beside it.

        The status may come in a frame of its own: IDLE ends a turn whose `turnComplete` came with
        IN_PROGRESS, and no other. Source: Live API, thinking guide.

        Returns whether a turn was completed: the link is healthy then.
        """
        if content.input_transcription is not None and content.input_transcription.text:
            self._heard(content.input_transcription.text, now_s)
        status = content.interaction_status or status
        came = ended = False
        if content.interrupted and self._spoken_over():
            self._ignore_turn_complete, self._goes_on = True, False
        else:
            came = self._reply(content, now_s)
            ended = content.interrupted and self._interrupted_itself(content, now_s)
        if content.generation_complete:
            self._generation_complete(now_s)
        if status == "IN_PROGRESS" and (content.turn_complete or not came):
            self._works(now_s)
        if content.turn_complete and status == "IN_PROGRESS":
            self._goes_on = True
            if (u := self.answering(now_s)) is not None and u.answered and u.wanted:
                self._sound_complete(u)  # What follows may take a while.
        elif content.turn_complete or (status == "IDLE" and self._goes_on):
            return self._turn_complete(content, now_s) or ended
        return ended

    def unlink(self, ask_again: bool = False) -> None:
        """The link is gone: what that means for each utterance; see `session`.

        Args:
            ask_again: an answer that was hardly heard may be asked for again.
        """
        self._forget_the_link()
        self._stream.unlink(HARDLY_HEARD_S if ask_again else 0.0)
        wordless = False
        for u in self._outbox.utterances:
            if u.streamed:
                continue
            unfinished = u.taken and u.wanted and not (u.over or u.calls)
            if ask_again and unfinished and u.played_s < HARDLY_HEARD_S:
                self._checkpoint.take_back(u)
                u.forget_the_answer()
                self._say_again(u)
            elif u.taken or u.fate is Fate.GIVEN_UP:
                self._leave(u)
                wordless = wordless or not u.heard or u.doubtful
                told_by_sound = wordless and u.id > self._checkpoint.covered
                if told_by_sound and u.fate is not Fate.GIVEN_UP:
                    self._tell_by_sound(u)
                elif told_by_sound and u.doubtful:
                    self._checkpoint.take_back(u)  # Its words may be those of what is said again.
            else:
                self._say_again(u)

    def _forget_the_link(self) -> None:
        self._ignore_turn_complete = self.behind = self.guessed = False
        self._goes_on = False
        """More of the turn was announced with its `turnComplete`."""
        self._last: Utterance | None = None
        """The newest that was answered on this link."""
        self._resumed = False
        """More of its answer has come after its end."""

    def _leave(self, u: Utterance) -> None:
        """It is not said again."""
        self._settlement.finish(u, "cut" if u.wanted else "interrupted")
        u.on_link = False

    def _say_again(self, u: Utterance) -> None:
        """Whole. One that was spoken over before the service said a word of it is in no state that
        survives, and in no history: it is said again too, before what was said over it.
        """
        if u.fate is not Fate.TOLD_ONLY:
            if u.on_link:
                self._events.append(Rewound(u.id))
            u.decide(Fate.WANTED)
            u.outcome = ""
            u.said = ""  # If anything, the late words of an older answer.
        u.rewind()

    def _tell_by_sound(self, u: Utterance) -> None:
        """No transcript came that the next session could be told, of this or of one before it: it
        is said again, and what is answered then is not for the visitor, who has had an answer.
        """
        self._checkpoint.take_back(u)
        u.decide(Fate.TOLD_ONLY)
        u.parts = 0
        u.rewind()

    def _heard(self, text: str, now_s: float) -> None:
        spoken = [u for u in self._outbox.utterances if u.on_link and u.payload is None]
        if not spoken or (u := spoken.pop()).fate in (Fate.SPOKEN_OVER, Fate.GIVEN_UP):
            return
        self.behind = self.behind or not all(o.heard for o in spoken)
        text = self._new_words(u.heard, text, "inputTranscription")
        u.heard += text
        u.doubtful = u.doubtful or self.behind
        if text:
            u.progress_s = now_s
        # What the service says of an utterance that is still open commits it to nothing, and what
        # may be the late transcript of an older one is no sign of this one.
        answered = all(o.fate is Fate.GIVEN_UP or (o.answered and o.heard) for o in spoken)
        if u.end_is_out and answered and not u.doubtful:
            self.react(u, now_s)
        if text and u.fate is not Fate.TOLD_ONLY:
            self._events.append(Heard(u.id, text))

    def _new_words(self, known: str, text: str, name: str) -> str:
        """What a piece of transcript adds: it may come twice, or as a whole each time."""
        before = known.strip()
        if len(before) >= MIN_REPEATED_CHARS and text.strip().startswith(before):
            text = text.lstrip()[len(before) :]
            text = text.lstrip() if known[-1:].isspace() else text
        room = MAX_TRANSCRIPT_CHARS - len(known)
        if len(text) > room:
            self._note(f"{name} (more than {MAX_TRANSCRIPT_CHARS} characters a turn)")
        return text[: max(room, 0)]

    # --- the answer --------------------------------------------------------------------------

    def _reply(self, content: ServerContent, now_s: float) -> bool:
        """Content of an answer. Returns whether there was any that can be heard or read."""
        if content.model_turn is None and content.output_transcription is None:
            return False
        u = self.answering(now_s, more=content.model_turn is not None) or self._after_its_end()
        if u is None or u.fate in (Fate.SPOKEN_OVER, Fate.GIVEN_UP):
            return False
        words = content.output_transcription.text if content.output_transcription else ""
        came = False
        # A transcript alone is no sign: it may be the rest of that of the answer before.
        if content.model_turn is not None:
            self._ignore_turn_complete = False
            self.react(u, now_s)
            came = self._take_parts(u, content.model_turn, words, now_s)
        if came:
            u.reach(Progress.ANSWERING)
            u.parts += 1
            u.working_s, u.nothing = None, ""
        if words and u.wanted:
            self._say(u, words)
        self._resumed = self._resumed or (u is self._last and (came or bool(words)))
        return came

    def _take_parts(self, u: Utterance, turn: ModelTurn, words: str, now_s: float) -> bool:
        came = bool(words)
        for part in turn.parts:
            if part.inline_data is not None:
                came = self._play(u, part.inline_data) or came
            if part.text and part.thought:
                self._works(now_s)
            elif part.text:
                u.text += part.text[: MAX_TRANSCRIPT_CHARS - len(u.text)]
                came = True
        return came

    def _say(self, u: Utterance, words: str) -> None:
        words = self._new_words(u.said, words, "outputTranscription")
        u.said += words
        if words:
            self._events.append(Said(u.id, words))

    def _works(self, now_s: float) -> None:
        """The service shows that it is at work on what it was asked."""
        u = self.answering(now_s)
        if u is None:
            return
        self.react(u, now_s)
        u.nothing = ""
        if u.working_s is None:
            u.working_s = now_s

    def _after_its_end(self) -> Utterance | None:
        """The answer that goes on after its end: nothing newer was said, so it can be no other."""
        last = self._last
        if last is None or any(u.on_link and u.id > last.id for u in self._outbox.utterances):
            return None
        return last

    def _play(self, u: Utterance, data: InlineData) -> bool:
        if not u.wanted:
            return True
        try:
            self._hand_out(u, self._sound.take(u.id, data))
        except MessageError as error:  # It must not cost what else is in the frame.
            self.bad_parts += 1
            self._note(f"inlineData: {error}")
            return False
        return True

    def _hand_out(self, u: Utterance, pcm: bytes) -> None:
        if pcm:
            u.measure(pcm)
            self._events.append(Sound(u.id, pcm, u.audible))

    def _generation_complete(self, now_s: float) -> None:
        u = self.answering(now_s, more=True)
        if u is None:
            return
        self.react(u, now_s)
        u.reach(Progress.GENERATED)
        if u.wanted:
            self._sound_complete(u)

    def _sound_complete(self, u: Utterance) -> None:
        self._hand_out(u, self._sound.rest())
        self._events.append(SoundComplete(u.id))

    def _spoken_over(self) -> bool:
        """Whether an `interrupted` ends what the visitor spoke over."""
        waiting = self._outbox.awaiting
        unwanted = [u for u in waiting if not u.wanted]
        for u in unwanted:
            self._settlement.finish(u, "interrupted")
        return bool(unwanted)

    def _interrupted_itself(self, content: ServerContent, now_s: float) -> bool:
        """An `interrupted`, and nobody spoke: the service has ended its own answer, or it is the
        spurious pair after a finished one. Returns whether it was an answer's end.
        """
        self._ignore_turn_complete, self._goes_on = True, False
        u = self.answering(now_s)
        if u is not None and (u.streamed or self._stream.is_open):
            # Of the visitor, who said more: the answer to all of it is still to come.
            self._last, self._resumed = u, False
            self._settlement.finish(u, "interrupted")
            return True
        return u is not None and u.answered and self._end(u, content)

    def _turn_complete(self, content: ServerContent, now_s: float) -> bool:
        self._goes_on = False
        if self._ignore_turn_complete:
            self._ignore_turn_complete = False
            return False
        u = self.answering(now_s)
        if u is None:
            if self._resumed and (last := self._after_its_end()) is not None:
                self._resumed = False
                self._sound_complete(last)
            return False
        if u.nothing:
            return False  # Said before: the wait for what may be late is not begun anew.
        self.react(u, now_s)
        return self._end(u, content)

    def _end(self, u: Utterance, content: ServerContent) -> bool:
        """The service has ended its turn. Returns whether that settles it."""
        if not u.wanted:
            self._settlement.finish(u, "interrupted")
            return True
        self._hand_out(u, self._sound.rest())
        if u.text and not (u.audible or u.said):
            self._say(u, u.text)
        refused = turn_end.refusal(content.turn_complete_reason, waits=content.waiting_for_input)
        if not (u.audible or (u.answered and u.said) or u.calls or refused):
            # It may be late; `silence` says for how long that is believed.
            u.nothing = turn_end.INAUDIBLE if u.quiet_samples else turn_end.EMPTY
            return False
        self.settle(u, refused)
        return True

    def settle(self, u: Utterance, refused: str = "") -> None:
        """No more is to come, and it was not for nothing, or was refused."""
        read = u.answered and bool(u.said)
        if refused == turn_end.REFUSED or (refused and not (u.audible or read)):
            outcome = refused
        elif u.audible:
            outcome = turn_end.ANSWERED
        else:
            outcome = turn_end.TEXT if read else turn_end.SILENT
        if not refused:
            self._last, self._resumed = u, False
        self._settlement.finish(u, outcome)

    def answering(self, now_s: float, more: bool = False) -> Utterance | None:
        """The utterance that model content belongs to now: the oldest that still waits.

        A cut one makes way when the next has ended and no content of the cut one was ever seen (the
        service took both as one), or when its `interrupted` stays out for too long, or where its
        answer is whole.

        Args:
            now_s: now.
            more: what came is more of an answer, and not the end of one.
        """
        waiting = self._outbox.awaiting
        while more and waiting and self._stream.makes_way(waiting[0]):
            self._settlement.finish(waiting.pop(0), "interrupted")
        if more and not waiting:
            return self._stream.take(now_s)
        while len(waiting) > 1 and not waiting[0].wanted:
            overdue = now_s - waiting[1].progress_s > INTERRUPTED_TIMEOUT_S
            whole = more and waiting[0].progress is Progress.GENERATED
            if waiting[0].answered and not (overdue or whole):
                break
            self.guessed = self.guessed or waiting[0].progress is not Progress.GENERATED
            self._settlement.finish(waiting.pop(0), "interrupted")
        return waiting[0] if waiting else None

    def react(self, u: Utterance, now_s: float) -> None:
        """The service has shown that it took `u`."""
        u.progress_s = now_s
        for older in self._outbox.utterances:
            # It takes them in order: one that was spoken over is in its state, too.
            if older is u or (
                older.id < u.id and older.end_is_out and older.fate is not Fate.GIVEN_UP
            ):
                self.reactions += not older.taken
                older.reach(Progress.TAKEN)
                self._checkpoint.remember(older)
