"""The door of the core: everything that happens goes in here, and all that it wants comes out.

The order in which things are looked at is written in `Core.step` and nowhere else. The running
kiosk, the simulated day and the test of the model drive the same function.
"""

from collections.abc import Callable, MutableSequence, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core import inputs as happened
from kiosk.core.conversation import Conversation
from kiosk.core.events import Action, Call, Dial, Trouble
from kiosk.core.grounding import SHOWN_S, sources_card
from kiosk.core.hours import OPEN, OpeningHours
from kiosk.core.inputs import Input, InstructionIs, MicrophoneAt, ReplyAt, WallClockAt
from kiosk.core.ledger import Ledger
from kiosk.core.link_state import Phase
from kiosk.core.messages import ServerMessage
from kiosk.core.opening import Given
from kiosk.core.outgoing import Outgoing
from kiosk.core.overlays import Showing
from kiosk.core.prices import Prices
from kiosk.core.realtime_messages import encode_picture
from kiosk.core.reply_sound import Resampler
from kiosk.core.scene import Scene
from kiosk.core.session import Session
from kiosk.core.setup import for_visitors, realtime_input_config
from kiosk.core.sight import Sight
from kiosk.core.snapshot import SnapshotClock, VisitSnapshot
from kiosk.core.tally import Account
from kiosk.core.turn_budget import TurnsToday
from kiosk.core.turns import Command, TurnWords
from kiosk.core.view import CoreView, LeftOut, LinkView
from kiosk.core.visit_language import VisitLanguage
from kiosk.settings.types import Settings

_T = TypeVar("_T")

FOREIGN = "inputTranscription in a language that is not spoken here"
"""Counted as an oddity of the service."""


class Outputs(Struct, frozen=True):
    """What the core wants after a step."""

    actions: tuple[Action, ...]
    """For the transport, in this order."""
    troubles: tuple[Trouble, ...]
    """For the journal."""
    oddities: tuple[str, ...]
    """What the service sent for the first time and could not be used, for the journal."""
    commands: tuple[Command, ...]
    """For who speaks the reply, in this order."""
    turn_words: tuple[TurnWords, ...]
    """What was said in turns that are over, for a house that keeps it."""
    calls: tuple[Call, ...]
    """Tools that the model wants to be used, or not any more; `CallAnswered` tells what came of
    one."""
    look: int
    """The utterance for which the camera is to take a picture now, or 0; `PictureTaken` brings
    it."""
    scene: Scene
    phase: Phase
    """Where the link is."""
    keep_from: int
    """First microphone sample that may still be needed; all before it is to be wiped."""
    wake_every_period: bool
    """Whether each period of the microphone matters at once: speech is sent, or may soon be."""
    wake_at_s: float | None
    """When a step is due even if nothing happens: a dial, or the end of a press's `min_hold_ms`;
    None: any time soon."""
    visitor_s: float | None
    """When the visitor last asked something or was answered; None where nobody has."""
    waiting: bool
    """Whether anything that was said is not answered yet."""
    limit_cause: str
    """Why nothing more is asked today; empty where it is."""
    account: Account | None
    """What talking has cost, where it is to be noted now."""
    snapshot_due: bool
    """Whether `snapshot` is to be stored now."""
    snapshot: VisitSnapshot | None
    """What the next daemon needs if this one dies now; None while nobody is here."""


class Core:
    """See the module. Pure: it knows no clock but `now_s`, monotonic seconds, and does no I/O.

    Args:
        settings: of the kiosk; `[live]`, `[button]`, `[visit]` and `[money]` are used.
        random: uniform on [0, 1), for the jitter of the back-off.
        hint: how to talk here, for the screen; see `Scene.hint`.
        apology: what is said where the service does not answer, s16le mono 24 kHz.
        greeting: what is said to who comes, likewise, or what the model is asked to do.
        showing: what staff and the clock ask of the screen.
        resampler: makes one for sound of another rate; see `reply_sound`.
        prices: of tokens and of the avatar's minutes; nothing costs anything by default.
    """

    def __init__(
        self,
        settings: Settings,
        random: Callable[[], float],
        *,
        hint: str = "button",
        apology: bytes = b"",
        greeting: bytes | str = "",
        showing: Showing | None = None,
        resampler: Callable[[int], Resampler] | None = None,
        prices: Prices | None = None,
    ) -> None:
        realtime_input = realtime_input_config(settings.talk)
        live = for_visitors(settings.live, settings.talk)
        self._session = Session(live, random, resampler, realtime_input)
        self._language = VisitLanguage(settings.talk.languages)
        self._session.checkpoint.readable = self._language.readable
        self._conversation = Conversation(
            settings.button,
            settings.visit,
            self._session,
            hint,
            apology,
            greeting,
            settings.talk.mode,
        )
        self._dials_ahead = settings.visit.dial == "warm"
        self._ledger = Ledger(settings.money, prices or Prices(), settings.live.tuning.compress_at)
        self._conversation.budget.spent_cause = self._ledger.hard_cause
        self._showing = showing or Showing()
        self._sight = Sight(settings.camera)
        self._snapshot_clock = SnapshotClock()
        self._ring_epoch_ns = 0
        self._hours = OpeningHours(settings.hours)
        self._minute = 0
        self._house = OPEN

    def start(
        self,
        now_s: float,
        microphone: MicrophoneAt,
        reply: ReplyAt,
        ring_epoch_ns: int,
        snapshot: VisitSnapshot | None = None,
        account: Account | None = None,
        known: Sequence[WallClockAt | InstructionIs] = (),
    ) -> None:
        """Begin, or go on where a daemon that died left off; before the first step.

        Args:
            now_s: now.
            microphone: where the ring's microphone is.
            reply: where the dead daemon's reply was heard, and where the next one begins.
            ring_epoch_ns: epoch of the microphone ring, for the snapshots.
            snapshot: what a daemon that died has left.
            account: what an earlier process has noted of what talking costs.
            known: the time, and what the first session is told.
        """
        conversation = self._conversation
        self._ring_epoch_ns = ring_epoch_ns
        if account is not None:
            conversation.budget.asked = TurnsToday(account.day.period, account.day.turns)
            self._ledger.resume(account, visit_goes_on=snapshot is not None)
        conversation.begin(microphone, reply)
        if snapshot is not None:
            conversation.restore(snapshot, now_s, reply.heard)
        for one in known:
            self._take(one, now_s)
        self._rest(now_s)
        self._session.start(now_s)

    # --- the step ----------------------------------------------------------------------------

    def step(self, now_s: float, inputs: Sequence[Input]) -> Outputs:
        """Take what has happened, in its order, and say what is to be done. Never re-entered.

        Args:
            now_s: now; never less than before.
            inputs: sound's places first, where both they and an edge of the button are told.
        """
        for happening in inputs:
            self._take(happening, now_s)
        self._rest(now_s)
        self._conversation.advance(now_s)
        if self._conversation.visit.ends_s is None:
            self._ledger.visit_ended()
            self._sight.end_visit()
            self._showing.visit_ended()
            self._language.end_visit()
        elif self._conversation.turns:
            self._language.said(self._conversation.turns[-1].said)
            self._showing.answered = self._language.answered
        self._session.opening.brief = bool(self._ledger.soft_cause())
        return self._outputs(now_s)

    def _rest(self, now_s: float) -> None:
        """Want no link while nobody is here and the house is closed, or dials on a press."""
        ahead = self._house.is_open_soon and self._dials_ahead
        wanted = ahead or self._conversation.visit.since_s is not None
        self._session.link.rest(not wanted, now_s)

    def recorded(self, microphone: MicrophoneAt) -> bool:
        """Only the microphone has gone on: more of an open utterance may be pulled now.

        A step a period would find nothing else to decide. Returns whether one is due at once, for
        the utterance has come to its end.
        """
        return self._conversation.microphone_at(microphone)

    def _take(self, one: Input, now_s: float) -> None:
        conversation, session = self._conversation, self._session
        match one:
            case MicrophoneAt():
                conversation.microphone_at(one)
            case ReplyAt():
                conversation.reply_at(one)
            case happened.Pressed(at_s=at_s, sample=sample):
                conversation.press(at_s, sample)
            case happened.Released(at_s=at_s, sample=sample):
                conversation.release(at_s, sample)
            case happened.Received(link=link, message=message) if link == session.link.number:
                self._ledger.received(link, message)
                session.receive(message, now_s)
                self._show_sources(message, now_s)
            case happened.LinkOpened(link=link) if link == session.link.number:
                session.opened(now_s)
            case happened.LinkLost(link=link, loss=loss) if link == session.link.number:
                self._ledger.link_over()
                session.lost(loss, now_s)
            case happened.Typed(text=text):
                conversation.say(text, now_s)
            case happened.VisitEnded():
                conversation.reset(now_s)
            case happened.VisitLeaves():
                conversation.visit.leave(now_s)
            case happened.Stopping():
                conversation.stop(now_s)
            case happened.PictureTaken(utterance=utterance, jpeg=jpeg):
                session.outbox.show(utterance, encode_picture(jpeg))
            case happened.CallAnswered(call=call, response=response, scheduling=scheduling):
                session.respond(call, response, now_s, scheduling)
            case _:
                self._take_of_the_house(one)

    def _show_sources(self, message: ServerMessage, now_s: float) -> None:
        """Show the visitor of whom an answer speaks that was looked up on the web."""
        content = message.server_content
        found = content.grounding_metadata if content is not None else None
        card = sources_card(found) if found is not None else None
        if card is not None and self._conversation.visit.since_s is not None:
            self._showing.show(card, now_s + SHOWN_S, of_visit=True)

    def _take_of_the_house(self, one: Input) -> None:
        """What happens to devices, clock and screen, and what a transport knows of the service."""
        showing = self._showing
        match one:
            case happened.DevicesAre():
                self._conversation.devices = one
            case happened.WallClockAt(day=day, minute=minute):
                self._conversation.budget.begin_day(day)
                self._ledger.begin_day(day)
                self._minute, self._house = minute, self._hours.at(day, minute)
            case happened.AvatarCounted(day=day, seconds=seconds):
                self._ledger.avatar(day, seconds)
            case happened.InstructionIs():
                self._session.opening.instruction = one
            case happened.ShowCard(card=card, until_s=until_s, of_visit=of_visit):
                showing.show(card, until_s, of_visit=of_visit)
            case happened.HideCard():
                showing.hide()
            case happened.Express(name=name, until_s=until_s):
                showing.express(name, until_s)
            case happened.SpeakLanguage(language=language):
                showing.speak(language)
                self._language.answered = ""
            case happened.StaffFault(code=code, detail=detail):
                self._session.report_staff_fault(code, detail)
            case happened.Abandoned():
                self._session.abandon()
            case happened.AllTaken():
                self._session.outbox.acknowledge()

    def _outputs(self, now_s: float) -> Outputs:
        conversation, session = self._conversation, self._session
        budget = conversation.budget
        scene = self._showing.apply(
            conversation.scene(now_s), now_s, conversation.visit.ends_s, self._minute, self._house
        )
        if not (conversation.turns and conversation.turns[-1].typed):
            scene = replace(scene, heard=self._language.shown(scene.heard))
        turn_words = self._readable(_drain(conversation.turns.words))
        listens_to = session.outbox.listens_to
        for action in session.actions:
            if isinstance(action, Dial):
                self._ledger.dialled(action.setup)
        due = self._snapshot_clock.due(conversation.changes, conversation.small_changes, now_s)
        return Outputs(
            actions=_drain(session.actions),
            troubles=_drain(session.troubles),
            oddities=_drain(session.oddities.new),
            commands=_drain(conversation.commands),
            turn_words=turn_words,
            calls=_drain(conversation.calls),
            look=self._sight.look(listens_to, now_s),
            scene=replace(scene, seeing=self._sight.sees(listens_to, now_s)),
            phase=session.phase,
            keep_from=conversation.keep_from(),
            wake_every_period=conversation.streaming,
            wake_at_s=self._wake_at_s(),
            visitor_s=conversation.visit.asked_s,
            waiting=session.outbox.waiting,
            limit_cause=budget.cause if budget.is_met else "",
            account=self._ledger.due(now_s),
            snapshot_due=due,
            snapshot=conversation.take_snapshot(self._ring_epoch_ns) if due else None,
        )

    def _readable(self, turn_words: Sequence[TurnWords]) -> tuple[TurnWords, ...]:
        """Without transcripts in languages that are not spoken here; those are counted."""
        heard = [e.heard if e.typed else self._language.readable(e.heard) for e in turn_words]
        for words, readable in zip(turn_words, heard, strict=True):
            if readable != words.heard:
                self._session.oddities.note(FOREIGN)
        return tuple(replace(e, heard=h) for e, h in zip(turn_words, heard, strict=True))

    def _wake_at_s(self) -> float | None:
        link = self._session.link
        dial_s = None if link.resting else self._session.schedule.due_s
        times_s = (dial_s, self._conversation.next_deadline())
        return min((at_s for at_s in times_s if at_s is not None), default=None)

    # --- the transport -----------------------------------------------------------------------

    def pull(self, now_s: float, link: int) -> Outgoing | None:
        """The next message for a link, or None; when the transport can take one.

        Args:
            now_s: now.
            link: number of the link, as `Dial` gave it.
        """
        if link != self._session.link.number:
            return None
        outgoing = self._conversation.pull(now_s)
        if outgoing is not None:
            self._ledger.sent(outgoing)
        return outgoing

    def sent(self, outgoing: Outgoing, now_s: float) -> None:
        """What was pulled has been handed to the socket."""
        self._conversation.sent(outgoing, now_s)

    def last_account(self) -> Account:
        """What talking has cost, where no step comes after it."""
        return self._ledger.last()

    # --- what is told of it ------------------------------------------------------------------

    def view(self) -> CoreView:
        """The core as it is now, for `status`, the journal and the shutdown."""
        conversation, session = self._conversation, self._session
        budget, left_out = conversation.budget, session.opening.left_out
        return CoreView(
            link=LinkView(
                phase=session.phase,
                since_s=session.link.phase_since_s,
                resumable=bool(session.checkpoint.handle),
                staff_code=session.staff_code,
                code=session.code,
                detail=session.detail,
                left_out=LeftOut(
                    left_out[Given.HANDLE], left_out[Given.HISTORY], left_out[Given.RECAP]
                ),
                bad_parts=session.bad_parts,
                unknown_fields=session.unknown_fields,
                odd=dict(session.oddities.counts),
                total_tokens=session.total_tokens,
            ),
            sent=session.outbox.sent,
            acked=session.outbox.acked,
            unsent=session.outbox.unsent,
            discarded=conversation.discarded,
            turns_today=budget.asked.turns,
            limit_cause=budget.cause if budget.is_met else "",
            money=self._ledger.view(),
            house=self._house,
            turns=tuple(replace(turn) for turn in conversation.turns),
        )


def _drain(queue: MutableSequence[_T]) -> tuple[_T, ...]:
    """All that waits; each is given once."""
    taken = tuple(queue)
    queue.clear()
    return taken
