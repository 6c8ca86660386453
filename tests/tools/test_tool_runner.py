"""Calls are carried out beside each other, until their deadline, and let go of when told to."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.core.events import CallCancelled, Called
from kiosk.core.inputs import CallAnswered
from kiosk.tools.once_log import OnceLog
from kiosk.tools.registry import ToolRegistry
from kiosk.tools.tool import Tool, ToolError, ToolUse
from kiosk.tools.tool_runner import MAX_RESULT_CHARACTERS, ToolRunner, shortened

from ..core.service import LIVE
from .trial_tools import tool

TIMES = {"type": "OBJECT", "properties": {"times": {"type": "INTEGER", "minimum": 1}}}


class Trial:
    """A runner with tools of the test, and what it answers."""

    def __init__(self, folder: Path, *tools: Tool) -> None:
        self.answers: asyncio.Queue[CallAnswered] = asyncio.Queue()
        registry = ToolRegistry(LIVE, [lambda: tools])
        self.runner = ToolRunner(registry, OnceLog(folder), self.answers.put_nowait)

    def call(self, name: str, id_: str = "1", **args: Any) -> None:
        self.runner.obey([Called(1, id_, name, args)])

    async def answer(self) -> dict[str, Any]:
        return (await asyncio.wait_for(self.answers.get(), 10)).response


async def test_a_call_is_answered_with_what_came_of_it(tmp_path: Path) -> None:
    trial = Trial(tmp_path, tool("bell", parameters=TIMES))
    trial.call("bell", times=2)
    assert (await trial.answer())["args"] == {"times": 2}


async def test_a_call_with_other_arguments_than_declared_is_refused_and_nothing_happens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    called = []

    async def ring(*args: Any) -> dict[str, Any]:
        called.append(args)
        return {}

    trial = Trial(tmp_path, tool("bell", ring, parameters=TIMES))
    trial.call("bell", times="often", loud=True, Schmidt="ill")
    error = (await trial.answer())["error"]
    assert error["code"] == "bad_arguments"
    assert error["message"].startswith("times: expected a whole number from 1; loud: there is no")
    assert called == []
    assert "Schmidt" in error["message"]
    assert "Schmidt" not in caplog.text


@pytest.mark.parametrize(
    "fault", [ValueError("no room for Schmidt"), ToolError("bad_arguments", "name: not 'Schmidt'")]
)
async def test_the_journal_tells_what_is_at_fault_and_no_word_of_a_visitor(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    async def ring(*_: Any) -> dict[str, Any]:
        raise fault

    trial = Trial(tmp_path, tool("bell", ring))
    trial.call("bell")
    await trial.answer()
    assert "bell" in caplog.text
    if isinstance(fault, ValueError):
        assert "ValueError" in caplog.text
        assert "raise fault" in caplog.text, "the place is told"
    assert "Schmidt" not in caplog.text


async def test_calls_run_beside_each_other(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def wait(*_: Any) -> dict[str, Any]:
        await gate.wait()
        return {"tool": "slow"}

    async def open_gate(*_: Any) -> dict[str, Any]:
        gate.set()
        return {"tool": "quick"}

    trial = Trial(tmp_path, tool("slow", wait), tool("quick", open_gate))
    trial.call("slow", "1")
    trial.call("quick", "2")
    assert {(await trial.answer())["tool"], (await trial.answer())["tool"]} == {"slow", "quick"}


async def test_one_that_takes_too_long_is_ended_and_answered_with_an_error(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def hang(*_: Any) -> dict[str, Any]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    trial = Trial(tmp_path, tool("slow", hang, timeout_s=0.01))
    trial.call("slow")
    told = await trial.answer()
    assert told["error"]["code"] == "timeout"
    assert "note" in told, "it may have been done"
    assert ended.is_set()


async def test_one_that_is_called_off_is_ended_and_not_answered(tmp_path: Path) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(*_: Any) -> dict[str, Any]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    trial = Trial(tmp_path, tool("slow", hang))
    trial.call("slow")
    await begun.wait()
    trial.runner.obey([CallCancelled(0, "1")])
    await asyncio.wait_for(ended.wait(), 10)
    assert trial.answers.empty()


async def test_a_tool_that_is_at_fault_costs_its_call(tmp_path: Path) -> None:
    async def break_(*_: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    async def refuse(*_: Any) -> dict[str, Any]:
        raise ToolError("not_available", "the door has no current")

    trial = Trial(tmp_path, tool("broken", break_), tool("door", refuse))
    trial.call("broken")
    assert (await trial.answer())["error"]["code"] == "failed"
    trial.call("door", "2")
    assert (await trial.answer()) == {
        "error": {"code": "not_available", "message": "the door has no current"}
    }
    trial.call("gone", "3")
    assert (await trial.answer())["error"]["code"] == "not_available"


async def test_when_an_answer_is_taken_up_stands_beside_it_or_in_it(tmp_path: Path) -> None:
    trial = Trial(tmp_path, tool("bell", answer="later"))
    trial.call("bell")
    answered = await asyncio.wait_for(trial.answers.get(), 10)
    assert answered.scheduling == "WHEN_IDLE"
    assert "scheduling" not in answered.response


# --- once ----------------------------------------------------------------------------------------


class Counted:
    """A tool with an effect, which is counted."""

    def __init__(self, *comes: dict[str, Any] | Exception) -> None:
        self.keys: list[str] = []
        self._comes = comes

    async def run(self, _: dict[str, Any], use: ToolUse) -> dict[str, Any]:
        self.keys.append(use.key)
        come = self._comes[len(self.keys) - 1]
        if isinstance(come, Exception):
            raise come
        return come


@pytest.mark.parametrize(
    "comes",
    [{"ticket": 7}, ToolError("failed", "no"), ToolError("failed", "no answer", in_doubt=True)],
)
async def test_a_call_that_comes_again_is_answered_the_same_and_not_carried_out(
    tmp_path: Path, comes: dict[str, Any] | Exception
) -> None:
    counted = Counted(comes, {"ticket": 8})
    first = Trial(tmp_path, tool("bell", counted.run))
    first.call("bell", "a")
    told = await first.answer()
    for trial in (first, Trial(tmp_path, tool("bell", counted.run))):
        trial.call("bell", "a")
        assert await trial.answer() == told
    assert len(counted.keys) == 1
    first.call("bell", "b")
    assert await first.answer() == {"ticket": 8}
    assert len(set(counted.keys)) == 2


async def test_one_that_was_interrupted_is_in_doubt_and_not_carried_out_again(
    tmp_path: Path,
) -> None:
    begun = asyncio.Event()
    runs = []

    async def hang(*_: Any) -> dict[str, Any]:
        runs.append(1)
        begun.set()
        await asyncio.Event().wait()
        return {}

    trial = Trial(tmp_path, tool("bell", hang))
    trial.call("bell", "a")
    await begun.wait()
    for next_ in (Trial(tmp_path, tool("bell", hang)), trial):
        next_.runner.obey([CallCancelled(0, "a")])
        next_.call("bell", "a")
        told = await next_.answer()
        assert told["error"]["code"] == "in_doubt"
        assert "Do not call it again" in told["note"]
    assert runs == [1]


async def test_what_only_tells_may_be_asked_again(tmp_path: Path) -> None:
    counted = Counted({"time": 1}, {"time": 2})
    trial = Trial(tmp_path, tool("clock", counted.run, acts=False))
    for time in (1, 2):
        trial.call("clock", "a")
        assert await trial.answer() == {"time": time}


async def test_nothing_is_begun_that_cannot_be_noted(tmp_path: Path) -> None:
    counted = Counted({})
    trial = Trial(tmp_path / "gone", tool("bell", counted.run))
    trial.call("bell")
    assert (await trial.answer())["error"]["code"] == "not_available"
    assert not counted.keys


def test_a_result_that_is_too_long_is_cut_and_says_so() -> None:
    short, long = {"text": "ä" * 100}, {"text": "ä" * 60_000}
    assert shortened(short) is short
    cut = shortened(long)
    assert cut["note"] == f"Cut: the first {MAX_RESULT_CHARACTERS} of 60012 characters."
    assert json.dumps(long, ensure_ascii=False).startswith(cut["beginning"])
    assert len(cut["beginning"]) == MAX_RESULT_CHARACTERS
