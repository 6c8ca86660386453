"""A session that cannot be opened with what it was given is opened with less."""

import json

import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Finished, HangUp
from kiosk.core.link_state import Phase
from kiosk.core.opening import Given

from .line import Line
from .service import (
    SETUP_COMPLETE,
    TURN_COMPLETE,
    Wire,
    handle,
    heard,
    message,
    said,
    sound,
)

INVALID = Disconnect(1007, "Request contains an invalid argument.")
BROKEN = Disconnect(reason="the line broke")


@pytest.fixture
def line() -> Line:
    """A visit with a question and its answer, and no handle."""
    line = Line()
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(heard("where is the exit"), sound(), said("left"), TURN_COMPLETE)
    return line


def setup(line: Line) -> dict:
    """Of the dial that comes next."""
    while not line.session.actions or isinstance(line.session.actions[-1], HangUp):
        line.pass_time(0.1)
    action = line.session.actions.pop()
    line.session.actions.clear()
    line.session.opened(line.now_s)
    line.wire = Wire()
    return json.loads(action.setup)["setup"]


def give(of: dict) -> str:
    if of["sessionResumption"].get("handle"):
        return "handle"
    if "historyConfig" in of:
        return "turns"
    return "words" if len(of["systemInstruction"]["parts"]) > 1 else "nothing"


def refuse(line: Line, loss: Disconnect = INVALID) -> None:
    line.session.lost(loss, line.now_s)


def time_out(line: Line) -> None:
    while line.session.phase in (Phase.DIALLING, Phase.ROTATING):
        line.pass_time(1.0)


IN_BAND = message(error={"code": 3, "message": "no", "status": "INVALID_ARGUMENT"})
ENDS = {
    "no answer": time_out,
    "close 1011": lambda line: refuse(line, Disconnect(1011, "Internal error encountered.")),
    "close 1000": lambda line: refuse(line, Disconnect(1000, "")),
    "a broken line": lambda line: refuse(line, BROKEN),
    "an error in band": lambda line: line.receive(
        message(error={"code": 13, "message": "internal", "status": "INTERNAL"})
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_handle_that_leads_nowhere_twice_is_left_for_a_fresh_session(line, end):
    line.receive(handle("a"))
    line.lose()
    assert [give(setup(line)), end(line), give(setup(line)), end(line)][::2] == ["handle"] * 2
    assert give(setup(line)) == "turns"
    assert line.session.opening.left_out == {Given.HANDLE: 1}
    line.receive(SETUP_COMPLETE)
    assert line.session.phase is Phase.UP
    assert line.session.staff_code == ""


@pytest.mark.parametrize(
    "end",
    [refuse, lambda line: refuse(line, Disconnect(1008, "no reason that we know"))],
    ids=["1007", "1008"],
)
def test_handle_that_is_refused_is_not_given_again(line, end):
    line.receive(handle("a"))
    line.lose()
    assert give(setup(line)) == "handle"
    end(line)
    assert give(setup(line)) == "turns"


def test_new_handle_is_no_handle_that_has_failed(line):
    line.receive(handle("a"))
    line.lose()
    for _ in range(3):
        assert give(setup(line)) == "handle"
        refuse(line, BROKEN)
        assert give(setup(line)) == "handle"
        line.receive(SETUP_COMPLETE, handle("b"))
        line.lose()


@pytest.mark.parametrize(
    ("end", "sessions"),
    [(Disconnect(1000, ""), 2), (Disconnect(1012, ""), 2), (BROKEN, 4)],
    ids=["closed", "restarting", "broken"],
)
def test_resumed_session_that_ends_each_time_at_once_is_left(line, end, sessions):
    line.receive(handle("a"))
    line.lose()
    for _ in range(sessions):
        assert give(setup(line)) == "handle"
        line.receive(SETUP_COMPLETE)
        refuse(line, end)
    assert give(setup(line)) == "turns"


def test_resumed_session_on_which_somebody_is_answered_is_none_that_fails(line):
    line.receive(handle("a"))
    line.lose()
    for n in range(2, 8):
        assert give(setup(line)) == "handle"
        line.receive(SETUP_COMPLETE)
        line.speak(n, n * 4000, n * 4000 + 3200)
        line.receive(heard("and"), sound(), said("yes"), TURN_COMPLETE, handle("a"))
        line.lose(Disconnect(1000, ""))


def test_dials_that_do_not_get_through_say_nothing_of_the_handle(line):
    line.receive(handle("a"))
    line.lose()
    for _ in range(5):
        line.session.actions.clear()
        refuse(line, Disconnect(reason="no route"))
        line.pass_time(10)
    assert give(setup(line)) == "handle"


@pytest.mark.parametrize(
    "end", [refuse, lambda line: line.receive(IN_BAND)], ids=["close 1007", "in band"]
)
def test_history_that_is_refused_is_told_in_other_words_and_speech_is_not_blamed(line, end):
    line.lose()
    line.session.open(2, 4000, line.now_s)
    assert give(setup(line)) == "turns"
    line.receive(SETUP_COMPLETE)
    line.send(5000)
    end(line)
    recap = setup(line)["systemInstruction"]["parts"]
    assert "where is the exit" in recap[1]["text"]
    line.receive(SETUP_COMPLETE)
    line.session.close(2, 8000, line.now_s)
    line.send()
    assert line.receive(sound(), TURN_COMPLETE)[-1] == Finished(2, "answered")
    assert line.session.staff_code == ""
    assert line.session.opening.left_out == {Given.HISTORY: 1}


def test_words_that_are_refused_too_are_left_out(line):
    line.lose()
    codes = []
    for expected in ("turns", "words", "nothing"):
        assert give(setup(line)) == expected
        if expected == "turns":
            line.receive(SETUP_COMPLETE)
        if expected != "nothing":
            refuse(line)
        codes.append(line.session.staff_code)
    line.receive(SETUP_COMPLETE)
    assert codes == [""] * 3
    assert line.session.phase is Phase.UP


def test_what_was_refused_in_a_visit_is_not_tried_again_in_it(line):
    line.lose()
    setup(line)
    line.receive(SETUP_COMPLETE)
    refuse(line)
    assert give(setup(line)) == "words"
    line.receive(SETUP_COMPLETE)
    line.lose()
    assert give(setup(line)) == "words"
    line.session.end_visit(line.now_s)
    assert give(setup(line)) == "nothing"
    line.receive(SETUP_COMPLETE)
    line.speak(2, 6400, 9600)
    line.receive(heard("and the lift"), sound(), said("right"), TURN_COMPLETE)
    line.lose()
    assert give(setup(line)) == "turns", "the next visit begins anew"


def test_words_go_on_with_the_handle_of_their_session(line):
    """Nobody has shown that an instruction is part of what a handle stands for."""
    line.lose()
    setup(line)
    line.receive(SETUP_COMPLETE)
    refuse(line)
    setup(line)
    line.receive(SETUP_COMPLETE, handle("b"))
    line.lose()
    resumed = setup(line)
    assert give(resumed) == "handle"
    assert "where is the exit" in resumed["systemInstruction"]["parts"][1]["text"]


def test_what_was_left_out_is_told_again_where_that_was_not_to_blame(line):
    line.lose()
    given = []
    for _ in range(8):
        given.append(give(setup(line)))
        refuse(line, Disconnect(1012, ""))
        line.pass_time(9)
    assert given == ["turns"] * 2 + ["words"] * 2 + ["nothing"] + ["turns"] * 2 + ["words"]


def test_service_that_is_silent_on_a_history_is_told_it_otherwise(line):
    for n, expected in ((2, "turns"), (3, "turns"), (4, "words")):
        line.lose()
        assert give(setup(line)) == expected
        line.receive(SETUP_COMPLETE)
        line.speak(n, n * 4000, n * 4000 + 3200)
        line.lose(BROKEN)


@pytest.mark.parametrize(
    ("loss", "code"),
    [
        (Disconnect(1007, 'Unknown name "x" at setup'), "K-FIELD"),
        (Disconnect(1008, "models/x is not found for API version v1beta"), "K-MODEL"),
    ],
)
def test_code_is_shown_only_when_a_bare_session_is_refused_too(line, loss, code):
    line.receive(handle("a"))
    line.lose()
    shown = []
    for _ in range(5):
        given = give(setup(line))
        refuse(line, loss)
        shown.append((given, line.session.staff_code))
        line.pass_time(61)
    assert [given for given, _ in shown][:4] == ["handle", "turns", "words", "nothing"]
    assert {given for given, told in shown if told} == {"nothing"}
    assert shown[-1][1] == code


def test_history_begins_with_the_visitor_and_its_roles_alternate():
    line = Line()
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(sound(), said("good morning"), TURN_COMPLETE)
    line.receive(handle("a"))
    for n, text in ((2, "one"), (3, "two")):
        line.speak(n, n * 4000, n * 4000 + 3200)
        line.receive(heard(text), TURN_COMPLETE)
    line.speak(4, 20_000, 23_200)
    line.receive(heard("three"), sound(), said("here"), TURN_COMPLETE)
    turns = line.session.checkpoint.past().turns
    assert [turn.role for turn in turns] == ["user", "model", "user", "model"]
    assert [[part.text for part in turn.parts] for turn in turns] == [
        ["…"],
        ["good morning"],
        ["one", "two", "three"],
        ["here"],
    ]


def test_refusal_of_what_a_session_was_given_is_no_matter_for_staff(line):
    line.receive(handle("a"))
    line.lose()
    setup(line)
    line.session.troubles.clear()
    refuse(line)
    assert [trouble.code for trouble in line.session.troubles] == [""]
    assert line.session.code == "K-LINK"
    assert not line.session.without_network


def test_what_is_left_out_is_said_with_the_dial(line):
    line.receive(handle("a"))
    line.lose()
    dials = []
    for _ in range(2):
        setup(line)
        refuse(line, BROKEN)
        while not line.session.actions:
            line.pass_time(0.1)
        dials.append(line.session.actions[-1].left_out)
    assert dials == ["", "the resumption handle"]


def test_recap_is_bounded_and_keeps_the_newest(line):
    line.receive(handle("a"))
    for n in range(2, 30):
        line.speak(n, n * 4000, n * 4000 + 3200)
        line.receive(heard(f"question {n} " + "x" * 900), sound(), said("yes"), TURN_COMPLETE)
    words = line.session.checkpoint.words()
    assert len(words) < 9_000
    assert "question 29" in words
    assert "exit" not in words
