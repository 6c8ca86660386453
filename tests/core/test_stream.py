"""The stream of an open microphone, on a session with its wire."""

import pytest
from msgspec.structs import replace

from kiosk.core.events import Finished, Heard, Rewound, Sound, StreamTaken
from kiosk.core.outgoing import Kind
from kiosk.core.silences import NO_ANSWER_S

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
    sound,
)


@pytest.fixture
def line() -> Line:
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.session.open(1, 0, line.now_s, streamed=True)
    return line


def stream(line: Line, ready: int) -> list:
    """Send what may go; nobody says where speech begins and ends."""
    sent = []
    while (out := line.session.pull(ready, line.now_s)) is not None:
        sent.append(out)
    return sent


def test_sound_goes_out_without_markers(line):
    sent = stream(line, 5000)
    assert {out.kind for out in sent} == {Kind.AUDIO}
    assert (sent[0].start, sent[-1].end) == (0, 4800)


def test_answer_takes_what_was_sent_by_then(line):
    stream(line, 4800)
    events = line.receive(heard("hello"), sound())
    assert events == [Heard(1, "hello"), StreamTaken(1, 0, 4800, "hello"), Sound(1, LOUD)]
    assert line.session.stream.answers


def test_answer_to_what_was_not_sent_is_nobodys(line):
    assert line.receive(sound()) == []
    assert not line.session.stream.is_open


def test_handle_is_adopted_while_the_avatar_speaks(line):
    stream(line, 4800)
    line.receive(sound(), GENERATION_COMPLETE)
    line.session.open(2, 4800, line.now_s, streamed=True)
    line.session.outbox.muted.begin(4800)
    line.receive(TURN_COMPLETE, handle("a"))
    assert line.session.checkpoint.handle == "a"


def test_handle_from_the_middle_of_speech_is_not_adopted(line):
    stream(line, 4800)
    line.receive(handle("a"))
    assert not line.session.checkpoint.handle


def test_service_that_hears_more_ends_its_answer_and_the_next_one_goes_on_with_it(line):
    stream(line, 4800)
    line.receive(sound())
    line.session.open(2, 4800, line.now_s, streamed=True)
    assert line.receive(INTERRUPTED, TURN_COMPLETE) == [Finished(1, "interrupted")]
    assert line.receive(sound()) == [Sound(1, LOUD)]


def test_answer_that_was_spoken_over_gives_way_to_the_next(line):
    stream(line, 4800)
    line.receive(sound(), GENERATION_COMPLETE)
    line.session.open(2, 4800, line.now_s, streamed=True)
    line.session.stream.speak_over()
    line.pass_time(2.0)
    stream(line, 9600)
    events = line.receive(sound())
    assert Finished(1, "interrupted") in events
    assert events[-1] == Sound(2, LOUD)


def test_loss_says_again_what_was_not_answered(line):
    stream(line, 4800)
    line.lose()
    line.connect()
    assert Rewound(1) in line.receive()
    assert stream(line, 6400)[0].start == 0


def test_loss_goes_back_over_an_answer_that_was_hardly_heard(line):
    stream(line, 4800)
    line.receive(sound())
    line.session.open(2, 4800, line.now_s, streamed=True)
    line.lose()
    line.connect()
    assert Finished(1, "interrupted") in line.receive()
    (first, *_) = stream(line, 9600)
    assert (first.utterance, first.start) == (2, 0)


def test_loss_leaves_an_answer_that_was_heard(line):
    stream(line, 4800)
    line.receive(sound())
    line.session.open(2, 4800, line.now_s, streamed=True)
    line.session.outbox.played(1, 1.5)
    line.lose()
    line.connect()
    assert Finished(1, "cut") in line.receive()
    assert stream(line, 9600)[-1].start >= 4800


def test_what_is_understood_and_not_answered_is_asked_again_over_a_fresh_session(line):
    stream(line, 4800)
    line.receive(heard("hello"))
    line.pass_time(NO_ANSWER_S + 0.1)
    line.pass_time(0.1)
    assert "handle" not in line.connect()["sessionResumption"]
    stream(line, 4800)
    line.receive(heard("hello"))
    line.pass_time(NO_ANSWER_S + 0.1)
    assert Finished(1, "silent") in line.receive()


def test_call_of_a_tool_takes_what_was_sent(line):
    line = Line(replace(LIVE, ask_again=True), tools=("light",))
    line.connect()
    line.session.open(1, 0, line.now_s, streamed=True)
    stream(line, 4800)
    call = {"functionCalls": [{"id": "c", "name": "light", "args": {}}]}
    assert StreamTaken(1, 0, 4800, "") in line.receive(message(toolCall=call))
