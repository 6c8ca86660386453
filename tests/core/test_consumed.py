"""What an index stands for is learnt at a quiet moment, and only where it can be right."""

import pytest
from msgspec.structs import replace

from kiosk.core.consumed import Consumed

from .line import Line
from .service import LIVE, TURN_COMPLETE, heard, indexed, message, sound


def learnt(index: int, sent: int) -> Consumed:
    consumed = Consumed()
    consumed.take(index, 1.0)
    consumed.learn(sent, 1.0, 2.5)
    return consumed


@pytest.mark.parametrize("base", [-1, 0, 1, 400])
def test_base_is_learnt_whatever_the_service_counts_from(base: int) -> None:
    assert learnt(60 + base, 60).take(75 + base, 3.0) == 75


def test_index_that_is_late_teaches_nothing() -> None:
    assert learnt(45, 60).take(60, 3.0) is None


@pytest.mark.parametrize("base", [0, 1, -1, 40])
def test_handle_that_lags_is_passed_over(base):
    """The index tells it, once its base was learnt at a quiet moment."""
    line = Line(replace(LIVE, api="vertex", project="p", location="global"))
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(heard("good morning"), sound(), TURN_COMPLETE)
    line.receive(indexed("between", line.session.outbox.number + base))
    line.pass_time(1.1)
    line.speak(2, 4000, 8000)
    line.receive(heard("where"), sound(), TURN_COMPLETE)
    line.receive(indexed("late", line.session.outbox.number - 1 + base))
    assert line.session.checkpoint.handle == "between"
    line.receive(indexed("new", line.session.outbox.number + base))
    assert line.session.checkpoint.handle == "new"


def test_index_before_the_first_message_teaches_nothing():
    """It may stand for the message to come; to learn from it would pass good handles over."""
    line = Line(replace(LIVE, api="vertex", project="p"))
    line.connect()
    line.receive(indexed("new", 0))
    line.pass_time(1.1)
    line.speak(1, 0, 3200)
    line.receive(heard("good morning"), sound(), TURN_COMPLETE)
    line.receive(indexed("newer", line.session.outbox.number - 1))
    assert line.session.checkpoint.handle == "newer"


def test_answer_to_a_tool_call_that_is_still_under_way_teaches_nothing():
    line = Line(replace(LIVE, api="vertex", project="p"))
    line.connect()
    line.receive(indexed("new", 0))
    line.receive(message(toolCall={"functionCalls": [{"id": "7", "name": "open_door"}]}))
    line.send()
    line.pass_time(1.1)
    line.speak(1, 0, 3200)
    line.receive(heard("good morning"), sound(), TURN_COMPLETE)
    line.receive(indexed("newer", line.session.outbox.number - 2))
    assert line.session.checkpoint.handle == "newer"
