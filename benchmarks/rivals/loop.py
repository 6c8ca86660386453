"""What both rivals do: a turn is 20 ms chunks of a WAV at their deadlines; a reply is kept.

Driven like the kiosk: `press` and `release`, here on standard input; `quit` ends, and prints the
times that were taken. No sound card: this is the least that any client must do.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

CHUNK_S = 0.02
CHUNK_BYTES = 640
KEPT_BYTES = 48_000 * 60
"""A minute of reply, as the kiosk's ring has."""


class Session(Protocol):
    """An open session of one rival."""

    async def start(self) -> None: ...
    async def audio(self, pcm: bytes) -> None: ...
    async def end(self) -> None: ...
    def sound(self) -> AsyncIterator[bytes]:
        """PCM of the replies, for ever."""
        ...


async def run(session: Session) -> None:
    """Talk until told to quit."""
    pcm = await asyncio.to_thread(Path(sys.argv[2]).read_bytes)
    pressed, released = asyncio.Event(), asyncio.Event()
    starts: list[float] = []
    firsts: list[float] = []
    reply = bytearray()

    async def talk() -> None:
        place = 0
        while True:
            await pressed.wait()
            began_s, count = time.monotonic(), 0
            starts.append(began_s)
            await session.start()
            while pressed.is_set():
                count += 1
                await asyncio.sleep(began_s + count * CHUNK_S - time.monotonic())
                await session.audio(pcm[place : place + CHUNK_BYTES])
                place = (place + CHUNK_BYTES) % (len(pcm) - CHUNK_BYTES)
            await session.end()
            released.set()

    async def listen() -> None:
        async for sound in session.sound():
            reply.extend(sound)
            if released.is_set():
                firsts.append(time.monotonic())
                released.clear()
            if len(reply) > KEPT_BYTES:
                del reply[: KEPT_BYTES // 2]

    tasks = [asyncio.create_task(talk()), asyncio.create_task(listen())]
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while (line := (await lines.readline()).strip()) not in (b"", b"quit"):
        if line == b"press":
            released.clear()
            pressed.set()
        else:
            pressed.clear()
    for task in tasks:
        task.cancel()
    print(json.dumps({"starts": starts, "firsts": firsts}), flush=True)
