"""Other people's clients, by the sequences that they send: each holds a spoken conversation.

Source: pipecat-ai 1.14.0, services/google/gemini_live/llm.py; livekit-plugins-google 1.8.9,
realtime/realtime_api.py; both through google-genai, which writes snake_case below `setup`.
"""

import asyncio
import contextlib
from typing import Any

import pytest

from .conftest import Concierge
from .visitor import Visitor, setup, speech

TOILETS = "where are the toilets"
PIPECAT = setup(historyConfig={"initial_history_in_client_content": True})


def content(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def turns(*contents: dict[str, Any], complete: bool = True) -> dict[str, Any]:
    return {"client_content": {"turns": list(contents), "turn_complete": complete}}


QUESTION = content("user", TOILETS)
DOT = turns(content("user", "."))
INSTRUCTED_DOT = turns(content("model", "Answer as a pirate."), content("user", "."))
DONE = {"client_content": {"turn_complete": True}}
SPACE = {"realtime_input": {"text": " "}}


async def spoken(visitor: Visitor, *after: dict[str, Any]) -> tuple[str, str]:
    """Ask in sound, then send what the client sends after it; what was heard and answered."""
    before = len(visitor.frames)
    await visitor.say(speech(TOILETS))
    for message in after:
        await visitor.send(message)
    await visitor.until("turnComplete")
    frames = visitor.frames[before:]
    assert not any("interrupted" in frame.get("serverContent", {}) for frame in frames)
    assert visitor.pcm(before), "the answer has sound"
    return visitor.texts("inputTranscription", before), visitor.texts("outputTranscription", before)


async def alone(visitor: Visitor) -> None:
    """Nothing more comes: no second answer, no close."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            while True:
                assert "serverContent" not in await visitor.next()


@pytest.mark.parametrize(
    ("first", "after"),
    [
        (PIPECAT, []),
        (setup(), [DONE]),
        (setup(), [DONE, SPACE]),
        (setup(), [DOT]),
        (setup(), [INSTRUCTED_DOT]),
    ],
    ids=["pipecat", "pipecat 2.5", "pipecat 3", "livekit", "livekit with instructions"],
)
async def test_both_hold_a_spoken_conversation(
    lab: Concierge, first: dict[str, Any], after: list[dict[str, Any]]
) -> None:
    visitor = await Visitor.arrive(lab.port, first=first)
    for _ in range(2):
        assert await spoken(visitor, *after) == (TOILETS, "There.")
    await alone(visitor)
    await visitor.leave()
    said = lab.turns(visitor.session)
    assert [(turn["heard"], turn["outcome"]) for turn in said] == [(TOILETS, "complete")] * 2


@pytest.mark.parametrize("asks", [DONE, DOT, SPACE], ids=["end of turn", "full stop", "space"])
async def test_a_turn_without_words_asks_about_what_was_written(
    lab: Concierge, asks: dict[str, Any]
) -> None:
    """pipecat appends messages, and lets them be answered later."""
    visitor = await Visitor.arrive(lab.port)
    await visitor.send(turns(QUESTION, complete=False))
    await visitor.send(asks)
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription") == "There."
    await visitor.leave()


async def test_history_that_ends_with_a_question_is_answered_when_asked(lab: Concierge) -> None:
    """pipecat with `inference_on_context_initialization` at a model of the third generation."""
    visitor = await Visitor.arrive(lab.port, first=PIPECAT)
    await visitor.send(turns(QUESTION))
    await visitor.send(SPACE)
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription") == "There."
    await visitor.leave()


async def test_words_still_interrupt(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.say(speech("tell me about the museum"))
    await visitor.until("modelTurn")
    await visitor.send(turns(QUESTION))
    await visitor.until("interrupted")
    await visitor.until("turnComplete")
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription").endswith("There.")
    await visitor.leave()
