"""Handles, acknowledged messages, GoAway."""

import asyncio
import time

import pytest

from .conftest import Concierge, Start
from .visitor import (
    DEVELOPER,
    END,
    START,
    VERTEX,
    VERTEX_MODEL,
    Visitor,
    audio,
    setup,
    speech,
)

TOILETS = speech("where are the toilets")


def resuming(handle: str, **more: object) -> dict[str, object]:
    return setup(sessionResumption={"handle": handle, **more})


async def test_a_handle_leads_back_to_the_session(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.ask(TOILETS)
    first_prompt = visitor.frames[-1]["usageMetadata"]["promptTokenCount"]
    handle = await visitor.handle()
    await visitor.leave()
    again = await Visitor.arrive(lab.port, first=resuming(handle))
    assert again.session == visitor.session
    await again.ask(TOILETS)
    prompt = again.frames[-1]["usageMetadata"]["promptTokenCount"]
    assert prompt > first_prompt * 1.5, "the history is there"
    await again.leave()
    assert [turn["turn"] for turn in lab.turns(again.session)] == [1, 2]


async def test_without_resumption_there_are_no_handles(lab: Concierge) -> None:
    first = setup()
    del first["setup"]["sessionResumption"]
    visitor = await Visitor.arrive(lab.port, first=first)
    await visitor.ask(TOILETS)
    await asyncio.sleep(0.1)
    assert "sessionResumptionUpdate" not in str(visitor.frames)
    await visitor.leave()


async def test_the_older_of_two_connections_on_a_session_ends(lab: Concierge) -> None:
    older = await Visitor.arrive(lab.port)
    younger = await Visitor.arrive(lab.port, first=resuming(await older.handle()))
    assert younger.session == older.session
    assert await older.closed() == (1011, "Internal error encountered.")
    assert (await younger.ask(TOILETS))[1] == "There."
    await younger.leave()


async def test_a_lost_answer_is_no_history(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    handle = await visitor.handle()
    await visitor.say(TOILETS)
    await visitor.until("modelTurn")
    visitor.socket.transport.abort()
    again = await Visitor.arrive(lab.port, first=resuming(handle))
    await again.ask(TOILETS)
    assert [turn["outcome"] for turn in lab.turns(again.session)] == ["cut", "complete"]
    assert again.frames[-1]["usageMetadata"]["promptTokenCount"] < 60
    await again.leave()


@pytest.fixture(scope="module")
def impatient(start: Start) -> Concierge:
    """A concierge that soon sends its visitors away."""
    return start("--go-away-after", "0.3", "--time-left", "0.5")


TRANSPARENT = setup(VERTEX_MODEL, sessionResumption={"transparent": True})


async def test_transparent_acknowledges_each_message_as_a_string(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port, VERTEX, TRANSPARENT)
    await visitor.handle()
    await visitor.send(START)
    for at in range(0, 6400, 640):
        await visitor.send(audio(TOILETS[at : at + 640]))
    updates = [await visitor.until("sessionResumptionUpdate") for _ in range(11)]
    indexes = [u["sessionResumptionUpdate"]["lastConsumedClientMessageIndex"] for u in updates]
    assert indexes == [str(n) for n in range(1, 12)]
    assert len({u["sessionResumptionUpdate"]["newHandle"] for u in updates}) == 11
    await visitor.leave()


async def test_transparent_resumes_in_the_middle_of_an_utterance(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port, VERTEX, TRANSPARENT)
    await visitor.handle()
    half = len(TOILETS) // 4 * 2
    await visitor.send(START)
    await visitor.handle()
    await visitor.send(audio(TOILETS[:half]))
    handle = await visitor.handle()
    visitor.socket.transport.abort()
    first = setup(VERTEX_MODEL, sessionResumption={"transparent": True, "handle": handle})
    again = await Visitor.arrive(lab.port, VERTEX, first)
    await again.send(audio(TOILETS[half:]))
    await again.send(END)
    await again.until("turnComplete")
    assert again.texts("inputTranscription") == "where are the toilets"
    cut, whole = lab.turns(again.session)
    assert lab.pcm(cut) == TOILETS[:half]
    assert lab.pcm(whole) == TOILETS
    assert (cut["outcome"], whole["outcome"]) == ("cut", "complete")
    await again.leave()


@pytest.mark.parametrize(
    ("path", "model", "ending"),
    [
        (
            DEVELOPER,
            "models/gemini-3.8-live",
            (1011, "Deadline expired before operation could complete."),
        ),
        (VERTEX, VERTEX_MODEL, (1000, "The operation was cancelled.")),
    ],
)
async def test_go_away_is_announced_and_carried_out(
    impatient: Concierge, path: str, model: str, ending: tuple[int, str]
) -> None:
    visitor = await Visitor.arrive(impatient.port, path, setup(model))
    told = await visitor.until("goAway")
    assert told == {"goAway": {"timeLeft": "0.5s"}}
    at = time.monotonic()
    assert await visitor.closed() == ending
    assert time.monotonic() - at > 0.4
