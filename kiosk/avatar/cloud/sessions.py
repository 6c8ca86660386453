"""Opens and closes the sessions of the cloud avatar, as their policy says.

It decides nothing about money (`session_policy`) or sound (`kiosk.reply.output`): it carries out,
and is the one place that every end of a session goes through. Where one fails, our face goes on.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.session_policy import CloudAction, CloudSessionPolicy
from kiosk.avatar.cloud.session_state import CloudSessionState, CloudSessionStatus
from kiosk.avatar.interface import (
    PICTURE_STALL_S,
    AvatarAudio,
    AvatarEvent,
    AvatarIdle,
    AvatarSpeaking,
    Away,
    CloudAvatar,
    Lost,
    Ready,
)
from kiosk.settings.types import CloudSettings

log = logging.getLogger("kiosk.avatar")

POLL_INTERVAL_S = 0.1
"""Between two looks at the session and its picture."""
MAX_SILENCE_S = 1.2
"""One that falls silent in mid-answer is waited for so long: with what it takes to be sure, our own
face speaks 1.5 s after the last word."""
OPEN_TIMEOUT_S = 60.0
"""An avatar that is not ready by then will not be. Its driver has shorter limits, each as long as
what the vendor is known to need: this one is for a driver that tells nothing at all.
"""
LINE_BACK_TIMEOUT_S = 20.0
"""A line that is being mended is waited for so long: LiveKit's client was seen to take 18 s."""
PICTURE_BACK_TIMEOUT_S = 8.0
"""A picture that stands is waited for so long before the session is given up: another one costs
another minute, and the pauses that vendors make are shorter.
"""
LOG_INTERVAL_S = 60.0
"""Between two lines in the log of a picture that stands."""
MAX_FRESH_AGE_S = 0.3
"""A picture that is no older flows again."""
CLOSE_TIMEOUT_S = 4.0
"""For the end of a session, all told; the service manager waits longer (systemd/kiosk.service)."""


class ReplyVoice(Protocol):
    """What is used of `kiosk.reply.output.ReplyOutput`."""

    on_air: bool

    @property
    def streaming(self) -> bool: ...
    @property
    def speaking(self) -> bool: ...
    @property
    def begun(self) -> bool: ...
    def waited_s(self) -> float: ...
    def voice(self, pcm: bytes) -> None: ...
    def idle(self, reply: int) -> None: ...
    def take_over(self) -> None: ...


class _Wait(Struct, frozen=True):
    """For what a session that is not ready is waited."""

    until_s: float
    """Monotonic; then it is lost."""
    lost_words: str
    for_picture: bool = False
    """It is back with the next picture; else the avatar tells when."""


class CloudSessions:
    """See the module. All of it runs in the loop's thread, but `plays`.

    Args:
        avatar: the avatar on the line.
        voice: who speaks the reply.
        settings: `[avatar.cloud]`.
        journal: which sessions may be open, and what the day has cost.
        on_change: called when the reply's course has changed.
    """

    def __init__(
        self,
        avatar: CloudAvatar,
        voice: ReplyVoice,
        settings: CloudSettings,
        journal: SessionJournal,
        on_change: Callable[[], None],
    ) -> None:
        self._avatar = avatar
        self._voice = voice
        self._journal = journal
        self._on_change = on_change
        self._policy = CloudSessionPolicy(settings, random.random)
        self._opening: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        """It goes on though whoever began it waits no longer."""
        self._change_due: asyncio.Handle | None = None
        """`on_change` is to be called."""
        self._status = CloudSessionStatus("cloud avatar")
        self._wait = _Wait(0.0, "")
        """What it is waited for, where there is a session and it is not ready."""
        self._tell_pause_s = 0.0
        """From then on a picture that stands is told in the log."""
        self._listening = False
        self.trouble = ""
        """Why the avatar is not there though it should be; empty where it is, or need not be."""
        self.final = False
        """Whether only a person can mend that."""
        self.sessions = 0

    @property
    def state(self) -> CloudSessionState:
        """Where the session is."""
        return self._status.state

    @property
    def ready(self) -> bool:
        """Whether it can be seen and spoken through."""
        return self.state is CloudSessionState.READY

    @property
    def _closing(self) -> bool:
        """Whether a session is being ended."""
        return self._ending is not None and not self._ending.done()

    def _move(self, to: CloudSessionState) -> None:
        self._status.move(to)
        self._voice.on_air = self.ready

    @property
    def spent_s(self) -> float:
        """Seconds of session that today has cost."""
        return self._journal.spent_s

    @property
    def counted(self) -> tuple[str, float]:
        """The day that is counted, and its seconds of session."""
        return self._journal.counted

    def plays(self) -> bool:
        """Whether the avatar has the part: it is there, and the board does not speak for it."""
        return self.ready and (self._voice.streaming or not self._voice.speaking)

    def see(self, visitor_s: float | None, *, listening: bool, may_ask: bool = True) -> None:
        """What the visitor does now, and when there was last a sign of one.

        Args:
            visitor_s: that time; None where nobody is here.
            listening: somebody speaks.
            may_ask: questions are still answered today. Where none are, none needs an avatar.
        """
        self._policy.may_ask = may_ask
        if visitor_s is not None:
            self._policy.visitor(visitor_s)
        if listening is not self._listening:
            self._listening = listening
            if self.ready:
                self._avatar.listening(listening)

    async def run(self) -> None:
        """Reap what an earlier process left, then keep to the policy until cancelled."""
        try:
            try:
                await self._avatar.reap()
            except Exception:
                log.exception(
                    "cannot stop the avatar sessions of an earlier start, they may still cost money"
                )
            while True:
                await self._poll()
                await asyncio.sleep(POLL_INTERVAL_S)
        finally:
            # Whoever cancels us waits: a session that is left open costs money.
            await self._end()
            self._policy.closed()
            self._journal.count()
            self._journal.save()

    async def _poll(self) -> None:
        if self._closing:
            return  # The next session is opened when the one before is ended.
        now_s = time.monotonic()
        self._watch(now_s)
        self._journal.count()
        if self.state is CloudSessionState.OVER and self._avatar.in_doubt:
            return  # The one before may be open, and would be paid for beside the next.
        quiet = not (self._voice.speaking or self._listening)
        clock = time.localtime()
        minute = clock.tm_hour * 60 + clock.tm_min
        match self._policy.advance(
            now_s, minute, quiet, self._journal.spent_s, self._avatar.least_s
        ):
            case CloudAction.OPEN:
                self.sessions += 1
                self._wait = _Wait(now_s + OPEN_TIMEOUT_S, "it was not ready in time")
                self._move(CloudSessionState.OPENING)
                self._opening = spawn(self._open())
            case CloudAction.EXTEND:
                self._avatar.extend_session()
            case CloudAction.CLOSE:
                await self._end()
                self._policy.closed()

    def _watch(self, now_s: float) -> None:
        """See that an avatar which should be seen and heard is."""
        if self.state is CloudSessionState.OVER:
            return
        age_s = self._avatar.frame_age_s(now_s)
        if not self.ready:
            if self._wait.for_picture and age_s < MAX_FRESH_AGE_S:
                self._picture_flows_again()
            elif now_s > self._wait.until_s:
                self._on_event(Lost(self._wait.lost_words))
        elif self._voice.streaming and self._voice.waited_s() > self._patience_s:
            self._on_event(Lost(f"it was not heard for {self._patience_s:g} s"))
        elif age_s > PICTURE_STALL_S:
            self.trouble = "its picture stands still"
            if now_s >= self._tell_pause_s:  # Some vendors pause every few seconds.
                self._tell_pause_s = now_s + LOG_INTERVAL_S
                log.warning("showing our own face instead of the cloud avatar: %s", self.trouble)
            words = f"its picture stood still for {PICTURE_STALL_S + PICTURE_BACK_TIMEOUT_S:g} s"
            self._step_aside(_Wait(now_s + PICTURE_BACK_TIMEOUT_S, words, for_picture=True))
            self._change()

    def _picture_flows_again(self) -> None:
        self.trouble = ""
        self._move(CloudSessionState.READY)
        self._avatar.listening(self._listening)
        self._change()

    @property
    def _patience_s(self) -> float:
        return MAX_SILENCE_S if self._voice.begun else self._avatar.patience_s

    async def _open(self) -> None:
        try:
            await self._avatar.open(self._on_event)
        except Exception as error:
            log.exception("a fault while the cloud avatar was opened")
            self._on_event(Lost(f"{type(error).__name__}: {error}"))

    def _on_event(self, event: AvatarEvent) -> None:
        """The avatar tells something."""
        match event:
            case _ if self.state is CloudSessionState.OVER:
                return  # It is over already, whatever it says.
            case Ready():
                self._move(CloudSessionState.READY)
                self._policy.opened(time.monotonic(), self._avatar.cap_s, self._avatar.idle_s)
                self._avatar.listening(self._listening)
                if self.trouble:
                    log.info("the cloud avatar is back")
                self.trouble, self.final = "", False
            case AvatarAudio(pcm=pcm):
                streaming = self._voice.streaming
                self._voice.voice(pcm)
                if self._voice.streaming is streaming:
                    return  # Fifty times a second, and nothing has changed.
            case AvatarIdle(reply=reply):
                self._voice.idle(reply)
            case AvatarSpeaking():
                pass
            case Away() if self.state is not CloudSessionState.OPENING:
                self._step_aside(
                    _Wait(time.monotonic() + LINE_BACK_TIMEOUT_S, "its line was not back in time")
                )
            case Lost():
                self._fail(event)
        self._change()

    def _change(self) -> None:
        """Say that the reply's course has changed: soon, for we may be in the middle of a call."""
        if self._change_due is None:
            self._change_due = asyncio.get_running_loop().call_soon(self._say_change)

    def _say_change(self) -> None:
        self._change_due = None
        self._on_change()

    def _step_aside(self, wait: _Wait) -> None:
        """Our own face goes on at once, and the session is kept for as long."""
        spoke = self.ready and self._voice.streaming
        self._wait = wait
        self._move(CloudSessionState.AWAY)
        self._voice.take_over()
        if spoke:
            self._avatar.interrupt()  # What it still says would be heard when it is back.

    def _fail(self, lost: Lost) -> None:
        """Our own face goes on at once; what is left of the session is ended behind it."""
        self._move(CloudSessionState.OVER)
        self._voice.take_over()
        self._policy.lost(
            time.monotonic(),
            final=lost.final,
            retry_after_s=lost.retry_after_s,
        )
        if not self.trouble:  # An operator is told once, however often it is tried again.
            log.error("showing our own face instead of the cloud avatar: %s", lost.reason)
        elif lost.reason != self.trouble:
            log.info("the cloud avatar is still missing: %s", lost.reason)
        self.trouble, self.final = lost.reason, lost.final
        self._begin_end()

    async def _end(self) -> None:
        """End the session, whatever state it is in; waits for an end that has begun already."""
        await asyncio.shield(self._begin_end())

    def _begin_end(self) -> asyncio.Task[None]:
        if self._ending is None or self._ending.done():
            self._move(CloudSessionState.OVER)
            self._voice.take_over()
            self._ending = spawn(self._close())
        return self._ending

    async def _close(self) -> None:
        closing = asyncio.create_task(self._avatar.close())
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
        # Both at once: each of them may wait for the vendor.
        ends = [closing] if opening is None else [closing, opening]
        _, late = await asyncio.wait(ends, timeout=CLOSE_TIMEOUT_S)
        for end in late:
            end.cancel()
        if late:
            log.warning("the cloud avatar's session did not end in time, the next start ends it")
        elif (error := closing.exception()) is not None:
            log.error("a fault while the cloud avatar's session was ended", exc_info=error)
