"""Speech while a tool call waits, at a concierge that closes with 1008 on it; real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kiosk.core import calls
from kiosk.core.inputs import CallAnswered, Typed

from ..concierge.conftest import Concierge, terse
from ..concierge.visitor import DEVELOPER
from .test_dialer import Rig, answered, pcm

STRICT = 'heard = "where are the toilets"\n[readings]\ninput_in_a_call = "refused"\n'


class Asking(Rig):
    """It has a tool, and its visitor speaks while that is used."""

    def __init__(self, concierge: Concierge) -> None:
        super().__init__(f"ws://127.0.0.1:{concierge.port}{DEVELOPER}", tools={"set_light"})
        self.concierge = concierge

    async def speak_during_a_call(self) -> None:
        await self.up()
        self.step(Typed("turn on the light"))
        await self.until(lambda: self.calls)
        self.press()
        await asyncio.sleep(0.6)
        self.step(CallAnswered(self.calls[0].call, {"ok": True}))
        await asyncio.sleep(0.2)
        self.release()
        await answered(self)

    def whole(self) -> bool:
        """Whether the concierge has, once, what was said."""
        turn = self.turn
        files = [file.read_bytes() for file in self.concierge.record.glob("*.pcm")]
        return files.count(pcm(turn.start, turn.end)) == 1


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Asking]:
    plan = tmp_path / "faults.toml"
    plan.write_text(STRICT)
    concierge = Concierge(tmp_path, "--faults", str(plan), "--knowledge", str(terse(tmp_path)))
    rig = Asking(concierge)
    running = asyncio.create_task(rig.run())
    yield rig
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    concierge.stop()


async def test_speech_waits_for_the_answer_to_the_call(rig: Asking) -> None:
    await rig.speak_during_a_call()
    assert rig.dialer.setups_sent == 1, "the connection was closed"
    assert rig.turn.outcome == "answered"
    assert rig.whole()


async def test_kiosk_that_did_not_wait_would_be_cut_off_and_lose_nothing(
    rig: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SPEECH_GATE_S", 0.0)
    await rig.speak_during_a_call()
    assert rig.dialer.setups_sent == 2
    assert "refused: 1008" in rig.concierge.log.read_text()
    assert rig.turn.outcome == "answered"
    assert rig.whole()
