"""Handles, acknowledged messages, GoAway."""

import asyncio
import time

import pytest

from kiosk.concierge import session as session_module
from kiosk.concierge.session import Exchange, Sessions

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


# --- the session object by itself --------------------------------------------------------------


def test_going_back_undoes_what_came_after() -> None:
    sessions = Sessions()
    session = sessions.new()
    early = session.checkpoint()
    activity = session.new_activity()
    activity.pcm += b"abcd"
    middle = session.checkpoint()
    activity.pcm += b"efgh"
    session.history += (Exchange("user", "hello"),)
    session.activity = None
    late = session.checkpoint()
    assert sessions.resume(middle) is session
    assert session.activity is not None
    assert bytes(session.activity.pcm) == b"abcd"
    assert session.history == ()
    session.activity.pcm += b"XXXX"
    sessions.resume(late)
    assert session.history == (Exchange("user", "hello"),)
    assert session.activity is None
    sessions.resume(middle)
    assert session.activity is not None
    assert bytes(session.activity.pcm) == b"abcd", "what was said after another resume is not in it"
    sessions.resume(early)
    assert (session.activity, session.history) == (None, ())
    assert sessions.resume("nobody.knows") is None


def test_handles_expire_after_the_end_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions()
    session = sessions.new()
    handle = session.checkpoint()
    now = time.monotonic()
    session.ended_s = now
    monkeypatch.setattr(session_module.time, "monotonic", lambda: now + 7_190)
    assert sessions.resume(handle) is session
    session.ended_s = now
    monkeypatch.setattr(session_module.time, "monotonic", lambda: now + 7_210)
    assert sessions.resume(handle) is None


def test_only_so_many_checkpoints_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "MAX_RESUME_POINTS", 3)
    sessions = Sessions()
    handles = [session.checkpoint() for session in [sessions.new()] for _ in range(5)]
    assert [sessions.resume(handle) is not None for handle in handles] == [0, 0, 1, 1, 1]
