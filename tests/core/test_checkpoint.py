"""Which handle may be used, and what a fresh session is told instead."""

import json

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Finished

from .service import (
    TURN_COMPLETE,
    handle,
    heard,
    indexed,
    said,
    sound,
)

INVALID = Disconnect(1007, "Request contains an invalid argument.")


def test_handle_is_adopted_only_between_turns_and_only_when_resumable(line):
    line.receive(handle("a", resumable=False))
    assert line.session.checkpoint.handle == ""
    line.receive(handle("a"))
    line.session.open(1, 0, line.now_s)
    line.send(1000)
    line.receive(handle("b"))
    assert line.session.checkpoint.handle == "a"


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


def test_only_what_was_spoken_is_told_as_it_may_be_used(line):
    line.session.checkpoint.readable = lambda text: "…"
    line.speak(1, 0, 3200)
    line.receive(heard("Спасибо"), sound(), said("left"), TURN_COMPLETE)
    line.session.type(2, "Salida?", line.now_s)
    line.send()
    line.receive(sound(), said("right"), TURN_COMPLETE)
    past = line.session.checkpoint.past()
    words = [part.text for turn in past.turns for part in turn.parts]
    assert words == ["…", "left", "Salida?", "right"]
