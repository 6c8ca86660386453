"""A service that sends more than anybody wants: the loop goes on, and what is kept is bounded.

What is measured is processor time of the loop's thread between two turns of the loop, as a share of
the whole or of what the standard library needs for the same bytes: load on the machine does not
count.
"""

import asyncio
import contextlib
import gc
import json
import logging
import threading
import time

import pytest
from websockets.frames import Frame, Opcode
from websockets.sync.server import serve

from kiosk.core.attribution import MAX_TRANSCRIPT_CHARS
from kiosk.core.link_state import Phase
from kiosk.core.spoken import MAX_PIECES
from kiosk.live.dialer import MAX_BAD_FRAMES
from kiosk.live.link import MAX_FRAME_BYTES

from .test_dialer import Rig, ask

SHARE = 0.1
"""Of a flood's whole work, the most that keeps the others out at a stretch."""


class Flood:
    """A service in a thread of its own: answers each question with frames."""

    def __init__(self, frames: list[bytes]) -> None:
        whole = (Frame(Opcode.BINARY, frame).serialize(mask=False) for frame in frames)
        self.raw = b"".join(whole)
        self.links = 0
        self.sent = threading.Event()

    def handle(self, socket) -> None:
        self.links += 1
        for text in socket:
            if "setup" in text:
                socket.send(b'{"setupComplete": {}}')
            elif "activityEnd" in text and not self.sent.is_set():
                # At once, as they come from a service that is faster than we are.
                with contextlib.suppress(OSError):
                    socket.socket.sendall(self.raw)
                self.sent.set()


class Gaps:
    """The longest that the loop's thread worked between two turns of the loop."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def watch(self) -> None:
        last_s = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now_s = time.thread_time()
            self.longest_s, last_s = max(self.longest_s, now_s - last_s), now_s


@contextlib.asynccontextmanager
async def flooded(frames: list[bytes]):
    """A conversation that was asked a question, the flood that answers it, and the gaps."""
    gc.freeze()  # Whatever other tests have left is not looked through within a gap.
    flood, gaps = Flood(frames), Gaps()
    with serve(flood.handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        rig = Rig(f"ws://127.0.0.1:{server.socket.getsockname()[1]}", tools=("light",))
        tasks = [asyncio.create_task(rig.run())]
        try:
            await rig.up()
            tasks.append(asyncio.create_task(gaps.watch()))
            await ask(rig)
            yield rig, flood, gaps
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.to_thread(server.shutdown)
            await asyncio.to_thread(thread.join)
            gc.unfreeze()


def content(**fields: object) -> bytes:
    return json.dumps({"serverContent": fields}).encode()


def as_many(start: bytes, item: bytes, end: bytes) -> bytes:
    """A frame of the largest size that is taken."""
    count = (MAX_FRAME_BYTES - len(start) - len(end)) // (len(item) + 1)
    return start + b",".join([item] * count) + end


CALLS = as_many(b'{"toolCall":{"functionCalls":[', b'{"id":"7","name":"light","args":{}}', b"]}}")
ODD = as_many(b'{"serverContent":{"modelTurn":{"parts":[', b'{"text":7}', b"]}}}")
NAMES = as_many(b'{"x":[', b'{"a":[[[[]]]]}', b"]}")


@pytest.mark.parametrize("frame", [CALLS, ODD, NAMES], ids=["calls", "odd parts", "unknown"])
async def test_largest_frame_costs_little_more_than_reading_it(frame):
    began_s = time.thread_time()
    json.loads(frame)
    reading_s = time.thread_time() - began_s
    last = content(modelTurn={"parts": [{"text": "left"}]}, turnComplete=True)
    async with flooded([frame, last]) as (rig, _, gaps):
        await rig.until(lambda: rig.turn.said == "left" or rig.core._session.calls.wait)
        assert gaps.longest_s < 4 * reading_s


async def test_loop_goes_on_while_transcripts_pour_in():
    words = [content(outputTranscription={"text": f"{n} "}) for n in range(20_000)]
    part = {"inlineData": {"mimeType": "audio/pcm", "data": "ACAAIA=="}}
    sound = content(modelTurn={"parts": [part]})
    async with flooded([sound, *words, content(turnComplete=True)]) as (rig, _, gaps):
        began_s = time.thread_time()
        await rig.until(lambda: rig.turn.outcome, 60)
        assert gaps.longest_s < SHARE * (time.thread_time() - began_s)
        turn = rig.turn
        assert len(turn.said) == MAX_TRANSCRIPT_CHARS
        assert len(rig.scene.said) <= MAX_PIECES


async def test_megabytes_of_transcript_are_kept_to_a_bound():
    text = "what a long sentence " * (MAX_FRAME_BYTES // 22)
    words = [content(inputTranscription={"text": f"{n} {text}"}) for n in range(14)]
    part = {"inlineData": {"mimeType": "audio/pcm", "data": "ACAAIA=="}}
    last = content(modelTurn={"parts": [part]}, turnComplete=True)
    async with flooded([*words, last]) as (rig, _, _):
        await rig.until(lambda: rig.turn.outcome, 60)
        snapshot = rig.core._conversation.take_snapshot(7)
        assert len(rig.turn.heard) == MAX_TRANSCRIPT_CHARS
        assert sum(len(u.heard) + len(u.said) for u in snapshot.history) <= 2 * MAX_TRANSCRIPT_CHARS


async def test_link_full_of_bad_frames_is_left_and_told_once(caplog):
    with caplog.at_level(logging.WARNING, "kiosk.live"):
        async with flooded([b"no message"] * 20_000) as (rig, flood, _):
            await rig.until(lambda: flood.links > 1 and rig.link.phase is Phase.UP, 30)
            assert MAX_BAD_FRAMES < rig.dialer.bad_frames < MAX_BAD_FRAMES + 50
    told = [record for record in caplog.records if "unreadable frame" in record.getMessage()]
    assert len(told) == 1


async def test_frame_beyond_the_bound_costs_the_link_and_not_the_question():
    async with flooded([content(later="x" * MAX_FRAME_BYTES)]) as (rig, flood, _):
        await rig.until(lambda: flood.links > 1 and rig.link.phase is Phase.UP, 30)
        assert not rig.turn.outcome
