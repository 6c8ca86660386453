"""Visits and turns: what the visitor does, what the kiosk does about it, what it shows.

Driven by `core/step` alone: edges, places in sound and time in; commands for the sound path out,
and a `Scene`. Places in sound are sample indexes (microphone 16 kHz, reply 24 kHz), times monotonic
seconds.

A turn's range `[start, end)` is fixed once. It starts a pre-roll before the press (at a barge-in it
starts at the press: before that the microphone heard the avatar) and ends a tail after the release;
a press during the tail continues the turn, because a finger slipped.
"""

from collections import deque

from msgspec.structs import replace

from kiosk.core import turn_end
from kiosk.core.events import (
    Call,
    CallCancelled,
    Called,
    Event,
    Finished,
    Heard,
    Rewound,
    Said,
    Sound,
    SoundComplete,
)
from kiosk.core.inputs import DevicesAre, MicrophoneAt, ReplyAt
from kiosk.core.link_state import Phase
from kiosk.core.outgoing import Kind, Outgoing
from kiosk.core.scene import BUTTON_CODE, Notice, Piece, Scene, State
from kiosk.core.session import Session
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.turn_budget import LIMIT_CODE, TurnBudget
from kiosk.core.turns import Command, Press, ReplyCommand, Turn
from kiosk.core.utterance import Progress
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ
from kiosk.settings.types import ButtonSettings, VisitSettings

MAX_TURNS = 50
NOTICE_S = 3.0
"""How long a notice stands."""
MAX_REPLY_SAMPLES = 300 * REPLY_HZ
"""Samples of reply that may wait to be heard; no answer has so many."""
TAIL_GRACE_S = 0.5
"""A tail whose samples do not come (the microphone is gone) ends all the same."""
_NOTICES = {
    "discarded": Notice.SPEECH_DISCARDED,
    "unanswered": Notice.SPEECH_DISCARDED,
    turn_end.EMPTY: Notice.SPEECH_DISCARDED,
    turn_end.INAUDIBLE: Notice.SPEECH_DISCARDED,
    turn_end.REFUSED: Notice.REFUSED,
    turn_end.MORE_WANTED: Notice.MORE_WANTED,
}
"""What is shown of how a turn ended."""
_APOLOGISED = {*_NOTICES} - {"discarded"}
"""Ends of a turn that the kiosk says a word about: nobody else did."""
RECONNECTING_AFTER_S = 1.0
"""Outages shorter than this are not shown to the visitor."""
OFFLINE_AFTER_S = 10.0
MAX_PIECES = 1_000
"""Pieces of the reply's transcript; what comes beyond them is added to the last."""


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
        self.commands: deque[Command] = deque()
        self.calls: deque[Call] = deque()
        """Calls of the model, and those that it has taken back."""
        self.turns: deque[Turn] = deque(maxlen=MAX_TURNS)
        self.session = session
        self.budget = TurnBudget(visit.daily_turns)
        self.discarded = 0
        """Utterances that could not be delivered."""
        self.devices = DevicesAre()
        self._button = button
        self._visit = visit
        self._hint = hint
        self._apology = apology
        self._press: Press | None = None
        self._stuck = False
        """The button is still down after `max_hold_s`."""
        self._last_turn = 0
        self._last_end = 0
        self._written = 0
        self._heard = 0
        self._reply_end = 0
        """One past the last reply sample handed out. It and `_heard` are the newest `ReplyAt`, with
        what this step hands out and discards."""
        self._held = False
        self._pieces: list[Piece] = []
        self._notice: Notice | None = None
        self._notice_until_s = 0.0
        self._changes = self._small_changes = self._restores = 0
        self._visit_since_s: float | None = None
        """Last sign of a visitor; None when nobody is here."""
        self._asked_s: float | None = None
        """When a visitor last asked something or was answered; None where none has."""

    def begin(self, microphone: MicrophoneAt, reply: ReplyAt) -> None:
        """The rings are there, which outlive a daemon: nothing of their reply is to be heard."""
        self.microphone_at(microphone)
        self._heard = self._reply_end = reply.written

    def take_snapshot(self, ring_epoch_ns: int) -> VisitSnapshot | None:
        """What the next daemon needs if this one dies now; None while nobody is here."""
        if self._visit_since_s is None:
            return None
        session = self.session
        # One that was spoken over has ended, and may still come to nothing.
        unsettled = {u.id for u in session.outbox.utterances}
        return VisitSnapshot(
            ring_epoch_ns,
            self._visit_since_s,
            self._restores,
            self._last_turn,
            self._last_end,
            session.checkpoint.handle,
            session.checkpoint.covered,
            list(session.checkpoint.history),
            list(session.outbox.utterances),
            [turn for turn in self.turns if not turn.outcome or turn.id in unsettled],
            self._press if self._press is not None and self._press.turn else None,
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
        self._visit_since_s, self._restores = snapshot.visit_since_s, snapshot.restores + 1
        self._last_turn, self._last_end = snapshot.last_turn, snapshot.last_end
        self.turns.extend(snapshot.turns)
        self._asked_s = snapshot.visit_since_s if snapshot.turns else None
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
        hold = self._press
        if hold is not None:
            if hold.release_s is not None:
                hold.release_s = hold.end = None
                self._changes += 1
            return
        if self.devices.microphone_missing or self.budget.is_met:
            return
        speaking = self._speaking
        start = sample if speaking else max(sample - self._samples(self._button.pre_roll_ms), 0)
        self._press = Press(now_s, max(start, self._last_end), barge_in=speaking)
        self._notice = None
        self._visit_since_s = now_s
        if speaking:
            self._held = True
            self.commands.append(ReplyCommand.HOLD)
        self._advance_hold(now_s)

    def release(self, now_s: float, sample: int) -> None:
        """The button came up when the microphone was at `sample`."""
        self._stuck = False
        hold = self._press
        if hold is None or hold.release_s is not None:
            return
        self._visit_since_s = now_s
        if not hold.turn and now_s - hold.press_s < self._button.min_hold_ms / 1000:
            self._tap(now_s)
            return
        self._open(hold, now_s)
        hold.release_s = now_s
        hold.end = max(sample + self._samples(self._button.tail_ms), hold.start)
        self._changes += 1
        self._advance_hold(now_s)

    def _tap(self, now_s: float) -> None:
        """Too short to be speech: nothing is sent, and a reply goes on where it faded."""
        self._press = None
        self._show(Notice.HOLD_TO_TALK, now_s)
        if self._held:
            self._held = False
            self.commands.append(ReplyCommand.RESUME)

    def _open(self, hold: Press, now_s: float) -> None:
        if hold.turn:
            return
        self._last_turn += 1
        self.budget.take()
        hold.turn = self._last_turn
        if self._held or self._speaking:
            self._discard_reply()
        self._asked_s = now_s
        self.turns.append(Turn(hold.turn, hold.press_s, hold.start, barge_in=hold.barge_in))
        self._pieces.clear()
        self.session.open(hold.turn, hold.start, now_s)

    def _advance_hold(self, now_s: float) -> None:
        hold = self._press
        if hold is None:
            return
        if hold.release_s is None:
            held_s = now_s - hold.press_s
            if held_s >= self._button.min_hold_ms / 1000:
                self._open(hold, now_s)
            if held_s >= self._button.max_hold_s:
                self._stuck = True
                hold.release_s, hold.end = now_s, max(self._written, hold.start)
        if hold.end is not None and hold.release_s is not None:
            late = now_s - hold.release_s > self._button.tail_ms / 1000 + TAIL_GRACE_S
            if self._written < hold.end and late:
                hold.end = max(self._written, hold.start)
            if self._written >= hold.end or late:  # A start beyond `written` may never come.
                self._close(hold, hold.end, now_s)

    def _close(self, hold: Press, end: int, now_s: float) -> None:
        self._press = None
        self._last_end = end
        self.session.close(hold.turn, end, now_s)
        self._changes += 1
        if (turn := self._turn(hold.turn)) is not None:
            turn.samples_missing = sum(
                max(min(end, hole_end) - max(hold.start, hole_start), 0)
                for hole_start, hole_end in self.session.outbox.holes
            )
            turn.end, turn.release_s = end, hold.release_s

    # --- the world's progress ----------------------------------------------------------------

    def microphone_at(self, microphone: MicrophoneAt) -> None:
        """The microphone was recorded so far."""
        self._written = microphone.written
        self.session.outbox.holes = microphone.holes

    def reply_at(self, reply: ReplyAt) -> None:
        """The reply was heard so far. All that was handed out has reached whoever counts it."""
        self._heard, self._reply_end = reply.heard, reply.written
        turn = self.turns[-1] if self.turns else None
        if turn is None or turn.reply_start is None or turn.first_sound_s is not None:
            return
        if (since := reply.heard - turn.reply_start) > 0:
            turn.first_sound_s = reply.at_s - since / REPLY_HZ

    def advance(self, now_s: float) -> None:
        """Time has gone on, and all that has happened meanwhile was told."""
        self._advance_hold(now_s)
        if self.turns:
            turn = self.turns[-1]
            self.session.played(turn.id, turn.played_until(self._heard))
        self.session.tick(now_s)
        while self.session.events:
            self._on(self.session.events.popleft(), now_s)
        if self._speaking or self._press is not None or self.session.working:
            self._visit_since_s = now_s
        if self._speaking or (self._press is not None and self._press.turn):
            self._asked_s = now_s
        if self._notice is not None and now_s > self._notice_until_s:
            self._notice = None
        if (
            self._visit_since_s is not None
            and now_s - self._visit_since_s >= self._visit.end_after_s
        ):
            self.reset(now_s)

    @property
    def visitor_s(self) -> float | None:
        """When the visitor last asked something or was answered; None where nobody has.

        A tap is no sign of one who wants an avatar that costs money.
        """
        return self._asked_s

    @property
    def visit_ends_s(self) -> float | None:
        """When the visit is forgotten if nobody does anything; None when nobody is here."""
        if self._visit_since_s is None:
            return None
        return self._visit_since_s + self._visit.end_after_s

    def next_deadline(self) -> float | None:
        """When `advance` should be called even if no sound goes on: the end of `min_hold_ms`."""
        if self._press is None or self._press.turn:
            return None
        return self._press.press_s + self._button.min_hold_ms / 1000

    def ready(self) -> int:
        """One past the last microphone sample that may be sent of an open utterance."""
        hold = self._press
        return self._written if hold is None or hold.end is None else min(self._written, hold.end)

    @property
    def streaming(self) -> bool:
        """Whether each microphone period matters at once: speech is to be sent, or may soon be."""
        return self._press is not None or any(
            u.progress < Progress.SENT for u in self.session.outbox.utterances
        )

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
        turn = self._turn(outgoing.utterance)
        if turn is None:
            return
        if outgoing.kind is Kind.START and turn.marker_s is None:
            turn.marker_s = now_s
        elif outgoing.kind is Kind.END:
            turn.last_marker_s = now_s
        elif outgoing.kind is Kind.AUDIO:
            turn.samples_sent += outgoing.end - outgoing.start

    def say(self, text: str, now_s: float) -> int:
        """A turn in writing, as if the visitor had said it. Returns its number."""
        self._last_turn += 1
        self.budget.take()
        if self._speaking:
            self._discard_reply()
        self.turns.append(Turn(self._last_turn, now_s, 0, 0, release_s=now_s, heard=text))
        self._pieces.clear()
        self._visit_since_s = self._asked_s = now_s
        self.session.type(self._last_turn, text, now_s)
        return self._last_turn

    def reset(self, now_s: float) -> None:
        """The visit is over: forget all of it."""
        self._press = None
        self._last_end = self._written
        if self._held or self._speaking:
            self._discard_reply()
        self.session.end_visit(now_s)
        for turn in self.turns:
            if not turn.outcome:
                turn.outcome, turn.end_s = "discarded", now_s
                self.discarded += 1
            turn.heard = turn.said = ""
        self._pieces.clear()
        self._visit_since_s = self._asked_s = None
        self._changes += 1

    def stop(self, now_s: float) -> None:
        """The daemon ends: an open turn gets its end on the wire."""
        if self._press is not None and self._press.turn:
            self._close(self._press, max(self._written, self._press.start), now_s)

    # --- the service's words -----------------------------------------------------------------

    def _on(self, event: Event, now_s: float) -> None:
        if isinstance(event, Heard | Said | SoundComplete):
            self._small_changes += 1
        elif not isinstance(event, Sound):
            self._changes += 1
        if isinstance(event, Called | CallCancelled):
            self.calls.append(event)
            return
        turn = self._turn(event.utterance)
        if turn is None:
            return
        newest = turn is self.turns[-1]
        match event:
            case Heard(text=text):
                turn.heard += text
            case Rewound():
                turn.heard = turn.said = ""
                if newest:
                    self._rewind(turn)
            case Said(text=text):
                turn.said += text
                turn.resumed = turn.resumed or bool(turn.outcome)
                if newest:
                    self._caption(text)
                    self.commands.append(text)
            case Sound(pcm=pcm, audible=audible):
                turn.resumed = turn.resumed or bool(turn.outcome)
                if newest:  # Else somebody has barged in, and nobody wants the rest.
                    self._speak(turn, pcm, audible, now_s)
            case SoundComplete() if newest:
                self.commands.append(ReplyCommand.END_OF_REPLY)
            case Finished(outcome=outcome):
                turn.outcome, turn.end_s = outcome, now_s
                if outcome == "answered":
                    self._restores = 0
                if newest:
                    self.commands.append(ReplyCommand.END_OF_REPLY)
                self.discarded += outcome == "discarded"
                if (notice := _NOTICES.get(outcome)) is not None:
                    self._show(notice, now_s)
                if newest and outcome == turn_end.TEXT:
                    self._pieces = [replace(piece, spoken=False) for piece in self._pieces]
                if newest and outcome in _APOLOGISED and not self._refused_halfway(turn):
                    self._play(self._apology)
                    self.commands.append(ReplyCommand.END_OF_REPLY)

    def _rewind(self, turn: Turn) -> None:
        """The answer will come again: what is left of this one is not played."""
        self._pieces.clear()
        turn.played_s, turn.audible_start = turn.played_until(self._heard), None
        if turn.reply_start is not None:
            turn.reply_start = turn.reply_byte_s = turn.first_sound_s = None
            self._discard_reply()

    def _speak(self, turn: Turn, pcm: bytes, audible: bool, now_s: float) -> None:
        if turn.reply_start is None:
            turn.reply_start, turn.reply_byte_s = self._reply_end, now_s
            self._changes += 1
        if audible and turn.audible_start is None:
            turn.audible_start = self._reply_end
        self._play(pcm)

    def _caption(self, text: str) -> None:
        last = self._pieces[-1] if self._pieces else None
        if last is not None and (
            last.at_sample == self._reply_end or len(self._pieces) >= MAX_PIECES
        ):
            self._pieces[-1] = replace(last, text=last.text + text)
        else:
            self._pieces.append(Piece(self._reply_end, text))

    def _refused_halfway(self, turn: Turn) -> bool:
        return turn.outcome == turn_end.REFUSED and turn.audible_start is not None

    def _play(self, pcm: bytes) -> None:
        if self._reply_end - self._heard > MAX_REPLY_SAMPLES:
            return
        self._reply_end += len(pcm) // 2
        self.commands.append(pcm)

    def _discard_reply(self) -> None:
        self._held = False
        self._heard = self._reply_end
        self.commands.append(ReplyCommand.DISCARD)

    # --- what is shown -----------------------------------------------------------------------

    def scene(self, now_s: float) -> Scene:
        """What the screen shows now."""
        turn = self.turns[-1] if self.turns else None
        visiting = self._visit_since_s is not None
        state = self._state(now_s)
        session = self.session
        code = session.code if state is State.OFFLINE else session.staff_code
        detail = session.detail
        if not code:
            code, detail = self._own_trouble() if state is State.OUT_OF_ORDER else ("", "")
        return Scene(
            state=state,
            heard=turn.heard if turn and visiting else "",
            said=tuple(self._pieces),
            notice=self._standing_notice(),
            code=code,
            detail=detail,
            # Nobody is invited to hold a button that does not work.
            hint="none" if self.devices.button_cause else self._hint,
            turn=turn.id if turn else 0,
        )

    def _state(self, now_s: float) -> State:
        down_s = 0.0
        if self.session.phase is not Phase.UP:
            down_s = now_s - self.session.link.down_since_s
        if self.session.staff_code:
            return State.OUT_OF_ORDER
        if self.devices.microphone_missing:
            return State.MICROPHONE_MISSING
        if self._press is not None and self._press.turn:
            return State.LISTENING
        if self._speaking:
            return State.SPEAKING
        if down_s > OFFLINE_AFTER_S and self.session.without_network:
            return State.OFFLINE
        if not self.session.link.up_once and down_s <= RECONNECTING_AFTER_S:
            return State.STARTING
        if down_s > RECONNECTING_AFTER_S:
            return State.RECONNECTING
        if self.turns and not self.turns[-1].outcome:
            return State.THINKING
        # The control socket may press all the same; a visitor cannot.
        return State.OUT_OF_ORDER if self._own_trouble()[0] else State.ATTRACT

    def _own_trouble(self) -> tuple[str, str]:
        """Code and cause of what keeps visitors from asking, though the service would answer."""
        if self.devices.button_cause:
            return BUTTON_CODE, self.devices.button_cause
        return (LIMIT_CODE, self.budget.cause) if self.budget.is_met else ("", "")

    def _standing_notice(self) -> Notice | None:
        if self._stuck:
            return Notice.BUTTON_STUCK
        if self._notice is not None:
            return self._notice
        if self._press is not None and self._press.turn and self.devices.microphone_silent:
            return Notice.MICROPHONE_SILENT
        return Notice.SPEAKER_MISSING if self.devices.speaker_missing else None

    def _show(self, notice: Notice, now_s: float) -> None:
        self._notice, self._notice_until_s = notice, now_s + NOTICE_S

    @property
    def _speaking(self) -> bool:
        return self._heard < self._reply_end

    def _turn(self, turn: int) -> Turn | None:
        return next((t for t in reversed(self.turns) if t.id == turn), None)

    def _samples(self, ms: int) -> int:
        return ms * MICROPHONE_HZ // 1000
