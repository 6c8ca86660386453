"""What a day of questions may cost, whoever holds the button."""

from msgspec.structs import replace

from kiosk.core.conversation import Conversation
from kiosk.core.scene import State
from kiosk.core.session import Session
from kiosk.core.turn_budget import LIMIT_CODE, TurnBudget, TurnsToday
from kiosk.display.words import panel_words

from .reply import Reply
from .service import BUTTON, LIVE, VISIT


def playing(daily_turns: int, holds: int, held_s: float = 0.4) -> Conversation:
    """Somebody plays with the button: short holds, one after the other."""
    conversation = Conversation(
        BUTTON, replace(VISIT, daily_turns=daily_turns), Session(LIVE, lambda: 0.5)
    )
    conversation.budget.begin_day("2026-12-01")
    reply = Reply(conversation)
    for hold in range(holds):
        for at_s, edge in ((hold, conversation.press), (hold + held_s, conversation.release)):
            edge(at_s, round(at_s * 16_000))
            reply.advance(at_s, round(at_s * 16_000))
        end_s = hold + 0.99
        reply.advance(end_s, round(end_s * 16_000))
    return conversation


def test_a_day_of_playing_asks_as_many_questions_as_the_day_may_cost():
    conversation = playing(daily_turns=20, holds=100)
    assert len(conversation.turns) == conversation.budget.asked.turns == 20
    assert len(conversation.session.outbox.utterances) <= 20


def test_zero_is_no_bound():
    conversation = playing(daily_turns=0, holds=60)
    assert conversation.budget.asked.turns == 60
    assert not conversation.budget.is_met


def test_the_screen_says_kindly_that_it_is_enough_and_staff_see_why():
    conversation = playing(daily_turns=2, holds=3)
    conversation.reset(10)
    scene = conversation.scene(10)
    link = conversation.session.link
    link.dial(10)
    link.opened(10)
    link.set_up(10)
    scene = conversation.scene(10)
    assert (scene.state, scene.code) == (State.OUT_OF_ORDER, LIMIT_CODE)
    assert "visit.daily_turns" in scene.detail
    words = panel_words(scene, 0)
    assert words.title == "That is enough for today"
    conversation.budget.begin_day("2026-12-02")
    assert conversation.scene(11).state is State.ATTRACT
    conversation.press(12, 12 * 16_000)
    Reply(conversation).advance(13, 13 * 16_000)
    assert conversation.budget.asked == TurnsToday("2026-12-02", 1)


def test_a_clock_that_is_not_set_yet_begins_no_new_day():
    budget = TurnBudget(2)
    budget.asked = TurnsToday("2026-12-01", 2)
    budget.begin_day("1970-01-01")
    assert budget.is_met
    budget.begin_day("2026-12-02")
    assert not budget.is_met


def test_taps_that_are_no_speech_cost_nothing():
    conversation = playing(daily_turns=5, holds=50, held_s=0.05)
    assert conversation.budget.asked.turns == 0


def test_taps_are_no_visitor_for_whom_an_avatar_is_paid():
    conversation = playing(daily_turns=0, holds=50, held_s=0.05)
    assert conversation.visit.asked_s is None
    conversation = playing(daily_turns=0, holds=1)
    asked_s = conversation.visit.asked_s
    assert asked_s is not None
    conversation.press(30, 30 * 16_000)
    conversation.release(30.05, round(30.05 * 16_000))
    Reply(conversation).advance(30.1, round(30.1 * 16_000))
    assert conversation.visit.asked_s == asked_s, "nor do they keep it"
    conversation.reset(40)
    assert conversation.visit.asked_s is None
