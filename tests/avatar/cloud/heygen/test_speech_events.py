import pytest

from kiosk.avatar.cloud.heygen.session_events import ReplyEnded, ReplyStarted
from kiosk.avatar.cloud.heygen.speech_events import SpeechEvents, event_id

SPEAK = [
    {"type": "agent.speak_started", "task": {"id": "x"}},
    {"type": "agent.speak_ended", "task": {"id": "x"}},
]
STATE = [
    {"type": "agent.state_updated", "previous_state": "idle", "new_state": "talking"},
    {"type": "agent.state_updated", "previous_state": "talking", "new_state": "idle"},
]
DATA = [{"type": "avatar_start_talking"}, {"type": "avatar_stop_talking", "duration_ms": 9}]
BOTH = [SPEAK[0], STATE[0], SPEAK[1], STATE[1]]


@pytest.mark.parametrize("events", [SPEAK, STATE, DATA, BOTH])
@pytest.mark.parametrize("times", [1, 3])
def test_each_family_tells_of_a_reply_once(events: list[dict], times: int) -> None:
    talk = SpeechEvents()
    talk.sent(4)
    talk.ended(4)
    told = [one for event in events for _ in range(times) for one in talk.event(event)]
    assert told == [ReplyStarted(reply=4), ReplyEnded(reply=4)]


def test_a_pause_for_want_of_sound_is_no_end() -> None:
    talk = SpeechEvents()
    talk.sent(1)
    assert talk.event(STATE[0]) == [ReplyStarted(reply=1)]
    assert talk.event(STATE[1]) == []
    talk.sent(1)
    assert talk.event(STATE[0]) == []
    assert talk.ended(1) == []
    assert talk.event(STATE[1]) == [ReplyEnded(reply=1)]


def test_an_end_that_is_said_after_the_silence() -> None:
    talk = SpeechEvents()
    talk.sent(1)
    talk.event(STATE[0])
    talk.event(STATE[1])
    assert talk.ended(1) == [ReplyEnded(reply=1)]


def test_what_is_told_late_of_an_interrupted_one_is_not_taken_for_the_next() -> None:
    talk = SpeechEvents()
    talk.sent(1)
    talk.event(SPEAK[0])
    assert talk.interrupted() == [ReplyEnded(reply=1)]
    talk.sent(2)
    talk.ended(2)
    assert talk.event({**SPEAK[1], "source_event_id": event_id(1)}) == []
    assert talk.event({"type": "agent.speak_interrupted"}) == []
    assert talk.event({**SPEAK[0], "source_event_id": event_id(2)}) == [ReplyStarted(reply=2)]
    assert talk.event({**SPEAK[1], "source_event_id": event_id(2)}) == [ReplyEnded(reply=2)]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "agent.audio_buffer_appended"},
        {"type": "agent.audio_buffer_committed"},
        {"type": "agent.audio_buffer_cleared"},
        {"type": "avatar_talking_message", "message": "hello"},
        {"type": "session.state_updated", "state": "connected"},
        {"type": "of tomorrow"},
        {},
    ],
)
def test_what_says_nothing_of_speaking(event: dict) -> None:
    talk = SpeechEvents()
    talk.sent(1)
    assert talk.event(event) == []


def test_speech_that_we_did_not_send() -> None:
    talk = SpeechEvents()
    assert [one for event in BOTH for one in talk.event(event)] == []
