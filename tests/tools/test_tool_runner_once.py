"""Seeded lives and deaths of daemons: whatever comes again, an effect comes once or not at all.

A daemon ends at a moment of the seed's choice, without a word more of its calls; the next one has
what stands on the disk, which may end in half a line. The service says its calls again, and takes
them back.
"""

import asyncio
import logging
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.events import Call, CallCancelled, Called
from kiosk.core.inputs import CallAnswered
from kiosk.tools.once_log import FILE, OnceLog
from kiosk.tools.registry import ToolRegistry
from kiosk.tools.tool import Tool, ToolError, ToolUse
from kiosk.tools.tool_runner import ToolRunner

from ..core.service import LIVE

IDS = ("a", "b", "c")
LIVES = 4


class Run:
    """All lives of one seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.effects = Counter[str]()
        self.keys: dict[str, str] = {}
        self.answers: dict[str, list[dict[str, Any]]] = {id_: [] for id_ in IDS}
        self.deaths = 0
        for _ in range(LIVES):
            self.live(mortal=True)
        self.live(mortal=False)
        self.log = OnceLog(folder)

    def live(self, *, mortal: bool) -> None:
        """One daemon, until it is killed or has nothing left to do."""
        self.dead = False
        asyncio.run(self._daemon(mortal=mortal))
        self.deaths += self.dead

    async def _daemon(self, *, mortal: bool) -> None:
        registry = ToolRegistry(LIVE, [self._tools(mortal=mortal)])
        post = self._dies_then_posts if mortal else self._post
        runner = ToolRunner(registry, OnceLog(self.folder), post)
        told: list[Call] = [Called(1, id_, "bell", {}) for id_ in IDS]
        if mortal:
            told += [self.random.choice(told) for _ in range(3)]
            told += [CallCancelled(0, self.random.choice(IDS)) for _ in range(2)]
            self.random.shuffle(told)
        for one in told:
            runner.obey([one])
            if self.random.random() < 0.5:
                await asyncio.sleep(0)
            if self.dead:
                return
        for _ in range(20):
            if not self.dead:
                await asyncio.sleep(0)

    def _tools(self, *, mortal: bool):
        async def ring(_: dict[str, Any], use: ToolUse) -> dict[str, Any]:
            assert self.keys.setdefault(use.call, use.key) == use.key
            choice = self.random.random()
            if mortal and choice < 0.1:
                self._die(torn=self.random.random() < 0.5)
            await asyncio.sleep(0)
            if choice < 0.2:
                raise ToolError("failed", "nobody there")
            if choice < 0.3:
                raise ToolError("failed", "the line broke", in_doubt=True)
            self.effects[use.call] += 1
            if mortal and choice < 0.5:
                self._die(half=self.random.random() < 0.5)
            await asyncio.sleep(0)
            if choice < 0.6:
                raise ToolError("failed", "the line broke", in_doubt=True)
            return {"rung": True}

        tools = (Tool("bell", "Rings.", ring),)
        return lambda: tools

    def _post(self, answer: CallAnswered) -> None:
        self.answers[answer.call].append(answer.response)

    def _dies_then_posts(self, answer: CallAnswered) -> None:
        if self.random.random() < 0.2:
            self._die()
        self._post(answer)

    def _die(self, *, torn: bool = False, half: bool = False) -> None:
        """Be killed.

        Args:
            torn: as the intent was written, of which half is there.
            half: as the outcome was written, of which half is there.
        """
        file = self.folder / FILE
        data = file.read_bytes() if file.exists() else b""
        if torn and data.endswith(b'"}\n'):  # Else another call's outcome is the last line.
            file.write_bytes(data[:-10])
        if half:
            file.write_bytes(data + b'\n{"call": "a", "outc')
        self.dead = True
        raise asyncio.CancelledError

    def judge(self) -> None:
        """Each effect came once or not at all, and it is known which."""
        for id_ in IDS:
            assert self.effects[id_] <= 1
            known = self.log.find(id_)
            assert known is not None
            if known.outcome == "done":
                assert self.effects[id_] == 1
            if known.outcome == "failed":
                assert self.effects[id_] == 0
            final = self.answers[id_][-1]
            assert final == known.response or final["error"]["code"] == "in_doubt"


def lives(first: int, last: int, folder: Path) -> Counter[str]:
    """Run the seeds; how each of their calls ended."""
    ends = Counter[str]()
    for seed in range(first, last):
        (folder / FILE).unlink(missing_ok=True)
        run = Run(seed, folder)
        run.judge()
        ends["deaths"] += run.deaths
        for id_ in IDS:
            known = run.log.find(id_)
            assert known is not None
            ends[f"{known.outcome}, effects: {run.effects[id_]}"] += 1
    return ends


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "kiosk.tools")


def test_each_effect_comes_once_or_not_at_all(tmp_path: Path) -> None:
    ends = lives(0, 200, tmp_path)
    assert ends["deaths"] > 200
    assert ends["done, effects: 1"] > 100
    assert ends["failed, effects: 0"] > 10
    assert ends["begun, effects: 0"] > 10
    assert ends["begun, effects: 1"] > 10


@pytest.mark.long
def test_ten_thousand_runs(tmp_path: Path) -> None:
    print(dict(sorted(lives(0, 10_000, tmp_path).items())))
