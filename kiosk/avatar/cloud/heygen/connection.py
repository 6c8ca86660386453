"""One session: from the question to the vendor to its end. Then another one is made.

    over ─ create ─▶ opening ─ join ─▶ joining ─ picture, voice, socket ─▶ ready ◀─▶ away
      ▲                 │                 │                                  │        │
      └── end, or whatever goes wrong ────┴──────────────────────────────────┴────────┘

All of it runs in the loop's thread. Money is the keeper's alone: nothing is asked for that it does
not know, and whatever ends a session here has it stopped there.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from typing import Any

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.heygen.audio_socket import AudioSocket
from kiosk.avatar.cloud.heygen.pacing import AudioChunk, AudioEnd
from kiosk.avatar.cloud.heygen.refusals import NoAnswerError
from kiosk.avatar.cloud.heygen.room import AvatarRoom, load_client
from kiosk.avatar.cloud.heygen.session_errors import (
    LivekitMissingError,
    SessionLostError,
    SessionStateError,
)
from kiosk.avatar.cloud.heygen.session_events import (
    AudioUnavailable,
    AvatarStartTalking,
    AvatarStopTalking,
    ClientEvent,
    LineQuality,
    LineQualityChanged,
    SessionStateChanged,
    StreamDisconnected,
    StreamReady,
    event_of,
    type_of,
)
from kiosk.avatar.cloud.heygen.speech_events import SpeechEvents
from kiosk.avatar.cloud.heygen.subscriptions import Channel, EventListeners
from kiosk.avatar.cloud.heygen.vendor_api import OnCreated, OpenedSession, VendorApi
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.session_state import CloudSessionState, CloudSessionStatus
from kiosk.avatar.cloud.session_stopper import CloudSessionStopper
from kiosk.errors import KioskError
from kiosk.settings import installation
from kiosk.settings.untrusted import clean

log = logging.getLogger("kiosk.avatar")

OPEN_TIMEOUT_S = 30.0
"""For the vendor to open a session. Later the answer is still read, to stop what it names."""
READY_TIMEOUT_S = 15.0
"""From the session's start until picture, voice and socket are there: 7 s were seen."""
AGENT_TIMEOUT_S = 30.0
"""The same where an agent of the vendor's has to come, too. Source: LiveAvatar's web SDK."""
CLOSE_TIMEOUT_S = 3.0  # For sockets and room to close; then they are let go.
AGENT_PREFIX = "liveavatar-agent-"
"""Of the agent's identity in its room. Source: LiveAvatar's web SDK."""


class Arrival(Enum):
    """What has to be there before the avatar can be seen, heard and spoken through."""

    PICTURE = "picture"
    VOICE = "voice"
    SOCKET = "socket"
    AGENT = "agent"


class AvatarConnection:
    """See the module.

    Args:
        api: of the product.
        keeper: of its sessions.
    """

    def __init__(self, api: VendorApi, keeper: CloudSessionStopper) -> None:
        self._api = api
        self._keeper = keeper
        self.events = EventListeners()
        self.frames: Channel[Frame] = Channel()
        self.audio: Channel[bytes] = Channel()
        self.session: OpenedSession | None = None
        self.newest_frame: Frame | None = None
        self.quality = LineQuality.UNKNOWN
        self.socket: AudioSocket | None = None
        """Takes sound of ours; None where there is none, or none any more."""
        self.room = AvatarRoom(self)
        self._status = CloudSessionStatus(f"session of {api.product}")
        self._missing = {Arrival.PICTURE, Arrival.VOICE}
        self._speech = SpeechEvents()
        self._talking = False
        self._claim: asyncio.Task[OpenedSession] | None = None
        """The vendor's answer to the opening."""
        self._entries: list[Entry] = []
        """All that were opened for it: a second one where the first one's token was refused."""
        self._decided = asyncio.Event()
        """It was ready once, or is over."""
        self._failure: SessionLostError | None = None
        """Why it was never ready."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending: asyncio.Task[None] | None = None

    @property
    def state(self) -> CloudSessionState:
        """Where the session is."""
        return self._status.state

    # --- its beginning -----------------------------------------------------------------------

    async def create(
        self, opener: Callable[[OnCreated], Awaitable[OpenedSession]]
    ) -> OpenedSession:
        """Have the vendor make a session. Whatever goes wrong, what was made is stopped.

        Args:
            opener: asks the vendor.

        Raises:
            HeyGenError: the vendor does not open one.
            SessionLostError: it was ended meanwhile.
            SessionStateError: it was opened before.
            KioskError: no client of rooms, no key, or the keeper cannot note it.
        """
        if self._claim is not None or self._ending is not None:
            raise SessionStateError("this one was opened before: make another for each session")
        if not await load_client():  # Before anything is paid for.
            remedy = installation.library("heygen")
            raise LivekitMissingError(f"livekit is missing. Install it: {remedy}")
        self._move(CloudSessionState.OPENING)
        try:
            asked = await self._ask()
            self._claim = asyncio.create_task(self._open(asked, opener))
            # The call goes on though we are cancelled, or wait no longer: what it opens must be
            # ours, to be stopped.
            try:
                async with asyncio.timeout(OPEN_TIMEOUT_S):
                    self.session = await asyncio.shield(self._claim)
            except TimeoutError:
                words = f"the vendor did not open a session in {OPEN_TIMEOUT_S:g} s"
                raise NoAnswerError(words) from None
            self._check_not_over()
        except BaseException as error:
            self._over(StreamDisconnected(reason=str(error)), tell=False)
            raise
        return self.session

    async def join(self) -> None:
        """Join its room and dial its socket; `wait_ready` tells how that goes on.

        Raises:
            RoomError: the room cannot be joined.
            SessionLostError: it was ended meanwhile.
        """
        self._check_not_over()
        if self.session is None:
            raise SessionStateError("there is no session to join")
        self._move(CloudSessionState.JOINING)
        try:
            self._spawn(self._expect())
            if self._api.needs_agent:
                self._missing.add(Arrival.AGENT)
            elif self.session.audio_url:
                self._missing.add(Arrival.SOCKET)
                self.socket = AudioSocket(
                    self.session.audio_url,
                    lambda: self._arrived(Arrival.SOCKET),
                    self.on_vendor_event,
                    self._on_sent,
                )
                self._spawn(self._carry(self.socket))
            else:
                self._go_on_without_audio("the vendor gave no socket for sound")
            await self.room.join(self.session.room_url, self.session.room_token)
            self._check_not_over()
        except BaseException as error:
            self._over(StreamDisconnected(reason=str(error)), tell=False)
            raise

    async def wait_ready(self) -> None:
        """Wait until it is ready for the first time.

        Raises:
            SessionLostError: it was over before.
        """
        await self._decided.wait()
        if self._failure is not None:
            raise self._failure

    def _check_not_over(self) -> None:
        if self._ending is not None:
            raise SessionLostError("the session was ended while it was opened")

    async def _ask(self) -> Entry:
        """Nothing is asked for that the keeper does not know."""
        return await self._keeper.ask(
            least_s=self._api.billed_at_least_s, idle_s=self._api.idle_timeout_s
        )

    async def _open(
        self, asked: Entry, opener: Callable[[OnCreated], Awaitable[OpenedSession]]
    ) -> OpenedSession:
        waiting: Entry | None = asked

        async def on_created(session_id: str) -> None:
            """From here on it can be stopped by its id; a second one replaces a token's first."""
            nonlocal waiting
            asked, waiting = waiting or await self._ask(), None
            self._entries.append(await self._keeper.named(asked, session_id))

        try:
            return await opener(on_created)
        except BaseException as error:
            if waiting is not None:
                refused = isinstance(error, KioskError)
                if refused and not getattr(error, "in_doubt", False):
                    self._keeper.refused(waiting)
                else:
                    self._keeper.doubt(waiting)
            raise

    async def _expect(self) -> None:
        timeout_s = AGENT_TIMEOUT_S if self._api.needs_agent else READY_TIMEOUT_S
        await asyncio.sleep(timeout_s)
        if self._decided.is_set():
            return
        if self._missing == {Arrival.SOCKET} and self._api.speaks_text:
            self._go_on_without_audio(f"its socket was not ready after {timeout_s:g} s")
            return
        lacks = next(part for part in Arrival if part in self._missing)
        self.fail(f"its {lacks.value} was not there after {timeout_s:g} s")

    async def _carry(self, socket: AudioSocket) -> None:
        reason = await socket.run()
        if self.socket is not socket:
            return  # It was given up for speech by text.
        if not self._decided.is_set() and self._api.speaks_text:
            self._go_on_without_audio(reason)
        else:
            self.fail(reason)

    def _go_on_without_audio(self, reason: str) -> None:
        if not self._api.speaks_text:
            self.fail(reason)
            return
        self.socket = None
        self._emit(AudioUnavailable(reason=reason))
        self._arrived(Arrival.SOCKET)

    def _arrived(self, part: Arrival) -> None:
        """Ready is who can be seen, heard, and spoken through."""
        self._missing.discard(part)
        waits = self.state in {CloudSessionState.JOINING, CloudSessionState.AWAY}
        if waits and not self._missing:
            self._move(CloudSessionState.READY)
            self._emit(StreamReady())
            self._decided.set()

    def _move(self, to: CloudSessionState) -> None:
        if self._status.move(to):
            self.events.put(SessionStateChanged(state=to))

    # --- what comes of it: see `RoomListener` ------------------------------------------------

    def on_frame(self, frame: Frame) -> None:
        """The newest picture."""
        if self.state is not CloudSessionState.OVER:
            self.newest_frame = frame
            self.frames.put(frame)
            self._arrived(Arrival.PICTURE)

    def on_audio(self, pcm: bytes) -> None:
        """The next of its sound."""
        self._arrived(Arrival.VOICE)
        if self.state is CloudSessionState.READY:
            self.audio.put(pcm)

    def on_vendor_event(self, raw: dict[str, Any]) -> None:
        """An event, by a socket or by the room."""
        log.debug("the avatar's service tells %s", clean(type_of(raw)))
        if type_of(raw) == "session.stopped":
            why = raw.get("stop_reason") or raw.get("end_reason") or "it does not say why"
            self.fail(f"the vendor stopped the session: {clean(str(why))}")
            return
        event = event_of(raw)
        if not self._is_repeated(event):
            self._emit(event)
        for each in self._speech.event(raw):
            self._emit(each)

    def _is_repeated(self, event: ClientEvent) -> bool:
        """The socket tells of a speech in two families of events, and in one session by both."""
        if not isinstance(event, AvatarStartTalking | AvatarStopTalking):
            return False
        before, self._talking = self._talking, isinstance(event, AvatarStartTalking)
        return type_of(event.raw).startswith("agent.") and before is self._talking

    def on_participant(self, identity: str) -> None:
        """Somebody is in the room."""
        if identity.startswith(AGENT_PREFIX):
            self._arrived(Arrival.AGENT)

    def on_quality(self, quality: LineQuality) -> None:
        """The line is better or worse."""
        if quality is not self.quality:
            self.quality = quality
            self._emit(LineQualityChanged(quality=quality))

    def on_away(self, away: bool) -> None:
        """The room's client has lost its line and joins again by itself, or is back."""
        if self.state is CloudSessionState.OVER or not away:
            return  # It is back with the first picture and sound of the new line.
        self._missing |= {Arrival.PICTURE, Arrival.VOICE}
        if self.state is CloudSessionState.READY:
            self._move(CloudSessionState.AWAY)

    def on_gone(self, reason: str, final: bool) -> None:
        """The room, or the avatar in it, is lost."""
        self.fail(reason, final=final)

    def _on_sent(self, sent: AudioChunk | AudioEnd) -> None:
        if isinstance(sent, AudioChunk):
            self._speech.sent(sent.reply)
            return
        for each in self._speech.ended(sent.reply):
            self._emit(each)

    def _emit(self, event: ClientEvent) -> None:
        if self.state is not CloudSessionState.OVER:
            self.events.put(event)

    # --- its end -----------------------------------------------------------------------------

    def cut_audio(self) -> None:
        """Silence, whatever we believe that the avatar does: what was sent, and what waits."""
        if self.socket is not None:
            self.socket.interrupt()
        for each in self._speech.interrupted():
            self._emit(each)

    def fail(self, reason: str, *, final: bool = False, retry_after_s: float = 0.0) -> None:
        """It is over, for a reason of its own."""
        self._over(
            StreamDisconnected(reason=reason, final=final, retry_after_s=retry_after_s), tell=True
        )

    def end(self) -> asyncio.Task[None]:
        """Begin to end it, once; the task is done when the vendor was told, and the room left."""
        return self._over(StreamDisconnected(reason="the session was ended here"), tell=True)

    def _over(self, why: StreamDisconnected, *, tell: bool) -> asyncio.Task[None]:
        """It is over, once. Who has called us is told by what we raise, all others by `why`."""
        if self._ending is not None:
            return self._ending
        self._ending = spawn(self._end())
        self.cut_audio()
        was_asked_for = self.state is not CloudSessionState.OVER
        self._move(CloudSessionState.OVER)
        if tell and was_asked_for:
            self.events.put(why)
        self.events.close()
        self.frames.close()
        self.audio.close()
        if not self._decided.is_set():
            self._failure = SessionLostError(why.reason, final=why.final)
            self._decided.set()
        return self._ending

    async def _end(self) -> None:
        await asyncio.sleep(0)  # The interruption goes out before its socket is closed.
        # The vendor first, for that costs; then the rest.
        await asyncio.gather(self._stop(), self._leave())

    async def _stop(self) -> None:
        if self._claim is not None:
            await asyncio.wait([self._claim])
            if not self._claim.cancelled():
                self._claim.exception()  # Told already, or told to nobody: it was given up.
        await asyncio.gather(*(self._keeper.stop(entry) for entry in self._entries))

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.room.leave()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = spawn(work, self.fail)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
