"""Ends of a turn: with nothing in it, words only, refused, too early, or by the service itself."""

import base64

import pytest
from google.genai.types import TurnCompleteReason
from msgspec.structs import replace

from kiosk.core import turn_end
from kiosk.core.attribution import MAX_TRANSCRIPT_CHARS
from kiosk.core.events import Finished, Heard, Rewound, Said, Sound, SoundComplete
from kiosk.core.link_state import Phase
from kiosk.core.scene import Notice, State
from kiosk.core.silences import LATE_S, STALL_S, WORK_S
from kiosk.core.turns import ReplyCommand
from kiosk.core.visit import Visit

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
from .test_conversation import Kiosk

QUIET = base64.b64encode(bytes(2_400)).decode()
ASKING = replace(LIVE, ask_again=True)
APOLOGY = b"\x01\x10"
IN_PROGRESS = message(serverContent={"turnComplete": True, "interactionStatus": "IN_PROGRESS"})
IDLE = message(interactionStatus="IDLE")


def parts(*parts: dict):
    return message(serverContent={"modelTurn": {"parts": list(parts)}})


def ended(**content: object):
    return message(serverContent={"turnComplete": True, **content})


@pytest.fixture
def asking() -> Line:
    line = Line(ASKING)
    line.connect()
    return line


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk(apology=APOLOGY)


# --- nothing that can be heard or read ---------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ([], "empty"),
        ([heard("where")], "empty"),
        ([sound(QUIET), sound(QUIET)], "inaudible"),
        ([parts({"text": "They want the way.", "thought": True})], "empty"),
        ([parts({})], "empty"),
        ([parts({"inlineData": {"mimeType": "audio/ogg", "data": "ACAAIA=="}})], "empty"),
    ],
)
def test_turn_with_nothing_in_it_is_asked_again_and_then_told(asking, content, outcome):
    asking.receive(handle("a"))
    asking.speak(1, 0, 3200)
    for _ in range(2):
        assert Finished not in map(type, asking.receive(*content, TURN_COMPLETE))
        asking.pass_time(LATE_S + 0.1)
        if asking.session.phase is Phase.UP:
            break
        asking.pass_time(0.0)
        assert asking.receive() == [Rewound(1)]
        # Neither the link nor the handle is to blame.
        assert asking.connect()["sessionResumption"] == {"handle": "a"}
        asking.send()
        assert asking.wire.samples(0) == (0, 3200)
    assert asking.receive() == [Finished(1, outcome)]
    assert asking.session.phase is Phase.UP


def test_turn_with_nothing_in_it_is_not_asked_again_where_that_is_not_wanted(line):
    line.speak(1, 0, 3200)
    line.receive(heard("where"), TURN_COMPLETE)
    line.pass_time(LATE_S + 0.1)
    assert line.receive() == [Finished(1, "empty")]


def test_second_asking_may_be_answered(asking):
    asking.speak(1, 0, 3200)
    asking.receive(TURN_COMPLETE)
    asking.pass_time(LATE_S + 0.1)
    asking.pass_time(0.0)
    asking.connect()
    asking.send()
    assert asking.receive(sound(), TURN_COMPLETE)[-1] == Finished(1, "answered")


def test_answer_that_comes_after_an_empty_end_is_the_answer(asking):
    asking.speak(1, 0, 3200)
    asking.receive(heard("where"), TURN_COMPLETE)
    asking.pass_time(LATE_S / 2)
    assert asking.receive(sound(), TURN_COMPLETE) == [Sound(1, LOUD), Finished(1, "answered")]


def test_empty_ends_in_a_row_do_not_put_the_second_asking_off(asking):
    asking.speak(1, 0, 3200)
    for _ in range(8):
        asking.receive(TURN_COMPLETE)
        asking.pass_time(LATE_S / 4)
    assert asking.session.phase is not Phase.UP


@pytest.mark.parametrize(
    "content", [[TURN_COMPLETE], [sound(QUIET), TURN_COMPLETE]], ids=["empty", "inaudible"]
)
def test_visitor_is_told_and_hears_an_apology(kiosk, content):
    kiosk.ask()
    kiosk.receive(*content)
    assert kiosk.state in (State.THINKING, State.SPEAKING)
    kiosk.commands()
    kiosk.run(LATE_S * 1000 + 100)
    assert kiosk.commands() == [ReplyCommand.END_OF_REPLY, APOLOGY, ReplyCommand.END_OF_REPLY]
    assert kiosk.notice is Notice.SPEECH_DISCARDED


def test_tool_that_is_used_without_a_word_needs_no_apology():
    line = Line(ASKING, tools={"light"})
    line.connect()
    line.speak(1, 0, 3200)
    line.receive(message(toolCall={"functionCalls": [{"id": "1", "name": "light"}]}))
    line.session.respond("1", {}, line.now_s)
    assert line.receive(TURN_COMPLETE) == [Finished(1, "silent")]


def test_generation_without_content_is_waited_for_no_longer_than_any_answer(line):
    line.speak(1, 0, 3200)
    line.receive(heard("where"), GENERATION_COMPLETE)
    line.pass_time(9)
    assert Finished(1, "unanswered") in line.receive()


# --- words only --------------------------------------------------------------------------------


def test_words_without_sound_are_an_answer_that_is_read(kiosk):
    kiosk.ask()
    kiosk.receive(parts({"text": "The way is "}, {"text": "hm", "thought": True}))
    kiosk.receive(parts({"text": "on the left."}), TURN_COMPLETE)
    turn, scene = kiosk.conversation.turns[-1], kiosk.conversation.scene(kiosk.now_s)
    assert (turn.outcome, turn.said) == ("text", "The way is on the left.")
    assert [(piece.text, piece.spoken) for piece in scene.said] == [(turn.said, False)]
    assert kiosk.notice is None
    assert APOLOGY not in kiosk.commands()


def test_words_beside_sound_are_not_shown_beside_its_transcript(line):
    line.speak(1, 0, 3200)
    events = line.receive(sound(), said("left"), parts({"text": "left"}), TURN_COMPLETE)
    assert [event for event in events if isinstance(event, Said)] == [Said(1, "left")]
    assert events[-1] == Finished(1, "answered")


def test_transcript_of_a_silent_sound_is_read(line):
    line.speak(1, 0, 3200)
    assert line.receive(sound(QUIET), said("left"), TURN_COMPLETE)[-1] == Finished(1, "text")


# --- refused -----------------------------------------------------------------------------------

MODELS_FAULTS = {"MALFORMED_FUNCTION_CALL", "MAX_REGENERATION_REACHED"}


@pytest.mark.parametrize("reason", [each.value for each in TurnCompleteReason])
def test_every_reason_of_the_official_client_is_told_apart(reason):
    told = turn_end.refusal(reason, waits=False)
    if reason.endswith("_UNSPECIFIED") or reason in MODELS_FAULTS:
        assert told == ""
    else:
        wanted = "more-wanted" if reason == "NEED_MORE_INPUT" else "refused"
        assert told == wanted


@pytest.mark.parametrize(
    ("end", "outcome", "notice"),
    [
        (ended(turnCompleteReason="PROHIBITED_INPUT_CONTENT"), "refused", Notice.REFUSED),
        (ended(turnCompleteReason="RESPONSE_REJECTED"), "refused", Notice.REFUSED),
        (ended(turnCompleteReason="GENERATED_SOMETHING_NEW"), "refused", Notice.REFUSED),
        (ended(turnCompleteReason="NEED_MORE_INPUT"), "more-wanted", Notice.MORE_WANTED),
        (ended(waitingForInput=True), "more-wanted", Notice.MORE_WANTED),
    ],
)
def test_refused_turn_is_told_kindly_and_not_asked_again(end, outcome, notice):
    kiosk = Kiosk(ASKING, apology=APOLOGY)
    kiosk.ask()
    kiosk.receive(end)
    assert kiosk.conversation.turns[-1].outcome == outcome
    assert kiosk.notice is notice
    assert APOLOGY in kiosk.commands()
    assert kiosk.session.phase is Phase.UP


def test_answer_that_is_refused_halfway_is_not_apologised_for_in_its_middle(kiosk):
    kiosk.ask()
    kiosk.receive(sound(), ended(turnCompleteReason="GENERATED_AUDIO_SAFETY"))
    assert kiosk.conversation.turns[-1].outcome == "refused"
    assert kiosk.notice is Notice.REFUSED
    assert APOLOGY not in kiosk.commands()


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "SOMETHING_ELSE", 7, None])
def test_reason_that_says_nothing_of_the_question_is_asked_again(asking, reason):
    asking.speak(1, 0, 3200)
    asking.receive(ended(turnCompleteReason=reason))
    asking.pass_time(LATE_S + 0.1)
    assert asking.session.phase is Phase.ROTATING


def test_answer_that_ends_in_a_question_is_an_answer(line):
    line.speak(1, 0, 3200)
    assert line.receive(sound(), ended(waitingForInput=True))[-1] == Finished(1, "answered")


# --- an end in mid-sentence --------------------------------------------------------------------


def test_rest_of_an_answer_that_comes_after_its_end_is_played_and_captioned(kiosk):
    kiosk.ask()
    kiosk.receive(sound(), said("The way "), TURN_COMPLETE)
    kiosk.commands()
    kiosk.run(300)
    kiosk.receive(handle("a"), sound(), said("is left."), TURN_COMPLETE)
    assert kiosk.commands() == [LOUD, "is left.", ReplyCommand.END_OF_REPLY]
    turn = kiosk.conversation.turns[-1]
    assert (turn.outcome, turn.resumed, turn.said) == ("answered", True, "The way is left.")
    assert kiosk.session.checkpoint.history[-1].said == "The way is left."
    assert kiosk.state is State.SPEAKING


def test_end_of_a_turn_that_is_over_says_nothing(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    assert line.receive(TURN_COMPLETE, TURN_COMPLETE) == []


def test_rest_of_an_answer_is_of_nobody_once_something_newer_was_said(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.session.open(2, 3200, line.now_s)
    line.send(4000)
    assert line.receive(sound(), said("left")) == []


def test_rest_of_an_answer_does_not_outlive_the_link_or_the_visit(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), TURN_COMPLETE)
    line.lose()
    line.connect()
    assert line.receive(sound()) == []
    line.speak(2, 3200, 6400)
    line.receive(sound(), TURN_COMPLETE)
    line.session.end_visit(line.now_s)
    line.pass_time(0.0)
    line.connect()
    assert line.receive(sound()) == []


# --- the service ends its own answer -----------------------------------------------------------


def test_answer_that_the_service_interrupts_itself_is_over(line):
    line.receive(handle("a"))
    line.speak(1, 0, 3200)
    assert line.receive(sound(), INTERRUPTED)[-1] == Finished(1, "answered")
    assert line.receive(TURN_COMPLETE, handle("b")) == []
    assert line.session.checkpoint.handle == "b"
    line.pass_time(STALL_S + 1)
    assert line.session.phase is Phase.UP
    line.speak(2, 3200, 6400)
    assert line.receive(sound(), TURN_COMPLETE) == [Sound(2, LOUD), Finished(2, "answered")]


def test_content_in_the_frame_of_the_services_own_interruption_is_heard(line):
    line.speak(1, 0, 3200)
    line.receive(sound())
    part = {"inlineData": {"mimeType": "audio/pcm", "data": "ACAAIA=="}}
    both = ended(interrupted=True, modelTurn={"parts": [part]})
    assert line.receive(both) == [Sound(1, LOUD), Finished(1, "answered")]


def test_answer_that_goes_on_after_the_services_own_interruption_is_heard(line):
    line.speak(1, 0, 3200)
    line.receive(sound(), INTERRUPTED, TURN_COMPLETE)
    assert line.receive(sound(), TURN_COMPLETE) == [Sound(1, LOUD), SoundComplete(1)]


# --- a model that thinks -----------------------------------------------------------------------


def test_answer_that_is_announced_comes_after_a_long_thought():
    kiosk = Kiosk(ASKING, apology=APOLOGY)
    kiosk.ask()
    kiosk.receive(sound(), said("Let me see."), IN_PROGRESS)
    assert kiosk.commands() == [LOUD, "Let me see.", ReplyCommand.END_OF_REPLY]
    kiosk.heard = kiosk.reply.end
    kiosk.run(13_000)
    assert kiosk.state is State.THINKING
    assert kiosk.session.phase is Phase.UP
    kiosk.receive(sound(), said(" It is left."), TURN_COMPLETE, IDLE)
    turn = kiosk.conversation.turns[-1]
    assert (turn.outcome, turn.said) == ("answered", "Let me see. It is left.")


def test_visit_does_not_end_while_the_host_thinks():
    kiosk = Kiosk()
    kiosk.conversation.visit = Visit(10)
    kiosk.ask()
    kiosk.receive(IN_PROGRESS)
    kiosk.run(20_000)
    assert kiosk.state is State.THINKING


@pytest.mark.parametrize(
    "sign",
    [
        parts({"text": "They want the way.", "thought": True}),
        message(interactionStatus="IN_PROGRESS"),
        message(serverContent={"interactionStatus": "IN_PROGRESS"}),
    ],
    ids=["a thought", "status beside", "status within"],
)
def test_sign_of_work_is_a_sign_of_life_within_a_bound(line, sign):
    line.speak(1, 0, 3200)
    line.receive(heard("where"))
    began_s = line.now_s
    while line.session.phase is Phase.UP and line.now_s < began_s + 2 * WORK_S:
        line.receive(sign)  # However often it comes.
        line.pass_time(1.0)
    assert WORK_S <= line.now_s - began_s <= WORK_S + 2
    assert line.receive() == [Finished(1, "unanswered")]
    line.pass_time(0.0)
    line.connect()
    line.send()
    assert line.wire.ids == []  # It is not put again: nobody waits twice.


def test_status_on_a_frame_of_sound_does_not_prolong_a_stall(line):
    line.speak(1, 0, 3200)
    line.receive(message(interactionStatus="IN_PROGRESS", serverContent=_sound_content()))
    line.pass_time(STALL_S + 0.1)
    assert line.receive() == [Sound(1, LOUD), Finished(1, "cut")][1:]


def _sound_content() -> dict:
    return {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "ACAAIA=="}}]}}


# --- transcripts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["where is the exit?", "where is the exit?"], "where is the exit?"),
        (["where is", " the exit?", "where is the exit?"], "where is the exit?"),
        (["where is ", "where is the exit?"], "where is the exit?"),
        (["ha ", "ha ", "ha "], "ha ha ha "),
    ],
)
def test_transcript_that_comes_twice_is_shown_once(line, pieces, shown):
    line.speak(1, 0, 3200)
    events = line.receive(*map(heard, pieces))
    assert "".join(event.text for event in events if isinstance(event, Heard)) == shown
    events = line.receive(sound(), *map(said, pieces))
    assert "".join(event.text for event in events if isinstance(event, Said)) == shown


def test_question_that_is_transcribed_again_after_the_second_asking_is_shown_once():
    kiosk = Kiosk(live=ASKING)
    kiosk.ask()
    kiosk.receive(heard("where is the exit?"))
    kiosk.run(8_200)
    kiosk.connect()
    kiosk.run(100)
    kiosk.receive(heard("where is the exit?"), sound(), TURN_COMPLETE)
    assert kiosk.conversation.scene(kiosk.now_s).heard == "where is the exit?"


def test_transcripts_of_a_turn_are_bounded(line):
    line.speak(1, 0, 3200)
    line.receive(*[heard(f"{n} " * 500) for n in range(100)])
    line.receive(sound(), *[said(f"{n} " * 500) for n in range(100)])
    (u,) = line.session.outbox.utterances
    assert len(u.heard) == len(u.said) == MAX_TRANSCRIPT_CHARS
    assert any("characters a turn" in name for name in line.session.oddities.counts)
