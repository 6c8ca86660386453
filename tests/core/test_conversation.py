"""Presses, turns, visits: what the visitor does and what the kiosk shows and plays."""

import msgspec
import pytest

from kiosk.core.conversation import Conversation
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Finished
from kiosk.core.inputs import DevicesAre
from kiosk.core.link_state import Phase
from kiosk.core.outgoing import Kind
from kiosk.core.scene import Notice, State
from kiosk.core.session import Session
from kiosk.core.turns import ReplyCommand
from kiosk.settings.types import LiveSettings

from .reply import Reply
from .service import (
    BUTTON,
    LIVE,
    LOUD,
    SETUP_COMPLETE,
    TURN_COMPLETE,
    VISIT,
    Wire,
    handle,
    heard,
    said,
    sound,
)

RATE = 16_000


class Kiosk:
    """A conversation with a microphone that runs with its clock and a loudspeaker that hears
    all.
    """

    def __init__(
        self, live: LiveSettings = LIVE, *, apology: bytes = b"", **button: object
    ) -> None:
        settings = {name: getattr(BUTTON, name) for name in BUTTON.__struct_fields__} | button
        self.session = Session(live, lambda: 0.5)
        self.conversation = Conversation(
            type(BUTTON)(**settings), VISIT, self.session, apology=apology
        )
        self.reply = Reply(self.conversation)
        self.now_s = 10.0
        self.heard = 0
        self.wire = Wire()
        self.sent: list[Kind] = []
        self.session.start(self.now_s)
        self.connect()

    def connect(self) -> None:
        self.session.actions.clear()
        self.wire = Wire()
        self.session.opened(self.now_s)
        self.session.receive(SETUP_COMPLETE, self.now_s)
        self.step(0)

    @property
    def written(self) -> int:
        return int(self.now_s * RATE) // 320 * 320

    def step(self, ms: float = 20) -> None:
        self.now_s += ms / 1000
        self.reply.advance(self.now_s, self.written, self.heard)
        while (out := self.conversation.pull(self.now_s)) is not None:
            self.wire.take(out)
            self.sent.append(out.kind)
            self.conversation.sent(out, self.now_s)

    def run(self, ms: float) -> None:
        for _ in range(int(ms // 20)):
            self.step(20)
        self.step(ms % 20)

    def press(self) -> int:
        sample = int(self.now_s * RATE)
        self.conversation.press(self.now_s, sample)
        self.step(0)
        return sample

    def release(self) -> int:
        sample = int(self.now_s * RATE)
        self.conversation.release(self.now_s, sample)
        self.step(0)
        return sample

    def receive(self, *messages: object) -> None:
        for each in messages:
            self.session.receive(each, self.now_s)
        self.step(0)

    def ask(self) -> None:
        self.press()
        self.run(1000)
        self.release()
        self.run(300)

    def commands(self) -> list:
        return self.reply.commands()

    @property
    def state(self) -> State:
        return self.conversation.scene(self.now_s).state

    @property
    def notice(self) -> Notice | None:
        return self.conversation.scene(self.now_s).notice


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


def test_turn_reaches_from_the_pre_roll_to_the_tail(kiosk):
    pressed = kiosk.press()
    kiosk.run(1000)
    released = kiosk.release()
    kiosk.run(300)
    start, end = kiosk.wire.samples(0)
    assert (start, end) == (pressed - 300 * 16, released + 250 * 16)
    assert not kiosk.wire.open
    turn = kiosk.conversation.turns[-1]
    assert turn.samples_sent == end - start


def test_marker_leaves_when_the_press_has_lasted_min_hold(kiosk):
    kiosk.press()
    assert kiosk.conversation.next_deadline() == pytest.approx(kiosk.now_s + 0.12)
    kiosk.step(119)
    assert kiosk.sent == []
    kiosk.step(1.1)
    assert kiosk.sent[0] is Kind.START
    assert kiosk.state is State.LISTENING


def test_min_hold_of_zero_sends_at_the_press():
    kiosk = Kiosk(min_hold_ms=0)
    kiosk.press()
    assert kiosk.sent[0] is Kind.START


def test_tap_sends_nothing_and_says_hold_to_talk(kiosk):
    kiosk.press()
    kiosk.run(100)
    kiosk.release()
    kiosk.run(500)
    assert kiosk.sent == []
    assert kiosk.notice is Notice.HOLD_TO_TALK
    kiosk.run(4000)
    assert kiosk.notice is None
    assert not kiosk.conversation.turns


def test_press_during_the_tail_continues_the_turn(kiosk):
    pressed = kiosk.press()
    kiosk.run(500)
    kiosk.release()
    kiosk.run(100)
    kiosk.press()
    kiosk.run(500)
    released = kiosk.release()
    kiosk.run(300)
    assert kiosk.wire.ids == [1]
    assert kiosk.wire.samples(0) == (pressed - 4800, released + 4000)


def test_next_turn_does_not_repeat_what_the_one_before_sent(kiosk):
    kiosk.ask()
    _, end = kiosk.wire.samples(0)
    kiosk.press()
    kiosk.run(500)
    kiosk.release()
    kiosk.run(300)
    assert kiosk.wire.samples(1)[0] == end


def test_stuck_button_ends_the_turn_and_says_so():
    kiosk = Kiosk(max_hold_s=2)
    kiosk.press()
    kiosk.run(2100)
    assert not kiosk.wire.open
    assert kiosk.notice is Notice.BUTTON_STUCK
    kiosk.run(5000)
    assert kiosk.notice is Notice.BUTTON_STUCK
    kiosk.release()
    assert kiosk.notice is None
    kiosk.press()
    kiosk.run(200)
    assert kiosk.wire.open


def test_reply_is_played_captioned_and_over_when_heard(kiosk):
    kiosk.ask()
    assert kiosk.state is State.THINKING
    kiosk.receive(heard("where"), sound(), said("here"), TURN_COMPLETE)
    assert kiosk.commands() == [LOUD, "here", ReplyCommand.END_OF_REPLY]
    assert kiosk.state is State.SPEAKING
    scene = kiosk.conversation.scene(kiosk.now_s)
    assert scene.heard == "where"
    assert [(piece.at_sample, piece.text) for piece in scene.said] == [(2, "here")]
    kiosk.heard = 2
    kiosk.step()
    assert kiosk.state is State.ATTRACT


def test_barge_in_fades_at_the_press_and_discards_at_min_hold(kiosk):
    kiosk.ask()
    kiosk.receive(sound())
    kiosk.commands()
    pressed = kiosk.press()
    assert kiosk.commands() == [ReplyCommand.HOLD]
    kiosk.run(200)
    assert kiosk.commands() == [ReplyCommand.DISCARD]
    kiosk.receive(sound())
    assert kiosk.commands() == []
    kiosk.release()
    kiosk.run(300)
    # Before the press the microphone heard the avatar: no pre-roll.
    assert kiosk.wire.samples(1)[0] == pressed
    assert kiosk.conversation.turns[-1].barge_in


def test_tap_while_speaking_lets_the_reply_go_on(kiosk):
    kiosk.ask()
    kiosk.receive(sound())
    kiosk.commands()
    kiosk.press()
    kiosk.run(60)
    kiosk.receive(sound())
    kiosk.release()
    assert kiosk.commands() == [ReplyCommand.HOLD, LOUD, ReplyCommand.RESUME]


def test_visit_is_forgotten_when_nobody_presses_and_nothing_plays(kiosk):
    kiosk.receive(handle("a"))
    kiosk.ask()
    kiosk.receive(heard("my name is Ada"), sound(), TURN_COMPLETE, handle("b"))
    kiosk.run(70_000)
    assert kiosk.session.checkpoint.handle == "b"  # Still playing: nobody has left.
    kiosk.heard = 2
    kiosk.run(61_000)
    assert kiosk.session.checkpoint.handle == ""
    assert kiosk.conversation.scene(kiosk.now_s).heard == ""
    assert all("Ada" not in turn.heard for turn in kiosk.conversation.turns)


def test_only_the_pre_roll_is_kept_outside_a_turn(kiosk):
    kiosk.run(1000)
    assert kiosk.written - kiosk.conversation.keep_from() == (300 + 120) * 16
    pressed = kiosk.press()
    kiosk.run(3000)
    assert kiosk.conversation.keep_from() == pressed - 300 * 16
    kiosk.release()
    kiosk.run(300)
    kiosk.receive(sound(), TURN_COMPLETE, handle("a"))
    kiosk.step()
    assert kiosk.written - kiosk.conversation.keep_from() == (300 + 120) * 16


def test_missing_microphone_is_shown_and_ends_an_open_turn_on_the_wire(kiosk):
    kiosk.press()
    kiosk.run(500)
    kiosk.conversation.devices = DevicesAre(microphone_missing=True)
    written = kiosk.written
    kiosk.conversation.release(kiosk.now_s, written + 100)
    for _ in range(50):
        kiosk.now_s += 0.02
        kiosk.reply.advance(kiosk.now_s, written, 0)
        while (out := kiosk.conversation.pull(kiosk.now_s)) is not None:
            kiosk.wire.take(out)
    assert not kiosk.wire.open
    assert kiosk.state is State.MICROPHONE_MISSING
    kiosk.conversation.press(kiosk.now_s, written)
    assert kiosk.conversation.next_deadline() is None


def test_nobody_is_invited_to_hold_a_button_that_is_broken(kiosk):
    conversation = kiosk.conversation
    conversation.devices = DevicesAre(button_cause="this machine has no GPIO")
    scene = conversation.scene(kiosk.now_s)
    assert (scene.state, scene.code, scene.hint) == (State.OUT_OF_ORDER, "K-BUTTON", "none")
    assert scene.detail == "this machine has no GPIO"
    kiosk.press()  # By the control socket, which works all the same.
    kiosk.run(500)
    scene = conversation.scene(kiosk.now_s)
    assert (scene.state, scene.code, scene.hint) == (State.LISTENING, "", "none")
    conversation.devices = DevicesAre()
    kiosk.release()
    kiosk.run(20)
    assert conversation.scene(kiosk.now_s).hint == "button"


@pytest.mark.parametrize("state", [State.MICROPHONE_MISSING, State.OFFLINE])
def test_a_broken_button_is_not_blamed_for_another_fault(kiosk, state):
    conversation = kiosk.conversation
    missing = state is State.MICROPHONE_MISSING
    conversation.devices = DevicesAre(
        microphone_missing=missing, button_cause="this machine has no GPIO"
    )
    if not missing:
        kiosk.session.lost(Disconnect(reason="the line broke"), kiosk.now_s)
        kiosk.now_s += 60
    code = "K-NET" if state is State.OFFLINE else ""
    scene = conversation.scene(kiosk.now_s)
    assert (scene.state, scene.code, scene.hint) == (state, code, "none")


def test_turn_of_which_nothing_was_ever_recorded_still_ends(kiosk):
    """The microphone died just before the press: the start lies after its last sample."""
    written = kiosk.written
    kiosk.conversation.press(kiosk.now_s + 1.0, written + 16_000)
    kiosk.now_s += 1.0
    for n in range(100):
        kiosk.now_s += 0.02
        if n == 20:
            kiosk.conversation.release(kiosk.now_s, written + 24_000)
        kiosk.reply.advance(kiosk.now_s, written, 0)
        while (out := kiosk.conversation.pull(kiosk.now_s)) is not None:
            kiosk.wire.take(out)
    assert kiosk.wire.ids == [1]
    assert not kiosk.wire.open
    assert not kiosk.conversation.streaming


def test_silent_microphone_is_told_while_a_turn_is_open(kiosk):
    kiosk.conversation.devices = DevicesAre(microphone_silent=True)
    assert kiosk.notice is None
    kiosk.press()
    kiosk.run(200)
    assert kiosk.notice is Notice.MICROPHONE_SILENT


def test_missing_speaker_is_told_and_the_answer_can_be_read(kiosk):
    kiosk.ask()
    kiosk.conversation.devices = DevicesAre(speaker_missing=True)
    kiosk.receive(sound(), said("here"))
    scene = kiosk.conversation.scene(kiosk.now_s)
    assert scene.notice is Notice.SPEAKER_MISSING
    assert [piece.text for piece in scene.said] == ["here"]


def test_daemon_that_died_is_followed_by_one_that_goes_on(kiosk):
    """Everything but what no process recorded: the sentence is said again, then goes on."""
    kiosk.receive(handle("a"))
    pressed = kiosk.press()
    kiosk.run(1000)
    snapshot = kiosk.conversation.take_snapshot(7)
    assert snapshot is not None
    again = Kiosk()
    again.now_s = kiosk.now_s + 1.0
    again.conversation.restore(snapshot, again.now_s, 0)
    again.session.outbox.holes = ((0, pressed - 9000), (kiosk.written, again.written))
    again.connect()
    assert again.session.checkpoint.handle == "a"
    assert again.state is State.LISTENING
    again.run(500)
    released = again.release()
    again.run(300)
    (ranges,) = again.wire.ranges
    assert ranges[0][0] == pressed - 4800
    assert ranges[-1][1] == released + 4000
    assert sum(end - start for start, end in ranges) == (
        ranges[-1][1] - ranges[0][0] - (again.conversation.turns[-1].samples_missing)
    )
    assert again.conversation.turns[-1].samples_missing == 16_000
    assert not again.wire.open


def test_turn_that_was_spoken_over_may_come_to_nothing_after_a_crash_and_is_told(kiosk):
    kiosk.press()
    kiosk.run(500)
    kiosk.release()
    kiosk.conversation.say("and this?", kiosk.now_s)
    kiosk.run(500)
    kiosk.conversation.turns[0].outcome = "interrupted"
    again = Kiosk()
    again.conversation.restore(kiosk.conversation.take_snapshot(7), kiosk.now_s, 0)
    again.session.events.append(Finished(1, "discarded"))
    again.reply.advance(kiosk.now_s, kiosk.written, 0)
    assert again.conversation.turns[0].outcome == "discarded"
    assert again.conversation.scene(kiosk.now_s).notice is Notice.SPEECH_DISCARDED


def test_daemon_that_died_in_the_tail_had_written_down_the_release(kiosk):
    kiosk.press()
    kiosk.run(1000)
    before = kiosk.conversation.changes
    kiosk.release()
    assert kiosk.conversation.changes > before
    again = Kiosk()
    again.now_s = kiosk.now_s + 1.0
    again.conversation.restore(kiosk.conversation.take_snapshot(7), again.now_s, 0)
    again.run(100)
    assert again.conversation.turns[-1].end is not None


@pytest.mark.parametrize(("heard_s", "outcome"), [(0.5, ""), (1.5, "cut")])
def test_answer_hardly_heard_when_the_daemon_died_is_asked_for_again(heard_s, outcome):
    asking = msgspec.structs.replace(LIVE, ask_again=True)
    kiosk = Kiosk(live=asking)
    kiosk.connect()
    kiosk.ask()
    kiosk.receive(heard("where"), sound())
    start = kiosk.conversation.turns[-1].reply_start
    again = Kiosk(live=asking)
    again.conversation.restore(
        kiosk.conversation.take_snapshot(7), kiosk.now_s, start + heard_s * 24_000
    )
    again.now_s = kiosk.now_s
    again.run(40)
    assert again.conversation.turns[-1].outcome == outcome


def test_nobody_there_is_nothing_to_remember(kiosk):
    assert kiosk.conversation.take_snapshot(7) is None
    kiosk.ask()
    assert kiosk.conversation.take_snapshot(7) is not None
    kiosk.conversation.reset(kiosk.now_s)
    assert kiosk.conversation.take_snapshot(7) is None


def test_press_while_the_line_is_down_is_recorded_and_sent_later(kiosk):
    kiosk.session.lost(Disconnect(reason="the line broke"), kiosk.now_s)
    kiosk.run(1500)
    assert kiosk.state is State.RECONNECTING
    kiosk.ask()
    assert kiosk.wire.ids == []
    kiosk.run(12_000)
    assert kiosk.state is State.OFFLINE
    kiosk.connect()
    start, end = kiosk.wire.samples(0)
    assert end - start == 300 * 16 + 1000 * 16 + 250 * 16


@pytest.mark.parametrize(
    ("loss", "states"),
    [
        (Disconnect(1011, "Internal error encountered."), [State.RECONNECTING, State.OUT_OF_ORDER]),
        (Disconnect(http_status=429), [State.RECONNECTING, State.OUT_OF_ORDER]),
        (Disconnect(1011, "Your prepayment credits are depleted."), [State.OUT_OF_ORDER]),
        (Disconnect(reason="cannot look up a name (DNS)"), [State.RECONNECTING, State.OFFLINE]),
    ],
)
def test_no_network_is_never_said_while_the_service_talks_to_us(kiosk, loss, states):
    shown = []
    for _ in range(120):
        if kiosk.session.actions or kiosk.session.phase is Phase.UP:
            kiosk.session.actions.clear()
            kiosk.session.lost(loss, kiosk.now_s)
        kiosk.now_s += 1
        kiosk.session.tick(kiosk.now_s)
        scene = kiosk.conversation.scene(kiosk.now_s)
        if scene.state not in shown:
            shown.append(scene.state)
    assert [state for state in shown if state is not State.ATTRACT] == states
    assert scene.code == kiosk.session.code
    assert scene.detail == loss.reason


def test_stop_gives_the_open_turn_its_end(kiosk):
    kiosk.press()
    kiosk.run(500)
    kiosk.conversation.stop(kiosk.now_s)
    kiosk.step(0)
    assert not kiosk.wire.open
    assert kiosk.sent[-1] is Kind.END


def test_say_asks_in_writing(kiosk):
    turn = kiosk.conversation.say("Where is the exit?", kiosk.now_s)
    kiosk.step(0)
    assert kiosk.wire.typed == 1
    kiosk.receive(sound(), TURN_COMPLETE)
    assert kiosk.conversation.turns[-1].id == turn
    assert kiosk.conversation.turns[-1].outcome == "answered"


def test_fault_for_staff_is_shown_with_its_code(kiosk):
    for _ in range(2):
        kiosk.session.lost(Disconnect(http_status=404, reason="no such path"), kiosk.now_s)
        kiosk.step()  # It is dialled again.
    scene = kiosk.conversation.scene(kiosk.now_s)
    assert (scene.state, scene.code) == (State.OUT_OF_ORDER, "K-MODEL")
    assert scene.detail == "no such path"


def test_first_sound_of_an_answer_is_worth_a_memo(kiosk):
    kiosk.ask()
    before = kiosk.conversation.changes
    kiosk.receive(sound())
    assert kiosk.conversation.changes > before
    assert kiosk.conversation.take_snapshot(1).utterances[0].taken
