"""Each field that the service may send and that is not used costs nothing: a concierge sends it."""

import asyncio
import contextlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.genai import types

from kiosk.core.inputs import Typed
from kiosk.core.messages import decode

from ..concierge.conftest import Concierge, terse
from ..concierge.visitor import DEVELOPER
from .live_api_paper import rows
from .test_dialer import Rig, answered

PARTS: list[dict[str, Any]] = [
    {"executableCode": {"language": "PYTHON", "code": "print(6 * 7)", "id": "1"}},
    {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "42", "id": "1"}},
    {"text": "The visitor wants to know …", "thought": True, "thoughtSignature": "c2ln"},
    {"inlineData": {"mimeType": "text/plain", "data": "aGk=", "displayName": "a.txt"}},
    {"fileData": {"mimeType": "image/png", "fileUri": "https://files.example/1"}},
    {"functionCall": {"id": "1", "name": "look_up", "args": {}}},
    {"functionResponse": {"id": "1", "name": "look_up", "response": {}}},
    {"toolCall": {"id": "1", "toolType": "GOOGLE_SEARCH_WEB"}},
    {"toolResponse": {"id": "1", "toolType": "GOOGLE_SEARCH_WEB"}},
    {"videoMetadata": {"fps": 1}, "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}},
    {"partMetadata": {"a": 1}, "mediaProcessing": "MEDIA_PROCESSING_UNSPECIFIED"},
    *(
        {name: {}}
        for name in (
            *("audioMetadata", "audioTranscription", "documentMetadata"),
            *("speechMetadata", "spreadsheetMetadata"),
        )
    ),
]
SOURCES = {
    "searchEntryPoint": {"renderedContent": "<div>Google</div>"},
    "groundingSupports": [{"groundingChunkIndices": [0], "segment": {"endIndex": 4}}],
    "googleMapsWidgetContextToken": "x",
    "imageSearchQueries": ["a dog"],
    "retrievalMetadata": {"googleSearchDynamicRetrievalScore": 0.5},
    "retrievalQueries": ["a dog"],
    "sourceFlaggingUris": [{"sourceId": "1"}],
    "groundingChunks": [
        {"web": {"uri": "https://a.example"}, "image": {}, "maps": {}, "retrievedContext": {}}
    ],
}
HEARD = {
    **{"text": "", "finished": True, "languageCode": "de-DE", "speakerLabel": "1"},
    **{"startOffset": "0s", "endOffset": "1.2s", "words": [{"word": "Wo"}]},
}
CONTENTS: list[dict[str, Any]] = [
    {"modelTurn": {"role": "model", "parts": [part]}} for part in PARTS
] + [
    {"groundingMetadata": SOURCES},
    {"urlContextMetadata": {"urlMetadata": [{"retrievedUrl": "https://a.example"}]}},
    {"interimInputTranscription": {"text": "where are"}},
    {"inputTranscription": HEARD},
]
CALL = {"id": "c", "name": "x", "args": {"a": 1}, "willContinue": False}
CALLS = {"toolCall": {"functionCalls": [{**CALL, "partialArgs": [{"jsonPath": "$.a"}]}]}}
FRAMES: list[dict[str, Any]] = [
    {"setupComplete": {"sessionId": "s", "voiceConsentSignature": {"signature": "x"}}},
    *({"serverContent": content} for content in CONTENTS),
    {"voiceActivity": {"voiceActivityType": "ACTIVITY_START"}},
    {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_SOS"}},
    {
        "usageMetadata": {
            "cachedContentTokenCount": 3,
            "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 3}],
            "toolUsePromptTokensDetails": [{"modality": "TEXT", "tokenCount": 3}],
            "serviceTier": "standard",
            "trafficType": "ON_DEMAND",
        }
    },
]


def below(frame: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a frame with the SDK's class of each."""
    yield "LiveServerMessage", frame
    content = frame.get("serverContent", {})
    yield "LiveServerContent", content
    yield "Content", content.get("modelTurn", {})
    for part in content.get("modelTurn", {}).get("parts", []):
        yield from (("Part", part), ("Blob", part.get("inlineData", {})))
    found = content.get("groundingMetadata", {})
    yield "GroundingMetadata", found
    for chunk in found.get("groundingChunks", []):
        yield from (("GroundingChunk", chunk), ("GroundingChunkWeb", chunk.get("web", {})))
    yield "Transcription", content.get("inputTranscription", {})
    yield "LiveServerSetupComplete", frame.get("setupComplete", {})
    yield "UsageMetadata", frame.get("usageMetadata", {})
    for call in frame.get("toolCall", {}).get("functionCalls", []):
        yield "FunctionCall", call


def test_all_of_them_are_among_the_frames() -> None:
    name = test_each_field_that_is_not_used_costs_nothing.__name__
    unused = {row.name for row in rows() if row.side == "server" and row.test == name}
    sent = {
        f"server {kind}.{''.join(f'_{c.lower()}' if c.isupper() else c for c in field)}"
        for frame in (*FRAMES, CALLS)
        for kind, fields in below(frame)
        for field in fields
    }
    assert unused
    assert unused <= sent


def test_they_are_what_the_official_client_knows() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # An enum value that it does not know.
        for frame in (*FRAMES, CALLS):
            parsed = types.LiveServerMessage.model_validate(frame)
            assert parsed.model_fields_set


def test_a_call_is_read_beside_them() -> None:
    (call,) = decode(json.dumps(CALLS)).tool_call.function_calls
    assert (call.id, call.name, call.args) == ("c", "x", {"a": 1})


@pytest.fixture
def concierge(tmp_path: Path) -> Iterator[Concierge]:
    faults = "".join(
        f"[[fault]]\nwhen = 'answering'\ndo = 'send'\nframe = '''{json.dumps(frame)}'''\n"
        for frame in FRAMES
    )
    plan = tmp_path / "faults.toml"
    plan.write_text(f'heard = "hello"\n{faults}')
    concierge = Concierge(tmp_path, "--faults", str(plan), "--knowledge", str(terse(tmp_path)))
    yield concierge
    concierge.stop()


async def test_each_field_that_is_not_used_costs_nothing(concierge: Concierge) -> None:
    rig = Rig(f"ws://127.0.0.1:{concierge.port}{DEVELOPER}")
    running = asyncio.create_task(rig.run())
    await rig.up()
    rig.step(Typed("where are the toilets"))
    await answered(rig)
    assert (rig.turn.outcome, rig.turn.said) == ("answered", "There.")
    assert rig.dialer.setups_sent == 1
    odd = rig.link.odd
    assert odd.pop("inlineData: text/plain") == 1
    assert set(odd) == {"voiceActivity", "voiceActivityDetectionSignal"}
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
