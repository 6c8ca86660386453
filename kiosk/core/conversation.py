"""Visits and turns: what the visitor does, what the kiosk does about it, what it shows.

Driven by `core/step` alone: edges, places in sound and time in; commands for the sound path out,
and a `Scene`. Places in sound are sample indexes (microphone 16 kHz, reply 24 kHz), times monotonic
seconds.

A turn's range `[start, end)` is fixed once. It starts a pre-roll before the press (at a barge-in it
starts at the press: before that the microphone heard the avatar) and ends a tail after the release;
a press during the tail continues the turn, because a finger slipped.
"""

from collections import deque

from kiosk.core import events, notices, shown, turn_end
from kiosk.core.events import Call, Event
from kiosk.core.inputs import DevicesAre, MicrophoneAt, ReplyAt
from kiosk.core.notices import Notices
from kiosk.core.outgoing import Outgoing
from kiosk.core.press import Press, PressState
from kiosk.core.scene import Notice, Scene, State
from kiosk.core.session import Session
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.spoken import SpokenReply
from kiosk.core.turn_budget import TurnBudget
from kiosk.core.turns import Command, Turn
from kiosk.core.visit import Visit
from kiosk.formats import MICROPHONE_HZ
from kiosk.settings.types import ButtonSettings, VisitSettings

MAX_TURNS = 50


class Conversation:
    """See the module.

    Args:
        button: the `[button]` settings.
        visit: the `[visit]` settings.
        session: the session that speaks for us.
        hint: how to talk here, for the screen; see `Scene.hint`.
        apology: what is said where the service does not answer, s16le mono 24 kHz.
    """

    def __init__(
        self,
        button: ButtonSettings,
        visit: VisitSettings,
        session: Session,
        hint: str = "button",
        apology: bytes = b"",
    ) -> None:
        self.calls: deque[Call] = deque()
        """Calls of the model, and those that it has taken back."""
        self.turns: deque[Turn] = deque(maxlen=MAX_TURNS)
        self.session = session
        self.budget = TurnBudget(visit.daily_turns)
        self.discarded = 0
        """Utterances that could not be delivered."""
        self.devices = DevicesAre()
        self._button = button
        self.visit = Visit(visit.end_after_s)
        self._hint = hint
        self._apology = apology
        self._press: Press | None = None
        self._reply = SpokenReply()
        self._notices = Notices()
        self._last_turn = 0
        self._last_end = 0
        self._written = 0
        self._changes = self._small_changes = 0

    def begin(self, microphone: MicrophoneAt, reply: ReplyAt) -> None:
        """The rings are there, which outlive a daemon: nothing of their reply is to be heard."""
        self.microphone_at(microphone)
        self._reply.begin(reply.written)

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
            self._last_end,
            session.checkpoint.handle,
            session.checkpoint.covered,
            list(session.checkpoint.history),
            list(session.outbox.utterances),
            [turn for turn in self.turns if not turn.outcome or turn.id in unsettled],
            self._press if self._listening else None,
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
        self._last_turn, self._last_end = snapshot.last_turn, snapshot.last_end
        self.turns.extend(snapshot.turns)
        self._press = snapshot.press
        turn = self._turn(snapshot.last_turn)
        if turn is not None:
            turn.played_s, turn.audible_start = turn.played_until(heard), None
        self.session.restore(snapshot, now_s, turn.played_s if turn is not None else 0.0)

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

    # --- the button --------------------------------------------------------------------------

    def press(self, now_s: float, sample: int) -> None:
        """The button went down when the microphone was at `sample`."""
        press = self._press
        if press is not None:
            if press.state is PressState.TAIL:
                press.go_on()
                self._changes += 1
            return
        if self.devices.microphone_missing or self.budget.is_met:
            return
        speaking = self._reply.speaking
        start = sample if speaking else max(sample - self._samples(self._button.pre_roll_ms), 0)
        self._press = Press(now_s, max(start, self._last_end), barge_in=speaking)
        self._notices.clear()
        self.visit.sign(now_s)
        if speaking:
            self._reply.hold()
        self._advance_press(now_s)

    def release(self, now_s: float, sample: int) -> None:
        """The button came up when the microphone was at `sample`."""
        self._notices.stuck = False
        press = self._press
        if press is None or press.state is PressState.TAIL:
            return
        self.visit.sign(now_s)
        if press.state is PressState.PENDING:
            if now_s - press.press_s < self._button.min_hold_ms / 1000:
                self._tap(now_s)
                return
            self._open(press, now_s)
        press.release(now_s, sample + self._samples(self._button.tail_ms))
        self._changes += 1
        self._advance_press(now_s)

    def _tap(self, now_s: float) -> None:
        """Too short to be speech: nothing is sent, and a reply goes on where it faded."""
        self._press = None
        self._notices.show(Notice.HOLD_TO_TALK, now_s)
        self._reply.resume()

    def _open(self, press: Press, now_s: float) -> None:
        self._last_turn += 1
        self.budget.take()
        press.open(self._last_turn)
        self._reply.discard()
        self.visit.sign(now_s, asks=True)
        self.turns.append(Turn(press.turn, press.press_s, press.start, barge_in=press.barge_in))
        self._reply.pieces.clear()
        self.session.open(press.turn, press.start, now_s)

    def _advance_press(self, now_s: float) -> None:
        press = self._press
        if press is None:
            return
        held_s = now_s - press.press_s
        if press.state is PressState.PENDING and held_s >= self._button.min_hold_ms / 1000:
            self._open(press, now_s)
        if press.state is PressState.OPEN and held_s >= self._button.max_hold_s:
            self._notices.stuck = True
            press.release(now_s, self._written)
        end = press.ended_at(now_s, self._written, self._button.tail_ms / 1000)
        if end is not None:
            self._close(press, end, now_s)

    def _close(self, press: Press, end: int, now_s: float) -> None:
        self._press = None
        self._last_end = end
        self.session.close(press.turn, end, now_s)
        self._changes += 1
        if (turn := self._turn(press.turn)) is not None:
            turn.close(end, press.release_s, self.session.outbox.holes)

    @property
    def _listening(self) -> bool:
        return self._press is not None and self._press.state is not PressState.PENDING

    # --- the world's progress ----------------------------------------------------------------

    def microphone_at(self, microphone: MicrophoneAt) -> bool:
        """The microphone was recorded so far. Returns whether that is the end of an utterance."""
        self._written = microphone.written
        self.session.outbox.holes = microphone.holes
        end = self._press.end if self._press is not None else None
        return end is not None and microphone.written >= end

    def reply_at(self, reply: ReplyAt) -> None:
        """The reply was heard so far. All that was handed out has reached whoever counts it."""
        self._reply.at(reply)
        if self.turns:
            self.turns[-1].heard_until(reply.heard, reply.at_s)

    def advance(self, now_s: float) -> None:
        """Time has gone on, and all that has happened meanwhile was told."""
        self._advance_press(now_s)
        if self.turns:
            turn = self.turns[-1]
            self.session.outbox.played(turn.id, turn.played_until(self._reply.heard))
        self.session.tick(now_s)
        while self.session.events:
            self._on(self.session.events.popleft(), now_s)
        asks = self._reply.speaking or self._listening
        if asks or self._press is not None or self.session.outbox.working:
            self.visit.sign(now_s, asks=asks)
        self._notices.advance(now_s)
        if self.visit.is_over(now_s):
            self.reset(now_s)

    @property
    def commands(self) -> deque[Command]:
        """What is wanted of the reply; whoever carries it out takes it from here."""
        return self._reply.commands

    def next_deadline(self) -> float | None:
        """When `advance` should be called even if no sound goes on: the end of `min_hold_ms`."""
        if self._press is None or self._press.state is not PressState.PENDING:
            return None
        return self._press.press_s + self._button.min_hold_ms / 1000

    def ready(self) -> int:
        """One past the last microphone sample that may be sent of an open utterance."""
        hold = self._press
        return self._written if hold is None or hold.end is None else min(self._written, hold.end)

    @property
    def streaming(self) -> bool:
        """Whether each microphone period matters at once: speech is to be sent, or may soon be."""
        return self._press is not None or self.session.outbox.unsent

    def keep_from(self) -> int:
        """First microphone sample that may still be needed; all before it is to be wiped."""
        ahead_ms = self._button.pre_roll_ms + self._button.min_hold_ms
        keep = max(self._written - self._samples(ahead_ms), 0)
        if self._press is not None:
            keep = min(keep, self._press.start)
        return self.session.keep_from(keep)

    def pull(self, now_s: float) -> Outgoing | None:
        """The next message for the wire, or None."""
        return self.session.pull(self.ready(), now_s)

    def sent(self, outgoing: Outgoing, now_s: float) -> None:
        """It was handed to the socket."""
        if (turn := self._turn(outgoing.utterance)) is not None:
            turn.went_out(outgoing, now_s)

    def say(self, text: str, now_s: float) -> int:
        """A turn in writing, as if the visitor had said it. Returns its number."""
        self._last_turn += 1
        self.budget.take()
        self._reply.discard()
        self.turns.append(Turn(self._last_turn, now_s, 0, 0, release_s=now_s, heard=text))
        self._reply.pieces.clear()
        self.visit.sign(now_s, asks=True)
        self.session.type(self._last_turn, text, now_s)
        return self._last_turn

    def reset(self, now_s: float) -> None:
        """The visit is over: forget all of it."""
        self._press = None
        self._last_end = self._written
        self._reply.discard()
        self.session.end_visit(now_s)
        for turn in self.turns:
            if not turn.outcome:
                turn.outcome, turn.end_s = "discarded", now_s
                self.discarded += 1
            turn.heard = turn.said = ""
        self._reply.pieces.clear()
        self.visit.end()
        self._changes += 1

    def stop(self, now_s: float) -> None:
        """The daemon ends: an open turn gets its end on the wire."""
        if self._press is not None and self._press.turn:
            self._close(self._press, max(self._written, self._press.start), now_s)

    # --- the service's words -----------------------------------------------------------------

    def _on(self, event: Event, now_s: float) -> None:
        if isinstance(event, events.Heard | events.Said | events.SoundComplete):
            self._small_changes += 1
        elif not isinstance(event, events.Sound):
            self._changes += 1
        if isinstance(event, events.Called | events.CallCancelled):
            self.calls.append(event)
            return
        turn = self._turn(event.utterance)
        if turn is None:
            return
        newest = turn is self.turns[-1]
        match event:
            case events.Heard(text=text):
                turn.heard += text
            case events.Rewound():
                turn.heard = turn.said = ""
                if newest:
                    self._reply.rewind(had_sound=turn.rewind(self._reply.heard))
            case events.Said(text=text):
                turn.said += text
                turn.resumed = turn.resumed or bool(turn.outcome)
                if newest:
                    self._reply.tell(text)
            case events.Sound(pcm=pcm, audible=audible):
                turn.resumed = turn.resumed or bool(turn.outcome)
                if newest:  # Else somebody has barged in, and nobody wants the rest.
                    self._speak(turn, pcm, audible, now_s)
            case events.SoundComplete() if newest:
                self._reply.complete()
            case events.Finished(outcome=outcome):
                self._finish(turn, outcome, now_s)

    def _speak(self, turn: Turn, pcm: bytes, audible: bool, now_s: float) -> None:
        if turn.reply_start is None:
            turn.reply_start, turn.reply_byte_s = self._reply.end, now_s
            self._changes += 1
        if audible and turn.audible_start is None:
            turn.audible_start = self._reply.end
        self._reply.play(pcm)

    def _finish(self, turn: Turn, outcome: str, now_s: float) -> None:
        newest = turn is self.turns[-1]
        turn.outcome, turn.end_s = outcome, now_s
        if outcome == "answered":
            self.visit.restores = 0
        self.discarded += outcome == "discarded"
        if (notice := notices.OF_OUTCOMES.get(outcome)) is not None:
            self._notices.show(notice, now_s)
        if not newest:
            return
        self._reply.complete()
        if outcome == turn_end.TEXT:
            self._reply.only_written()
        refused_halfway = outcome == turn_end.REFUSED and turn.audible_start is not None
        if outcome in notices.APOLOGISED and not refused_halfway:
            self._reply.play(self._apology)
            self._reply.complete()

    # --- what is shown -----------------------------------------------------------------------

    def scene(self, now_s: float) -> Scene:
        """What the screen shows now."""
        session, turn = self.session, self.turns[-1] if self.turns else None
        visiting = self.visit.since_s is not None
        doing = shown.turn_state(listening=self._listening, speaking=self._reply.speaking)
        thinking = turn is not None and not turn.outcome
        state = shown.state(session, self.devices, self.budget, doing, now_s, thinking=thinking)
        code = session.code if state is State.OFFLINE else session.staff_code
        detail = session.detail
        if not code:
            trouble = shown.own_trouble(self.devices, self.budget)
            code, detail = trouble if state is State.OUT_OF_ORDER else ("", "")
        return Scene(
            state=state,
            heard=turn.heard if turn and visiting else "",
            said=tuple(self._reply.pieces),
            notice=self._notices.standing(self.devices, listening=self._listening),
            code=code,
            detail=detail,
            # Nobody is invited to hold a button that does not work.
            hint="none" if self.devices.button_cause else self._hint,
            turn=turn.id if turn else 0,
        )

    def _turn(self, turn: int) -> Turn | None:
        return next((t for t in reversed(self.turns) if t.id == turn), None)

    def _samples(self, ms: int) -> int:
        return ms * MICROPHONE_HZ // 1000
