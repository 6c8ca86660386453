"""The same work by google-genai: `python -m benchmarks.rivals.google URL WAV`.

Its `connect` is made to dial without compression and pings here, so that everybody does the same
work.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

from google import genai
from google.genai import live, types
from websockets.asyncio.client import connect

from benchmarks.rivals.loop import run


def plain(url: str, additional_headers: dict[str, str], **_: Any) -> connect:
    return connect(
        url,
        additional_headers=additional_headers,
        compression=None,
        ping_interval=None,
        max_size=None,
    )


class Google:
    """See `loop.Session`."""

    def __init__(self, session: live.AsyncSession) -> None:
        self._session = session

    async def start(self) -> None:
        await self._session.send_realtime_input(activity_start=types.ActivityStart())

    async def audio(self, pcm: bytes) -> None:
        blob = types.Blob(data=pcm, mime_type="audio/pcm;rate=16000")
        await self._session.send_realtime_input(audio=blob)

    async def end(self) -> None:
        await self._session.send_realtime_input(activity_end=types.ActivityEnd())

    async def sound(self) -> AsyncIterator[bytes]:
        while True:  # `receive` ends with each turn
            async for message in self._session.receive():
                content = message.server_content
                if content and content.model_turn:
                    for part in content.model_turn.parts or ():
                        if part.inline_data and part.inline_data.data:
                            yield part.inline_data.data


async def main() -> None:
    live.ws_connect = plain
    options = types.HttpOptions(base_url=sys.argv[1].replace("wss:", "https:", 1))
    client = genai.Client(api_key="k", http_options=options)
    config = types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
        ),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        session_resumption=types.SessionResumptionConfig(),
    )
    async with client.aio.live.connect(model="gemini-3.8-live", config=config) as session:
        await run(Google(session))


if __name__ == "__main__":
    asyncio.run(main())
