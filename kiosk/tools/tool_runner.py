"""Carries out what the model calls for: each call by itself, in the loop, until its deadline."""

import asyncio
import json
import logging
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from kiosk.core.events import Call, CallCancelled, Called
from kiosk.core.inputs import CallAnswered
from kiosk.tools.call_arguments import faults
from kiosk.tools.once_log import CallRecord, OnceLog
from kiosk.tools.registry import ToolRegistry
from kiosk.tools.tool import Tool, ToolError, ToolUse

log = logging.getLogger("kiosk.tools")

MAX_RESULT_CHARACTERS = 8000
"""Of a result as JSON: some 2000 tokens, which are billed again at each turn of the visit."""


class ToolRunner:
    """See the module. Everything belongs to the loop's thread.

    Args:
        registry: what can be called.
        once: what was begun before, by this daemon or one that was killed.
        post: gets each answer.
    """

    def __init__(
        self, registry: ToolRegistry, once: OnceLog, post: Callable[[CallAnswered], None]
    ) -> None:
        self._registry = registry
        self._once = once
        self._post = post
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def obey(self, calls: Sequence[Call]) -> None:
        """Begin what is called for, and let go of what nobody waits for."""
        for call in calls:
            match call:
                case Called():
                    task = asyncio.create_task(self._answer(call))
                    self._tasks[call.call] = task
                    task.add_done_callback(partial(self._forget, call.call))
                case CallCancelled(call=id_) if id_ in self._tasks:
                    self._tasks[id_].cancel()

    async def _answer(self, call: Called) -> None:
        try:
            response = await self._result(call)
        except ToolError as error:
            log.warning("%s: %s", call.name, error.journal)
            response = error.response()
        tool, told, scheduling = self._registry.find(call.name), shortened(response), ""
        if tool is not None:
            told, scheduling = self._registry.answered(tool, told)
        self._post(CallAnswered(call.call, told, scheduling))

    async def _result(self, call: Called) -> dict[str, Any]:
        tool = self._registry.find(call.name)
        if tool is None:
            raise ToolError("not_available", f"the tool {call.name} is not there any more")
        if tool.acts:
            return await self._do_once(tool, call)
        return await run(tool, call.args, ToolUse(call.call, uuid4().hex))

    async def _do_once(self, tool: Tool, call: Called) -> dict[str, Any]:
        """Carry out a call that nothing was begun for; else tell what came of it."""
        if (known := self._once.find(call.call)) is not None:
            if known.response is not None:
                return known.response
            raise ToolError("in_doubt", "a fault interrupted it", in_doubt=True)
        record = CallRecord(call.call, call.name, uuid4().hex)
        try:
            self._once.write(record)
        except OSError as error:
            log.error("%s is not begun: %s", call.name, error)  # noqa: TRY400 - said to a person
            raise ToolError("not_available", "the kiosk has no room to note it") from None
        try:
            response = await run(tool, call.args, ToolUse(call.call, record.key))
        except ToolError as error:
            self._note(
                replace(record, outcome="in doubt" if error.in_doubt else "failed"),
                error.response(),
            )
            raise
        self._note(replace(record, outcome="done"), response)
        return response

    def _note(self, record: CallRecord, response: dict[str, Any]) -> None:
        try:
            self._once.write(replace(record, response=shortened(response)))
        except OSError as error:
            # The intent stands there, and keeps it from being done again.
            log.warning("what came of %s is not noted: %s", record.tool, error)

    def _forget(self, id_: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(id_) is task:
            del self._tasks[id_]


async def run(tool: Tool, args: dict[str, Any], use: ToolUse) -> dict[str, Any]:
    """Carry out one call within its deadline.

    Raises:
        ToolError: it came to nothing; in words for the model.
    """
    if wrong := faults(tool.parameters, args):
        raise ToolError("bad_arguments", "; ".join(wrong))
    try:
        async with asyncio.timeout(tool.timeout_s):
            return await tool.run(args, use)
    except ToolError:
        raise
    except TimeoutError:
        words = f"it took longer than {tool.timeout_s:g} s"
        raise ToolError("timeout", words, in_doubt=tool.acts) from None
    except Exception as error:
        # Without its words, which may be what a visitor said.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("the tool %s is at fault: %s\n%s", tool.name, type(error).__name__, where)  # noqa: TRY400
        words = f"the tool {tool.name} does not work"
        raise ToolError("failed", words, in_doubt=tool.acts) from error


def shortened(response: dict[str, Any]) -> dict[str, Any]:
    """A result that is not too long for the model; one that was cut says so."""
    text = json.dumps(response, ensure_ascii=False)
    if len(text) <= MAX_RESULT_CHARACTERS:
        return response
    note = f"Cut: the first {MAX_RESULT_CHARACTERS} of {len(text)} characters."
    return {"note": note, "beginning": text[:MAX_RESULT_CHARACTERS]}
