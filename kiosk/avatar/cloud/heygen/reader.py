"""Speech by text, where Streaming Avatar gives no socket for sound: sentence by sentence."""

import asyncio
import logging
import re
from collections.abc import Callable

from kiosk.avatar.cloud.heygen.front import FrontEnd
from kiosk.avatar.cloud.heygen.rest import RefusedError
from kiosk.avatar.interface import Idle, Speaking
from kiosk.errors import KioskError

log = logging.getLogger("kiosk.avatar")

MOST_CHARACTERS = 1000
"""Longer tasks were refused."""
AGAIN_S = (0.3, 0.6, 1.2)
"""Pauses before a task is sent again that came before the room was up."""
SLACK_S = 2.0
"""Beyond its own duration a task that is never told to be over is taken to be."""

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(\s|$)|[。！？]+(”?)|\n")


def sentences(text: str) -> tuple[list[str], str]:
    """Cut whole sentences off; return them and what is left."""
    done: list[str] = []
    while text:
        # A mark at the very end may be the middle of a number or a name.
        marks = _END.finditer(text)
        match = next((mark for mark in marks if mark.end() < len(text) or mark[1] != ""), None)
        if match is not None and match.end() <= MOST_CHARACTERS:
            cut = match.end()
        elif len(text) > MOST_CHARACTERS:
            space = text.rfind(" ", 1, MOST_CHARACTERS)
            cut = space if space > 0 else MOST_CHARACTERS
        else:
            break
        done.append(text[:cut].strip())
        text = text[cut:].lstrip()
    return [sentence for sentence in done if sentence], text


class Reader:
    """See the module; one session's.

    Args:
        front: the product.
        session: its id.
        tell: hears of the beginning and end of an utterance.
        on_failure: called when the words cannot be said.
    """

    def __init__(
        self,
        front: FrontEnd,
        session: str,
        tell: Callable[[Speaking | Idle], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self._front = front
        self._session = session
        self._tell = tell
        self._on_failure = on_failure
        self._rest = ""
        self._utterance = 0
        self._over = 0
        self._queue: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._task: str | None = None
        """The vendor's id of what is being said; None until it is told, empty where it never is."""
        self._over_tasks: set[str] = set()
        """Of those that were over before their ids were told."""
        self._stopped = asyncio.Event()

    def read(self, utterance: int, text: str) -> None:
        """Take the next of an utterance's words."""
        if utterance <= self._over:
            return
        if utterance != self._utterance:
            self._rest, self._utterance = "", utterance
        done, self._rest = sentences(self._rest + text)
        for sentence in done:
            self._queue.put_nowait((utterance, sentence))

    def end(self, utterance: int) -> None:
        """Nothing more comes of it."""
        if utterance <= self._over or utterance != self._utterance:
            return
        if rest := self._rest.strip():
            self._queue.put_nowait((utterance, rest))
        self._rest = ""
        self._queue.put_nowait((utterance, ""))

    def interrupt(self) -> None:
        """Forget what was not said."""
        self._over, self._rest = self._utterance, ""
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
            utterance, text = await self._queue.get()
            if utterance <= self._over:
                continue
            if not text:
                self._tell(Idle(utterance))
                continue
            self._stopped.clear()
            try:
                duration_s = await self._say(text)
            except (RefusedError, KioskError) as error:
                self._on_failure(str(error))
                return
            if speaking != utterance:
                speaking = utterance
                self._tell(Speaking(utterance))
            try:
                async with asyncio.timeout(duration_s + SLACK_S):
                    await self._stopped.wait()
            except TimeoutError:
                log.debug("a task's end was not told")

    async def _say(self, text: str) -> float:
        self._task = None
        self._over_tasks.clear()
        for pause_s in (*AGAIN_S, None):
            try:
                task = await self._front.say(self._session, text)
            except RefusedError as error:
                if not error.early or pause_s is None:
                    raise
                await asyncio.sleep(pause_s)
            else:
                self._task = task.task
                if self._task in self._over_tasks:
                    self._stopped.set()
                return task.duration_s
        raise AssertionError
