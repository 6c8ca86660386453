"""Speech while a tool call waits, at a concierge that closes with 1008 on it; real sockets."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kiosk.core import calls
from kiosk.core.conversation import Conversation
from kiosk.core.events import Called, Event

from ..concierge.conftest import Concierge, terse
from ..concierge.visitor import DEVELOPER
from .test_dialer import Rig, answered, pcm

STRICT = 'heard = "where are the toilets"\n[readings]\ninput_in_a_call = "refused"\n'


class Asking(Rig):
    """It has a tool, and its visitor speaks while that is used."""

    def __init__(self, concierge: Concierge) -> None:
        super().__init__(f"ws://127.0.0.1:{concierge.port}{DEVELOPER}", tools={"set_light"})
        self.concierge = concierge
        self.calls: list[str] = []
        self.conversation._on = self._on

    def _on(self, event: Event, now_s: float) -> None:
        if isinstance(event, Called):
            self.calls.append(event.call)
        Conversation._on(self.conversation, event, now_s)

    async def speak_during_a_call(self) -> None:
        await self.up()
        self.conversation.say("turn on the light", time.monotonic())
        await self.until(lambda: self.calls)
        self.press()
        await asyncio.sleep(0.6)
        self.session.respond(self.calls[0], {"ok": True}, time.monotonic())
        await asyncio.sleep(0.2)
        self.release()
        await answered(self)

    def whole(self) -> bool:
        """Whether the concierge has, once, what was said."""
        turn = self.conversation.turns[-1]
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
    assert rig.conversation.turns[-1].outcome == "answered"
    assert rig.whole()


async def test_kiosk_that_did_not_wait_would_be_cut_off_and_lose_nothing(
    rig: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "SPEECH_GATE_S", 0.0)
    await rig.speak_during_a_call()
    assert rig.dialer.setups_sent == 2
    assert "refused: 1008" in rig.concierge.log.read_text()
    assert rig.conversation.turns[-1].outcome == "answered"
    assert rig.whole()
