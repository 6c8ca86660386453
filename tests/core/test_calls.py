"""A call of the model: carried out once, answered or called off, and never waited for for ever."""

import json

import pytest
from msgspec.structs import replace

from kiosk.core.calls import CALL_TIMEOUT_S, MAX_WAITING, SPEECH_GATE_S
from kiosk.core.conversation import Conversation
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import CallCancelled, Called, Finished
from kiosk.core.link_state import Phase
from kiosk.core.outbox import MAX_MESSAGES, Kind
from kiosk.core.silences import NO_ANSWER_S, STALL_S

from .line import Line
from .service import BUTTON, LIVE, TURN_COMPLETE, VISIT, handle, heard, message, sound

CALL = message(toolCall={"functionCalls": [{"id": "7", "name": "light", "args": {"on": True}}]})


class Asked(Line):
    """A session with one tool, and a question that the model answers with a call."""

    def __init__(self, ask_again: bool = False) -> None:
        super().__init__(replace(LIVE, ask_again=ask_again), tools={"light"})
        self.connect()
        self.receive(handle("a"))
        self.speak(1, 0, 3200)
        self.events = self.receive(heard("the light, please"), CALL)

    def wait(self, seconds: float) -> list:
        """What is told meanwhile."""
        self.pass_time(seconds)
        return self.receive()

    def answers(self) -> list[dict]:
        """What is told to the model."""
        return [
            response
            for out in self.send()
            if out.kind is Kind.MESSAGE
            for response in json.loads(out.payload)
            .get("toolResponse", {})
            .get("functionResponses", ())
        ]


@pytest.fixture
def line() -> Asked:
    return Asked()


def test_call_is_told_with_the_question_it_belongs_to(line):
    assert Called(1, "7", "light", {"on": True}) in line.events
    assert not line.answers()


def test_what_came_of_it_is_told_once(line):
    assert line.session.respond("7", {"ok": True}, line.now_s)
    assert line.answers() == [{"id": "7", "name": "light", "response": {"ok": True}}]
    assert not line.session.respond("7", {"ok": True}, line.now_s)
    assert not line.answers()


def test_speech_is_recorded_and_not_sent_while_a_call_waits(line):
    line.session.open(2, 3200, line.now_s)
    assert not line.send()
    line.session.respond("7", {}, line.now_s)
    assert [out.kind for out in line.send(4800)] == [Kind.MESSAGE, Kind.START, Kind.AUDIO]


def test_end_of_what_was_said_before_the_call_goes_out():
    line = Asked()
    line.session.respond("7", {}, line.now_s)
    line.session.open(2, 3200, line.now_s)
    line.send(4800)
    line.receive(CALL)
    line.session.close(2, 4800, line.now_s)
    assert [out.kind for out in line.send()] == [Kind.END]


def test_speech_does_not_wait_for_ever_for_a_call(line):
    line.session.open(2, 3200, line.now_s)
    line.pass_time(SPEECH_GATE_S + 0.1)
    assert line.send(4800)[0].kind is Kind.START


def test_tool_that_takes_long_is_no_silence_of_the_service(line):
    line.pass_time(NO_ANSWER_S + 1)
    assert line.session.phase is Phase.UP
    line.session.respond("7", {}, line.now_s)
    line.pass_time(NO_ANSWER_S - 1)
    assert line.session.phase is Phase.UP


def test_tool_that_never_answers_is_an_error_for_the_model(line):
    line.pass_time(CALL_TIMEOUT_S + 0.1)
    (told,) = line.answers()
    assert told["response"]["error"]["code"] == "timeout"


def test_call_that_the_model_takes_back_is_not_answered(line):
    assert line.receive(message(toolCallCancellation={"ids": ["7", "8"]})) == [
        CallCancelled(0, "7")
    ]
    assert not line.session.respond("7", {}, line.now_s)
    assert not line.answers()


def test_rotation_waits_for_the_answer_until_the_deadline(line):
    line.receive(sound(), TURN_COMPLETE, message(goAway={"timeLeft": "20s"}))
    line.receive(handle("b"))
    line.pass_time(11)
    assert line.session.phase is Phase.UP
    line.session.respond("7", {}, line.now_s)
    line.send()
    line.receive(TURN_COMPLETE, handle("c"))
    line.pass_time(0.1)
    assert line.session.phase is Phase.ROTATING


def test_rotation_at_the_deadline_calls_it_off(line):
    line.receive(message(goAway={"timeLeft": "20s"}))
    assert CallCancelled(0, "7") in line.wait(15.1)
    assert not line.session.respond("7", {}, line.now_s)


def test_answer_of_a_lost_link_is_not_sent_on_the_next(line):
    line.session.lost(Disconnect(reason="the line broke"), line.now_s)
    assert CallCancelled(0, "7") in line.wait(0.0)
    line.session.respond("7", {}, line.now_s)
    line.connect()
    assert not line.answers()


def test_question_that_led_to_a_call_is_carried_as_text(line):
    line.session.lost(Disconnect(reason="the line broke"), line.now_s)
    assert Finished(1, "cut") in line.wait(0.0)
    assert line.connect()["sessionResumption"] == {}
    (past,) = line.send()
    assert "the light, please" in past.payload.decode()


def test_call_of_a_visit_that_is_over_is_called_off(line):
    line.session.end_visit(line.now_s)
    assert line.receive() == [CallCancelled(0, "7")]


def test_conversation_leaves_it_to_be_told(line):
    conversation = Conversation(BUTTON, VISIT, line.session)
    conversation.reset(line.now_s)
    assert line.receive() == [CallCancelled(0, "7")]


# --- what was carried out is not asked for again ---------------------------------------------


@pytest.fixture
def asking() -> Asked:
    """A kiosk that asks again for an answer that was hardly heard: none was, to the call."""
    return Asked(ask_again=True)


def test_it_is_not_asked_for_again_after_a_loss(asking):
    asking.session.respond("7", {"ok": True}, asking.now_s)
    asking.send()
    asking.session.lost(Disconnect(reason="the line broke"), asking.now_s)
    assert Finished(1, "cut") in asking.wait(0.0)
    asking.connect()
    (past,) = asking.send()
    assert "the light, please" in past.payload.decode()


def test_it_is_not_asked_for_again_when_silence_follows(asking):
    asking.session.respond("7", {"ok": True}, asking.now_s)
    asking.send()
    assert Finished(1, "unanswered") in asking.wait(NO_ANSWER_S + 0.1)
    asking.pass_time(0.0)
    asking.connect()
    assert [out.kind for out in asking.send()] == [Kind.MESSAGE]


def test_it_is_not_asked_for_again_when_the_answer_stops(asking):
    asking.session.respond("7", {"ok": True}, asking.now_s)
    asking.receive(sound())
    assert Finished(1, "cut") in asking.wait(STALL_S + 0.1)


def test_it_is_not_asked_for_again_after_a_rotation(asking):
    asking.receive(message(goAway={"timeLeft": "6s"}))
    assert Finished(1, "cut") in asking.wait(3.5)
    asking.pass_time(0.0)
    asking.connect()
    assert [out.kind for out in asking.send()] == [Kind.MESSAGE]


def test_what_is_said_again_only_to_be_known_has_nothing_carried_out():
    line = Line(tools={"light"})
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(CALL)
    line.session.respond("7", {"ok": True}, line.now_s)
    line.receive(sound(), TURN_COMPLETE)
    line.lose()
    line.connect()
    line.send()
    assert line.wire.ids == [1]
    assert not line.receive(CALL)
    (told,) = line.send()
    assert b"already_done" in told.payload


def test_call_that_waits_is_no_stall_of_the_answer(line):
    line.receive(sound())
    line.pass_time(STALL_S + 2)
    assert line.session.respond("7", {}, line.now_s)
    line.pass_time(STALL_S - 1)
    assert line.session.phase is Phase.UP


def test_call_that_is_taken_back_leaves_time_for_an_answer(line):
    line.pass_time(NO_ANSWER_S + 2)
    line.receive(message(toolCallCancellation={"ids": ["7"]}))
    line.pass_time(NO_ANSWER_S - 1)
    assert line.session.phase is Phase.UP


def test_scheduling_stands_beside_the_response(line):
    line.session.respond("7", {"ok": True}, line.now_s, "SILENT")
    (response,) = line.answers()
    assert response == {
        "id": "7",
        "name": "light",
        "response": {"ok": True},
        "scheduling": "SILENT",
    }


def test_a_call_that_is_made_twice_at_a_time_is_carried_out_once(line):
    assert not any(isinstance(event, Called) for event in line.receive(CALL))
    line.session.respond("7", {"ok": True}, line.now_s)
    assert [response["id"] for response in line.answers()] == ["7"]


def test_calls_without_an_id_are_told_apart_and_answered_without_one(line):
    nameless = [{"name": "light", "args": {"on": on}} for on in (True, False)]
    events = line.receive(message(toolCall={"functionCalls": nameless}))
    called = [event for event in events if isinstance(event, Called)]
    assert len({event.call for event in called}) == 2
    assert line.session.respond(called[1].call, {"off": True}, line.now_s)
    (response,) = line.answers()
    assert (response["id"], response["response"]) == ("", {"off": True})


# --- more than anybody can do ------------------------------------------------------------------


def many(n: int, name: str):
    calls = [{"id": f"c{k}", "name": name} for k in range(n)]
    return message(toolCall={"functionCalls": calls})


def test_calls_that_wait_are_bounded_and_the_others_are_refused(line):
    events = line.receive(many(200, "light"))
    assert (
        sum(isinstance(event, Called) for event in events) == MAX_WAITING - 1
    )  # One waits already.
    assert line.answers()[0]["response"]["error"]["code"] == "too_many_calls"


def test_answers_that_wait_to_go_out_are_bounded_and_what_is_beyond_is_counted(line):
    line.receive(*[many(200, "nobody's")] * 50)
    assert len(line.answers()) == MAX_MESSAGES
    unanswered = line.session.oddities.counts["toolCall (more than can be answered)"]
    assert unanswered == 50 * 200 - MAX_MESSAGES
