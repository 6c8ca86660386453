"""What staff type is answered by every model; real sockets, a concierge that knows their rules."""

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from kiosk.core.inputs import Typed

from ..concierge.conftest import Concierge, terse
from ..concierge.visitor import DEVELOPER
from ..core.service import LIVE
from .test_dialer import Rig, answered


@pytest.fixture(scope="module")
def concierge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Concierge]:
    folder = tmp_path_factory.mktemp("concierge")
    concierge = Concierge(folder, "--knowledge", str(terse(folder)))
    yield concierge
    concierge.stop()


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        ("gemini-3.8-live", ""),
        ("gemini-3.8-live-extended-thinking", "low"),
        ("gemini-3.1-flash-live-preview", "minimal"),
        ("gemini-2.5-flash-native-audio-preview-12-2025", "0"),
        ("gemini-9-live", ""),
    ],
)
async def test_it_is_answered_first_and_in_mid_session(
    concierge: Concierge, model: str, thinking: str
) -> None:
    live = replace(LIVE, model=model, thinking=thinking)
    rig = Rig(f"ws://127.0.0.1:{concierge.port}{DEVELOPER}", live=live)
    running = asyncio.create_task(rig.run())
    await rig.up()
    for question, answer in (("where are the toilets", "There."), ("hello", "Hi.")):
        rig.step(Typed(question))
        await answered(rig)
        assert (rig.turn.outcome, rig.turn.said) == ("answered", answer)
    assert rig.dialer.setups_sent == 1, "the connection was closed"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
