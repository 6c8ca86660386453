"""Has the avatar say a transcript piece by piece, in order, and cuts it off when interrupted."""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from kiosk.avatar.cloud.avatarim.control import ControlApiError
from kiosk.avatar.cloud.avatarim.texts import Cutter
from kiosk.avatar.cloud.guarded_tasks import spawn

log = logging.getLogger("kiosk.avatar")

NOTHING = "."
"""Closes a stream whose words have all been sent: an empty text is refused, a full stop is mute."""


class TextCalls(Protocol):
    """What is used of `control.Control`."""

    async def send_text(
        self, session_id: str, text: str, *, code: str, index: int, position: str, interrupt: bool
    ) -> None: ...
    async def send_command(self, session_id: str, command: str, code: str) -> None: ...


class TextPiece(Struct, frozen=True):
    text: str
    code: str
    index: int
    position: str


class TranscriptSpeaker:
    """See the module. All of it runs in the loop's thread.

    Args:
        texts: the control API.
        session_id: of the instance that speaks.
        on_trouble: called where a piece could not be said; the avatar is no good from then on.
    """

    def __init__(
        self, texts: TextCalls, session_id: str, on_trouble: Callable[[ControlApiError], None]
    ) -> None:
        self._texts = texts
        self._session_id = session_id
        self._on_trouble = on_trouble
        self._queue: deque[TextPiece] = deque()
        self._more = asyncio.Event()
        self._in_flight = False
        self._reply: int | None = None
        self._dropped: int | None = None
        """The reply that was interrupted: what still comes of it is not said."""
        self._cutter = Cutter()
        self._code = ""
        self._index = 0
        self._ended = False
        self._interrupted = asyncio.Event()
        """What it says now is to be cut off before the next piece."""
        self._worker = spawn(self._work(), lambda fault: on_trouble(ControlApiError(fault)))

    @property
    def reply(self) -> int | None:
        """The number of the reply that is being said."""
        return self._reply

    @property
    def sent(self) -> bool:
        """Whether all of it has been sent."""
        return self._ended and not self._queue and not self._in_flight

    def feed_text(self, reply: int, text: str) -> None:
        """Take the next scrap of a reply's transcript."""
        if reply == self._dropped:
            return
        if reply != self._reply:
            self._finish()
            self._reply, self._cutter, self._ended = reply, Cutter(), False
            self._code, self._index = uuid.uuid4().hex, 0
        for piece in self._cutter.feed(text):
            self._put(piece, "mid" if self._index else "start")

    def end_reply(self, reply: int) -> None:
        """Nothing more comes for it."""
        if reply == self._reply:
            self._finish()

    def interrupt(self) -> None:
        """Fall silent, and forget what was not said."""
        self._queue.clear()
        if self._reply is not None:
            self._dropped = self._reply
        self._reply, self._ended = None, False
        self._interrupted.set()
        self._more.set()

    async def close(self) -> None:
        """Say no more."""
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)

    def _finish(self) -> None:
        if self._reply is None or self._ended:
            return
        self._ended = True
        for piece in self._cutter.end():
            self._put(piece, "mid" if self._index else "start")
        if not self._index:
            return
        if self._queue and self._queue[-1].code == self._code and self._queue[-1].index:
            last = self._queue.pop()
            self._queue.append(TextPiece(last.text, last.code, last.index, "end"))
        else:
            self._put(NOTHING, "end")

    def _put(self, text: str, position: str) -> None:
        self._queue.append(TextPiece(text, self._code, self._index, position))
        self._index += 1
        self._more.set()

    async def _work(self) -> None:
        try:
            while True:
                await self._more.wait()
                if self._interrupted.is_set():
                    # One that is in flight when we are interrupted has ended by now: it is cut too.
                    self._interrupted.clear()
                    await self._texts.send_command(self._session_id, "INTERRUPT", uuid.uuid4().hex)
                elif self._queue:
                    await self._send(self._queue.popleft())
                else:
                    self._more.clear()
        except ControlApiError as error:
            self._on_trouble(error)

    async def _send(self, piece: TextPiece) -> None:
        self._in_flight = True
        sending = asyncio.create_task(
            self._texts.send_text(
                self._session_id,
                piece.text,
                code=piece.code,
                index=piece.index,
                position=piece.position,
                interrupt=piece.index == 0,
            )
        )
        interrupted = asyncio.create_task(self._interrupted.wait())
        try:
            await asyncio.wait([sending, interrupted], return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                # Now, and again when the text is through: the vendor may say it after this.
                await self._texts.send_command(self._session_id, "INTERRUPT", uuid.uuid4().hex)
            await sending
        finally:
            sending.cancel()
            interrupted.cancel()
            self._in_flight = False
