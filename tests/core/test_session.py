"""The session reads like its specification: what a link's end means for speech, turns,
checkpoints.
"""

import base64
import json
import math
from itertools import pairwise

import pytest
from msgspec.structs import replace

from kiosk.core.dial_schedule import SETUP_TIMEOUT_S
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial, Finished, HangUp, Heard, Rewound, Said, Sound, SoundComplete
from kiosk.core.link_state import Phase
from kiosk.core.outbox import MAX_CHUNK_SAMPLES, MIN_CHUNK_SAMPLES, Kind
from kiosk.core.pauses import MAX_ASKED_S, QUOTA_WAITS_S, SOMEBODY_WAITS_S
from kiosk.core.session import HEALTHY_S, Session
from kiosk.core.silences import NO_ANSWER_S

from .line import Line
from .service import (
    GENERATION_COMPLETE,
    INTERRUPTED,
    LIVE,
    LOUD,
    SETUP_COMPLETE,
    TURN_COMPLETE,
    handle,
    heard,
    message,
    said,
    sound,
)

INVALID = Disconnect(1007, "Request contains an invalid argument.")


@pytest.fixture
def line() -> Line:
    line = Line()
    line.connect()
    return line


def test_dials_at_once_and_sends_nothing_before_setup_complete():
    line = Line()
    assert isinstance(line.session.actions[0], Dial)
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 3200, line.now_s)
    line.session.opened(line.now_s)
    assert line.send() == []
    line.session.receive(SETUP_COMPLETE, line.now_s)
    assert [out.kind for out in line.send()][:2] == [Kind.START, Kind.AUDIO]


def test_live_sound_leaves_in_chunks_of_a_period_with_nothing_held_back(line):
    line.session.open(1, 50, line.now_s)
    assert [out.kind for out in line.send(50)] == [Kind.START]
    assert line.send(50 + MIN_CHUNK_SAMPLES - 1) == []
    for ready in range(50 + MIN_CHUNK_SAMPLES, 50 + 10 * MIN_CHUNK_SAMPLES, MIN_CHUNK_SAMPLES):
        (out,) = line.send(ready)
        assert (out.start, out.end) == (ready - MIN_CHUNK_SAMPLES, ready)


def test_catching_up_is_bounded_and_the_last_chunk_may_be_short(line):
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 16_007, line.now_s)
    audio = [out for out in line.send() if out.kind is Kind.AUDIO]
    assert max(out.end - out.start for out in audio) == MAX_CHUNK_SAMPLES
    assert line.wire.samples(0) == (0, 16_007)
    assert not line.wire.open


def test_next_utterance_waits_for_the_end_of_the_one_before(line):
    line.session.open(1, 0, line.now_s)
    line.send(1000)
    line.session.close(1, 2000, line.now_s)
    line.session.open(2, 2000, line.now_s)
    assert [out.utterance for out in line.send(1500)] == [1]
    assert [out.kind for out in line.send(2400)][-2:] == [Kind.START, Kind.AUDIO]


def test_answer_is_told_in_order_and_ends_the_turn(line):
    line.speak(1, 0, 3200)
    events = line.receive(heard("hello"), sound(), said("hi"), GENERATION_COMPLETE, TURN_COMPLETE)
    assert [type(event) for event in events] == [Heard, Sound, Said, SoundComplete, Finished]
    assert events[-1].outcome == "answered"
    assert {event.utterance for event in events} == {1}


def test_sound_that_cannot_be_read_costs_nothing_else_in_its_frame(line):
    line.speak(1, 0, 3200)
    parts = [
        {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}} for data in ("!", "ACA=")
    ]
    events = line.receive(
        message(
            serverContent={"modelTurn": {"parts": parts}, "turnComplete": True},
            sessionResumptionUpdate={"newHandle": "h", "resumable": True},
        )
    )
    assert events == [Sound(1, LOUD[:2]), Finished(1, "answered")]
    assert line.session.checkpoint.handle == "h"
    assert line.session.bad_parts == 1


def test_several_fields_in_one_frame_all_count(line):
    line.speak(1, 0, 3200)
    events = line.receive(
        message(
            serverContent={
                "modelTurn": {
                    "parts": [
                        {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAA="}},
                        {"text": "thought", "thought": True},
                    ]
                },
                "outputTranscription": {"text": "hi"},
                "generationComplete": True,
                "turnComplete": True,
            },
            usageMetadata={"totalTokenCount": 7},
            sessionResumptionUpdate={"newHandle": "h", "resumable": True},
        )
    )
    assert [type(event) for event in events] == [Sound, Said, SoundComplete, Finished]
    assert line.session.total_tokens == 7
    assert line.session.checkpoint.handle == "h"


def test_barge_in_drops_the_rest_of_the_old_answer(line):
    line.speak(1, 0, 3200)
    line.receive(sound())
    line.speak(2, 4000, 8000)
    assert line.receive(sound(), said("old")) == []
    assert line.receive(INTERRUPTED, TURN_COMPLETE) == [Finished(1, "interrupted")]
    assert [type(e) for e in line.receive(sound(), TURN_COMPLETE)] == [Sound, Finished]


def test_spurious_interrupted_pair_does_not_end_the_new_turn(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.speak(2, 4000, 8000)
    assert line.receive(INTERRUPTED, TURN_COMPLETE) == []
    assert line.receive(sound(), TURN_COMPLETE)[-1] == Finished(2, "answered")


def test_unanswered_question_that_was_spoken_over_does_not_swallow_the_next_answer(line):
    line.speak(1, 0, 3200)
    line.speak(2, 4000, 8000)
    events = line.receive(sound(), TURN_COMPLETE)
    assert events == [Finished(1, "interrupted"), Sound(2, LOUD), Finished(2, "answered")]


def test_missing_interrupted_is_not_waited_for_for_ever(line):
    line.speak(1, 0, 3200)
    line.receive(sound())
    line.speak(2, 4000, 8000)
    line.pass_time(2.5)
    assert Sound(2, LOUD) in line.receive(sound())


def test_in_progress_turn_complete_does_not_end_the_turn(line):
    line.speak(1, 0, 3200)
    line.receive(sound())
    going_on = {"turnComplete": True, "interactionStatus": "IN_PROGRESS"}
    assert line.receive(message(serverContent=going_on)) == [SoundComplete(1)]
    assert line.receive(message(interactionStatus="IDLE", serverContent={})) == [
        Finished(1, "answered")
    ]


def test_transcript_of_what_is_said_again_starts_again(line):
    line.session.open(1, 0, line.now_s)
    line.send(5000)
    assert line.receive(heard("where is")) == [Heard(1, "where is")]
    line.lose()
    line.connect()
    assert line.receive() == [Rewound(1)]
    line.send(5000)
    line.session.close(1, 6000, line.now_s)
    line.send()
    line.receive(heard("where is the exit"), said("left"))
    line.lose()
    line.pass_time(1)
    line.connect()
    (out,) = line.send()
    assert out.payload.count(b"where is") == 1


# --- checkpoints and losses ------------------------------------------------------------------


def test_handle_is_adopted_only_between_turns_and_only_when_resumable(line):
    line.receive(handle("a", resumable=False))
    assert line.session.checkpoint.handle == ""
    line.receive(handle("a"))
    line.session.open(1, 0, line.now_s)
    line.send(1000)
    line.receive(handle("b"))
    assert line.session.checkpoint.handle == "a"


def test_open_utterance_is_said_again_whole_then_goes_on_live(line):
    line.receive(handle("a"))
    line.session.open(1, 0, line.now_s)
    line.send(5000)
    line.lose()
    assert line.connect()["sessionResumption"] == {"handle": "a"}
    line.send(6000)
    line.session.close(1, 7000, line.now_s)
    line.send(8000)
    assert line.wire.samples(0) == (0, 7000)
    assert not line.wire.open


def test_released_utterance_without_reaction_is_said_again_with_its_markers(line):
    line.speak(1, 0, 3200)
    line.lose()
    line.connect()
    kinds = [out.kind for out in line.send()]
    assert (kinds[0], kinds[-1]) == (Kind.START, Kind.END)
    assert line.wire.samples(0) == (0, 3200)


def test_utterance_with_a_reaction_is_carried_as_text_and_never_said_again(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(heard("where is the exit"), sound(), said("left"))
    line.lose()
    assert list(line.session.events) == [Finished(1, "cut")]
    setup = line.connect()
    assert setup["sessionResumption"] == {}
    assert setup["historyConfig"] == {"initialHistoryInClientContent": True}
    (out,) = line.send()
    content = json.loads(out.payload)["clientContent"]
    assert [turn["parts"][0]["text"] for turn in content["turns"]] == ["where is the exit", "left"]
    # Before that the service takes no speech, and for it history asks for no answer.
    assert content["turnComplete"]


def test_utterance_spoken_over_before_any_word_of_the_service_is_said_again_too(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.session.open(2, 3200, line.now_s)
    line.send(5000)
    assert line.receive(INTERRUPTED, TURN_COMPLETE) == [Finished(1, "interrupted")]
    line.lose()
    assert line.connect()["sessionResumption"] == {"handle": "a"}
    line.session.close(2, 6400, line.now_s)
    line.send(6400)
    assert line.wire.ids == [1, 2]
    assert (line.wire.samples(0), line.wire.samples(1)) == ((0, 3200), (3200, 6400))


def test_reaction_to_what_was_said_over_an_utterance_settles_both(line):
    line.session.open(1, 0, line.now_s)
    line.send(3200)
    line.receive(heard("where is "))
    line.session.close(1, 3200, line.now_s)
    line.session.open(2, 4000, line.now_s)
    line.send(8000)
    line.receive(heard("the exit"))
    line.session.close(2, 8000, line.now_s)
    line.send(8000)
    line.receive(sound(), said("left"))
    line.lose()
    line.connect()
    (out,) = line.send()
    assert out.payload.count(b"left") == 1
    assert [u.id for u in line.session.checkpoint.history] == [1, 2]


def test_utterance_without_a_transcript_is_told_by_its_sound_and_its_new_answer_not_heard(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(sound(), said("left"))
    line.lose()
    assert list(line.session.events) == [Finished(1, "cut")]
    line.session.events.clear()
    assert line.connect()["sessionResumption"] == {"handle": "a"}
    line.send()
    assert line.wire.samples(0) == (0, 3200)
    assert not line.receive(heard("where is the exit"), sound(), said("on the left"), TURN_COMPLETE)
    line.receive(handle("b"))
    assert line.session.checkpoint.covered == 1
    line.lose()
    assert line.connect()["sessionResumption"] == {"handle": "b"}
    assert not line.send()


def test_transcript_that_may_be_that_of_the_turn_before_is_not_told_instead_of_sound(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE, handle("a"))
    line.speak(2, 4000, 8000)
    line.receive(heard("where is the exit"), sound(), TURN_COMPLETE)
    line.lose()
    assert line.connect()["sessionResumption"] == {"handle": "a"}
    line.send()
    assert line.wire.ids == [2]


def test_what_follows_an_utterance_without_a_transcript_keeps_its_place_behind_it(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.session.open(2, 4000, line.now_s)
    line.send(8000)
    line.session.close(2, 8000, line.now_s)
    line.send(8000)
    line.receive(sound(), heard("and the exit"), TURN_COMPLETE)
    line.lose()
    line.connect()
    line.send()
    assert line.wire.ids == [1, 2]
    assert not [e for e in line.receive(sound(), TURN_COMPLETE) if isinstance(e, Sound)]


def test_late_transcript_of_the_turn_before_is_no_sign_of_this_one(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.speak(2, 4000, 8000)
    line.receive(heard("where is the exit"))
    line.lose()
    line.connect()
    line.send()
    assert line.wire.ids == [1, 2]


def test_rest_of_the_transcript_of_what_was_spoken_over_is_no_sign_of_the_next(line):
    line.session.open(1, 0, line.now_s)
    line.send(3200)
    line.receive(heard("where is "))
    line.session.close(1, 3200, line.now_s)
    line.speak(2, 4000, 8000)
    line.receive(heard("the exit"))
    line.lose()
    line.connect()
    line.send()
    assert line.wire.ids == [1, 2]


def test_transcripts_that_lag_behind_questions_in_a_row_are_no_sign_of_the_last(line):
    line.speak(1, 0, 3200)
    line.receive(heard("one "))
    line.speak(2, 4000, 8000)
    line.receive(heard("one, too"))
    line.speak(3, 8000, 12_000)
    line.receive(heard("two"))
    line.lose()
    line.connect()
    line.send()
    assert line.wire.ids == [2, 3]


def test_reaction_covered_by_a_newer_handle_needs_no_history(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE, handle("b"))
    line.lose()
    assert line.connect()["sessionResumption"] == {"handle": "b"}
    assert line.send() == []


def test_history_without_a_word_is_not_sent(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE, handle("b"))
    line.lose(INVALID)
    setup = line.connect()
    assert setup["sessionResumption"] == {}
    assert "historyConfig" not in setup
    assert line.send() == []
    line.receive(handle("c"))
    assert line.session.checkpoint.handle == "c"


def test_utterance_that_is_refused_twice_is_given_up_and_the_next_is_heard(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.session.open(2, 3200, line.now_s)
    for _ in range(2):
        line.send(4800)
        line.lose(INVALID)
        line.pass_time(0.5)
        line.connect()
    assert Finished(1, "unanswered") in line.session.events
    line.session.close(2, 6400, line.now_s)
    line.send()
    assert line.wire.ids == [2]
    assert line.session.staff_code == ""


def test_what_is_said_again_only_to_be_known_is_given_up_when_it_is_refused(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.lose()
    for _ in range(2):
        line.pass_time(0.5)
        line.connect()
        line.send()
        line.lose(INVALID)
    line.pass_time(0.5)
    line.connect()
    assert line.send() == []


def test_service_that_refuses_all_speech_is_a_fault_for_staff(line):
    codes = []
    for n in (1, 2):
        line.speak(n, n * 3200, n * 3200 + 3200)
        for _ in range(2):
            line.send()
            line.lose(INVALID)
            codes.append(line.session.staff_code)
            line.pass_time(0.5)
            if line.session.actions:
                line.connect()
    assert codes == ["", "", "", "K-FIELD"]


def test_refused_handle_leads_to_a_fresh_session_and_the_whole_utterance(line):
    line.receive(handle("a"))
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 3200, line.now_s)
    line.lose(INVALID)
    assert line.connect()["sessionResumption"] == {}
    line.send()
    assert line.wire.samples(0) == (0, 3200)


def test_undelivered_speech_is_given_up_and_told(line):
    line.lose()
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 3200, line.now_s)
    line.pass_time(LIVE.give_up_s + 1)
    assert Finished(1, "discarded") in line.session.events
    line.connect()
    assert line.send() == []


def test_given_up_in_the_middle_still_gets_its_end(line):
    line.session.open(1, 0, line.now_s)
    line.send(1000)
    line.session.close(1, 3200, line.now_s)
    line.pass_time(LIVE.give_up_s + 1)
    assert [out.kind for out in line.send()] == [Kind.END]
    assert line.receive(sound()) == [Finished(1, "discarded")]


def test_what_is_said_again_only_to_be_known_is_given_up_while_the_line_is_away(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.lose()
    for _ in range(int(LIVE.give_up_s / 8) + 2):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(8)
    assert line.session.keep_from(777) == 777


def test_end_of_visit_leaves_nothing_for_the_next(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(heard("my name is Ada"), sound(), TURN_COMPLETE, handle("b"))
    line.session.end_visit(line.now_s)
    line.pass_time(0.0)
    setup = line.connect()
    assert setup["sessionResumption"] == {}
    assert "historyConfig" not in setup
    assert line.send() == []
    assert line.session.keep_from(777) == 777


def test_what_was_under_way_at_the_end_of_a_visit_changes_nothing(line):
    line.speak(1, 0, 3200)
    line.receive(heard("my name is Ada"), sound(), TURN_COMPLETE)
    line.session.end_visit(line.now_s)
    assert line.receive(handle("b"), sound()) == []
    line.pass_time(0.0)
    assert line.connect()["sessionResumption"] == {}


def test_end_of_a_visit_that_never_spoke_does_not_redial(line):
    line.session.end_visit(line.now_s)
    line.pass_time(0.0)
    assert not line.session.actions


def test_samples_are_kept_until_the_turn_is_settled(line):
    line.speak(1, 1000, 3200)
    assert line.session.keep_from(9000) == 1000
    line.receive(sound(), TURN_COMPLETE)
    assert line.session.keep_from(9000) == 1000
    line.receive(handle("a"))
    assert line.session.keep_from(9000) == 9000


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


def test_what_was_spoken_over_is_given_up_with_its_successor(line):
    line.speak(1, 0, 3200)
    line.speak(2, 3200, 6400)
    for _ in range(3):
        line.pass_time(NO_ANSWER_S + 0.1)
        line.pass_time(0.0)
        line.connect()
        line.send()
    told = [event for event in line.session.events if isinstance(event, Finished)]
    assert told[-2:] == [Finished(1, "unanswered"), Finished(2, "unanswered")]
    assert line.wire.ids == []


def test_what_was_spoken_over_is_told_when_it_comes_to_nothing(line):
    line.speak(1, 0, 3200)
    line.session.open(2, 3200, line.now_s)
    line.send(5000)
    line.receive(INTERRUPTED, TURN_COMPLETE)
    line.lose(Disconnect(http_status=429))
    line.pass_time(LIVE.give_up_s + 1)
    assert Finished(1, "discarded") in line.session.events


def test_what_was_spoken_over_and_never_settled_is_told_when_it_is_dropped(line):
    line.speak(1, 0, 3200)
    line.session.open(2, 3200, line.now_s)
    line.send(5000)
    line.receive(INTERRUPTED, TURN_COMPLETE)
    line.pass_time(LIVE.give_up_s + 1)
    assert line.session.events.pop() == Finished(1, "discarded")


def test_turn_in_writing_is_worth_a_memo(line):
    before = line.session.changes
    line.session.type(1, "where is the exit", line.now_s)
    assert line.session.changes > before


def test_go_away_rotates_when_idle(line):
    line.receive(handle("a"))
    line.pass_time(HEALTHY_S)
    line.speak(1, 0, 3200)
    line.receive(sound(), message(goAway={"timeLeft": "50s"}))
    line.pass_time(1)
    assert line.session.phase is Phase.UP
    line.receive(TURN_COMPLETE, handle("b"))
    line.pass_time(0.1)
    assert line.session.phase is Phase.ROTATING
    line.pass_time(0.0)
    assert line.connect()["sessionResumption"] == {"handle": "b"}


@pytest.mark.parametrize(
    "go_away", [{"timeLeft": "9.5s"}, {"timeLeft": "0s"}, {}, {"timeLeft": "?"}]
)
def test_go_away_rotates_at_the_deadline_even_in_the_middle_of_speech(line, go_away):
    line.session.open(1, 0, line.now_s)
    line.send(5000)
    line.receive(message(goAway=go_away))
    line.pass_time(10.1)
    line.pass_time(0.0)
    line.connect()
    line.session.close(1, 7000, line.now_s)
    line.send()
    assert line.wire.samples(0) == (0, 7000)


def test_go_away_right_after_each_setup_makes_no_storm_of_dials(line):
    dials = 0
    for _ in range(400):
        if line.session.phase is Phase.UP:
            line.receive(message(goAway={"timeLeft": "0s"}))
        line.pass_time(0.01)
        if any(isinstance(action, Dial) for action in line.session.actions):
            dials += 1
            line.connect()
    assert dials < 20


def test_words_wait_for_no_long_pause_where_each_link_is_to_end_at_once(line):
    line.session.open(1, 0, line.now_s)
    for _ in range(10):
        line.receive(message(goAway={"timeLeft": "0s"}))
        line.pass_time(0.0)
        line.pass_time(SOMEBODY_WAITS_S)
        line.connect()


def test_young_link_that_is_to_end_soon_is_rotated_only_when_little_time_is_left(line):
    line.receive(handle("a"), message(goAway={"timeLeft": "20s"}))
    line.pass_time(9)
    assert line.session.phase is Phase.UP
    line.pass_time(2)
    assert line.session.phase is Phase.ROTATING


def test_go_away_with_much_time_left_after_each_setup_costs_no_dials():
    line = Line()
    dials, down_s = 0, 0.0
    up_at_s = told_at_s = math.inf
    for _ in range(3600 * 10):
        line.pass_time(0.1)
        while line.session.actions:
            if isinstance(line.session.actions.popleft(), Dial):
                dials += 1
                line.session.opened(line.now_s)
                up_at_s = line.now_s + 0.68
        if line.now_s >= up_at_s:
            line.receive(SETUP_COMPLETE, handle(f"h{dials}"))
            up_at_s, told_at_s = math.inf, line.now_s + 1
        if line.now_s >= told_at_s:
            line.receive(message(goAway={"timeLeft": "300s"}))
            told_at_s = math.inf
        down_s += 0.1 * (line.session.phase is not Phase.UP)
    assert dials < 20
    assert down_s < dials


def test_refused_handle_costs_no_long_pause(line):
    line.receive(handle("a"))
    for _ in range(6):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(10)
        line.session.actions.clear()
    line.session.lost(INVALID, line.now_s)
    line.pass_time(0.3)
    assert line.connect()["sessionResumption"] == {}


def test_missing_setup_complete_is_a_loss(line):
    line.lose()
    line.session.actions.clear()
    line.session.opened(line.now_s)
    line.pass_time(SETUP_TIMEOUT_S + 0.1)
    assert line.session.actions.popleft() == HangUp()
    line.pass_time(10)
    assert isinstance(line.session.actions.popleft(), Dial)


def test_dialling_never_gives_up_and_pauses_are_bounded():
    line = Line()
    times = []
    for _ in range(200):
        while not line.session.actions:
            line.pass_time(0.05)
        times.append(line.now_s)
        line.session.actions.clear()
        line.session.lost(Disconnect(reason="no route"), line.now_s)
    assert times[1] - times[0] < 0.1  # at once, but for the step of this clock
    assert max(after - before for before, after in pairwise(times)) <= 8.1


def test_pauses_are_short_while_words_are_undelivered(line):
    for _ in range(8):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(10)
        line.session.actions.clear()
    line.session.lost(Disconnect(reason="no route"), line.now_s)
    line.session.open(1, 0, line.now_s)
    line.pass_time(0.76)
    assert isinstance(line.session.actions.popleft(), Dial)
    line.session.lost(Disconnect(reason="no route"), line.now_s)
    line.pass_time(0.76)
    assert isinstance(line.session.actions.popleft(), Dial)


@pytest.mark.parametrize(
    ("loss", "code"),
    [
        (Disconnect(1007, 'Unknown name "x" at setup'), "K-FIELD"),
        (Disconnect(1008, "models/x is not found for API version v1beta"), "K-MODEL"),
        (Disconnect(http_status=404), "K-MODEL"),
        (Disconnect(1011, "Your prepayment credits are depleted."), "K-BILLING"),
        (Disconnect(reason="no key", local_fault="K-KEY"), "K-KEY"),
    ],
)
def test_faults_for_staff_show_their_code_and_are_tried_slowly(loss, code):
    line = Line()
    line.session.actions.clear()
    line.lose(loss)
    assert line.session.staff_code == code
    line.pass_time(30)
    assert not line.session.actions
    line.pass_time(120)
    line.connect()
    assert line.session.staff_code == ""


def test_what_has_worked_is_believed_to_be_wrong_the_second_time(line):
    line.lose(Disconnect(http_status=404))
    assert line.session.staff_code == ""
    assert line.session.actions
    line.lose(Disconnect(http_status=404))
    assert line.session.staff_code == "K-MODEL"


QUOTA = Disconnect(http_status=429)


def until_it_dials(line) -> float:
    """Seconds until the next dial."""
    began_s = line.now_s
    while not line.session.actions:
        line.pass_time(0.1)
    line.session.actions.clear()
    return line.now_s - began_s


def test_quota_is_tried_more_and_more_seldom(line):
    pauses_s = []
    for _ in range(5):
        line.lose(QUOTA)
        pauses_s.append(round(until_it_dials(line)))
    assert pauses_s == [15, 30, 60, 90, 90]


def test_quota_is_tried_sooner_while_words_are_undelivered(line):
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 3200, line.now_s)
    pauses_s = []
    for _ in range(4):
        line.lose(QUOTA)
        pauses_s.append(round(until_it_dials(line)))
    assert pauses_s == [5, 9, 18, 36]


@pytest.mark.parametrize("refusals", [1, 4])
def test_press_brings_the_next_attempt_on_a_quota_forward(line, refusals):
    for _ in range(refusals):
        line.session.actions.clear()
        line.lose(QUOTA)
        last_s = line.now_s
        if _ < refusals - 1:
            until_it_dials(line)
    line.pass_time(2)
    line.session.open(1, 0, line.now_s)
    until_it_dials(line)
    assert line.now_s - last_s == pytest.approx(QUOTA_WAITS_S, abs=0.2)


def test_presses_make_no_storm_on_a_service_that_is_out_of_quota(line):
    line.lose(QUOTA)
    dials = 0
    for n in range(300):
        if n % 3 == 0:
            line.session.open(n, n * 100, line.now_s)
        line.pass_time(0.1)
        if line.session.actions:
            dials += 1
            line.session.actions.clear()
            line.session.lost(QUOTA, line.now_s)
    assert 3 < dials <= 30 / QUOTA_WAITS_S + 1


def test_press_does_not_bring_forward_what_the_service_asks_to_be_left_alone(line):
    line.lose(Disconnect(http_status=429, retry_after_s=50.0))
    line.session.open(1, 0, line.now_s)
    assert until_it_dials(line) > 49


def test_press_does_not_hurry_what_only_staff_can_mend():
    line = Line()
    line.session.actions.clear()
    line.lose(
        Disconnect(1011, "Your prepayment credits are depleted. Please go to AI Studio at https")
    )
    assert line.session.staff_code == "K-BILLING"
    line.session.open(1, 0, line.now_s)
    assert until_it_dials(line) > 59


def test_one_refusal_for_quota_is_no_outage_and_what_lasts_is(line):
    line.lose(QUOTA)
    shown = []
    for _ in range(12):
        line.pass_time(1)
        shown.append(line.session.staff_code)
    assert set(shown) == {""}
    assert line.session.code == "K-QUOTA"
    until_it_dials(line)
    line.lose(QUOTA)
    assert line.session.staff_code == ""
    line.pass_time(6)
    assert line.session.staff_code == "K-QUOTA"
    line.pass_time(100)
    line.connect()
    assert (line.session.code, line.session.staff_code) == ("", "")


@pytest.mark.parametrize(
    "loss",
    [
        Disconnect(1008, "Operation is not implemented, or supported, or enabled"),
        Disconnect(1007, "Request contains an invalid argument."),
        Disconnect(1011, "Internal error encountered."),
        Disconnect(http_status=429, retry_after_s=0.0),
        Disconnect(reason="no route"),
    ],
)
def test_nothing_that_fails_for_ever_is_dialled_in_a_storm(loss):
    line = Line()
    dials = 0
    while line.now_s < 700.0:
        if line.session.actions:
            dials += 1
            line.session.actions.clear()
            line.session.opened(line.now_s)
            line.session.lost(loss, line.now_s)
        line.pass_time(0.1)
    assert dials < 200


@pytest.mark.parametrize("asked_s", [math.inf, -1.0, math.nan, -math.inf, 1e300])
def test_nonsense_in_retry_after_is_bounded(line, asked_s):
    line.lose(Disconnect(http_status=429, retry_after_s=asked_s))
    assert until_it_dials(line) <= MAX_ASKED_S + 1


@pytest.mark.parametrize(
    "loss", [Disconnect(http_status=503), Disconnect(1011, "Internal error encountered.")]
)
def test_trouble_of_the_service_is_told_once_it_lasts(line, loss):
    shown = []
    for _ in range(40):
        line.session.actions.clear()
        line.lose(loss)
        line.pass_time(1)
        shown.append(line.session.staff_code)
    assert shown[10] == ""
    assert shown[-1] == "K-LINK"
    until_it_dials(line)
    line.lose(Disconnect(reason="no route"))
    assert (line.session.code, line.session.staff_code) == ("K-NET", "")


def test_quota_is_left_alone_for_as_long_as_the_service_asks(line):
    line.lose(Disconnect(http_status=429, retry_after_s=200.0))
    line.pass_time(199)
    assert not line.session.actions
    line.pass_time(2)
    assert isinstance(line.session.actions.popleft(), Dial)


def test_refused_credential_is_fetched_anew_once(line):
    line.lose(Disconnect(http_status=401))
    dial = line.session.actions.popleft()
    assert dial.refresh_credential
    assert line.session.staff_code == ""
    line.lose(Disconnect(http_status=401))
    assert line.session.staff_code == "K-KEY"


def test_broken_lines_do_not_cost_the_handle(line):
    line.receive(handle("a"))
    for _ in range(10):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(10)
        line.session.actions.clear()
    assert line.session.checkpoint.handle == "a"


def test_service_that_keeps_failing_costs_the_handle(line):
    line.receive(handle("a"))
    for _ in range(3):
        line.lose(Disconnect(1011, "Internal error encountered."))
        line.pass_time(10)
        line.session.actions.clear()
    assert line.session.checkpoint.handle == ""


def test_in_band_error_is_a_loss(line):
    line.receive(message(error={"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}))
    assert line.session.actions[0] == HangUp()
    assert line.session.code == "K-QUOTA"


def test_close_after_an_in_band_error_is_no_second_loss(line):
    line.receive(message(error={"code": 13, "message": "internal", "status": "INTERNAL"}))
    line.lose(Disconnect(1011, "Internal error encountered."))
    assert [type(action) for action in line.session.actions] == [HangUp, Dial]


def test_late_end_of_a_link_that_was_rotated_is_no_loss(line):
    line.pass_time(541)
    assert line.session.phase is Phase.ROTATING
    line.lose()
    line.connect()
    assert line.session.phase is Phase.UP


def test_tool_call_that_nobody_asked_for_gets_a_structured_error(line):
    line.receive(
        message(toolCall={"functionCalls": [{"id": "7", "name": "open_door", "args": {}}]})
    )
    (out,) = line.send()
    (response,) = json.loads(out.payload)["toolResponse"]["functionResponses"]
    assert (response["id"], response["name"]) == ("7", "open_door")
    assert response["response"]["error"]["code"] == "unknown_tool"


def test_vertex_asks_for_transparent_resumption():
    vertex = Session(
        replace(LIVE, api="vertex", project="p", location="global"),
        lambda: 0.5,
    )
    vertex.start(0.0)
    setup = json.loads(vertex.actions[0].setup)["setup"]
    assert setup["sessionResumption"] == {"transparent": True}
    assert setup["model"] == "projects/p/locations/global/publishers/google/models/gemini-3.8-live"


def listen(line, seconds: float, update=None) -> None:
    """Speak for so long, with an update of the service every 200 ms, or none."""
    for _ in range(round(seconds * 5)):
        line.ready += 3200
        line.send(line.ready)
        if update is not None:
            line.receive(update)
        line.pass_time(0.2)


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


def test_link_is_rotated_before_its_known_life_ends_when_nobody_is_there(line):
    line.receive(handle("a"))
    line.pass_time(541)
    assert line.session.phase is Phase.ROTATING


# --- handles and the index of what the service has taken -------------------------------------


def indexed(name: str, index: int, resumable: bool = True):
    update = {"newHandle": name, "resumable": resumable}
    return message(sessionResumptionUpdate=update | {"lastConsumedClientMessageIndex": str(index)})


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


def test_handle_from_mid_utterance_is_never_used(line):
    line.receive(indexed("between", 0))
    line.pass_time(1.1)
    line.session.open(1, 0, line.now_s)
    line.send(9600)
    line.receive(indexed("mid", 3))
    line.lose()
    assert line.connect()["sessionResumption"] == {"handle": "between"}
    line.send(9600)
    assert line.wire.samples(0)[0] == 0


# --- asking again ----------------------------------------------------------------------------


def test_answer_that_was_hardly_heard_is_asked_for_again_where_wanted():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(heard("where"), sound(), said("left"))
    line.session.played(1, 0.4)
    line.lose()
    assert Rewound(1) in line.receive()
    assert line.connect()["sessionResumption"] == {"handle": "a"}
    line.send()
    assert line.wire.samples(0) == (0, 3200)


def test_beginnings_of_an_answer_are_heard_for_a_second_in_all():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(heard("where"), sound())
    line.session.played(1, 0.6)
    line.lose()
    assert Rewound(1) in line.receive()
    line.connect()
    line.send()
    line.receive(heard("where"), sound())
    line.session.played(1, 1.2)
    line.lose()
    assert line.receive()[-1] == Finished(1, "cut")


def test_answer_that_was_heard_is_not_asked_for_again():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(sound(), said("left"))
    line.session.played(1, 1.2)
    line.lose()
    assert line.receive() == [Finished(1, "cut")]


def test_question_that_was_understood_and_not_answered_is_put_to_a_fresh_session_once():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(heard("where"))
    line.pass_time(NO_ANSWER_S + 0.1)
    line.pass_time(0.0)
    assert line.connect()["sessionResumption"] == {}
    line.send()
    assert line.wire.samples(0) == (0, 3200)
    line.receive(heard("where"))
    line.pass_time(NO_ANSWER_S + 0.1)
    assert Finished(1, "unanswered") in line.session.events


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
