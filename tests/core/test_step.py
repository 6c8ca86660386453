"""The door of the core: what goes in is taken in order, and what comes out is given once."""

import pytest
from msgspec.structs import replace

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial, HangUp
from kiosk.core.inputs import (
    AvatarCounted,
    CallAnswered,
    DevicesAre,
    Express,
    HideCard,
    Input,
    LinkLost,
    LinkOpened,
    MicrophoneAt,
    Pressed,
    Received,
    Released,
    ReplyAt,
    ShowCard,
    SpeakLanguage,
    StaffFault,
    Stopping,
    Typed,
    VisitEnded,
    WallClockAt,
)
from kiosk.core.link_state import Phase
from kiosk.core.outgoing import Kind
from kiosk.core.scene import Card, Notice, State
from kiosk.core.step import Core, Outputs
from kiosk.core.turn_budget import LIMIT_CODE, TurnsToday
from kiosk.core.turns import ReplyCommand
from kiosk.settings.types import MoneySettings, VisitSettings

from .ledger_days import PRICES, money
from .service import (
    LOUD,
    SETUP_COMPLETE,
    TURN_COMPLETE,
    VISIT,
    core_settings,
    heard,
    message,
    sound,
)

RATE = 16_000


class Driven:
    """A core that is on its first link, and how it is driven."""

    def __init__(
        self,
        visit: VisitSettings = VISIT,
        money: MoneySettings | None = None,
        **asked: TurnsToday,
    ) -> None:
        settings = core_settings(visit=visit)
        if money is not None:
            settings = replace(settings, money=money)
        prices = replace(PRICES, avatar_minute=0.1)
        self.core = Core(settings, lambda: 0.5, tools={"light"}, prices=prices)
        self.now_s = 10.0
        self.written = self.heard = 0
        """Of the reply."""
        self.core.start(self.now_s, self.microphone, ReplyAt(0, 0, self.now_s), 7, **asked)
        (self.dial,) = self.happen().actions
        self.happen(LinkOpened(1), Received(1, SETUP_COMPLETE))

    @property
    def sample(self) -> int:
        return round(self.now_s * RATE)

    @property
    def microphone(self) -> MicrophoneAt:
        return MicrophoneAt(self.sample)

    def happen(self, *inputs: Input) -> Outputs:
        reply = ReplyAt(self.heard, self.written, self.now_s)
        outputs = self.core.step(self.now_s, [self.microphone, reply, *inputs])
        for command in outputs.commands:
            if isinstance(command, bytes):
                self.written += len(command) // 2
            elif command is ReplyCommand.DISCARD:
                self.heard = self.written
        return outputs

    def hold(self, seconds: float) -> Outputs:
        """Speak for so long."""
        self.happen(Pressed(self.now_s, self.sample))
        self.now_s += seconds
        outputs = self.happen(Released(self.now_s, self.sample))
        self.now_s += 0.5
        self.happen()
        return outputs

    def pull(self, link: int = 1) -> list[Kind]:
        kinds = []
        while (outgoing := self.core.pull(self.now_s, link)) is not None:
            self.core.sent(outgoing, self.now_s)
            kinds.append(outgoing.kind)
        return kinds


@pytest.fixture
def driven() -> Driven:
    return Driven()


def test_what_it_wants_is_given_once(driven):
    assert isinstance(driven.dial, Dial)
    assert (driven.dial.link, driven.dial.blank) == (1, True)
    assert driven.happen().actions == ()
    driven.hold(1.0)
    driven.pull()
    assert driven.happen(Received(1, sound())).commands == (LOUD,)
    assert driven.happen().commands == ()
    outputs = driven.happen(Received(1, message(news=1)))
    assert outputs.oddities
    assert driven.happen().oddities == ()


def test_sentence_and_answer(driven):
    driven.hold(1.0)
    assert driven.happen().waiting
    kinds = driven.pull()
    assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == (Kind.START, {Kind.AUDIO}, Kind.END)
    outputs = driven.happen(
        Received(1, heard("Where?")), Received(1, sound()), Received(1, TURN_COMPLETE)
    )
    assert outputs.scene.heard == "Where?"
    assert outputs.commands[0] == LOUD
    assert ReplyCommand.END_OF_REPLY in outputs.commands
    assert not outputs.waiting
    (turn,) = driven.core.view().turns
    assert (turn.outcome, turn.reply_start) == ("answered", 0)


def test_when_the_first_sound_was_heard_is_told_by_the_count_of_the_reply(driven):
    driven.hold(1.0)
    driven.pull()
    driven.happen(*[Received(1, sound())] * 50)
    driven.now_s += 0.5
    driven.heard = 60
    at_s = driven.now_s
    driven.happen()
    driven.now_s += 1.0
    driven.happen()
    (turn,) = driven.core.view().turns
    assert turn.first_sound_s == pytest.approx(at_s - 60 / 24_000)


def test_barge_in_fades_the_reply_at_the_press_and_drops_it_when_it_is_speech(driven):
    driven.hold(1.0)
    driven.pull()
    driven.happen(*[Received(1, sound())] * 50)
    outputs = driven.happen(Pressed(driven.now_s, driven.sample))
    assert outputs.commands == (ReplyCommand.HOLD,)
    assert outputs.wake_at_s == pytest.approx(driven.now_s + 0.12)
    driven.now_s += 0.121
    assert driven.happen().commands == (ReplyCommand.DISCARD,)
    assert driven.happen().scene.state is State.LISTENING


def test_what_comes_of_a_link_that_was_given_up_is_nothing(driven):
    lost = driven.happen(LinkLost(1, Disconnect(reason="the line broke")))
    assert lost.troubles[0].was_up
    dials = [*lost.actions]
    for _ in range(100):
        driven.now_s += 0.1
        dials.extend(driven.happen().actions)
    assert [dial.link for dial in dials] == [2]
    stale = (
        LinkOpened(1),
        Received(1, SETUP_COMPLETE),
        LinkLost(1, Disconnect(reason="again")),
    )
    outputs = driven.happen(*stale)
    assert outputs.phase is Phase.DIALLING
    assert (outputs.actions, outputs.troubles) == ((), ())
    driven.happen(LinkOpened(2), Received(2, SETUP_COMPLETE))
    driven.hold(1.0)
    assert driven.pull(link=1) == []
    assert driven.pull(link=2)


def test_each_message_after_the_one_that_ends_a_link_is_of_no_link(driven):
    error = message(error={"code": 500, "status": "INTERNAL", "message": "no"})
    outputs = driven.happen(Received(1, error), Received(1, heard("late words")))
    assert any(isinstance(action, HangUp) for action in outputs.actions)
    assert outputs.phase is not Phase.UP


def test_typed_words_and_the_end_of_a_visit(driven):
    outputs = driven.happen(Typed("Where?"))
    assert (outputs.scene.turn, outputs.scene.heard, outputs.asked.turns) == (1, "Where?", 1)
    assert outputs.snapshot_due
    assert outputs.snapshot is not None
    assert outputs.snapshot.ring_epoch_ns == 7
    outputs = driven.happen(VisitEnded())
    assert outputs.scene.heard == ""
    assert outputs.snapshot_due
    assert outputs.snapshot is None
    assert driven.core.view().turns[0].outcome == "discarded"


def test_a_daemon_that_stops_ends_the_open_turn_on_the_wire(driven):
    driven.happen(Pressed(driven.now_s, driven.sample))
    driven.now_s += 1.0
    driven.happen()
    assert driven.pull()[-1] is Kind.AUDIO
    driven.happen(Stopping())
    assert driven.core.view().unsent
    assert driven.pull()[-1] is Kind.END
    assert not driven.core.view().unsent


def test_devices_and_clock_are_shown(driven):
    assert driven.happen(DevicesAre(microphone_missing=True)).scene.state is (
        State.MICROPHONE_MISSING
    )
    assert driven.happen(DevicesAre(speaker_missing=True)).scene.notice is Notice.SPEAKER_MISSING
    assert driven.happen(DevicesAre(button_cause="no GPIO")).scene.hint == "none"


def test_a_new_day_has_its_own_questions():
    visit = VisitSettings(end_after_s=60, daily_turns=1)
    driven = Driven(visit, asked=TurnsToday("2026-12-01", 1))
    outputs = driven.happen(WallClockAt("2026-12-01", 600))
    assert "daily_turns" in outputs.limit_cause
    assert outputs.scene.code == LIMIT_CODE
    assert driven.core.view().limit_cause == outputs.limit_cause
    assert driven.happen(WallClockAt("2026-12-02", 0)).limit_cause == ""


def test_money_is_counted_bounded_and_noted():
    driven = Driven(money=money(daily_soft=0.05, daily_hard=0.1))
    noted = driven.happen(WallClockAt("2026-12-01", 600)).account
    assert noted is not None
    assert noted.day.period == "2026-12-01"
    driven.hold(1.0)
    driven.pull()
    usage = {"promptTokenCount": 20_000, "totalTokenCount": 20_000}
    driven.happen(Received(1, message(usageMetadata=usage)), Received(1, TURN_COMPLETE))
    view = driven.core.view().money
    assert (view.day, view.today.turns, view.hard_cause) == (0.06, 1, "")
    assert "daily_soft" in view.soft_cause
    (dial,) = [a for a in driven.happen(VisitEnded()).actions if isinstance(a, Dial)]
    assert b"one short sentence" in dial.setup
    outputs = driven.happen(AvatarCounted("2026-12-01", 24))
    assert outputs.limit_cause == "money.daily_hard: today's 0.10 US$ are spent"
    assert driven.core.view().turns_today == 1
    driven.hold(1.0)
    assert driven.core.view().turns_today == 1


def test_what_staff_ask_of_the_screen(driven):
    card, until_s = Card("text", title="Hello"), driven.now_s + 5
    assert driven.happen(ShowCard(card, until_s)).scene.card == card
    assert driven.happen(HideCard()).scene.card is None
    assert driven.happen(Express("smile", until_s)).scene.expression == "smile"
    assert driven.happen(SpeakLanguage("de")).scene.language == "de"


def test_what_only_a_person_can_mend(driven):
    assert driven.happen(StaffFault("K-AVATAR", "no key")).scene.code == "K-AVATAR"
    assert driven.happen(StaffFault("", "")).scene.code == ""


def test_a_call_of_the_model_comes_out_and_its_answer_goes_in(driven):
    driven.hold(1.0)
    driven.pull()
    call = {"functionCalls": [{"id": "7", "name": "light", "args": {"on": True}}]}
    (called,) = driven.happen(Received(1, message(toolCall=call))).calls
    assert (called.call, called.name, called.args) == ("7", "light", {"on": True})
    driven.happen(CallAnswered("7", {"ok": True}))
    assert driven.pull() == [Kind.MESSAGE]


def test_what_is_told_of_it_does_not_change_any_more(driven):
    driven.hold(1.0)
    before = driven.core.view()
    driven.pull()
    driven.happen(Received(1, heard("Where?")))
    assert before.turns[0].heard == ""
    assert driven.core.view().turns[0].heard == "Where?"
    assert before.link.phase is Phase.UP
