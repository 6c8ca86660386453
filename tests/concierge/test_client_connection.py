"""What is refused, with which code and whose words. Source: protocol facts, close codes."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from .conftest import Concierge
from .visitor import DEVELOPER, END, MODEL, START, VERTEX, VERTEX_MODEL, Visitor, audio, setup

INVALID = "Request contains an invalid argument."
AUTOMATIC = setup(realtimeInputConfig={})
AUDIO = audio(bytes(640))


def unknown(name: str, place: str = "") -> str:
    at = f" at '{place}'" if place else ""
    return f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.'


@pytest.mark.parametrize(
    ("path", "first", "code", "reason"),
    [
        (DEVELOPER, START, 1007, INVALID),
        (DEVELOPER, {}, 1007, INVALID),
        (DEVELOPER, {**setup(), **START}, 1007, INVALID),
        (DEVELOPER, {"foo": 1}, 1007, unknown("foo")),
        (DEVELOPER, setup(foo=1), 1007, unknown("foo", "setup")),
        (
            DEVELOPER,
            setup(generationConfig={"foo": 1}),
            1007,
            unknown("foo", "setup.generation_config"),
        ),
        (
            DEVELOPER,
            setup(sessionResumption={"transparent": True}),
            1007,
            unknown("transparent", "setup.session_resumption"),
        ),
        (DEVELOPER, setup(explicitVadSignal=True), 1007, unknown("explicitVadSignal", "setup")),
        (DEVELOPER, {"setup": {}}, 1007, INVALID),
        (DEVELOPER, {"setup": []}, 1007, "Invalid value at 'setup' (TYPE_MESSAGE), '[]'"),
        (DEVELOPER, setup(sessionResumption={"handle": "nobody.knows"}), 1007, INVALID),
        (
            DEVELOPER,
            setup(generationConfig={"responseModalities": ["TEXT"]}),
            1007,
            "Cannot extract voices from a non-audio request.",
        ),
        (
            DEVELOPER,
            setup(generationConfig={"temperature": "warm"}),
            1007,
            "Invalid value at 'setup.generation_config.temperature' (TYPE_FLOAT), 'warm'",
        ),
        (
            DEVELOPER,
            setup("gemini-3.8-live"),
            1008,
            "gemini-3.8-live is not found for API version v1beta,"
            " or is not supported for bidiGenerateContent.",
        ),
        (
            VERTEX,
            setup(MODEL),
            1008,
            "models/gemini-3.8-live is not found for API version v1beta1,"
            " or is not supported for bidiGenerateContent.",
        ),
    ],
)
async def test_a_first_message_is_refused(
    museum: Concierge, path: str, first: dict[str, Any], code: int, reason: str
) -> None:
    visitor = Visitor(await connect(f"ws://127.0.0.1:{museum.port}{path}"))
    await visitor.send(first)
    assert await visitor.closed() == (code, reason)


@pytest.mark.parametrize("frame", ["{", "[]", "1", '"setup"', "\x00", "[" * 5000])
async def test_what_is_no_json_object_is_refused(museum: Concierge, frame: str) -> None:
    visitor = Visitor(await connect(f"ws://127.0.0.1:{museum.port}{DEVELOPER}"))
    await visitor.socket.send(frame)
    code, reason = await visitor.closed()
    assert code == 1007
    assert reason.startswith("Invalid")


@pytest.mark.parametrize(
    ("first", "messages", "reason"),
    [
        (setup(), [setup()], INVALID),
        (setup(), [AUDIO], INVALID),
        (setup(), [START, END, AUDIO], INVALID),
        (setup(), [START, START], INVALID),
        (setup(), [END], INVALID),
        (setup(), [START, END, END], INVALID),
        (setup(), [{"realtimeInput": {"audioStreamEnd": True}}], INVALID),
        (setup(), [{"realtimeInput": {}}], INVALID),
        (setup(), [{"realtimeInput": {"activityStart": {}, "text": "hello"}}], INVALID),
        (setup(), [{"realtimeInput": {"activityStart": {"x": 1}}}],
         unknown("x", "realtime_input.activity_start")),
        (setup(), [START, audio(bytes(641))], INVALID),
        (setup(), [START, {"realtimeInput": {"audio": {"data": "AA==", "mimeType": "audio/ogg"}}}],
         INVALID),
        (setup(), [START, {"realtimeInput": {"audio": {"data": "%%%", "mimeType": "audio/pcm"}}}],
         "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), '%%%'"),
        (setup(), [{"toolResponse": {"functionResponses": [{"id": "x", "name": "y"}]}}], INVALID),
        (setup(), [{"toolResponse": {}}], INVALID),
        (AUTOMATIC, [START], INVALID),
        (AUTOMATIC, [END], INVALID),
    ],
)  # fmt: skip
async def test_what_is_out_of_order_is_refused(
    museum: Concierge, first: dict[str, Any], messages: list[dict[str, Any]], reason: str
) -> None:
    visitor = await Visitor.arrive(museum.port, first=first)
    for message in messages:
        await visitor.send(message)
    assert await visitor.closed() == (1007, reason)


async def test_what_comes_before_setup_complete_is_refused(museum: Concierge) -> None:
    visitor = Visitor(await connect(f"ws://127.0.0.1:{museum.port}{DEVELOPER}"))
    await visitor.send(setup())
    await visitor.send(START)
    assert await visitor.closed() == (1007, INVALID)
    assert visitor.frames == []


@pytest.mark.parametrize(("path", "model"), [(DEVELOPER, MODEL), (VERTEX, VERTEX_MODEL)])
async def test_scheduling_is_known_on_the_developer_api_alone(
    museum: Concierge, path: str, model: str
) -> None:
    visitor = await Visitor.arrive(museum.port, path, setup(model))
    response = {"id": "x", "name": "y", "response": {}, "scheduling": "SILENT"}
    await visitor.send({"toolResponse": {"functionResponses": [response]}})
    _, reason = await visitor.closed()
    place = "tool_response.function_responses[0]"
    assert reason == (unknown("scheduling", place)[:120] if path == VERTEX else INVALID)


async def test_all_that_a_setup_may_hold_is_taken(museum: Concierge) -> None:
    generation = {
        "responseModalities": ["AUDIO"],
        "temperature": 1,
        "topK": 40.0,
        "seed": 7,
        "thinkingConfig": {"includeThoughts": True},
        "speechConfig": {"languageCode": "en-GB", "voiceConfig": {}},
    }
    compression = {"triggerTokens": "25000", "slidingWindow": {"targetTokens": 8000}}
    visitor = await Visitor.arrive(
        museum.port,
        first=setup(
            generationConfig=generation,
            systemInstruction={"parts": [{"text": "Be kind."}]},
            tools=[{"functionDeclarations": [{"name": "f", "description": "Does it."}]}],
            contextWindowCompression=compression,
            proactivity={"proactiveAudio": True},
            inputAudioTranscription={"languageCodes": ["en-US"], "customVocabulary": ["Weiss"]},
        ),
    )
    await visitor.send({"contextUpdate": {"systemInstruction": {"parts": [{"text": "Be brief."}]}}})
    await visitor.send({"realtimeInput": {"video": {"data": "/9j/", "mimeType": "image/jpeg"}}})
    await visitor.send(START)
    await visitor.send(json.loads(json.dumps(AUDIO)))
    await visitor.leave()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/ws/google.ai.generativelanguage.v2.GenerativeService.BidiGenerateContent",
        "/ws/google.ai.generativelanguage.v1beta.GenerativeService/BidiGenerateContent",
        "/ws/google.cloud.aiplatform.v1beta.LlmBidiService/BidiGenerateContent",
    ],
)
async def test_other_paths_are_not_found(museum: Concierge, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{museum.port}{path}")
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent", MODEL),
        ("/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent", MODEL),
        (DEVELOPER + "Constrained?access_token=auth_tokens/x", MODEL),
        ("/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent", VERTEX_MODEL),
        (VERTEX, "publishers/google/models/gemini-3.8-live"),
    ],
)
async def test_every_door_is_open(museum: Concierge, path: str, model: str) -> None:
    visitor = await Visitor.arrive(museum.port, path, setup(model))
    await visitor.leave()


async def test_pages_in_a_browser_are_not_served(museum: Concierge) -> None:
    """A browser says whose page it is that dials; clients of the service never do."""
    for origin in ("https://example.org", "null", "http://127.0.0.1"):
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"ws://127.0.0.1:{museum.port}{DEVELOPER}", origin=origin)
        assert caught.value.response.status_code == 403
