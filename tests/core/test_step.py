"""The door of the core: what goes in is taken in order, and what comes out is given once."""

import json

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
    InstructionIs,
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
    VisitLeaves,
    WallClockAt,
)
from kiosk.core.link_state import Phase
from kiosk.core.outgoing import Kind
from kiosk.core.scene import Card, Notice, State
from kiosk.core.step import FOREIGN, Core, Outputs
from kiosk.core.tally import Account, Tally
from kiosk.core.turn_budget import LIMIT_CODE
from kiosk.core.turns import ReplyCommand
from kiosk.settings.types import HoursSettings, MoneySettings
from kiosk.settings.visit_settings import VisitSettings

from .ledger_days import PRICES, money
from .service import (
    LOUD,
    SETUP_COMPLETE,
    TURN_COMPLETE,
    VISIT,
    core_settings,
    heard,
    message,
    said,
    sound,
    told_of,
)

RATE = 16_000


class Driven:
    """A core that is on its first link, and how it is driven."""

    def __init__(
        self,
        visit: VisitSettings = VISIT,
        money: MoneySettings | None = None,
        hours: HoursSettings | None = None,
        account: Account | None = None,
        greeting: bytes | str = "",
        languages: tuple[str, ...] = (),
    ) -> None:
        settings = core_settings(visit=visit)
        settings = replace(settings, talk=replace(settings.talk, languages=languages))
        settings = replace(settings, money=money or settings.money, hours=hours or settings.hours)
        prices = replace(PRICES, avatar_minute=0.1)
        self.core = Core(settings, lambda: 0.5, greeting=greeting, prices=prices)
        self.now_s = 10.0
        self.written = self.heard = 0
        """Of the reply."""
        at, told = ReplyAt(0, 0, self.now_s), [told_of("light")]
        self.core.start(self.now_s, self.microphone, at, 7, account=account, known=told)
        self.actions = self.happen().actions
        if visit.dial == "on_press":
            return
        (self.dial,) = self.actions
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


def test_a_step_is_due_when_a_link_is_to_be_dialled_again(driven):
    assert driven.happen().wake_at_s is None
    driven.happen(LinkLost(1, Disconnect(1011, "no")))
    outputs = driven.happen(LinkLost(2, Disconnect(reason="refused")))
    assert outputs.wake_at_s is not None
    assert outputs.wake_at_s > driven.now_s
    driven.now_s = outputs.wake_at_s
    outputs = driven.happen()
    assert isinstance(outputs.actions[-1], Dial)
    assert outputs.wake_at_s is None


def test_no_step_is_due_while_the_house_is_closed():
    it = Driven(hours=OFFICE)
    it.happen(clock(20))
    it.now_s += 3000
    assert it.happen(LinkLost(1, Disconnect(1006))).wake_at_s is None


def test_each_message_after_the_one_that_ends_a_link_is_of_no_link(driven):
    error = message(error={"code": 500, "status": "INTERNAL", "message": "no"})
    outputs = driven.happen(Received(1, error), Received(1, heard("late words")))
    assert any(isinstance(action, HangUp) for action in outputs.actions)
    assert outputs.phase is not Phase.UP


def test_typed_words_and_the_end_of_a_visit(driven):
    outputs = driven.happen(Typed("Where?"))
    assert (outputs.scene.turn, outputs.scene.heard) == (1, "Where?")
    assert driven.core.view().turns_today == 1
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


def test_between_steps_what_was_recorded_can_be_pulled_and_an_end_wants_a_step(driven):
    driven.happen(Pressed(driven.now_s, driven.sample))
    driven.now_s += 0.2
    assert driven.happen().wake_every_period
    driven.pull()
    driven.now_s += 0.02
    assert not driven.core.recorded(driven.microphone)
    assert driven.pull() == [Kind.AUDIO]
    driven.happen(Released(driven.now_s, driven.sample))
    driven.now_s += 0.2  # The tail lasts for 0.25 s.
    assert not driven.core.recorded(driven.microphone)
    driven.now_s += 0.06
    assert driven.core.recorded(driven.microphone)
    driven.happen()
    assert driven.pull()[-1] is Kind.END


def test_devices_and_clock_are_shown(driven):
    assert driven.happen(DevicesAre(microphone_missing=True)).scene.state is (
        State.MICROPHONE_MISSING
    )
    assert driven.happen(DevicesAre(speaker_missing=True)).scene.notice is Notice.SPEAKER_MISSING
    assert driven.happen(DevicesAre(button_cause="no GPIO")).scene.hint == "none"


def test_a_new_day_has_its_own_questions():
    visit = replace(VISIT, daily_turns=1)
    driven = Driven(visit, account=Account(Tally("2026-12-01", turns=1)))
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


def asked_in_three_languages(*answer: str, question: str = "Wo ist der Ausgang?") -> Driven:
    driven = Driven(languages=("en", "de", "fr"))
    driven.hold(1.0)
    driven.pull()
    driven.happen(*(Received(1, one) for one in (heard(question), *map(said, answer))))
    return driven


def test_screen_follows_the_language_of_the_answer_until_the_visit_ends():
    driven = asked_in_three_languages("Der Ausgang ", "ist links.")
    assert driven.happen().scene.language == "de"
    assert driven.happen(SpeakLanguage("fr")).scene.language == "fr", "staff know better"
    assert driven.happen().scene.language == "fr"
    assert driven.happen(Received(1, said(" Und die Kasse auch."))).scene.language == "de"
    assert driven.happen(VisitEnded()).scene.language == "fr"


def test_next_visitor_begins_in_the_language_of_the_house():
    driven = asked_in_three_languages("Der Ausgang ist links.")
    assert driven.happen(VisitEnded()).scene.language == "en"
    assert driven.happen(Pressed(driven.now_s, driven.sample)).scene.language == "en"


def test_transcript_in_none_of_the_languages_is_not_shown_kept_or_told_to_the_service():
    driven = asked_in_three_languages("Guten Tag.", question="Спасибо за просмотр")
    assert driven.happen().scene.heard == "…"
    outputs = [driven.happen(LinkLost(1, Disconnect(1006)))]
    while not (dials := [a for o in outputs for a in o.actions if isinstance(a, Dial)]):
        driven.now_s += 1.0
        outputs.append(driven.happen())
    told, link = dials[0].setup, dials[0].link
    driven.happen(LinkOpened(link), Received(link, SETUP_COMPLETE))
    while (outgoing := driven.core.pull(driven.now_s, link)) is not None:
        told += outgoing.payload
        driven.core.sent(outgoing, driven.now_s)
    assert b"Guten Tag." in told
    assert "…".encode() in told
    assert "Спасибо".encode() not in told
    outputs.append(driven.happen(VisitEnded()))
    assert [e.heard for o in outputs for e in o.turn_words] == ["…"]
    assert driven.core.view().link.odd[FOREIGN] == 1


def test_what_is_typed_is_no_guess_and_may_be_in_any_language():
    driven = Driven(languages=("en", "de"))
    assert driven.happen(Typed("Спасибо за всё")).scene.heard == "Спасибо за всё"
    driven.pull()
    driven.happen(Received(1, said("You are welcome.")), Received(1, TURN_COMPLETE))
    (words,) = driven.happen(VisitEnded()).turn_words
    assert words.heard == "Спасибо за всё"
    assert FOREIGN not in driven.core.view().link.odd


def test_what_an_answer_rests_on_is_shown_until_the_visit_ends():
    driven = Driven()
    found = message(serverContent={"groundingMetadata": {"webSearchQueries": ["the museum"]}})
    assert driven.happen(Received(1, found)).scene.card is None, "nobody is here"
    driven.happen(Typed("What is said of the museum?"))
    card = driven.happen(Received(1, found)).scene.card
    assert card is not None
    assert card.items == ("“the museum”",)
    assert driven.happen(VisitEnded()).scene.card is None


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


OFFICE = HoursSettings(("Tue 09:00-17:00",), (), (), "")
TUESDAY = "2026-12-01"


def clock(hour: int, minute: int = 0) -> WallClockAt:
    return WallClockAt(TUESDAY, hour * 60 + minute)


def test_while_the_house_is_closed_no_link_is_kept_and_none_is_dialled():
    it = Driven(hours=OFFICE)
    assert it.happen(clock(16, 59)).phase is Phase.UP
    closing = it.happen(clock(17))
    assert closing.phase is Phase.RESTING
    assert [type(action) for action in closing.actions] == [HangUp]
    assert (closing.scene.state, closing.scene.closed) == (State.ATTRACT, True)
    for _ in range(100):
        it.now_s += 36.0
        assert it.happen().actions == ()
    assert it.core.view().house.reopens.days == 7


def test_it_is_dialled_a_few_minutes_before_the_house_opens():
    it = Driven(hours=OFFICE)
    it.happen(clock(8))
    it.now_s += 3000
    assert it.happen(clock(8, 54)).actions == ()
    (dial,) = it.happen(clock(8, 55)).actions
    assert isinstance(dial, Dial)
    assert it.happen().scene.closed


def test_a_press_is_served_though_the_house_is_closed_and_then_the_link_rests_again():
    it = Driven(hours=OFFICE)
    it.happen(clock(20))
    it.now_s += 600
    press = it.happen(Pressed(it.now_s, it.sample))
    assert [type(action) for action in press.actions] == [Dial]
    assert not press.scene.closed
    it.now_s += 0.5
    it.happen(LinkOpened(2), Received(2, SETUP_COMPLETE))
    it.happen(Released(it.now_s, it.sample))
    it.happen(VisitEnded())
    for _ in range(10):
        it.now_s += 1.0
        outputs = it.happen()
    assert outputs.phase is Phase.RESTING


def test_a_start_in_closed_hours_dials_nobody_and_invites_nobody():
    settings = replace(core_settings(), hours=OFFICE)
    core = Core(settings, lambda: 0.5)
    core.start(1.0, MicrophoneAt(0), ReplyAt(0, 0, 1.0), 7, known=[clock(20)])
    outputs = core.step(1.0, [])
    assert outputs.actions == ()
    assert (outputs.scene.state, outputs.scene.closed) == (State.ATTRACT, True)


def test_a_house_may_dial_when_somebody_comes():
    it = Driven(visit=replace(VISIT, dial="on_press"))
    it.now_s += 20
    outputs = it.happen()
    assert (it.actions, outputs.actions, outputs.phase) == ((), (), Phase.RESTING)
    assert outputs.scene.state is State.ATTRACT
    assert len(it.happen(Pressed(it.now_s, it.sample)).actions) == 1
    it.now_s += 1.0
    outputs = it.happen(Released(it.now_s, it.sample), LinkOpened(1), Received(1, SETUP_COMPLETE))
    assert outputs.phase is Phase.UP
    assert it.pull(1)[0] is Kind.START
    it.now_s += 120
    it.happen(VisitEnded())
    assert it.happen().phase is Phase.RESTING


RECORDED = b"\1\0" * 2400


def tapped(it: Driven) -> Outputs:
    it.happen(Pressed(it.now_s, it.sample))
    it.now_s += 0.05
    return it.happen(Released(it.now_s, it.sample))


def test_who_comes_with_a_tap_is_greeted_once_in_a_visit():
    it = Driven(greeting=RECORDED)
    assert RECORDED in tapped(it).commands
    it.now_s += 5
    it.heard = it.written
    assert RECORDED not in tapped(it).commands
    it.happen(VisitEnded())
    assert RECORDED in tapped(it).commands


def test_who_comes_and_speaks_is_not_greeted(driven):
    it = Driven(greeting=RECORDED)
    assert RECORDED not in it.hold(1.0).commands


def test_an_open_microphone_greets_at_the_press_that_opens_it():
    settings = core_settings()
    settings = replace(settings, talk=replace(settings.talk, mode="open"))
    core = Core(settings, lambda: 0.5, greeting=RECORDED)
    core.start(1.0, MicrophoneAt(16_000), ReplyAt(0, 0, 1.0), 7)
    core.step(1.0, [])
    core.step(1.1, [LinkOpened(1), Received(1, SETUP_COMPLETE)])
    outputs = core.step(2.0, [MicrophoneAt(32_000), ReplyAt(0, 0, 2.0), Pressed(2.0, 32_000)])
    assert RECORDED in outputs.commands
    assert outputs.scene.state is State.SPEAKING
    core.step(2.1, [MicrophoneAt(33_600), ReplyAt(2400, 2400, 2.1)])
    outputs = core.step(2.5, [MicrophoneAt(40_000), ReplyAt(2400, 2400, 2.5)])
    assert outputs.scene.state is State.LISTENING


def test_the_model_greets_in_words_that_are_not_shown_as_the_visitors():
    it = Driven(greeting="Greet the visitor.")
    scene = tapped(it).scene
    assert it.pull() == [Kind.MESSAGE]
    assert (scene.heard, it.core.view().turns_today) == ("", 1)


def told(dial: Dial) -> str:
    return json.loads(dial.setup)["setup"]["systemInstruction"]["parts"][0]["text"]


def test_a_session_is_told_what_is_known_when_it_is_dialled():
    core = Core(core_settings(), lambda: 0.5)
    known = [InstructionIs("You are the host.", 1)]
    core.start(1.0, MicrophoneAt(0), ReplyAt(0, 0, 1.0), 7, known=known)
    (dial,) = core.step(1.0, []).actions
    assert told(dial) == "You are the host."


def test_a_session_that_nobody_used_is_replaced_once_more_is_known():
    it = Driven()
    assert it.happen(InstructionIs("It is ten.", 0)).actions == ()
    actions = [*it.happen(InstructionIs("Adults pay 13.", 1)).actions, *it.happen().actions]
    assert [type(action) for action in actions] == [HangUp, Dial]
    assert told(actions[1]) == "Adults pay 13."


def test_a_session_that_is_in_use_is_told_with_the_next_visit():
    it = Driven()
    it.hold(1.0)
    while it.core.pull(it.now_s, 1) is not None:
        pass
    assert it.happen(InstructionIs("Adults pay 13.", 1)).actions == ()
    it.happen(Received(1, sound()), Received(1, TURN_COMPLETE))
    assert it.happen().actions == ()
    actions = [*it.happen(VisitEnded()).actions, *it.happen().actions]
    assert [type(action) for action in actions] == [HangUp, Dial]
    assert told(actions[1]) == "Adults pay 13."


def test_a_visit_that_the_host_ends_is_over_after_the_goodbye(driven):
    driven.hold(1.0)
    driven.pull()
    outputs = driven.happen(Received(1, heard("Bye")), Received(1, sound()), VisitLeaves())
    driven.happen(Received(1, TURN_COMPLETE))
    driven.heard = driven.written
    driven.now_s += 1
    assert driven.happen().scene.countdown_s > 0
    driven.happen(Pressed(driven.now_s, driven.sample))
    driven.now_s += 0.5
    assert driven.happen().scene.countdown_s == 0, "the visitor stays"
    driven.happen(Released(driven.now_s, driven.sample), VisitLeaves())
    driven.now_s += 1
    driven.pull()
    driven.happen(Received(1, sound()), Received(1, TURN_COMPLETE))
    driven.happen(VisitLeaves())
    driven.heard = driven.written
    driven.happen()
    driven.now_s += 7
    outputs = driven.happen()
    assert outputs.visitor_s is None
