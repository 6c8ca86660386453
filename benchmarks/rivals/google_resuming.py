"""google-genai's session loop as its documents show it: `python -m ... URL WAV`.

The loop of the session management guide around the tasks of the Live API starter: connect with the
last handle; a task that reads the microphone, one that sends, one that receives, all in a task
group that lives as long as the connection; keep the newest resumable handle; on a GoAway, or when
anything breaks, connect again with it. The guide shows no pause between attempts; one second here.
Driven on standard input: `press`, `release`, `quit`. The microphone is a WAV on the clock: sample
`i` is spoken `i` / 16000 s after the start, whether anybody listens or not.
"""

import asyncio
import contextlib
import json
import sys
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
from google import genai
from google.genai import live, types
from websockets.asyncio.client import connect

RATE_HZ = 16_000
CHUNK = 320
RETRY_S = 1.0
QUEUE = 5
"""As in the starter."""

real_connect = connect


def plain(url: str, **options: Any) -> connect:
    """The library dials TLS only; all else is left as it is, its keepalive included."""
    options.pop("ssl", None)
    return real_connect(url.replace("wss:", "ws:", 1), **options)


class Going(Exception):  # noqa: N818 - it is no error
    """The service has said that it goes."""


class Loop:
    """The application."""

    def __init__(self, wav: Path) -> None:
        with wave.open(str(wav)) as sound:
            self._pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        self._began_s = time.monotonic()
        self._pressed = asyncio.Event()
        self.handle: str | None = None
        self.turns: list[list[int]] = []
        self.replies: list[int] = []
        """Bytes of answer since each press."""

    def now(self) -> int:
        """The sample that is spoken now."""
        return int((time.monotonic() - self._began_s) * RATE_HZ)

    def press(self) -> None:
        start = self.now()
        self.turns.append([start, start])
        self.replies.append(0)
        self._pressed.set()

    def release(self) -> None:
        self._pressed.clear()
        self.turns[-1][1] = self.now()

    async def run(self, client: genai.Client) -> None:
        """Connect again and again."""
        while True:
            config = types.LiveConnectConfig(
                response_modalities=[types.Modality.AUDIO],
                realtime_input_config=types.RealtimeInputConfig(
                    automatic_activity_detection=types.AutomaticActivityDetection(disabled=True)
                ),
                input_audio_transcription=types.AudioTranscriptionConfig(),
                output_audio_transcription=types.AudioTranscriptionConfig(),
                session_resumption=types.SessionResumptionConfig(handle=self.handle),
            )
            broken = False
            try:
                async with (
                    client.aio.live.connect(model="gemini-3.8-live", config=config) as session,
                    asyncio.TaskGroup() as tasks,
                ):
                    queue: asyncio.Queue[Any] = asyncio.Queue(QUEUE)
                    tasks.create_task(self._listen(queue))
                    tasks.create_task(self._send(session, queue))
                    tasks.create_task(self._receive(session))
            except* Going:
                print("the service goes", file=sys.stderr, flush=True)
            except* Exception as error:  # noqa: BLE001 - whatever it was, connect again
                print(repr(error), file=sys.stderr, flush=True)
                broken = True
            if broken:
                await asyncio.sleep(RETRY_S)

    async def _listen(self, queue: "asyncio.Queue[Any]") -> None:
        """The button and the microphone, for one connection."""
        under_way = self._pressed.is_set()  # Then this is a new one in mid-utterance.
        while True:
            await self._pressed.wait()
            # No handle comes in mid-utterance: what is resumed knows of no activity.
            await queue.put({"activity_start": types.ActivityStart()})
            sample = self.now() if under_way else self.turns[-1][0]
            under_way, number = False, len(self.turns)
            while self._pressed.is_set() and len(self.turns) == number:
                await asyncio.sleep((sample + CHUNK) / RATE_HZ + self._began_s - time.monotonic())
                piece = self._pcm[np.arange(sample, sample + CHUNK) % len(self._pcm)].tobytes()
                sample += CHUNK
                blob = types.Blob(data=piece, mime_type="audio/pcm;rate=16000")
                await queue.put({"audio": blob})
            self.turns[number - 1][1] = sample
            await queue.put({"activity_end": types.ActivityEnd()})

    async def _send(self, session: live.AsyncSession, queue: "asyncio.Queue[Any]") -> None:
        while True:
            await session.send_realtime_input(**await queue.get())

    async def _receive(self, session: live.AsyncSession) -> None:
        while True:  # `receive` ends with each turn
            async for message in session.receive():
                update = message.session_resumption_update
                if update and update.resumable and update.new_handle:
                    self.handle = update.new_handle
                if message.go_away is not None:
                    raise Going
                content = message.server_content
                if content and content.model_turn and self.replies:
                    for part in content.model_turn.parts or ():
                        if part.inline_data and part.inline_data.data:
                            self.replies[-1] += len(part.inline_data.data)


async def main() -> None:
    live.ws_connect = plain
    options = types.HttpOptions(base_url=sys.argv[1].replace("ws:", "https:", 1))
    loop = Loop(Path(sys.argv[2]))
    running = asyncio.create_task(loop.run(genai.Client(api_key="k", http_options=options)))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while (line := (await lines.readline()).strip()) not in (b"", b"quit"):
        if line == b"press":
            loop.press()
        elif line == b"release":
            loop.release()
        print(json.dumps({"turns": loop.turns, "replies": loop.replies}), flush=True)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    asyncio.run(main())
