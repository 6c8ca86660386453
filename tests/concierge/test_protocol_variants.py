"""What Google's documents leave open can be chosen in a faults file."""

import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from .misbehaving import PCM, ask, fault
from .test_turn_queue import LATER, call_meanwhile
from .visitor import END, START, VERTEX, VERTEX_MODEL, Visitor, audio, setup


@pytest.mark.parametrize(
    ("readings", "indexes"),
    [
        ("", ["0", "1", "2"]),
        ("first_index = 0", [None, "0", "1"]),
        ("first_index = 2", ["1", "2", "3"]),
        ('index_type = "number"', [0, 1, 2]),
    ],
)
async def test_indexes_are_counted_as_the_reading_says(
    bad, readings: str, indexes: list[object]
) -> None:
    concierge = bad("[readings]\n" + readings)
    transparent = setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    visitor = await Visitor.arrive(concierge.port, VERTEX, transparent)
    await visitor.send(START)
    await visitor.send(audio(PCM))
    updates = [await visitor.until("sessionResumptionUpdate") for _ in range(3)]
    found = [u["sessionResumptionUpdate"].get("lastConsumedClientMessageIndex") for u in updates]
    assert found == indexes
    await visitor.leave()


async def test_indexes_can_go_on_over_a_resume(bad) -> None:
    concierge = bad('[readings]\nindexes = "session"\nupdates = "second"')
    visitor = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    )
    await visitor.until("sessionResumptionUpdate")
    await visitor.send(START)
    for _ in range(3):
        await visitor.send(audio(PCM))
    at = time.monotonic()
    update = (await visitor.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
    assert time.monotonic() - at > 0.5, "once a second"
    assert update["lastConsumedClientMessageIndex"] == "4"
    resumed = {"transparent": True, "handle": update["newHandle"]}
    again = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption=resumed)
    )
    await again.until("sessionResumptionUpdate")
    await again.send(END)
    await again.until("turnComplete")
    update = (await again.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
    assert update["lastConsumedClientMessageIndex"] == "5"
    assert concierge.turns(again.session)[-1]["samples"] == 960


@pytest.mark.parametrize(("reading", "samples"), [("restored", 960), ("forgotten", 320)])
async def test_open_utterance_is_restored_or_forgotten(bad, reading: str, samples: int) -> None:
    concierge = bad(f'[readings]\nopen_utterance = "{reading}"')
    visitor = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    )
    await visitor.handle()
    await visitor.send(START)
    await visitor.handle()
    await visitor.send(audio(PCM))
    await visitor.handle()
    await visitor.send(audio(PCM))
    handle = await visitor.handle()
    visitor.socket.transport.abort()
    resumed = {"transparent": True, "handle": handle}
    again = await Visitor.arrive(
        concierge.port, VERTEX, setup(VERTEX_MODEL, sessionResumption=resumed)
    )
    if reading == "forgotten":
        await again.send(START)
    await again.send(audio(PCM))
    await again.send(END)
    await again.until("turnComplete")
    assert concierge.turns(again.session)[-1]["samples"] == samples
    await again.leave()


async def test_only_the_newest_handle_may_be_good(bad) -> None:
    concierge = bad('[readings]\nolder_handles = "refused"')
    visitor = await Visitor.arrive(concierge.port)
    older = await visitor.handle()
    await ask(visitor)
    newer = await visitor.handle()
    await visitor.leave()
    with pytest.raises(ConnectionClosed):
        await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": older}))
    again = await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": newer}))
    await again.leave()


async def test_unanswered_turn_may_be_answered_after_the_resume(bad) -> None:
    plan = '[readings]\nunanswered_turn = "answered"\n' + fault(
        when="asked", connection=1, do="delay", each_s=0.3
    )
    concierge = bad(plan)
    visitor = await Visitor.arrive(concierge.port)
    await visitor.handle()
    await visitor.say(PCM * 20)
    handle = await visitor.handle()
    assert "modelTurn" not in str(visitor.frames)
    visitor.socket.transport.abort()
    again = await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": handle}))
    await again.until("turnComplete")
    assert again.texts("outputTranscription") == "There."
    cut, whole = concierge.turns(again.session)
    assert (cut["outcome"], whole["outcome"]) == ("cut", "complete")
    assert cut["samples"] == whole["samples"] == 6400
    await again.leave()


@pytest.mark.parametrize("message", [START, {"realtimeInput": {"text": "hello"}}])
async def test_input_while_a_tool_call_waits_may_be_refused(bad, message: dict[str, Any]) -> None:
    concierge = bad('[readings]\ninput_in_a_call = "refused"')
    visitor = await Visitor.arrive(concierge.port)
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    (call,) = (await visitor.until("toolCall"))["toolCall"]["functionCalls"]
    response = {"id": call["id"], "name": call["name"], "response": {"ok": True}}
    await visitor.send({"toolResponse": {"functionResponses": [response]}})
    await visitor.until("turnComplete")
    await ask(visitor)
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    await visitor.until("toolCall")
    await visitor.send(message)
    assert await visitor.closed() == (1008, "The operation was aborted.")


async def test_a_function_without_behavior_may_be_one_that_nobody_waits_for(bad) -> None:
    concierge = bad('[readings]\nomitted_behavior = "NON_BLOCKING"')
    functions = [{"functionDeclarations": [{"name": "set_light"}]}]
    visitor = await Visitor.arrive(concierge.port, first=setup(tools=functions))
    await call_meanwhile(visitor)
    assert visitor.texts("outputTranscription") == "One moment."
    await visitor.leave()


async def test_scheduling_may_belong_into_the_response(bad) -> None:
    concierge = bad('[readings]\nscheduling = "inside"')
    visitor = await Visitor.arrive(
        concierge.port, first=setup(tools=[{"functionDeclarations": [LATER]}])
    )
    call = await call_meanwhile(visitor)
    answer = {"id": call["id"], "name": "set_light", "response": {"scheduling": "SILENT"}}
    await visitor.send({"toolResponse": {"functionResponses": [answer]}})
    call = await call_meanwhile(visitor)
    assert visitor.texts("outputTranscription") == "One moment." * 2
    answer = {"id": call["id"], "name": "set_light", "response": {}, "scheduling": "SILENT"}
    await visitor.send({"toolResponse": {"functionResponses": [answer]}})
    assert (await visitor.closed())[0] == 1007
