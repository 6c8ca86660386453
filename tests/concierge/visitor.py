"""A visitor for tests: speaks with espeak-ng, and talks to the concierge over a real socket."""

import asyncio
import base64
import contextlib
import functools
import json
import subprocess
import warnings
from typing import Any

import numpy as np
import soxr
from google.genai import _live_converters, types
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

DEVELOPER = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
VERTEX = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
MODEL = "models/gemini-3.8-live"
VERTEX_MODEL = "projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live"
CHUNK = 640  # 20 ms


@functools.cache
def speech(text: str, voice: str = "en-us+f2", speed: int = 160) -> bytes:
    """`text` spoken, 16 kHz s16le mono, with half a second of silence around it."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdin", "--stdout"]
    wav = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    samples = soxr.resample(np.frombuffer(wav[44:], "<i2"), 22_050, 16_000)
    quiet = np.zeros(4_000, "<i2")
    return np.concatenate([quiet, samples.astype("<i2"), quiet]).tobytes()


def audio(pcm: bytes, rate_hz: int = 16_000) -> dict[str, Any]:
    data = base64.b64encode(pcm).decode()
    return {"realtimeInput": {"audio": {"data": data, "mimeType": f"audio/pcm;rate={rate_hz}"}}}


START = {"realtimeInput": {"activityStart": {}}}
END = {"realtimeInput": {"activityEnd": {}}}


def setup(model: str = MODEL, **fields: Any) -> dict[str, Any]:
    """A setup with manual activity, both transcriptions and resumption."""
    return {
        "setup": {
            "model": model,
            "generationConfig": {"responseModalities": ["AUDIO"]},
            "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
            "inputAudioTranscription": {},
            "outputAudioTranscription": {},
            "sessionResumption": {},
            **fields,
        }
    }


def validate(frame: dict[str, Any], vertex: bool) -> None:
    """Hold a frame against Google's own types, which forbid what they do not know."""
    converters = _live_converters
    convert = (
        converters._LiveServerMessage_from_vertex
        if vertex
        else converters._LiveServerMessage_from_mldev
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # an enum value that is not Google's
        types.LiveServerMessage.model_validate(convert(frame))
    known = {field.alias or name for name, field in types.LiveServerMessage.model_fields.items()}
    assert frame.keys() <= known  # the converters drop what they do not know


class Visitor:
    """A connection, the frames that came on it, and what they add up to."""

    def __init__(self, socket: ClientConnection, vertex: bool = False) -> None:
        self.socket = socket
        self.vertex = vertex
        self.session = ""
        self.strict = True
        """Whether each frame must be one that Google would send."""
        self.frames: list[dict[str, Any]] = []

    @classmethod
    async def arrive(
        cls,
        port: int,
        path: str = DEVELOPER,
        first: dict[str, Any] | None = None,
        strict: bool = True,
    ) -> "Visitor":
        """Connect and set up; returns after setupComplete."""
        socket = await connect(f"ws://127.0.0.1:{port}{path}", ping_interval=None)
        visitor = cls(socket, vertex=path == VERTEX)
        visitor.strict = strict
        await visitor.send(first or setup(MODEL if path == DEVELOPER else VERTEX_MODEL))
        complete = await visitor.until("setupComplete")
        visitor.session = complete["setupComplete"]["sessionId"]
        return visitor

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        raw = await self.socket.recv()
        assert isinstance(raw, bytes), "server frames are binary"
        frame: dict[str, Any] = json.loads(raw)
        if self.strict:
            validate(frame, self.vertex)
        self.frames.append(frame)
        return frame

    async def until(self, field: str) -> dict[str, Any]:
        """The next frame with `field`, at the top or in serverContent."""
        async with asyncio.timeout(20):
            while True:
                frame = await self.next()
                if field in frame or field in frame.get("serverContent", {}):
                    return frame

    async def say(self, pcm: bytes, chunk: int = CHUNK) -> None:
        """Say `pcm` in an activity, as fast as the line takes it."""
        await self.send(START)
        for at in range(0, len(pcm), chunk):
            await self.send(audio(pcm[at : at + chunk]))
        await self.send(END)

    async def ask(self, pcm: bytes) -> tuple[str, str]:
        """Say `pcm`, wait for the end of the turn; what was heard and answered."""
        before = len(self.frames)
        await self.say(pcm)
        await self.until("turnComplete")
        return self.texts("inputTranscription", before), self.texts("outputTranscription", before)

    def texts(self, field: str, after: int = 0) -> str:
        contents = [frame.get("serverContent", {}) for frame in self.frames[after:]]
        return "".join(content[field]["text"] for content in contents if field in content)

    def pcm(self, after: int = 0) -> bytes:
        """The sound of the answers."""
        contents = [frame.get("serverContent", {}) for frame in self.frames[after:]]
        parts = [part for c in contents for part in c.get("modelTurn", {}).get("parts", [])]
        return b"".join(base64.b64decode(part["inlineData"]["data"]) for part in parts)

    async def handle(self) -> str:
        """The handle of the next resumable update."""
        while True:
            update = (await self.until("sessionResumptionUpdate"))["sessionResumptionUpdate"]
            if update.get("resumable"):
                return str(update["newHandle"])

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the server's close; frames until then are kept."""
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionClosedError):
                async for raw in self.socket:
                    self.frames.append(json.loads(raw))
        assert self.socket.close_code is not None
        return self.socket.close_code, self.socket.close_reason or ""

    async def leave(self) -> None:
        await self.socket.close()
