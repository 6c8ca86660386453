"""The other side of the wire for all that is measured: a scripted service that stamps what comes.

Not the concierge, whose recogniser would take the cores from those that are measured. Not a
`websockets` server either: a frame's time is taken where its bytes leave the socket, before
anybody looks at them. `Service` (service.py) starts it and asks it for what it saw.

`python -m benchmarks.server [FILE]`: over TLS with the certificate and the key of FILE.
"""

import asyncio
import base64
import contextlib
import json
import math
import os
import ssl
import struct
import sys
import time
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

RATE = 24_000
CHUNK_S = 0.1
"""Sound of one frame of a reply."""
AHEAD = 3
"""How many times faster than it is heard a reply is sent: the service sends two to four."""
TONE = struct.pack(
    f"<{round(RATE * CHUNK_S)}h",
    *(round(6000 * math.sin(2 * math.pi * 440 * n / RATE)) for n in range(round(RATE * CHUNK_S))),
)


def frame(**content: Any) -> bytes:
    return json.dumps({"serverContent": content}).encode()


BLOB = {"mimeType": f"audio/pcm;rate={RATE}", "data": base64.b64encode(TONE).decode()}
SOUND = frame(modelTurn={"role": "model", "parts": [{"inlineData": BLOB}]})
WORDS = frame(outputTranscription={"text": " and three words"})
HEARD = frame(inputTranscription={"text": "a question"})


class Script:
    """What is answered, and what was seen; shared by all connections."""

    think_s = 0.3
    """From the end of the visitor's turn to the first sound."""
    reply_s = 2.5

    def __init__(self) -> None:
        self.seen: list[tuple[float, str, int]] = []
        """Monotonic seconds, what, and samples where it was sound."""


class Peer(asyncio.Protocol):
    """One connection."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._protocol = ServerProtocol(max_size=None)
        self._reply: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        at_s = time.monotonic()
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode in (Opcode.TEXT, Opcode.BINARY):
                self._take(at_s, json.loads(bytes(event.data)))
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()  # TLS knows no half-closed line.

    def _send(self, words: bytes) -> None:
        self._protocol.send_text(words)
        self._flush()

    def _take(self, at_s: float, message: dict[str, Any]) -> None:
        seen = self._script.seen
        if "setup" in message:
            seen.append((at_s, "setup", 0))
            self._send(b'{"setupComplete":{"sessionId":"bench"}}')
            return
        # google-genai writes snake_case, the rest camelCase.
        said = message.get("realtimeInput") or message.get("realtime_input") or {}
        if "audio" in said:
            data = said["audio"]["data"]
            seen.append((at_s, "audio", (len(data) * 3 // 4 - data.count("=", -2)) // 2))
        elif "activityStart" in said or "activity_start" in said:
            seen.append((at_s, "start", 0))
            if self._stop():
                self._send(frame(interrupted=True))
                self._send(frame(turnComplete=True))
        elif "activityEnd" in said or "activity_end" in said:
            seen.append((at_s, "end", 0))
            self._reply = asyncio.create_task(self._answer())

    def _stop(self) -> bool:
        """End the reply; whether there was one."""
        reply, self._reply = self._reply, None
        return reply is not None and reply.cancel()

    async def _answer(self) -> None:
        script = self._script
        await asyncio.sleep(script.think_s)
        self._send(HEARD)
        # A quiet moment before the first sound: what is stamped is that frame's own way.
        await asyncio.sleep(0.03)
        began_s = time.monotonic()
        for n in range(round(script.reply_s / CHUNK_S)):
            if not n:
                script.seen.append((time.monotonic(), "reply", 0))
            self._send(SOUND)
            if n % 8 == 1:
                self._send(WORDS)
            await asyncio.sleep(began_s + (n + 1) * CHUNK_S / AHEAD - time.monotonic())
        self._send(frame(generationComplete=True))
        await asyncio.sleep(began_s + script.reply_s - time.monotonic())
        usage = {"promptTokenCount": 50, "responseTokenCount": 60, "totalTokenCount": 110}
        done = {"serverContent": {"turnComplete": True}, "usageMetadata": usage}
        self._send(json.dumps(done).encode())
        self._send(b'{"sessionResumptionUpdate":{"newHandle":"h","resumable":true}}')


async def main() -> None:
    """Serve, and obey standard input: one JSON object a line, `{}` asks for what was seen."""
    with contextlib.suppress(PermissionError):
        # What waits for a processor here would be told as the subject's lateness.
        os.nice(-10)
    script, loop = Script(), asyncio.get_running_loop()
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    server = await loop.create_server(lambda: Peer(script), "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        wish = json.loads(line)
        if wish:
            vars(script).update(wish)
        else:
            print(json.dumps(script.seen), flush=True)
            script.seen.clear()


if __name__ == "__main__":
    asyncio.run(main())
