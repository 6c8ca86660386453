"""The logical Live session: one conversation with the service over any number of links.

Sans I/O: events are method calls with the time, decisions are taken from `actions` (for the
transport) and `events` (for the conversation), and what goes out is pulled, so that a slow line
pushes back by itself.

What a link's end means for speech, on both platforms (no message index is needed for it):

- an utterance whose button is still held, or that the service has not reacted to, is said again
  whole, from its `activityStart`, after resuming the handle that came while nothing was in flight;
- one that the service has reacted to is never said again as sound. Where the handle is older than
  the reaction, the next session is a fresh one that is given both transcripts as history instead.

A session that cannot be opened with handle or history is opened with less; see `opening`.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from kiosk.core import disconnects, staff_codes
from kiosk.core.adoption import Adoption
from kiosk.core.attribution import ReplyAttribution
from kiosk.core.calls import Calls
from kiosk.core.checkpoint import Checkpoint
from kiosk.core.dial_schedule import DialSchedule
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Action, CallCancelled, Dial, Event, HangUp, Trouble
from kiosk.core.link_state import LinkState, LinkStatus, Phase
from kiosk.core.messages import (
    ClientMessage,
    RealtimeInputConfig,
    ResumptionUpdate,
    ServerContent,
    ServerMessage,
    ToolCall,
    encode,
)
from kiosk.core.oddities import Oddities
from kiosk.core.opening import Given, Opening
from kiosk.core.outbox import Outbox
from kiosk.core.outgoing import Outgoing
from kiosk.core.pauses import HEALTHY_S, SOMEBODY_WAITS_S
from kiosk.core.reconnect import ReconnectPolicy
from kiosk.core.reply_sound import ReplySound, Resampler
from kiosk.core.rotation import YOUNG_S, Rotation
from kiosk.core.settlement import Settlement
from kiosk.core.setup import MARKED_BY_US
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.stream import OpenStream
from kiosk.core.typed_message import typed_message
from kiosk.core.unanswered import Unanswered
from kiosk.core.utterance import Fate
from kiosk.settings.types import LiveSettings


class Session:
    """See the module. All times are monotonic seconds.

    Args:
        live: the `[live]` settings.
        random: uniform on [0, 1), for the jitter of the back-off.
        resampler: makes one for sound of another rate; see `reply_sound`.
        realtime_input: who says where speech begins and ends.
    """

    def __init__(
        self,
        live: LiveSettings,
        random: Callable[[], float],
        resampler: Callable[[int], Resampler] | None = None,
        realtime_input: RealtimeInputConfig = MARKED_BY_US,
    ) -> None:
        self.actions: deque[Action] = deque()
        self.events: deque[Event] = deque()
        self.troubles: deque[Trouble] = deque()
        """For the journal."""
        self.link = LinkStatus()
        self.detail = ""
        """The newest loss in the service's words."""
        self.checkpoint = Checkpoint()
        self.outbox = Outbox()
        self.unknown_fields = self.total_tokens = 0
        self.oddities = Oddities()
        """What came and could not be used, by name."""
        self._live = live
        self.opening = Opening(live, self.checkpoint, realtime_input)
        self._reconnect = ReconnectPolicy(random)
        self.schedule = DialSchedule()
        self._settlement = Settlement(self.outbox, self.checkpoint, self.events)
        self.stream = OpenStream(self.outbox, self.checkpoint, self._settlement, self.events)
        self._attribution = ReplyAttribution(
            self.outbox,
            self.checkpoint,
            self._settlement,
            self.stream,
            self.events,
            ReplySound(resampler),
            self.oddities.note,
        )
        self._unanswered = Unanswered(
            self.outbox,
            self.checkpoint,
            self.opening,
            self._settlement,
            self.stream,
            self._attribution,
            live.ask_again,
        )
        self.calls = Calls(self.outbox, self.events, self.opening, self.oddities.note)
        self._adoption = Adoption(self.outbox)
        self._rotation = Rotation()
        self.changes = 0
        """Counts what `Conversation.take_snapshot` would tell otherwise."""
        self.small_changes = 0
        """Counts what it would tell otherwise too, and may be told a moment later."""

    @property
    def phase(self) -> Phase:
        """What `status` tells of the link."""
        return self.link.phase

    @property
    def staff_code(self) -> str:
        """What a person must mend, or what lasts; empty where nobody needs to be told."""
        return self._reconnect.staff_code

    @property
    def code(self) -> str:
        """Code for staff of what keeps the link down now, from the first time on; or empty."""
        return self._reconnect.code

    @property
    def without_network(self) -> bool:
        """Whether nothing shows that the service can be reached."""
        return not self.link.is_open and self._reconnect.code in ("", staff_codes.NET)

    @property
    def bad_parts(self) -> int:
        """Pieces of sound that could not be read."""
        return self._attribution.bad_parts

    def report_staff_fault(self, staff_code: str, detail: str) -> None:
        """What only a person can mend, by a part that knows; empty where that is nothing."""
        self._reconnect.staff_code = self._reconnect.code = staff_code
        self.detail = detail

    # --- what the visitor does ---------------------------------------------------------------

    def open(self, utterance: int, start: int, now_s: float, *, streamed: bool = False) -> None:
        """The utterance begins at microphone sample `start`; `streamed`: of an open microphone."""
        self.changes += 1
        self.outbox.begin(utterance, start, streamed=streamed)
        self.schedule.hurry(now_s)

    def close(self, utterance: int, end: int, now_s: float) -> None:
        """It ends at microphone sample `end` (exclusive)."""
        self.outbox.close(utterance, end, now_s)

    def type(self, utterance: int, text: str, now_s: float) -> None:
        """A turn in writing."""
        self.changes += 1
        self.outbox.type(utterance, text, typed_message(self._live, text), now_s)
        self.schedule.hurry(now_s)

    def end_visit(self, now_s: float) -> None:
        """Forget the visitor: no handle, no history, no speech; a fresh session is dialled."""
        for u in self.outbox.utterances:
            self._settlement.finish(u, "discarded")
        self.outbox.clear()
        self.checkpoint.forget()
        self.opening.forget()
        if not self.opening.is_blank and self.phase is not Phase.DOWN:
            self._rotate(now_s)
        # Nothing is told of the visit any more, but whoever carries out a call is to stop.
        cancelled = [event for event in self.events if isinstance(event, CallCancelled)]
        self.events.clear()
        self.events.extend(cancelled)

    def abandon(self) -> None:
        """The service will not answer what was said so far."""
        self._settlement.abandon()

    def restore(self, snapshot: VisitSnapshot, now_s: float, played_s: float) -> None:
        """Go on where a daemon that died left off: what was under way on its link is said again.

        Args:
            snapshot: what it left.
            now_s: now.
            played_s: how much was heard of the answers to the newest turn.
        """
        self.checkpoint.restore(snapshot.handle, snapshot.covered, snapshot.history, snapshot.recap)
        known = {u.id: u for u in snapshot.history}
        self.outbox.utterances.extend(known.get(u.id, u) for u in snapshot.utterances)
        self.outbox.played(snapshot.last_turn, played_s)
        self._attribution.unlink(ask_again=self._live.ask_again)

    # --- what the link does ------------------------------------------------------------------

    def start(self, now_s: float) -> None:
        """Be connected from now on."""
        self.link.down_since_s = now_s
        self.schedule.plan(now_s)
        self.tick(now_s)

    def opened(self, now_s: float) -> None:
        """The socket is open and the setup is on its way."""
        if self.link.state is not LinkState.DIALLING:
            return  # It belongs to a dial that we have given up.
        self.link.opened(now_s)
        self.schedule.opened(now_s)

    def lost(self, loss: Disconnect, now_s: float) -> None:
        """The link is gone, or could not be opened."""
        if self.link.state is LinkState.WAITING:
            return  # This link was already given up by us; its loss has been counted.
        if self.link.is_up and now_s - self.link.since_s > HEALTHY_S:
            self._reconnect.succeeded()
            self.opening.took()
        if self.link.state is LinkState.SETTING_UP and loss == disconnects.BROKEN:
            loss = disconnects.BROKEN_EARLY
        self.detail = loss.reason
        given, refused = self.opening.given, disconnects.is_refusal(loss)
        if refused and self.opening.taken and self._settlement.suspect():
            self._reconnect.forgive()  # Else it is what the session was opened with.
        blamed, closed = disconnects.blames_request(loss), loss.code is not None
        less = self.link.is_open and self.opening.failed(blamed, closed)
        self._unlink()
        attempt = self._reconnect.next_attempt(
            loss,
            now_s,
            waiting=self.outbox.in_flight,
            worked=self.link.up_once,
            bare=given is Given.NOTHING,
            less=less,
        )
        self.opening.distrust(attempt.suspect, given, less)
        code = "" if blamed and given is not Given.NOTHING else self.code
        self.troubles.append(Trouble(loss, code, self.link.is_up))
        self.link.lost(now_s)
        self.schedule.plan(now_s + attempt.pause_s, now_s + attempt.soonest_s)

    def receive(self, message: ServerMessage, now_s: float) -> None:
        """A message of the service on the present link."""
        if not self.link.is_open:
            return  # It was under way when we gave the link up; its handle may be a past visit's.
        for name in message.unknown or ():
            self.unknown_fields += 1
            self.oddities.note(name)
        if message.error is not None:
            self.actions.append(HangUp())
            error = message.error
            self.lost(disconnects.in_band(error.code, error.status, error.message), now_s)
            return
        if message.setup_complete is not None and self.link.state is LinkState.SETTING_UP:
            self._set_up(now_s)
        reactions = self._attribution.reactions
        content, status = message.server_content, message.interaction_status
        if content is None and status is not None:
            content = ServerContent()
        if content is not None:
            self.opening.took()
            if self._attribution.take(content, status, now_s):
                self._reconnect.succeeded()
                self._adoption.answered()
        if message.usage_metadata is not None:
            self.total_tokens += message.usage_metadata.total_token_count
        if message.tool_call is not None:
            self._call(message.tool_call, now_s)
        if message.tool_call_cancellation is not None:
            self.calls.cancel(message.tool_call_cancellation)
            self.outbox.wait_anew(now_s)
        if message.session_resumption_update is not None:
            self._adopt(message.session_resumption_update, now_s)
        self.changes += self._attribution.reactions - reactions
        if message.go_away is not None:
            self._rotation.go_away(message.go_away, now_s)

    def tick(self, now_s: float) -> None:
        """Time has passed. Cheap; called at every microphone period."""
        if self.schedule.is_due(now_s) and not self.link.resting:
            self._dial(now_s)
        elif self.schedule.setup_is_overdue(now_s):
            self.actions.append(HangUp())
            self.lost(disconnects.TOO_LATE, now_s)
        elif self.link.is_up:
            self._watch(now_s)
        self._reconnect.poll(now_s)
        self.changes += self._settlement.give_up(now_s, self._live.give_up_s)
        self.stream.expire(now_s, self._live.give_up_s)

    # --- what goes out -----------------------------------------------------------------------

    def pull(self, ready: int, now_s: float) -> Outgoing | None:
        """The next message for the link, or None. `ready`: one past the last sample that may go."""
        if not self.link.is_up:
            return None
        self._settlement.pass_over_unrecorded()
        waits = self._adoption.stream_waits(now_s, covered=self.checkpoint.complete)
        outgoing = self.outbox.pull(ready, self.calls.gate(now_s), waits, now_s)
        if outgoing is not None:
            self.opening.use()
            self._adoption.sent(outgoing.kind, now_s)
            self.outbox.went_out(outgoing, now_s)
        return outgoing

    # --- the link's life ---------------------------------------------------------------------

    def _dial(self, now_s: float) -> None:
        self.schedule.due_s = None
        self.changes += self._settlement.expire(now_s, self._live.give_up_s)
        setup, history = self.opening.setup()
        if history is not None:
            self.outbox.post(encode(ClientMessage(client_content=history)))
        self.link.dial(now_s)
        refresh, self._reconnect.refresh_credential = self._reconnect.refresh_credential, False
        payload = encode(ClientMessage(setup=setup))
        blank, news = not self.checkpoint.history, self.opening.news()
        self.actions.append(Dial(self.link.number, payload, refresh, blank, news))

    def _set_up(self, now_s: float) -> None:
        self.link.set_up(now_s)
        self.schedule.set_up(now_s)
        self.detail = ""
        self._reconnect.up()
        self.opening.set_up()
        self._adoption.set_up(now_s, told_history=self.opening.given is Given.HISTORY)

    def _unlink(self) -> None:
        """What the end of a link means for each utterance; see the module."""
        self._attribution.unlink(ask_again=self._live.ask_again)
        self.outbox.new_link()
        self.calls.clear()
        self.schedule.unlink()
        self._adoption.new_link()
        self._rotation = Rotation()

    def _rotate(self, now_s: float, pause: float = 0.0) -> None:
        """Replace the link by our own decision."""
        self.actions.append(HangUp())
        self._unlink()
        self.link.rotated(now_s)
        self.schedule.plan(now_s + pause)

    def _watch(self, now_s: float) -> None:
        self._adoption.learn(now_s, guessed=self._attribution.guessed)
        idle = not self.outbox.in_flight and not self.calls.wait and self.checkpoint.complete
        if self._rotation.due(now_s, self.link.since_s, idle):
            # A service that ends each link at once must not be dialled in a storm.
            young = now_s - self.link.since_s < YOUNG_S
            pause_s = self._reconnect.pause_s() if young else 0.0
            if self.outbox.in_flight:
                pause_s = min(pause_s, SOMEBODY_WAITS_S)
            self._rotate(now_s, pause_s)
            return
        unwanted = idle and (self.link.resting or self.opening.is_outdated)
        if unwanted or self._adoption.overdue(now_s):
            self._rotate(now_s)
            return
        for id_ in self.calls.overdue(now_s):
            self.respond(id_, {"error": {"code": "timeout", "message": "it took too long"}}, now_s)
        if self._unanswered.check(now_s, call_waits=self.calls.wait):
            self._rotate(now_s)

    # --- checkpoints -------------------------------------------------------------------------

    def _adopt(self, update: ResumptionUpdate, now_s: float) -> None:
        """Adopt a handle that came between turns: it covers everything before it."""
        if not self._adoption.take(update, now_s, guessed=self._attribution.guessed):
            return
        if any(u.over for u in self.outbox.utterances):
            self.changes += 1  # Their sound is wiped from now on: the next daemon must not want it.
        self.small_changes += 1
        for u in self.outbox.utterances:
            if u.end_is_out and u.fate is not Fate.GIVEN_UP:
                self.checkpoint.remember(u)  # Spoken over, it is in there without a reaction.
                self._attribution.behind = self._attribution.behind or not u.heard
        self.checkpoint.adopt(update.new_handle)
        self.outbox.acknowledge()
        self.outbox.utterances = deque(u for u in self.outbox.utterances if not u.over)

    # --- tools -------------------------------------------------------------------------------

    def _call(self, call: ToolCall, now_s: float) -> None:
        """What is to be carried out is a reaction: it must not be done twice."""
        self.opening.use()
        u = self._attribution.answering(now_s, more=True)
        if u is not None and u.fate is Fate.TOLD_ONLY:
            self.calls.refuse(call)
        elif self.calls.take(call, u.id if u else 0, now_s) and u is not None:
            u.calls += 1
            self._attribution.react(u, now_s)

    def respond(
        self, call: str, response: dict[str, Any], now_s: float, scheduling: str = ""
    ) -> bool:
        """What came of a call (`events.Called`). Returns whether anybody still waits for it."""
        if waited := self.calls.respond(call, response, scheduling):
            self.outbox.wait_anew(now_s)
        return waited
