"""The session reads like its specification: what a link's end means for speech, turns,
checkpoints.
"""

import json

from msgspec.structs import replace

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial, Finished, HangUp, Heard, Rewound, Said, Sound, SoundComplete
from kiosk.core.outbox import Kind
from kiosk.core.session import Session
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


def test_dials_at_once_and_sends_nothing_before_setup_complete():
    line = Line()
    assert isinstance(line.session.actions[0], Dial)
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 3200, line.now_s)
    line.session.opened(line.now_s)
    assert line.send() == []
    line.session.receive(SETUP_COMPLETE, line.now_s)
    assert [out.kind for out in line.send()][:2] == [Kind.START, Kind.AUDIO]


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


def test_what_is_said_again_only_to_be_known_is_given_up_while_the_line_is_away(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.lose()
    for _ in range(int(LIVE.give_up_s / 8) + 2):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(8)
    assert line.session.outbox.keep_from(777) == 777


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
    assert line.session.outbox.keep_from(777) == 777


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
    assert line.session.outbox.keep_from(9000) == 1000
    line.receive(sound(), TURN_COMPLETE)
    assert line.session.outbox.keep_from(9000) == 1000
    line.receive(handle("a"))
    assert line.session.outbox.keep_from(9000) == 9000


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


def test_in_band_error_is_a_loss(line):
    line.receive(message(error={"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}))
    assert line.session.actions[0] == HangUp()
    assert line.session.code == "K-QUOTA"


def test_close_after_an_in_band_error_is_no_second_loss(line):
    line.receive(message(error={"code": 13, "message": "internal", "status": "INTERNAL"}))
    line.lose(Disconnect(1011, "Internal error encountered."))
    assert [type(action) for action in line.session.actions] == [HangUp, Dial]


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


# --- asking again ----------------------------------------------------------------------------


def test_answer_that_was_hardly_heard_is_asked_for_again_where_wanted():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    line.receive(heard("where"), sound(), said("left"))
    line.session.outbox.played(1, 0.4)
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
    line.session.outbox.played(1, 0.6)
    line.lose()
    assert Rewound(1) in line.receive()
    line.connect()
    line.send()
    line.receive(heard("where"), sound())
    line.session.outbox.played(1, 1.2)
    line.lose()
    assert line.receive()[-1] == Finished(1, "cut")


def test_answer_that_was_heard_is_not_asked_for_again():
    line = Line(replace(LIVE, ask_again=True))
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(sound(), said("left"))
    line.session.outbox.played(1, 1.2)
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
