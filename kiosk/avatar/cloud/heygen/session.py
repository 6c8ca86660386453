"""One session of HeyGen's as the kiosk uses it: a client, and what the conversation hears of it."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.heygen.client import AvatarClient
from kiosk.avatar.cloud.heygen.refusals import SessionEndedError
from kiosk.avatar.cloud.heygen.session_events import (
    AudioUnavailable,
    AvatarStopTalking,
    ClientEvent,
    ReplyEnded,
    ReplyStarted,
    SessionStateChanged,
    StreamDisconnected,
    StreamReady,
)
from kiosk.avatar.cloud.heygen.text_speaker import TextSpeaker
from kiosk.avatar.cloud.heygen.vendor_api import VendorApi
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.avatar.cloud.session_state import CloudSessionState
from kiosk.avatar.cloud.session_stopper import CloudSessionStopper
from kiosk.avatar.interface import (
    PICTURE_STALL_S,
    AvatarAudio,
    AvatarEvent,
    AvatarIdle,
    AvatarSpeaking,
    Away,
    Lost,
    OnAvatarEvent,
    Ready,
)
from kiosk.errors import KioskError

log = logging.getLogger("kiosk.avatar")

CLOSE_TIMEOUT_S = 3.0
"""So long anybody waits for an end, which goes on by itself."""
KEEP_ALIVE_RETRY_S = 2.0, 5.0
"""Bounds of the pause after a sign of life that was refused, where the vendor asks for no other."""


class HeyGenSession:
    """See the module. All of it runs in the loop's thread.

    Args:
        api: of the product.
        keeper: of its sessions.
        picture: gets the frames.
        tell: hears how it goes, until it is lost or ended.
    """

    def __init__(
        self,
        api: VendorApi,
        keeper: CloudSessionStopper,
        picture: NewestPicture,
        tell: OnAvatarEvent,
    ) -> None:
        self.client = AvatarClient(api, keeper)
        self._picture = picture
        self._tell_to: OnAvatarEvent | None = tell
        """None from the end on: nothing more is told."""
        self.text: TextSpeaker | None = None
        """Where there is no socket for sound."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._extending: asyncio.Task[None] | None = None
        self._refused_words = ""
        """Why the newest sign of life was refused: it is told once."""
        self.client.on(ClientEvent, self._on_event)
        self.client.on_frame(picture.show)
        self.client.on_audio(lambda pcm: self._tell(AvatarAudio(pcm)))

    async def open(self) -> None:
        """Have the vendor open it, join the room and dial the socket; `tell` hears of the rest.

        Raises:
            HeyGenError: the vendor does not open one.
            RoomError: the room cannot be joined.
            KioskError: there is no key, no client of rooms, or the journal cannot be written.
        """
        await self.client.begin()

    # --- what comes of it --------------------------------------------------------------------

    def _on_event(self, event: ClientEvent) -> None:
        match event:
            case StreamReady():
                self._tell(Ready())
            case SessionStateChanged(state=CloudSessionState.AWAY):
                self._tell(Away())
            case ReplyStarted(reply=reply):
                self._tell(AvatarSpeaking(reply))
            case ReplyEnded(reply=reply):
                self._tell(AvatarIdle(reply))
            case AvatarStopTalking(task_id=task_id) if self.text is not None:
                self.text.stopped(task_id)
            case AudioUnavailable(reason=reason):
                log.warning("the avatar speaks with the vendor's voice: %s", reason)
                self.text = TextSpeaker(self.client.speak, self._on_event, self.lose)
                self._spawn(self.text.run())
            case StreamDisconnected(reason=reason, final=final, retry_after_s=retry_after_s):
                self.lose(reason, final=final, retry_after_s=retry_after_s)

    def lose(self, reason: str, *, final: bool = False, retry_after_s: float = 0.0) -> None:
        """Tell that it is over, once; what is left of it is ended behind."""
        self._tell(Lost(reason, final, retry_after_s))
        self._tell_to = None
        self.client.end()

    def _tell(self, told: AvatarEvent) -> None:
        if self._tell_to is None:
            return
        try:
            self._tell_to(told)
        except Exception:
            log.exception("a fault while a message of the avatar was handled")

    # --- what is wanted of it ----------------------------------------------------------------

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Send the next of the reply's sound, where it takes sound."""
        if self.client.takes_audio:
            self.client.feed_audio(reply, pcm)

    def feed_text(self, reply: int, text: str) -> None:
        """Take the next of the reply's words, where it speaks by text."""
        if self.text is not None:
            self.text.feed_text(reply, text)

    def end_reply(self, reply: int) -> None:
        """Nothing more comes of it."""
        if self.text is not None:
            self.text.end_reply(reply)
        elif self.client.takes_audio:
            self.client.end_reply(reply)

    def interrupt(self) -> None:
        """Silence, whatever we believe that it does."""
        self.client.cut_audio()
        if self.text is not None:
            self.text.interrupt()
            self._call("interrupt", self.client.interrupt)

    def listening(self, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        self._call("pose", self.client.start_listening if on else self.client.stop_listening)

    def extend(self) -> None:
        """Keep it alive: until that is taken, it is tried again."""
        is_open = self._tell_to is not None and self.client.session is not None
        if is_open and (self._extending is None or self._extending.done()):
            self._extending = self._spawn(self._extend())

    async def _extend(self) -> None:
        """A refusal says nothing about a session that can be seen."""
        while self._tell_to is not None:
            try:
                await self.client.keep_alive()
            except KioskError as error:
                seen = self._picture.age_s(time.monotonic()) < PICTURE_STALL_S
                if isinstance(error, SessionEndedError) and not seen:
                    self.lose(f"the session has ended: {error}")
                    return
                if str(error) != self._refused_words:
                    self._refused_words = str(error)
                    log.warning("the avatar's session may end: its keep-alive fails: %s", error)
                pause_s = random.uniform(*KEEP_ALIVE_RETRY_S)
                await asyncio.sleep(max(pause_s, getattr(error, "retry_after_s", 0.0)))
            else:
                if self._refused_words:
                    self._refused_words = ""
                    log.info("the avatar's session is kept alive again")
                return

    def _call(self, what: str, call: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await call()
            except KioskError as error:
                log.warning("the avatar's service did not take %s: %s", what, error)

        if self.client.session is not None and self._tell_to is not None:
            self._spawn(guarded())

    # --- its end -----------------------------------------------------------------------------

    async def end(self) -> None:
        """Stop it; again waits for the first."""
        self._tell_to = None
        ending = self.client.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait([ending], timeout=CLOSE_TIMEOUT_S)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = spawn(work, self.lose)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
