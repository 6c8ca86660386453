"""Whose the service's words are, where the wire leaves it open."""

import pytest
from msgspec.structs import replace

from kiosk.core.events import Finished, Rewound, Said, Sound
from kiosk.core.outgoing import Kind
from kiosk.core.silences import LATE_S

from .line import Line
from .service import (
    GENERATION_COMPLETE,
    INTERRUPTED,
    LIVE,
    LOUD,
    TURN_COMPLETE,
    handle,
    heard,
    message,
    said,
    sound,
)

IN_PROGRESS = message(serverContent={"turnComplete": True, "interactionStatus": "IN_PROGRESS"})


# --- interactionStatus -----------------------------------------------------------------------


@pytest.fixture(params=["inside", "beside"])
def idle(request):
    """In a frame of its own, as one document has it, or as the other."""
    status = {"interactionStatus": "IDLE"}
    return message(**status) if request.param == "beside" else message(serverContent=status)


def test_idle_in_a_frame_of_its_own_ends_a_turn_that_went_on(line, idle):
    line.speak(1, 0, 3200)
    line.receive(sound(), IN_PROGRESS)
    assert line.receive(idle) == [Finished(1, "answered")]


def test_idle_after_an_interrupted_turn_does_not_end_the_next(line, idle):
    line.speak(1, 0, 3200)
    line.receive(sound())
    line.speak(2, 3200, 6400)
    assert line.receive(INTERRUPTED, TURN_COMPLETE, idle) == [Finished(1, "interrupted")]
    assert line.receive(sound(), TURN_COMPLETE) == [Sound(2, LOUD), Finished(2, "answered")]


def test_idle_after_a_turn_that_is_over_does_not_end_the_next(line, idle):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.speak(2, 3200, 6400)
    assert line.receive(idle) == []


def test_turn_that_goes_on_over_a_loss_is_not_ended_by_the_next_link(line, idle):
    line.speak(1, 0, 3200)
    line.receive(sound(), IN_PROGRESS)
    line.lose()
    line.receive()
    line.connect()
    line.speak(2, 3200, 6400)
    assert line.receive(idle) == []


# --- late transcripts ------------------------------------------------------------------------


def test_late_transcript_of_the_answer_before_is_no_reaction(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(heard("hi"), sound(), said("hello "), GENERATION_COMPLETE, TURN_COMPLETE)
    line.receive(handle("b"))
    line.speak(2, 3200, 6400)
    assert line.receive(said("there.")) == [Said(2, "there.")]
    line.lose()
    assert line.receive() == [Rewound(2)]
    assert line.connect()["sessionResumption"] == {"handle": "b"}
    line.send()
    assert line.wire.samples(0) == (3200, 6400)
    line.receive(sound(), said("left"), TURN_COMPLETE)
    assert line.session.checkpoint.history[-1].said == "left"


def test_late_transcript_of_the_answer_before_is_no_answer(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.speak(2, 3200, 6400)
    line.receive(said("there."))
    line.receive(TURN_COMPLETE)
    line.pass_time(LATE_S + 0.1)
    assert line.receive() == [Finished(2, "empty")]


# --- what was spoken over --------------------------------------------------------------------


def test_sound_after_a_whole_answer_is_of_the_next_at_once(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), GENERATION_COMPLETE)
    line.speak(2, 3200, 6400)
    assert line.receive(sound()) == [Finished(1, "interrupted"), Sound(2, LOUD)]
    assert line.receive(TURN_COMPLETE) == [Finished(2, "answered")]


def test_end_of_a_whole_answer_that_was_spoken_over_is_its_own(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), GENERATION_COMPLETE)
    line.speak(2, 3200, 6400)
    assert line.receive(TURN_COMPLETE) == [Finished(1, "interrupted")]
    assert line.receive(sound(), TURN_COMPLETE) == [Sound(2, LOUD), Finished(2, "answered")]


# --- holes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("holes", [((0, 10_000),), ((0, 1600), (1600, 5000))])
def test_utterance_of_which_nothing_was_recorded_is_not_begun(line, holes):
    line.session.outbox.holes = holes
    line.session.open(1, 500, line.now_s)
    line.session.close(1, 3200, line.now_s)
    assert line.send() == []
    assert line.receive() == [Finished(1, "discarded")]


def test_utterance_of_which_a_little_was_recorded_is_said(line):
    line.session.outbox.holes = ((0, 3000),)
    line.session.open(1, 500, line.now_s)
    line.session.close(1, 3200, line.now_s)
    assert [out.kind for out in line.send()] == [Kind.START, Kind.AUDIO, Kind.END]
    assert line.wire.samples(0) == (3000, 3200)


def test_it_is_not_told_twice_that_nothing_was_recorded():
    line = Line(replace(LIVE, ask_again=True))
    line.session.outbox.holes = ((0, 10_000),)
    line.session.open(1, 500, line.now_s)
    line.session.close(1, 3200, line.now_s)
    line.connect()
    line.send()
    line.lose()
    assert line.receive() == [Finished(1, "discarded")]
