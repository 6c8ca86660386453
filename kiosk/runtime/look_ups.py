"""Carries out what the model wants looked up, each call beside the loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from kiosk.core.events import Call, CallCancelled, Called
from kiosk.core.inputs import CallAnswered
from kiosk.knowledge import look_up_tool
from kiosk.runtime.briefing import Briefing

log = logging.getLogger("kiosk.knowledge")


class LookUps:
    """See the module. Everything belongs to the loop's thread.

    Args:
        briefing: what is known, and the house's clock.
        language: of the conversation.
        post: gets each answer.
    """

    def __init__(
        self, briefing: Briefing, language: str, post: Callable[[CallAnswered], None]
    ) -> None:
        self._briefing = briefing
        self._language = language
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
        knowledge, now = self._briefing.knowledge, self._briefing.now()
        try:
            response = await asyncio.to_thread(
                look_up_tool.answer, knowledge, call.args, self._language, now
            )
        except Exception:
            log.exception("a look-up failed")
            response = look_up_tool.FAILED
        self._post(CallAnswered(call.call, response))

    def _forget(self, id_: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(id_) is task:
            del self._tasks[id_]
