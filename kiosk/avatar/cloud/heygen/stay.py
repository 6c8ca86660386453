"""One session, from the vendor's answer to its end; then another one is made."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from kiosk.avatar.cloud.heygen.front import FrontEnd, Opened
from kiosk.avatar.cloud.heygen.pacing import Chunk, End
from kiosk.avatar.cloud.heygen.reader import Reader
from kiosk.avatar.cloud.heygen.realtime import Realtime
from kiosk.avatar.cloud.heygen.rest import RefusedError
from kiosk.avatar.cloud.heygen.room import Room
from kiosk.avatar.cloud.heygen.talk import Talk
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.picture import Frame, Picture
from kiosk.avatar.cloud.reaper import Reaper
from kiosk.avatar.cloud.watched import spawn
from kiosk.avatar.interface import STALL_S, Away, Idle, Lost, Ready, Speaking, Tell, Told, Voice
from kiosk.errors import KioskError
from kiosk.settings.secrets import clean

log = logging.getLogger("kiosk.avatar")

OPEN_TIMEOUT_S = 30.0
"""For the vendor to open a session. Later the answer is still read, to stop what it names."""
READY_S = 15.0
"""From the session's start until picture, voice and socket are there: 7 s were seen."""
CLOSE_S = 3.0
KEEP_ALIVE_RETRY_S = 2.0, 5.0
"""Bounds of the pause after a sign of life that was refused, where the vendor asks for no other."""


class Stay:
    """See the module. All of it runs in the loop's thread."""

    def __init__(self, front: FrontEnd, reaper: Reaper, picture: Picture, tell: Tell) -> None:
        self._front = front
        self._reaper = reaper
        self._picture = picture
        self._tell_on = tell
        self._session = ""
        self._sessions: list[Entry] = []
        """All that were opened for it: a second one where the first one's token was refused."""
        self._claim: asyncio.Task[Opened] | None = None
        self.cap_s: float | None = None
        self.realtime: Realtime | None = None
        self.reader: Reader | None = None
        self._room = Room(self)
        self._talk = Talk()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._touching: asyncio.Task[None] | None = None
        self._touch_refused = ""
        """Why the newest sign of life was refused: it is told once."""
        self._seen = self._heard = self._ready = False
        self._was_ready = self._away = False
        self._silent = False
        """It is over: nothing more is told."""
        self._ending: asyncio.Task[None] | None = None

    # --- its beginning -----------------------------------------------------------------------

    async def enter(self) -> None:
        """Have the vendor open a session, join the room and dial the socket.

        Raises:
            RefusedError: the vendor does not open one.
            ConnectionError: the room cannot be joined.
            KioskError: there is no key, or the journal cannot be written.
        """
        asked = await self._ask()
        self._claim = asyncio.create_task(self._open(asked))
        # The call goes on though we are cancelled, or wait no longer: what it opens must be ours,
        # to be stopped.
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                opened = await asyncio.shield(self._claim)
        except TimeoutError:
            words = f"the vendor did not open a session in {OPEN_TIMEOUT_S:g} s"
            raise RefusedError(words) from None
        if self._ending is not None:
            return  # Closed while the vendor answered.
        self.cap_s = opened.cap_s
        self._spawn(self._expect())
        if opened.pcm_url:
            self.realtime = Realtime(opened.pcm_url, self._look, self.said, self._on_sent)
            self._spawn(self._carry(self.realtime))
        else:
            self._speak_by_text("the vendor gave no socket for sound")
        await self._room.join(opened.room_url, opened.room_token)

    async def _ask(self) -> Entry:
        """Nothing is asked for that is not in the journal."""
        return await self._reaper.ask(least_s=self._front.least_s, idle_s=self._front.idle_s)

    async def _open(self, asked: Entry) -> Opened:
        waiting: Entry | None = asked

        async def born(session: str) -> None:
            """From here on it can be stopped by its id; a second one replaces a token's first."""
            nonlocal waiting
            asked, waiting = waiting or await self._ask(), None
            self._session = session
            self._sessions.append(await self._reaper.named(asked, session))

        try:
            return await self._front.open(born)
        except BaseException as error:
            if waiting is not None:
                refused = isinstance(error, (RefusedError, KioskError))
                if refused and not getattr(error, "in_doubt", False):
                    self._reaper.refused(waiting)
                else:
                    self._reaper.doubt(waiting)
            raise

    async def _expect(self) -> None:
        await asyncio.sleep(READY_S)
        if self._was_ready:
            return
        if self._seen and self._heard and self._front.speaks_text:
            self._speak_by_text(f"its socket was not ready after {READY_S:g} s")
            return
        lacks = "picture" if not self._seen else "voice" if not self._heard else "socket"
        self.lose(f"its {lacks} was not there after {READY_S:g} s")

    async def _carry(self, realtime: Realtime) -> None:
        reason = await realtime.run()
        if self.realtime is not realtime:
            return  # It was given up for speech by text.
        if not self._was_ready and not self._silent and self._front.speaks_text:
            self._speak_by_text(reason)
        else:
            self.lose(reason)

    def _speak_by_text(self, reason: str) -> None:
        log.warning("the avatar speaks with the vendor's voice: %s", reason)
        self.realtime = None
        self.reader = Reader(self._front, self._session, self._tell, self.lose)
        self._spawn(self.reader.run())
        self._look()

    def _look(self) -> None:
        """Ready is who can be seen, heard, and spoken through."""
        through = self.reader is not None or (self.realtime is not None and self.realtime.connected)
        if self._seen and self._heard and through and not self._ready:
            self._ready = self._was_ready = True
            self._tell(Ready())

    # --- what comes of it --------------------------------------------------------------------

    def picture(self, frame: Frame) -> None:
        """The newest picture, straight to the drawing thread's slot."""
        if not (self._silent or self._away):
            self._picture.show(frame)
            if not self._seen:
                self._seen = True
                self._look()

    def voice(self, pcm: bytes) -> None:
        """The next of its sound."""
        if not (self._heard or self._away):
            self._heard = True
            self._look()
        if self._ready:
            self._tell(Voice(pcm))

    def said(self, event: dict[str, Any]) -> None:
        """An event, by the socket or by the room."""
        log.debug("the avatar's service tells %s", clean(str(event.get("type"))))
        if event.get("type") == "avatar_stop_talking" and self.reader is not None:
            self.reader.stopped(str(event.get("task_id") or ""))
        for told in self._talk.event(event):
            self._tell(told)
        self._look()

    def away(self, away: bool) -> None:
        """The room's client has lost its line and joins again by itself, or is back."""
        self._away = away
        self._seen = self._heard = False
        if self._ready:
            self._ready = False
            self._tell(Away())

    def gone(self, reason: str, final: bool) -> None:
        """The room is lost."""
        self.lose(reason, final=final)

    def lose(self, reason: str, *, final: bool = False, retry_after_s: float = 0.0) -> None:
        """Tell that it is over, once."""
        self._tell(Lost(reason, final, retry_after_s))
        self._silent = True

    def _on_sent(self, step: Chunk | End) -> None:
        if isinstance(step, Chunk):
            self._talk.sent(step.utterance)
            return
        for told in self._talk.ended(step.utterance):
            self._tell(told)

    def _tell(self, told: Told) -> None:
        if self._silent:
            return
        try:
            self._tell_on(told)
        except Exception:
            log.exception("a fault while a message of the avatar was handled")

    # --- what is wanted of it ----------------------------------------------------------------

    def utterance_ends(self, utterance: int) -> None:
        """Nothing more comes of it."""
        if self.realtime is not None:
            self.realtime.end(utterance)
        elif self.reader is not None:
            self.reader.end(utterance)

    def interrupt(self) -> None:
        """Silence, whatever we believe that it does."""
        if self.realtime is not None:
            self.realtime.interrupt()
        elif self.reader is not None:
            self.reader.interrupt()
            self._call("interrupt", self._front.interrupt)
        idle: list[Speaking | Idle] = self._talk.interrupted()
        for told in idle:
            self._tell(told)

    def listening(self, on: bool) -> None:
        """By the socket where there is one."""
        if self.realtime is not None:
            self.realtime.listening(on)
        elif self.reader is not None:
            self._call("pose", lambda session: self._front.listening(session, on))

    def touch(self) -> None:
        """By both ways: Streaming Avatar counts them apart."""
        if self._session and not self._silent:
            if self.realtime is not None:
                self.realtime.keep_alive()
            if self._touching is None or self._touching.done():
                self._touching = self._spawn(self._touch())

    async def _touch(self) -> None:
        """Until it is taken. A refusal says nothing about a session that can be seen."""
        while not self._silent:
            try:
                await self._front.touch(self._session)
            except (RefusedError, KioskError) as error:
                seen = self._picture.age_s(time.monotonic()) < STALL_S
                if getattr(error, "gone", False) and not seen:
                    self.lose(f"the session has ended: {error}")
                    return
                if str(error) != self._touch_refused:
                    self._touch_refused = str(error)
                    log.warning("the avatar's session may end: its keep-alive fails: %s", error)
                pause_s = random.uniform(*KEEP_ALIVE_RETRY_S)
                await asyncio.sleep(max(pause_s, getattr(error, "retry_after_s", 0.0)))
            else:
                if self._touch_refused:
                    self._touch_refused = ""
                    log.info("the avatar's session is kept alive again")
                return

    def _call(self, what: str, call: Callable[[str], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await call(self._session)
            except (RefusedError, KioskError) as error:
                log.warning("the avatar's service did not take %s: %s", what, error)

        self._spawn(guarded())

    # --- its end -----------------------------------------------------------------------------

    async def end(self) -> None:
        """Stop it; again waits for the first. The vendor first, for that costs; then the rest."""
        if self._ending is None:
            self._ending = spawn(self._end())
        await asyncio.wait([self._ending], timeout=CLOSE_S)

    async def _end(self) -> None:
        self.interrupt()
        self._silent = True
        await asyncio.sleep(0)  # The interruption goes out before its socket is closed.
        await asyncio.gather(self._stop(), self._leave())

    async def _stop(self) -> None:
        if self._claim is not None:
            await asyncio.wait([self._claim])
            if not self._claim.cancelled():
                self._claim.exception()  # Told already, or told to nobody: it was given up.
        await asyncio.gather(*(self._reaper.stop(entry) for entry in self._sessions))

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self._room.leave()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = spawn(work, self.lose)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
