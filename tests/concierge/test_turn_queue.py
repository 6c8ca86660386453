"""Whole conversations: real speech over real sockets, real speech back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from .conftest import Concierge
from .visitor import END, MODEL, START, VERTEX, VERTEX_MODEL, Visitor, audio, setup, speech

TOILETS = "where are the toilets"


@pytest.mark.parametrize(
    ("question", "voice", "speed", "answer"),
    [
        ("where are the toilets", "en-us+f2", 160, "behind the cloakroom"),
        ("how much is a ticket", "en-gb", 150, "twelve euros"),
        ("who painted the portrait", "en-us+m3", 150, "Clara Weiss"),
        ("what are your opening hours", "en-gb-x-rp", 160, "nine in the morning"),
        ("where can I see the dinosaurs", "en-us+f4", 160, "dinosaur hall"),
        ("hello", "en-us", 150, "Welcome to the museum"),
        ("my grandmother lives in chicago", "en-us", 160, "I do not know that"),
        ("what is seven times eight", "en-gb+f3", 160, "I do not know that"),
    ],
)
async def test_a_spoken_question_gets_its_answer(
    museum: Concierge, question: str, voice: str, speed: int, answer: str
) -> None:
    visitor = await Visitor.arrive(museum.port)
    await visitor.say(speech(question, voice, speed))
    async with asyncio.timeout(20):
        while answer not in visitor.texts("outputTranscription"):
            frame = await visitor.next()
            assert "turnComplete" not in str(frame), visitor.texts("inputTranscription")
    await visitor.leave()


async def test_a_turn_has_the_services_order_and_its_sound_is_speech(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.handle()
    assert await visitor.ask(speech(TOILETS)) == (TOILETS, "There.")
    last = visitor.frames[-1]
    kinds = [next(iter(frame.get("serverContent", frame))) for frame in visitor.frames[2:]]
    assert kinds[:3] == ["sessionResumptionUpdate", "inputTranscription", "inputTranscription"]
    assert kinds[-2:] == ["generationComplete", "turnComplete"]
    assert set(kinds[3:-2]) == {"modelTurn", "outputTranscription"}
    assert visitor.frames[2] == {"sessionResumptionUpdate": {}}, "not resumable while generating"
    sound = np.frombuffer(visitor.pcm(), "<i2").astype(float)
    assert 0.2 < len(sound) / 24_000 < 2
    assert np.sqrt(np.mean(sound**2)) > 500
    usage = last["usageMetadata"]
    assert usage["responseTokensDetails"][0] == {
        "modality": "AUDIO",
        "tokenCount": -(-len(sound) * 25 // 24_000),
    }
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["responseTokenCount"]
    assert await visitor.handle()
    await visitor.leave()


async def test_the_first_sound_comes_early_and_the_end_after_the_playback(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    loop = asyncio.get_running_loop()
    await visitor.say(speech("tell me about the museum"))
    asked = loop.time()
    await visitor.until("modelTurn")
    begun = loop.time()
    await visitor.until("generationComplete")
    generated = loop.time()
    await visitor.until("turnComplete")
    seconds = len(visitor.pcm()) / 48_000
    assert begun - asked < seconds / 2, "long before all of it could be spoken"
    assert generated - begun < seconds * 0.8, "faster than real time"
    assert loop.time() - begun > seconds - 0.3, "as long as it takes to hear it"
    await visitor.leave()


async def test_the_record_is_what_was_consumed(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    pcm = speech(TOILETS)
    await visitor.ask(pcm)
    await visitor.say(speech("tell me about the museum"))
    await visitor.until("modelTurn")
    await visitor.send(START)
    await visitor.send(audio(pcm[:6400]))
    await visitor.until("turnComplete")
    await visitor.leave()
    await asyncio.sleep(0.2)
    first, second, third = lab.turns(visitor.session)
    assert lab.pcm(first) == pcm
    assert (first["turn"], first["outcome"]) == (1, "complete")
    assert (first["heard"], first["answered"]) == (TOILETS, "There.")
    assert first["samples"] * 2 == len(pcm)
    assert (
        first["started_monotonic_s"] < first["ended_monotonic_s"] < first["first_audio_monotonic_s"]
    )
    assert second["outcome"] == "interrupted"
    assert third["outcome"] == "cut"
    assert lab.pcm(third) == pcm[:6400]


async def test_an_interruption_ends_the_answer(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.say(speech("tell me about the museum"))
    await visitor.until("modelTurn")
    before = len(visitor.frames)
    await visitor.say(speech(TOILETS))
    await visitor.until("turnComplete")
    kinds = [
        next(iter(f["serverContent"])) for f in visitor.frames[before:] if "serverContent" in f
    ]
    assert kinds[-2:] == ["interrupted", "turnComplete"]
    assert "generationComplete" not in kinds
    before = len(visitor.frames)
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription", before) == "There."
    assert "interrupted" not in str(visitor.frames[before:])
    await visitor.leave()


async def test_an_interruption_while_the_listener_still_hears_the_end(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.say(speech("tell me about the museum"))
    await visitor.until("generationComplete")
    await visitor.send(START)
    await visitor.until("interrupted")
    await visitor.until("turnComplete")
    await visitor.send(END)
    await visitor.until("turnComplete")
    await visitor.leave()


async def test_no_interruption_when_the_setup_forbids_it(lab: Concierge) -> None:
    handling = {
        "automaticActivityDetection": {"disabled": True},
        "activityHandling": "NO_INTERRUPTION",
    }
    visitor = await Visitor.arrive(lab.port, first=setup(realtimeInputConfig=handling))
    await visitor.say(speech("where is the bathroom"))
    await visitor.until("modelTurn")
    await visitor.say(speech("good morning"))
    await visitor.until("turnComplete")
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription") == "There.Hi."
    assert "interrupted" not in str(visitor.frames)
    await visitor.leave()


async def test_sound_of_another_rate_is_understood(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    samples = np.frombuffer(speech(TOILETS), "<i2")
    await visitor.send(START)
    await visitor.send(audio(np.repeat(samples, 3).tobytes(), 48_000))
    await visitor.send(END)
    await visitor.until("modelTurn")
    assert visitor.texts("inputTranscription") == TOILETS
    await visitor.leave()


async def test_silence_gets_the_fallback(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    assert await visitor.ask(bytes(32_000)) == ("", "No.")
    assert await visitor.ask(b"") == ("", "No.")
    await visitor.leave()


async def test_written_questions_are_answered(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.send({"realtimeInput": {"text": "Where is the bathroom?"}})
    await visitor.until("turnComplete")
    turns = [{"role": "user", "parts": [{"text": "Good morning!"}]}]
    await visitor.send({"client_content": {"turns": turns, "turn_complete": True}})
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription") == "There.Hi."
    await visitor.leave()


async def test_history_asks_for_no_answer(lab: Concierge) -> None:
    first = setup(historyConfig={"initialHistoryInClientContent": True})
    visitor = await Visitor.arrive(lab.port, first=first)
    turns = [
        {"role": "user", "parts": [{"text": "Good morning!"}]},
        {"role": "model", "parts": [{"text": "Hello."}]},
    ]
    await visitor.send({"clientContent": {"turns": turns, "turnComplete": True}})
    assert (await visitor.ask(speech(TOILETS)))[1] == "There."
    assert sum("modelTurn" in str(frame) for frame in visitor.frames) < 10
    await visitor.leave()


async def test_speech_before_the_history_is_complete_is_refused(lab: Concierge) -> None:
    first = setup(historyConfig={"initialHistoryInClientContent": True})
    visitor = await Visitor.arrive(lab.port, first=first)
    turns = [{"role": "user", "parts": [{"text": "Good morning!"}]}]
    await visitor.send({"clientContent": {"turns": turns}})
    await visitor.send(START)
    assert await visitor.closed() == (1007, "Request contains an invalid argument.")


async def test_a_tool_is_called_and_its_response_awaited(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    (call,) = (await visitor.until("toolCall"))["toolCall"]["functionCalls"]
    assert (call["name"], call["args"]) == ("set_light", {"on": True})
    response = {"id": call["id"], "name": call["name"], "response": {"ok": True}}
    await visitor.send({"toolResponse": {"functionResponses": [response]}})
    await visitor.until("turnComplete")
    assert visitor.texts("outputTranscription") == "On."
    await visitor.send({"toolResponse": {"functionResponses": [response]}})
    assert await visitor.closed() == (1007, "Request contains an invalid argument.")


LATER = {"name": "set_light", "behavior": "NON_BLOCKING"}


@pytest.mark.parametrize("scheduling", ["WHEN_IDLE", "SILENT"])
async def test_a_tool_that_nobody_waits_for_is_taken_up_when_it_is_answered(
    lab: Concierge, scheduling: str
) -> None:
    visitor = await Visitor.arrive(lab.port, first=setup(tools=[{"functionDeclarations": [LATER]}]))
    call = await call_meanwhile(visitor)
    assert visitor.texts("outputTranscription") == "One moment."
    response = {"id": call["id"], "name": "set_light", "response": {}, "scheduling": scheduling}
    await visitor.send({"toolResponse": {"functionResponses": [response]}})
    if scheduling == "SILENT":
        await visitor.send({"realtimeInput": {"text": TOILETS}})
    await visitor.until("turnComplete")
    said = {"WHEN_IDLE": "On.", "SILENT": "There."}[scheduling]
    assert visitor.texts("outputTranscription") == f"One moment.{said}"
    await visitor.leave()


async def call_meanwhile(visitor: Visitor) -> dict[str, Any]:
    """The light is asked for, and something is said before it is on; gives the call."""
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    (call,) = (await visitor.until("toolCall"))["toolCall"]["functionCalls"]
    await visitor.until("turnComplete")
    return call


async def test_an_interruption_takes_a_tool_call_back(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port)
    await visitor.send({"realtimeInput": {"text": "turn on the light"}})
    (call,) = (await visitor.until("toolCall"))["toolCall"]["functionCalls"]
    await visitor.send(START)
    cancelled = await visitor.until("toolCallCancellation")
    assert cancelled["toolCallCancellation"]["ids"] == [call["id"]]
    await visitor.until("interrupted")
    await visitor.leave()


@pytest.fixture
async def automatic(lab: Concierge) -> AsyncIterator[Visitor]:
    detection = {"automaticActivityDetection": {"silenceDurationMs": 400}}
    visitor = await Visitor.arrive(lab.port, first=setup(realtimeInputConfig=detection))
    yield visitor
    await visitor.leave()


async def say_openly(visitor: Visitor, pcm: bytes) -> None:
    for at in range(0, len(pcm), 640):
        await visitor.send(audio(pcm[at : at + 640]))


async def test_automatic_activity_finds_the_question(automatic: Visitor) -> None:
    await say_openly(automatic, bytes(32_000) + speech(TOILETS) + bytes(32_000))
    await automatic.until("turnComplete")
    assert automatic.texts("inputTranscription") == TOILETS
    assert automatic.texts("outputTranscription") == "There."


async def test_automatic_activity_ends_with_the_stream(automatic: Visitor) -> None:
    await say_openly(automatic, speech(TOILETS)[:-10_000])
    await automatic.send({"realtimeInput": {"audioStreamEnd": True}})
    await automatic.until("turnComplete")
    assert automatic.texts("outputTranscription") == "There."


async def test_vertex_says_usage_in_its_own_words(lab: Concierge) -> None:
    visitor = await Visitor.arrive(lab.port, VERTEX)
    await visitor.ask(speech(TOILETS))
    usage = visitor.frames[-1]["usageMetadata"]
    assert usage["candidatesTokenCount"] > 0
    assert usage["trafficType"] == "ON_DEMAND"
    await visitor.leave()


async def test_snake_case_and_url_safe_base64_are_understood(lab: Concierge) -> None:
    first = {
        "setup": {
            "model": VERTEX_MODEL,
            "generation_config": {"response_modalities": ["AUDIO"]},
            "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
            "input_audio_transcription": {},
        }
    }
    visitor = await Visitor.arrive(lab.port, VERTEX, first)
    await visitor.send({"realtime_input": {"activity_start": {}}})
    message = audio(speech(TOILETS))["realtimeInput"]["audio"]
    data = message["data"].replace("+", "-").replace("/", "_").rstrip("=")
    await visitor.send({"realtime_input": {"audio": {"data": data, "mime_type": "audio/pcm"}}})
    await visitor.send({"realtime_input": {"activity_end": {}}})
    await visitor.until("modelTurn")
    assert visitor.texts("inputTranscription") == TOILETS
    await visitor.leave()


async def test_two_visitors_at_once_are_both_heard(lab: Concierge) -> None:
    first, second = await Visitor.arrive(lab.port), await Visitor.arrive(lab.port)
    answers = await asyncio.gather(
        first.ask(speech(TOILETS)), second.ask(speech("good morning", "en-us"))
    )
    assert [answer for _, answer in answers] == ["There.", "Hi."]
    await first.leave()
    await second.leave()


async def test_model_and_voice_are_what_the_setup_says(lab: Concierge) -> None:
    lengths = []
    for voice in ("Kore", "Puck"):
        config = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}}
        generation = {"responseModalities": ["AUDIO"], "speechConfig": config}
        first = setup(MODEL, generationConfig=generation)
        visitor = await Visitor.arrive(lab.port, first=first)
        await visitor.send({"realtimeInput": {"text": "good morning"}})
        await visitor.until("generationComplete")
        lengths.append(len(visitor.pcm()))
        await visitor.leave()
    assert lengths[0] != lengths[1]
