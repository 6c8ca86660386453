"""Visits and turns: what the visitor does, what the kiosk does about it, what it shows.

Driven by `core/step` alone: edges, places in sound and time in; commands for the sound path out,
and a `Scene`. Places in sound are sample indexes (microphone 16 kHz, reply 24 kHz), times monotonic
seconds. Where a turn begins and ends is decided by the way one talks here (`talk_mode`).
"""

from collections import deque

from kiosk.core import events, notices, shown, turn_end
from kiosk.core.events import Call, Event
from kiosk.core.hold_to_talk import HoldToTalk
from kiosk.core.inputs import DevicesAre, MicrophoneAt, ReplyAt
from kiosk.core.notices import Notices
from kiosk.core.open_microphone import OpenMicrophone
from kiosk.core.outgoing import Outgoing
from kiosk.core.scene import Scene, State
from kiosk.core.session import Session
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.spoken import SpokenReply
from kiosk.core.talk_mode import TalkMode
from kiosk.core.turn_budget import TurnBudget
from kiosk.core.turn_log import TurnLog
from kiosk.core.turns import Command, Turn
from kiosk.core.visit import Visit
from kiosk.settings.types import ButtonSettings
from kiosk.settings.visit_settings import VisitSettings


class Conversation:
    """See the module.

    Args:
        button: the `[button]` settings.
        visit: the `[visit]` settings.
        session: the session that speaks for us.
        hint: how to talk here, for the screen; see `Scene.hint`.
        mode: `talk.mode`.
        apology: what is said where the service does not answer, s16le mono 24 kHz.
        greeting: what is said to who comes and says nothing, likewise, or what the model is to do.
    """

    def __init__(
        self,
        button: ButtonSettings,
        visit: VisitSettings,
        session: Session,
        hint: str = "button",
        apology: bytes = b"",
        greeting: bytes | str = "",
        mode: str = "hold",
    ) -> None:
        self.calls: deque[Call] = deque()
        """Calls of the model, and those that it has taken back."""
        self.turns = TurnLog()
        self.session = session
        self.budget = TurnBudget(visit.daily_turns)
        self.discarded = 0
        """Utterances that could not be delivered."""
        self.devices = DevicesAre()
        self.visit = Visit(visit.end_after_s)
        self._hint, self._apology, self._greeting = hint, apology, greeting
        self.reply = SpokenReply()
        self.notices = Notices()
        self.last_end = self.written = 0
        self._last_turn = self._changes = self._small_changes = 0
        way_to_talk = HoldToTalk if mode == "hold" else OpenMicrophone
        self._talk: TalkMode = way_to_talk(button, self)

    def begin(self, microphone: MicrophoneAt, reply: ReplyAt) -> None:
        """The rings are there, which outlive a daemon: nothing of their reply is to be heard."""
        self.microphone_at(microphone)
        self.reply.begin(reply.written)

    def take_snapshot(self, ring_epoch_ns: int) -> VisitSnapshot | None:
        """What the next daemon needs if this one dies now; None while nobody is here."""
        if self.visit.since_s is None:
            return None
        session = self.session
        # One that was spoken over has ended, and may still come to nothing.
        unsettled = {u.id for u in session.outbox.utterances}
        return VisitSnapshot(
            ring_epoch_ns,
            self.visit.since_s,
            self.visit.restores,
            self._last_turn,
            self.last_end,
            session.checkpoint.handle,
            session.checkpoint.covered,
            list(session.checkpoint.history),
            list(session.outbox.utterances),
            [turn for turn in self.turns if not turn.outcome or turn.id in unsettled],
            self._talk.press_to_keep(),
            session.outbox.muted.holes(),
            session.checkpoint.recap,
        )

    def restore(self, snapshot: VisitSnapshot, now_s: float, heard: int) -> None:
        """Go on where a daemon that died left off. Before the session is started.

        Args:
            snapshot: what it left.
            now_s: now.
            heard: the reply sample that was heard last.
        """
        self._changes += 1  # The next daemon is to know how often this visit was restored.
        self.visit.restore(snapshot.visit_since_s, snapshot.restores, asked=bool(snapshot.turns))
        self._last_turn, self.last_end = snapshot.last_turn, snapshot.last_end
        self.turns.extend(snapshot.turns)
        turn = self.turns.find(snapshot.last_turn)
        if turn is not None:
            turn.played_s, turn.audible_start = turn.played_until(heard), None
        self.session.outbox.muted.restore(snapshot.muted, self.written)
        self.session.restore(snapshot, now_s, turn.played_s if turn is not None else 0.0)
        self._talk.restore(snapshot.press)

    @property
    def changes(self) -> int:
        """Counts what `take_snapshot` would tell otherwise, but for the time of the visit's last
        sign.
        """
        return self._changes + self.session.changes

    @property
    def small_changes(self) -> int:
        """Counts what `take_snapshot` would tell otherwise too, and may tell later: words."""
        return self._small_changes + self.session.small_changes

    # --- the visitor -------------------------------------------------------------------------

    def press(self, now_s: float, sample: int) -> None:
        """The button went down when the microphone was at `sample`."""
        self._talk.press(now_s, sample)

    def release(self, now_s: float, sample: int) -> None:
        """The button came up when the microphone was at `sample`."""
        self.notices.stuck = False
        self._talk.release(now_s, sample)

    @property
    def may_ask(self) -> bool:
        """See `TalkHost`, likewise of the next."""
        return not (self.devices.microphone_missing or self.budget.is_met)

    def begin_turn(self, began_s: float, start: int, now_s: float, *, barge_in: bool) -> int:
        self._last_turn += 1
        self._begin(Turn(self._last_turn, began_s, start, barge_in=barge_in), now_s)
        self.session.open(self._last_turn, start, now_s)
        return self._last_turn

    def _begin(self, turn: Turn, now_s: float) -> None:
        self.budget.take()
        self.reply.discard()
        self.reply.pieces.clear()
        self.visit.sign(now_s, asks=True)
        self.turns.begin(turn)

    def end_turn(self, turn: int, end: int, ended_s: float | None, now_s: float) -> None:
        self.last_end = end
        self.session.close(turn, end, now_s)
        self.changed()
        if (of := self.turns.find(turn)) is not None:
            of.close(end, ended_s, self.session.outbox.holes)

    def begin_stream(self, start: int, now_s: float) -> None:
        self._last_turn += 1
        self.session.open(self._last_turn, start, now_s, streamed=True)

    def _begin_streamed(self, number: int, now_s: float) -> Turn | None:
        """The turn of what an open microphone heard, now that the service has understood some."""
        streamed = (u for u in self.session.outbox.utterances if u.streamed and u.id == number)
        if (u := next(streamed, None)) is None:
            return None
        turn = Turn(number, now_s, u.start)
        self._begin(turn, now_s)
        self.visit.stay()
        self.notices.clear()
        return turn

    def changed(self) -> None:
        self._changes += 1

    # --- the world's progress ----------------------------------------------------------------

    def microphone_at(self, microphone: MicrophoneAt) -> bool:
        """The microphone was recorded so far. Returns whether that is the end of an utterance."""
        self.written = microphone.written
        self.session.outbox.holes = microphone.holes
        return self._talk.is_ending

    def reply_at(self, reply: ReplyAt) -> None:
        """The reply was heard so far. All that was handed out has reached whoever counts it."""
        self.reply.at(reply)
        if self.turns:
            self.turns[-1].heard_until(reply.heard, reply.at_s)

    def advance(self, now_s: float) -> None:
        """Time has gone on, and all that has happened meanwhile was told."""
        self._talk.advance(now_s)
        if self.turns:
            turn = self.turns[-1]
            self.session.outbox.played(turn.id, turn.played_until(self.reply.heard))
        self.session.tick(now_s)
        while self.session.events:
            self._on(self.session.events.popleft(), now_s)
        self._talk.hear_reply(now_s)
        asks = self.reply.speaking or self._talk.asking
        if self._talk.acting:
            self.visit.stay()
        tool_works = self.session.calls.wait and self.visit.since_s is not None
        if asks or self._talk.acting or self.session.outbox.working or tool_works:
            self.visit.sign(now_s, asks=asks)
        self.notices.advance(now_s)
        if self.visit.is_over(now_s):
            self.reset(now_s)

    @property
    def commands(self) -> deque[Command]:
        """What is wanted of the reply; whoever carries it out takes it from here."""
        return self.reply.commands

    def next_deadline(self) -> float | None:
        """When `advance` should be called even if no sound goes on; None: at no certain time."""
        return self._talk.next_deadline()

    @property
    def streaming(self) -> bool:
        """Whether each microphone period matters at once: speech is to be sent, or may soon be."""
        return self._talk.busy or self.session.outbox.unsent

    def keep_from(self) -> int:
        """First microphone sample that may still be needed; all before it is to be wiped."""
        return self.session.outbox.keep_from(self._talk.keep_from())

    def pull(self, now_s: float) -> Outgoing | None:
        """The next message for the wire, or None."""
        heard = self._stream_turn()
        outgoing = self.session.pull(self._talk.ready(), now_s)
        if heard is not None and self._stream_turn() is not heard:
            self.turns.remove(heard)  # It comes after what is typed, with another number.
        return outgoing

    def sent(self, outgoing: Outgoing, now_s: float) -> None:
        """It was handed to the socket."""
        if (turn := self.turns.find(outgoing.utterance)) is not None:
            turn.went_out(outgoing, now_s)

    def say(self, text: str, now_s: float) -> int:
        """A turn in writing, as if the visitor had said it. Returns its number."""
        return self._type(text, text, now_s)

    def greet(self, now_s: float) -> None:
        """See `TalkHost`."""
        if isinstance(self._greeting, str):
            if self._greeting and not self.budget.is_met:
                self._type(self._greeting, "", now_s)
        else:
            self.reply.play(self._greeting)
            self.reply.complete()

    def _type(self, text: str, heard: str, now_s: float) -> int:
        """A turn in writing; `heard`: what of it is shown as the visitor's words."""
        self._last_turn += 1
        self._begin(Turn(self._last_turn, now_s, 0, 0, release_s=now_s, heard=heard), now_s)
        self.session.type(number := self._last_turn, text, now_s)
        if self.session.outbox.stream is not None:
            self._last_turn += 1  # What is heard after this went out gets that number.
        return number

    def reset(self, now_s: float) -> None:
        """The visit is over: forget all of it."""
        self._talk.reset()
        self.last_end = self.written
        self.reply.discard()
        self.session.end_visit(now_s)
        self.discarded += self.turns.forget(now_s)
        self.reply.pieces.clear()
        self.visit.end()
        self._changes += 1

    def stop(self, now_s: float) -> None:
        """The daemon ends: an open turn gets its end on the wire."""
        self._talk.stop(now_s)
        self.turns.pass_on()

    # --- the service's words -----------------------------------------------------------------

    def _on(self, event: Event, now_s: float) -> None:
        if isinstance(event, events.Heard | events.Said | events.SoundComplete):
            self._small_changes += 1
        elif not isinstance(event, events.Sound):
            self._changes += 1
        if isinstance(event, events.Called | events.CallCancelled):
            self.calls.append(event)
            return
        turn = self.turns.find(event.utterance)
        waits = self.reply.speaking or self.session.outbox.awaiting  # For another answer.
        is_heard = isinstance(event, events.Heard) and not waits
        if turn is None and (is_heard or isinstance(event, events.StreamTaken)):
            turn = self._begin_streamed(event.utterance, now_s)
        if turn is None:
            if isinstance(event, events.Finished) and event.outcome in notices.OF_OUTCOMES:
                # The microphone was open, and nobody knows whether anything was said.
                self.notices.show(notices.OF_OUTCOMES[event.outcome], now_s)
            return
        newest = turn is self.turns[-1]
        match event:
            case events.Heard(text=text):
                turn.heard += text
            case events.StreamTaken(start=start, end=end, heard=heard):
                turn.start, turn.heard = start, heard
                turn.close(end, now_s, self.session.outbox.holes)
                self.last_end = end
                self._talk.taken(now_s)
            case events.Rewound():
                turn.heard = turn.said = ""
                if newest:
                    self.reply.rewind(had_sound=turn.rewind(self.reply.heard))
            case events.Said(text=text):
                turn.said += text
                turn.resumed = turn.resumed or bool(turn.outcome)
                if newest:
                    self.reply.tell(text)
            case events.Sound(pcm=pcm, audible=audible):
                turn.resumed = turn.resumed or bool(turn.outcome)
                if newest:  # Else somebody has barged in, and nobody wants the rest.
                    self._speak(turn, pcm, audible, now_s)
            case events.SoundComplete() if newest:
                self.reply.complete()
            case events.Finished(outcome=outcome):
                self._finish(turn, outcome, now_s)

    def _speak(self, turn: Turn, pcm: bytes, audible: bool, now_s: float) -> None:
        if turn.reply_start is None:
            turn.reply_start, turn.reply_byte_s = self.reply.end, now_s
            self._changes += 1
        if audible and turn.audible_start is None:
            turn.audible_start = self.reply.end
        self.reply.play(pcm)

    def _finish(self, turn: Turn, outcome: str, now_s: float) -> None:
        newest = turn is self.turns[-1]
        turn.outcome, turn.end_s = outcome, now_s
        if outcome == "answered":
            self.visit.restores = 0
        self.discarded += outcome == "discarded"
        if (notice := notices.OF_OUTCOMES.get(outcome)) is not None:
            self.notices.show(notice, now_s)
        if not newest:
            return
        if outcome == "interrupted":  # By the service itself, which heard an open microphone.
            self.reply.discard()
        self.reply.complete()
        if outcome == turn_end.TEXT:
            self.reply.only_written()
        refused_halfway = outcome == turn_end.REFUSED and turn.audible_start is not None
        if outcome in notices.APOLOGISED and not refused_halfway:
            self.reply.play(self._apology)
            self.reply.complete()

    # --- what is shown -----------------------------------------------------------------------

    def scene(self, now_s: float) -> Scene:
        """What the screen shows now."""
        session, turn = self.session, self.turns[-1] if self.turns else None
        visiting = self.visit.since_s is not None
        doing = shown.turn_state(listening=self._talk.listening, speaking=self.reply.speaking)
        tool_since_s = session.calls.oldest_s
        silent = not (self._talk.listening or self.reply.speaking)
        tool_s = now_s - tool_since_s if tool_since_s is not None and silent else 0.0
        thinking = (turn is not None and not turn.outcome) or tool_s > 0
        state = shown.state(session, self.devices, self.budget, doing, now_s, thinking=thinking)
        code = session.code if state is State.OFFLINE else session.staff_code
        detail = session.detail
        if not code:
            trouble = shown.own_trouble(self.devices, self.budget)
            code, detail = trouble if state is State.OUT_OF_ORDER else ("", "")
        return Scene(
            state=state,
            heard=turn.heard if turn and visiting else "",
            said=tuple(self.reply.pieces),
            notice=self.notices.standing(
                self.devices, listening=self._talk.listening, tool_s=tool_s
            ),
            code=code,
            detail=detail,
            # Nobody is invited to hold a button that does not work.
            hint="none" if self.devices.button_cause else self._hint,
            hands_free=self._talk.hands_free,
            turn=turn.id if turn else 0,
        )

    def _stream_turn(self) -> Turn | None:
        """The turn of what an open microphone hears now, once something was understood."""
        stream = self.session.outbox.stream
        return self.turns.find(stream.id) if stream is not None else None
