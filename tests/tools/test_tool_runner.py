"""Calls are carried out beside each other, until their deadline, and let go of when told to."""

import asyncio
import json
from typing import Any

from kiosk.core.events import CallCancelled, Called
from kiosk.core.inputs import CallAnswered
from kiosk.tools.registry import ToolRegistry
from kiosk.tools.tool import Tool, ToolError
from kiosk.tools.tool_runner import MAX_RESULT_CHARACTERS, ToolRunner, shortened

from ..core.service import LIVE
from .trial_tools import tool


class Trial:
    """A runner with tools of the test, and what it answers."""

    def __init__(self, *tools: Tool) -> None:
        self.answers: asyncio.Queue[CallAnswered] = asyncio.Queue()
        self.runner = ToolRunner(ToolRegistry(LIVE, [lambda: tools]), self.answers.put_nowait)

    def call(self, name: str, id_: str = "1", **args: Any) -> None:
        self.runner.obey([Called(1, id_, name, args)])

    async def answer(self) -> dict[str, Any]:
        return (await asyncio.wait_for(self.answers.get(), 10)).response


async def test_a_call_is_answered_with_what_came_of_it() -> None:
    trial = Trial(tool("bell"))
    trial.call("bell", times=2)
    assert (await trial.answer())["args"] == {"times": 2}


async def test_calls_run_beside_each_other() -> None:
    gate = asyncio.Event()

    async def wait(*_: Any) -> dict[str, Any]:
        await gate.wait()
        return {"tool": "slow"}

    async def open_gate(*_: Any) -> dict[str, Any]:
        gate.set()
        return {"tool": "quick"}

    trial = Trial(tool("slow", wait), tool("quick", open_gate))
    trial.call("slow", "1")
    trial.call("quick", "2")
    assert {(await trial.answer())["tool"], (await trial.answer())["tool"]} == {"slow", "quick"}


async def test_one_that_takes_too_long_is_ended_and_answered_with_an_error() -> None:
    ended = asyncio.Event()

    async def hang(*_: Any) -> dict[str, Any]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    trial = Trial(tool("slow", hang, timeout_s=0.01))
    trial.call("slow")
    assert (await trial.answer())["error"]["code"] == "timeout"
    assert ended.is_set()


async def test_one_that_is_called_off_is_ended_and_not_answered() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(*_: Any) -> dict[str, Any]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    trial = Trial(tool("slow", hang))
    trial.call("slow")
    await begun.wait()
    trial.runner.obey([CallCancelled(0, "1")])
    await asyncio.wait_for(ended.wait(), 10)
    assert trial.answers.empty()


async def test_a_tool_that_is_at_fault_costs_its_call() -> None:
    async def break_(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    async def refuse(*_: Any) -> dict[str, Any]:
        raise ToolError("not_available", "the door has no current")

    trial = Trial(tool("broken", break_), tool("door", refuse))
    trial.call("broken")
    assert (await trial.answer())["error"]["code"] == "failed"
    trial.call("door")
    assert (await trial.answer()) == {
        "error": {"code": "not_available", "message": "the door has no current"}
    }
    trial.call("gone")
    assert (await trial.answer())["error"]["code"] == "not_available"


def test_a_result_that_is_too_long_is_cut_and_says_so() -> None:
    short, long = {"text": "ä" * 100}, {"text": "ä" * 60_000}
    assert shortened(short) is short
    cut = shortened(long)
    assert cut["note"] == f"Cut: the first {MAX_RESULT_CHARACTERS} of 60012 characters."
    assert json.dumps(long, ensure_ascii=False).startswith(cut["beginning"])
    assert len(cut["beginning"]) == MAX_RESULT_CHARACTERS
