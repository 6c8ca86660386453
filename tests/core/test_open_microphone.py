"""An open microphone reads like its specification; in very many stories: `model/test_open`."""

import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.core.outgoing import Kind
from kiosk.core.scene import Notice, State

from .model.open_service import OpenReading
from .model.open_world import OpenWorld
from .service import BUTTON

BROKEN = Disconnect(reason="the line broke")


@pytest.fixture
def world() -> OpenWorld:
    """A kiosk on its first link; nobody has pressed."""
    return OpenWorld(OpenReading())


def scene(world: OpenWorld):
    return world.conversation.scene(world.now_s)


def outgoing(world: OpenWorld) -> list:
    """What goes out from now on, as it goes."""
    told, check = [], world._check_outgoing

    def note(link, out):
        told.append(out)
        check(link, out)

    world._check_outgoing = note
    return told


def test_nothing_is_sent_before_a_press(world):
    told = outgoing(world)
    world.say(1.0)
    world.run(3.0)
    assert not told
    assert scene(world).state is State.ATTRACT
    assert scene(world).hands_free


def test_press_opens_the_microphone_and_the_screen_says_when_it_listens(world):
    told = outgoing(world)
    world.press()
    assert scene(world).state is State.LISTENING
    world.say(1.0)
    world.run(2.1)
    assert {out.kind for out in told} == {Kind.AUDIO}
    assert scene(world).state is State.SPEAKING
    world.run(2.0)
    assert scene(world).state is State.LISTENING
    (turn,) = world.conversation.turns
    assert (turn.outcome, turn.heard) == ("answered", "<b1 0> ")


def test_what_was_said_before_the_press_is_sent_from_the_pre_roll_on(world):
    world.run(2.0)
    told, pressed = outgoing(world), world.sample
    world.press()
    world.run(0.5)
    assert told[0].start == pressed - BUTTON.pre_roll_ms * 16


def test_nothing_is_sent_while_the_avatar_speaks_and_the_pause_is_told(world):
    world.press()
    world.say(1.0)
    world.run(2.2)
    told = outgoing(world)
    assert scene(world).state is State.SPEAKING
    world.run(0.8)
    assert [out.kind for out in told] == [Kind.MESSAGE]
    assert b"audioStreamEnd" in told[0].payload


def test_next_words_wait_for_the_handle_of_the_answer_before(world):
    world.press()
    world.say(1.0)
    world.run(5.0)
    assert world.session.checkpoint.handle
    assert world.session.checkpoint.complete


def test_what_was_not_answered_when_the_line_broke_is_said_again_in_one_piece(world):
    world.press()
    world.say(1.0)
    world.run(0.6)
    world.lose(BROKEN)
    told = outgoing(world)
    world.run(4.0)
    sounds = [out for out in told if out.kind is Kind.AUDIO]
    assert sounds[0].start < world.bursts[0].start
    assert [turn.outcome for turn in world.conversation.turns] == ["answered"]


def test_press_ends_what_the_avatar_says(world):
    world.press()
    world.say(1.0)
    world.run(2.2)
    world.press()
    world.run(0.4)
    assert not world.speaker.speaks
    assert scene(world).state is State.LISTENING


def test_long_outage_closes_the_microphone_and_the_visitor_is_told(world):
    world.press()
    world.run(0.5)
    world.line.refusals.extend([BROKEN] * 1000)
    world.lose(BROKEN)
    world.run(80)
    assert world.session.outbox.stream is not None
    world.run(11)
    assert world.session.outbox.stream is None
    assert scene(world).notice is Notice.SPEECH_DISCARDED


def test_visit_ends_though_the_microphone_is_open_where_nobody_says_anything():
    world = OpenWorld(OpenReading(), end_after_s=10)
    world.press()
    world.run(5)
    world.say(1.0)
    world.run(9)
    assert world.session.outbox.stream is not None
    world.run(12)
    assert world.session.outbox.stream is None
    assert scene(world).state is State.ATTRACT


def test_what_is_understood_and_not_answered_is_said_again_once_and_then_let_be():
    world = OpenWorld(OpenReading(transcript="live"), ask_again=True)
    world.muted = True
    world.press()
    world.say(1.0)
    world.run(9.5)
    first = world.losses
    world.run(12)
    assert (first, world.losses) == (1, 1)
    assert [turn.outcome for turn in world.conversation.turns] == ["silent"]
    assert world.session.outbox.stream is not None


def test_each_answer_counts_as_a_question_and_after_the_last_the_microphone_closes():
    world = OpenWorld(OpenReading())
    budget = world.conversation.budget
    budget.daily_turns = 1
    world.press()
    world.run(3)
    assert not budget.asked.turns
    world.say(1.0)
    world.run(5)
    assert budget.asked.turns == 1
    assert world.session.outbox.stream is None


def test_words_go_to_who_keeps_them_when_the_next_are_understood(world):
    world.press()
    for _ in range(2):
        world.say(1.0)
        world.run(5)
    first, second = world.conversation.turns
    assert first.heard
    assert (first.passed_on, second.passed_on) == (True, False)


def test_what_nobody_answers_is_kept_for_a_minute_and_then_wiped(world):
    world.press()
    world.run(100)
    kept = world.conversation.written - world.conversation.keep_from()
    assert 59 * 16_000 < kept < 61 * 16_000


def test_tool_is_used_in_the_middle_of_the_stream_and_its_answer_is_told(world):
    world.press()
    world.say(1.0)
    world.run(1.5)
    world.link.connection.call_a_tool()
    world.run(6.0)
    world.settle()
    assert world.conversation.turns[-1].outcome == "answered"


def test_what_is_typed_goes_out_though_the_microphone_is_open(world):
    world.press()
    world.run(1.0)
    world.type()
    world.run(4.0)
    (turn,) = world.conversation.turns
    assert turn.outcome == "answered"
    assert world.session.outbox.stream.id > turn.id


def test_release_changes_nothing(world):
    world.press()
    world.run(0.5)
    world.conversation.release(world.now_s, world.sample)
    world.run(0.5)
    assert scene(world).state is State.LISTENING
