"""When a fault strikes, and which connection it strikes."""

import asyncio
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ..misbehaving import PCM, fault, recorded, struck
from ..visitor import START, Visitor, audio, setup


async def test_dials_are_refused_as_often_as_asked(bad) -> None:
    concierge = bad(fault(when="upgrade", do="refuse", status=503, times=2, retry_after_s=9))
    for _ in range(2):
        with pytest.raises(InvalidStatus) as caught:
            await Visitor.arrive(concierge.port)
        assert caught.value.response.status_code == 503
        assert caught.value.response.headers["Retry-After"] == "9"
    visitor = await Visitor.arrive(concierge.port)
    await visitor.leave()


async def test_reset_strikes_at_its_sample_and_that_message_is_not_taken(bad) -> None:
    concierge = bad(fault(when="speaking", samples=960, do="reset"))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.send(START)
    for _ in range(3):
        await visitor.send(audio(PCM))
    with pytest.raises(ConnectionClosed):
        await visitor.until("nothing")
    again = await Visitor.arrive(concierge.port)
    await again.leave()
    (cut,) = concierge.turns(visitor.session)
    assert (cut["samples"], cut["outcome"]) == (640, "cut")
    assert struck(concierge) == ["reset"]


async def test_moments_are_seen_in_snake_case_too(bad) -> None:
    """As google-genai writes it."""
    concierge = bad(fault(when="speaking", samples=480, do="reset"))
    visitor = await Visitor.arrive(concierge.port)
    blob = audio(PCM)["realtimeInput"]["audio"]
    spoken = {"audio": {"data": blob["data"], "mime_type": blob["mimeType"]}}
    await visitor.send({"realtime_input": {"activity_start": {}}})
    for _ in range(2):
        await visitor.send({"realtime_input": spoken})
    with pytest.raises(ConnectionClosed):
        await visitor.until("nothing")
    assert struck(concierge) == ["reset"]


async def test_drawn_numbers_are_the_same_for_the_same_seed(bad) -> None:
    plan = "seed = 5\n" + fault(when="speaking", samples=[0, 6400], do="close", times=0)
    taken = []
    for _ in range(2):
        concierge = bad(plan)
        counts = []
        for _ in range(3):
            visitor = await Visitor.arrive(concierge.port)
            await visitor.say(PCM * 30)
            assert (await visitor.closed())[0] == 1011
            counts.append((await recorded(concierge, visitor))[0]["samples"])
        taken.append(counts)
    assert taken[0] == taken[1]
    assert len(set(taken[0])) > 1, "and others on other connections"


async def test_frozen_says_nothing_and_still_ends_with_the_server(bad) -> None:
    concierge = bad(fault(when="asked", do="freeze"))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(PCM * 20)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await visitor.until("turnComplete")
    at = time.monotonic()
    assert concierge.stop() == 0
    assert time.monotonic() - at < 4


@pytest.mark.parametrize("announced", [True, False])
async def test_history_has_a_moment_of_its_own(bad, announced) -> None:
    concierge = bad(fault(when="history", do="close", code=1007, reason="no history"))
    config = {"historyConfig": {"initialHistoryInClientContent": True}} if announced else {}
    visitor = await Visitor.arrive(concierge.port, first=setup(**config))
    turns = [{"role": "user", "parts": [{"text": "hello"}]}]
    await visitor.send({"clientContent": {"turns": turns, "turnComplete": True}})
    if announced:
        assert await visitor.closed() == (1007, "no history")
    else:
        await visitor.until("turnComplete")
        await visitor.leave()
