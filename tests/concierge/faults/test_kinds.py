"""What each kind of fault does on the wire."""

import asyncio
import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from kiosk.concierge.faults.kinds import GARBAGE

from ..misbehaving import PCM, ask, fault
from ..visitor import START, VERTEX, VERTEX_MODEL, Visitor, audio, setup


@pytest.mark.parametrize("left", ["9.5s", None, 7, "a while"])
async def test_go_away_says_what_it_is_told_to(bad, left: object) -> None:
    more = {} if left is None else {"time_left": left}
    concierge = bad(fault(when="between", do="go away", close_after_s=0.2, **more))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(PCM * 20)
    visitor.strict = False
    told = await visitor.until("goAway")
    assert told == {"goAway": {} if left is None else {"timeLeft": left}}
    assert (await visitor.closed())[0] == 1011


async def test_deaf_takes_nothing_in_and_mute_says_nothing(bad) -> None:
    plan = fault(when="connected", connection=1, do="deaf")
    plan += fault(when="asked", connection=2, do="mute")
    concierge = bad(plan)
    deaf = await Visitor.arrive(concierge.port)
    mute = await Visitor.arrive(concierge.port)
    for visitor in (deaf, mute):
        await visitor.say(PCM * 20)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await visitor.until("modelTurn")
        await visitor.leave()
    await asyncio.sleep(0.1)
    turns = concierge.turns(mute.session)
    assert [turn["samples"] for turn in turns] == [6400]
    assert concierge.turns(deaf.session) == []


async def test_setup_can_be_late_and_a_handle_expired(bad) -> None:
    plan = fault(when="setup", connection=1, do="delay", each_s=0.4, for_s=0.1)
    plan += fault(when="setup", resuming=True, do="close", code=1007, reason="Gone.")
    concierge = bad(plan)
    at = time.monotonic()
    visitor = await Visitor.arrive(concierge.port)
    assert time.monotonic() - at > 0.4
    handle = await visitor.handle()
    with pytest.raises(ConnectionClosed) as caught:
        await Visitor.arrive(concierge.port, first=setup(sessionResumption={"handle": handle}))
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1007


async def test_answers_can_be_poisoned_silent_or_soundless(bad) -> None:
    plan = fault(when="connected", connection=1, do="poison")
    plan += fault(when="connected", connection=2, do="silence")
    plan += fault(when="connected", connection=3, do="soundless")
    concierge = bad(plan)
    poisoned, silent, soundless = [await Visitor.arrive(concierge.port) for _ in range(3)]
    await poisoned.say(PCM * 20)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await poisoned.until("modelTurn")
    assert poisoned.texts("inputTranscription") == "where are the toilets"
    await ask(silent)
    assert len(silent.pcm()) > 24_000
    assert not any(silent.pcm())
    await ask(soundless)
    assert soundless.pcm() == b""


async def test_updates_can_lag_and_have_no_handle(bad) -> None:
    plan = fault(when="setup", connection=1, do="lag", updates=3)
    plan += fault(when="setup", connection=2, do="not resumable")
    concierge = bad(plan)
    transparent = setup(VERTEX_MODEL, sessionResumption={"transparent": True})
    visitor = await Visitor.arrive(concierge.port, VERTEX, transparent)
    await visitor.send(START)
    for _ in range(4):
        await visitor.send(audio(PCM))
    for expected in ("0", "1", "2"):
        update = (await visitor.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
        assert update["lastConsumedClientMessageIndex"] == expected
    other = await Visitor.arrive(concierge.port)
    assert await other.until("sessionResumptionUpdate") == {"sessionResumptionUpdate": {}}


async def test_all_garbage_can_be_sent_and_the_rest_goes_on(bad) -> None:
    concierge = bad(fault(when="asked", do="send", garbage=list(GARBAGE), megabytes=0.1))
    visitor = await Visitor.arrive(concierge.port)
    await visitor.say(PCM * 20)
    frames = [await visitor.socket.recv() for _ in range(len(GARBAGE) + 2)]
    assert all(garbage in frames for garbage in GARBAGE.values())
    assert any(len(frame) > 100_000 for frame in frames)


async def test_frames_can_be_text_and_of_a_later_version(bad) -> None:
    concierge = bad(fault(when="setup", do="novel") + fault(when="asked", do="text"))
    visitor = await Visitor.arrive(concierge.port, strict=False)
    await visitor.say(PCM * 20)
    while not isinstance(frame := await visitor.socket.recv(), str):
        pass
    assert json.loads(frame)["later"] == {"on": [1, None]}
