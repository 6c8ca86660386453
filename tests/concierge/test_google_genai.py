"""Google's own client, unmodified, over TLS: what shows that our side of the protocol is right."""

import asyncio
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from .conftest import Concierge, Start, terse
from .visitor import speech

Session = genai.live.AsyncSession


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1; its key beside it, `key.pem`."""
    directory = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)
    return directory / "cert.pem"


@pytest.fixture(scope="module")
def secure(start: Start, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Concierge:
    knowledge = terse(tmp_path_factory.mktemp("knowledge"))
    key = certificate.with_name("key.pem")
    return start("--tls", str(certificate), str(key), "--knowledge", str(knowledge))


def client(vertex: bool, concierge: Concierge, certificate: Path) -> genai.Client:
    options = types.HttpOptions(
        base_url=f"https://127.0.0.1:{concierge.port}",
        async_client_args={"ssl": ssl.create_default_context(cafile=str(certificate))},
    )
    if vertex:
        return genai.Client(
            vertexai=True,
            project="p",
            location="us-central1",
            credentials=Credentials("tok"),
            http_options=options,
        )
    return genai.Client(api_key="k", http_options=options)


def config(**more: Any) -> dict[str, Any]:
    return {
        "response_modalities": ["AUDIO"],
        "system_instruction": "You are the host of a museum.",
        "speech_config": {
            "language_code": "en-US",
            "voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}},
        },
        "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
        "input_audio_transcription": {},
        "output_audio_transcription": {},
        "session_resumption": {},
        "context_window_compression": {"trigger_tokens": 25_000, "sliding_window": {}},
        **more,
    }


async def ask(session: Session, pcm: bytes) -> None:
    await session.send_realtime_input(activity_start=types.ActivityStart())
    for at in range(0, len(pcm), 640):
        blob = types.Blob(data=pcm[at : at + 640], mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)
    await session.send_realtime_input(activity_end=types.ActivityEnd())


class Heard:
    """What the client made of a turn."""

    def __init__(self) -> None:
        self.asked = self.answered = self.handle = ""
        self.sound = b""
        self.usage: types.UsageMetadata | None = None

    async def turn(self, session: Session) -> "Heard":
        """Take in messages up to the end of the turn: `receive` ends there."""
        async with asyncio.timeout(20):
            async for message in session.receive():
                self._take(message)
        return self

    def _take(self, message: types.LiveServerMessage) -> None:
        self.sound += message.data or b""
        self.usage = message.usage_metadata or self.usage
        update = message.session_resumption_update
        if update and update.resumable and update.new_handle:
            self.handle = update.new_handle
        if content := message.server_content:
            if content.input_transcription:
                self.asked += content.input_transcription.text or ""
            if content.output_transcription:
                self.answered += content.output_transcription.text or ""


BOTH = pytest.mark.parametrize("vertex", [False, True], ids=["developer", "vertex"])


@pytest.fixture
def dial(vertex: bool, secure: Concierge, certificate: Path) -> Any:
    """How to connect with Google's client, on one platform and the other."""
    google = client(vertex, secure, certificate)
    return lambda model="gemini-3.8-live", **more: google.aio.live.connect(
        model=model, config=config(**more)
    )


@BOTH
async def test_it_holds_a_spoken_conversation(dial: Any) -> None:
    async with dial() as session:
        assert session.session_id
        for question, answer in [("where are the toilets", "There."), ("hello", "Hi.")]:
            await ask(session, speech(question, "en-us"))
            heard = await Heard().turn(session)
            assert (heard.asked, heard.answered) == (question, answer)
            assert len(heard.sound) > 0.15 * 48_000
            assert heard.usage
            assert heard.usage.response_token_count
            assert heard.usage.total_token_count


@BOTH
async def test_it_resumes(dial: Any) -> None:
    async with dial() as session:
        await ask(session, speech("where are the toilets"))
        prompt = (await Heard().turn(session)).usage.prompt_token_count
        update = (await anext(session.receive())).session_resumption_update
        session_id = session.session_id
    async with dial(session_resumption={"handle": update.new_handle}) as session:
        assert session.session_id == session_id
        await ask(session, speech("where is the bathroom"))
        heard = await Heard().turn(session)
        assert heard.answered == "There."
        assert heard.usage.prompt_token_count > prompt


@pytest.mark.parametrize("vertex", [False])
async def test_it_interrupts(dial: Any) -> None:
    async with dial() as session:
        await ask(session, speech("tell me about the museum"))
        async for message in session.receive():
            if message.data:
                break
        await ask(session, speech("where are the toilets"))
        first = [message.server_content async for message in session.receive()]
        assert any(content and content.interrupted for content in first)
        assert (await Heard().turn(session)).answered == "There."


@BOTH
async def test_it_writes_and_calls_tools(dial: Any) -> None:
    declaration = {"name": "set_light", "description": "Switch the light"}
    async with dial(tools=[{"function_declarations": [declaration]}]) as session:
        turn = types.Content(role="user", parts=[types.Part(text="make some light")])
        await session.send_client_content(turns=turn, turn_complete=True)
        answered = ""
        async for message in session.receive():
            if message.tool_call:
                call = message.tool_call.function_calls[0]
                response = types.FunctionResponse(id=call.id, name=call.name, response={"on": True})
                await session.send_tool_response(function_responses=response)
            content = message.server_content
            if content and content.output_transcription:
                answered += content.output_transcription.text
        assert answered == "On."


@BOTH
async def test_it_writes_in_realtime(dial: Any) -> None:
    for model in ("gemini-3.8-live", "gemini-3.1-flash-live-preview"):
        async with dial(model) as session:
            for question, answer in (("where are the toilets", "There."), ("hello", "Hi.")):
                await session.send_realtime_input(text=question)
                assert (await Heard().turn(session)).answered == answer


@pytest.mark.parametrize("vertex", [False])
async def test_its_content_in_mid_session_is_not_for_every_model(dial: Any) -> None:
    seeded = {"history_config": {"initial_history_in_client_content": True}}
    async with dial("gemini-3.1-flash-live-preview", **seeded) as session:
        past = types.Content(role="user", parts=[types.Part(text="good morning")])
        await session.send_client_content(turns=past, turn_complete=True)
        await session.send_realtime_input(text="where are the toilets")
        assert (await Heard().turn(session)).answered == "There."
        await session.send_client_content(turns=past, turn_complete=True)
        with pytest.raises(errors.APIError) as refused:
            async for _ in session.receive():
                pass
        assert refused.value.code == 1007


@BOTH
async def test_it_shows_pictures(dial: Any) -> None:
    async with dial() as session:
        blob = types.Blob(data=b"\xff\xd8\xff\xe0", mime_type="image/jpeg")
        for _ in range(2):
            await session.send_realtime_input(video=blob)
        await ask(session, speech("where are the toilets"))
        heard = await Heard().turn(session)
        assert heard.answered == "There."
        kinds = {one.modality.value: one.token_count for one in heard.usage.prompt_tokens_details}
        assert kinds["VIDEO"] == 2 * 258


@pytest.mark.parametrize("vertex", [False])  # It sends no end of a stream to Vertex AI.
async def test_it_is_heard_when_its_stream_pauses(dial: Any) -> None:
    detection = {"automatic_activity_detection": {"silence_duration_ms": 30_000}}
    async with dial(realtime_input_config=detection) as session:
        blob = types.Blob(data=speech("where are the toilets"), mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)
        await session.send_realtime_input(audio_stream_end=True)
        assert (await Heard().turn(session)).answered == "There."


@BOTH
async def test_it_is_heard_with_automatic_activity(dial: Any) -> None:
    detection = {"automatic_activity_detection": {"silence_duration_ms": 300}}
    async with dial(realtime_input_config=detection) as session:
        pcm = speech("where are the toilets") + bytes(16_000)
        blob = types.Blob(data=pcm, mime_type="audio/pcm;rate=16000")
        await session.send_realtime_input(audio=blob)
        assert (await Heard().turn(session)).answered == "There."


@BOTH
async def test_it_streams_an_open_microphone(dial: Any) -> None:
    """Two questions in one stream without markers; the second has no silence after it."""
    detection = {
        "automatic_activity_detection": {
            "start_of_speech_sensitivity": "START_SENSITIVITY_LOW",
            "end_of_speech_sensitivity": "END_SENSITIVITY_LOW",
            "prefix_padding_ms": 100,
            "silence_duration_ms": 500,
        },
        "activity_handling": "NO_INTERRUPTION",
        "turn_coverage": "TURN_INCLUDES_ONLY_ACTIVITY",
    }

    async def stream(session: Session, pcm: bytes) -> None:
        for at in range(0, len(pcm), 640):
            blob = types.Blob(data=pcm[at : at + 640], mime_type="audio/pcm;rate=16000")
            await session.send_realtime_input(audio=blob)

    async with dial(realtime_input_config=detection) as session:
        await stream(session, speech("where are the toilets") + bytes(32_000))
        heard = await Heard().turn(session)
        assert (heard.asked, heard.answered) == ("where are the toilets", "There.")
        await stream(session, speech("hello", "en-us"))
        await session.send_realtime_input(audio_stream_end=True)
        assert (await Heard().turn(session)).answered == "Hi."


@pytest.mark.parametrize("vertex", [False])
async def test_markers_are_refused_where_activity_is_automatic(dial: Any) -> None:
    async with dial(realtime_input_config={"automatic_activity_detection": {}}) as session:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        with pytest.raises(errors.APIError, match="1007"):
            await Heard().turn(session)


async def test_transparent_resumption_on_vertex(secure: Concierge, certificate: Path) -> None:
    google = client(True, secure, certificate)
    wanted = config(session_resumption={"transparent": True})
    async with google.aio.live.connect(model="gemini-3.8-live", config=wanted) as session:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        indexes = []
        async for message in session.receive():
            indexes.append(message.session_resumption_update.last_consumed_client_message_index)
            if len(indexes) == 2:
                break
        assert indexes == [0, 1]


async def test_its_mistakes_are_refused(secure: Concierge, certificate: Path) -> None:
    google = client(False, secure, certificate)
    async with google.aio.live.connect(model="gemini-3.8-live", config=config()) as session:
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        with pytest.raises(errors.APIError, match="invalid argument") as refused:
            async for _ in session.receive():
                pass
        assert refused.value.code == 1007
