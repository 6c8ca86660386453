"""How long the service may be silent, while it listens and at each stage of an answer."""

import base64

from msgspec.structs import replace

from kiosk.core.events import Finished, Rewound
from kiosk.core.link_state import Phase
from kiosk.core.silences import NO_ANSWER_S

from .line import Line
from .service import (
    GENERATION_COMPLETE,
    LIVE,
    TURN_COMPLETE,
    handle,
    said,
    sound,
)


def listen(line, seconds: float, update=None) -> None:
    """Speak for so long, with an update of the service every 200 ms, or none."""
    for _ in range(round(seconds * 5)):
        line.ready += 3200
        line.send(line.ready)
        if update is not None:
            line.receive(update)
        line.pass_time(0.2)


def test_silence_after_the_end_is_asked_again_then_fresh_then_told(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    for expected in ({"handle": "a"}, {}):
        line.pass_time(NO_ANSWER_S + 0.1)
        line.pass_time(0.0)
        assert line.connect()["sessionResumption"] == expected
        line.send()
        assert line.wire.samples(0) == (0, 3200)
    line.pass_time(NO_ANSWER_S + 0.1)
    assert Finished(1, "unanswered") in line.session.events


def test_service_whose_updates_stop_in_mid_utterance_is_left(line):
    line.ready = 0
    line.session.open(1, 0, line.now_s)
    listen(line, 1.0, handle("a"))
    listen(line, 4.8)
    assert line.session.phase is Phase.UP
    listen(line, 0.6)
    assert line.session.phase is Phase.ROTATING


def test_update_that_comes_late_for_the_turn_before_promises_no_others(line):
    line.ready = 0
    line.session.open(1, 0, line.now_s)
    line.send(320)
    line.receive(handle("a"))
    listen(line, 20)
    assert line.session.phase is Phase.UP


def test_no_updates_are_awaited_where_nothing_is_said(line):
    line.ready = 0
    line.session.open(1, 0, line.now_s)
    listen(line, 1.0, handle("a"))
    line.pass_time(30)
    assert line.session.phase is Phase.UP


def test_updates_of_the_last_utterance_are_not_missed_in_the_next(line):
    line.ready = 0
    line.session.open(1, 0, line.now_s)
    listen(line, 1.0, handle("a"))
    line.session.close(1, line.ready, line.now_s)
    line.send(line.ready)
    line.receive(sound(), TURN_COMPLETE)
    line.pass_time(20)
    line.session.open(2, line.ready, line.now_s)
    listen(line, 1.0)
    assert line.session.phase is Phase.UP


def test_answer_of_nothing_but_silence_is_asked_for_again_and_measured_anew():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.speak(1, 0, 3200)
    second = base64.b64encode(bytes(48_000)).decode()
    line.receive(*[sound(second)] * 3)
    line.pass_time(0.1)
    line.pass_time(0.0)
    line.connect()
    line.send()
    assert line.wire.samples(0) == (0, 3200)
    line.receive(sound(second), sound(base64.b64encode(b"\0\x20" * 480).decode()))
    assert line.receive(TURN_COMPLETE) == [Finished(1, "answered")]


def test_answer_of_nothing_but_silence_is_no_answer(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    second = base64.b64encode(bytes(48_000)).decode()
    for _ in range(3):
        line.receive(sound(second))
    line.pass_time(0.1)
    assert Finished(1, "unanswered") in line.session.events


def test_answer_that_stops_halfway_ends_the_turn(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(sound(), said("the exit is"))
    line.pass_time(10.1)
    assert Finished(1, "cut") in line.session.events
    assert line.session.phase is Phase.ROTATING


def test_answer_that_stops_at_its_beginning_is_asked_for_again_once():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(sound(), said("the"))
    line.pass_time(10.1)
    line.pass_time(0.0)
    assert line.receive() == [Rewound(1)]
    line.connect()
    line.send()
    assert line.wire.samples(0) == (0, 3200)
    line.receive(sound(), said("the"))
    line.pass_time(10.1)
    assert line.receive() == [Finished(1, "cut")]


def test_whole_answer_may_wait_long_for_its_turn_complete(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), GENERATION_COMPLETE)
    line.pass_time(60)
    assert line.receive(TURN_COMPLETE) == [Finished(1, "answered")]


def test_quiet_beginning_of_an_answer_is_no_fault(line):
    line.speak(1, 0, 3200)
    line.receive(sound(base64.b64encode(bytes(48_000)).decode()))
    line.receive(sound(base64.b64encode(b"\0\x20" * 480).decode()))
    line.receive(sound(base64.b64encode(bytes(96_000)).decode()))
    line.pass_time(0.1)
    assert line.session.phase is Phase.UP
    assert line.receive(TURN_COMPLETE) == [Finished(1, "answered")]
