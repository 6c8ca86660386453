"""The recogniser's process, as the server starts it and loses it."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from kiosk.concierge.recogniser_process import RESTART_DELAY_S

from .conftest import Concierge, Start, terse
from .visitor import Visitor, speech


async def test_a_recogniser_that_dies_is_started_again(start: Start, tmp_path: Path) -> None:
    file = terse(tmp_path)
    file.write_text(file.read_text().replace("where is the bathroom", "where is the qwrtzlbrmft"))
    concierge = start("--knowledge", str(file))
    assert "qwrtzlbrmft" in concierge.log.read_text(), "a word that cannot be pronounced is named"
    visitor = await Visitor.arrive(concierge.port)
    (child,) = _children(concierge)
    os.kill(child, signal.SIGKILL)
    assert (await visitor.ask(speech("where are the toilets")))[1] == "No."
    await asyncio.sleep(RESTART_DELAY_S)
    answers = [(await visitor.ask(speech("where are the toilets")))[1] for _ in range(2)]
    assert answers[-1] == "There."
    await visitor.leave()
    concierge.stop()


def test_the_recogniser_ends_with_the_server(start: Start) -> None:
    concierge = start()
    (child,) = _children(concierge)
    concierge.process.kill()
    concierge.process.wait()
    deadline = time.monotonic() + 5
    while _alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _children(concierge: Concierge) -> list[int]:
    pid = concierge.process.pid
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(autouse=True)
def _no_key_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
