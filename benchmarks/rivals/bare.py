"""The same work by a bare `websockets` loop: `python -m benchmarks.rivals.bare URL WAV`."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.rivals.loop import run

PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
SETUP = {
    "setup": {
        "model": "models/gemini-3.8-live",
        "generationConfig": {"responseModalities": ["AUDIO"]},
        "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
        "sessionResumption": {},
    }
}


class Bare:
    """See `loop.Session`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def _send(self, **what: object) -> None:
        await self._socket.send(json.dumps({"realtimeInput": what}))

    async def start(self) -> None:
        await self._send(activityStart={})

    async def audio(self, pcm: bytes) -> None:
        data = base64.b64encode(pcm).decode()
        await self._send(audio={"data": data, "mimeType": "audio/pcm;rate=16000"})

    async def end(self) -> None:
        await self._send(activityEnd={})

    async def sound(self) -> AsyncIterator[bytes]:
        async for frame in self._socket:
            content = json.loads(frame).get("serverContent", {})
            for part in content.get("modelTurn", {}).get("parts", ()):
                yield base64.b64decode(part["inlineData"]["data"])


async def main() -> None:
    url = sys.argv[1] + PATH
    async with connect(url, compression=None, ping_interval=None, max_size=None) as socket:
        await socket.send(json.dumps(SETUP))
        await socket.recv()
        await run(Bare(socket))


if __name__ == "__main__":
    asyncio.run(main())
