"""Speech by text, where Streaming Avatar gives no socket for sound: sentence by sentence."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

from kiosk.avatar.cloud.heygen.refusals import TooEarlyError
from kiosk.avatar.cloud.heygen.session_events import ReplyEnded, ReplyStarted
from kiosk.avatar.cloud.heygen.streaming import MAX_TEXT_CHARACTERS
from kiosk.avatar.cloud.heygen.vendor_api import SpeakTask
from kiosk.errors import KioskError

log = logging.getLogger("kiosk.avatar")

RETRY_DELAYS_S = (0.3, 0.6, 1.2)
"""Pauses before a task is sent again that came before the room was up."""
MAX_LATE_S = 2.0
"""Beyond its own duration a task that is never told to be over is taken to be."""

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(\s|$)|[。！？]+(”?)|\n")


def sentences(text: str) -> tuple[list[str], str]:
    """Cut whole sentences off; return them and what is left."""
    done: list[str] = []
    while text:
        # A mark at the very end may be the middle of a number or a name.
        marks = _END.finditer(text)
        match = next((mark for mark in marks if mark.end() < len(text) or mark[1] != ""), None)
        if match is not None and match.end() <= MAX_TEXT_CHARACTERS:
            cut = match.end()
        elif len(text) > MAX_TEXT_CHARACTERS:
            space = text.rfind(" ", 1, MAX_TEXT_CHARACTERS)
            cut = space if space > 0 else MAX_TEXT_CHARACTERS
        else:
            break
        done.append(text[:cut].strip())
        text = text[cut:].lstrip()
    return [sentence for sentence in done if sentence], text


class TextSpeaker:
    """See the module; one session's.

    Args:
        say: has a text said, no longer than is taken.
        on_reply: hears of the beginning and end of a reply.
        on_failure: called when the words cannot be said.
    """

    def __init__(
        self,
        say: Callable[[str], Awaitable[SpeakTask]],
        on_reply: Callable[[ReplyStarted | ReplyEnded], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self._say_text = say
        self._on_reply = on_reply
        self._on_failure = on_failure
        self._rest = ""
        self._reply = 0
        self._over = 0
        self._queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._task: str | None = None
        """The vendor's id of what is being said; None until it is told, empty where it never is."""
        self._over_tasks: set[str] = set()
        """Of those that were over before their ids were told."""
        self._stopped = asyncio.Event()

    def feed_text(self, reply: int, text: str) -> None:
        """Take the next of a reply's words."""
        if reply <= self._over:
            return
        if reply != self._reply:
            self._rest, self._reply = "", reply
        done, self._rest = sentences(self._rest + text)
        for sentence in done:
            self._queue.put_nowait((reply, sentence))

    def end_reply(self, reply: int) -> None:
        """Nothing more comes of it."""
        if reply <= self._over or reply != self._reply:
            return
        if rest := self._rest.strip():
            self._queue.put_nowait((reply, rest))
        self._rest = ""
        self._queue.put_nowait((reply, ""))

    def interrupt(self) -> None:
        """Forget what was not said."""
        self._over, self._rest = self._reply, ""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._stopped.set()

    def stopped(self, task: str) -> None:
        """The vendor says that a task is over."""
        if self._task is None:
            self._over_tasks.add(task)  # It may be that of a sentence before, and late.
        elif self._task in ("", task):
            self._stopped.set()

    async def run(self) -> None:
        """Say it, until cancelled."""
        speaking = 0
        while True:
            reply, text = await self._queue.get()
            if reply <= self._over:
                continue
            if not text:
                self._on_reply(ReplyEnded(reply=reply))
                continue
            self._stopped.clear()
            try:
                duration_s = await self._say(text)
            except KioskError as error:
                self._on_failure(str(error))
                return
            if speaking != reply:
                speaking = reply
                self._on_reply(ReplyStarted(reply=reply))
            try:
                async with asyncio.timeout(duration_s + MAX_LATE_S):
                    await self._stopped.wait()
            except TimeoutError:
                log.debug("a task's end was not told")

    async def _say(self, text: str) -> float:
        self._task = None
        self._over_tasks.clear()
        for pause_s in (*RETRY_DELAYS_S, None):
            try:
                task = await self._say_text(text)
            except TooEarlyError:
                if pause_s is None:
                    raise
                await asyncio.sleep(pause_s)
            else:
                self._task = task.task_id
                if self._task in self._over_tasks:
                    self._stopped.set()
                return task.duration_s
        raise AssertionError
