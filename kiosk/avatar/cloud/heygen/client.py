"""What the clients of Streaming Avatar and of LiveAvatar share: one object, one session.

    async with LiveAvatarClient(api_key) as avatar:
        await avatar.start(LiveAvatarOptions(avatar_id="…"))
        avatar.speak_audio(pcm)

It knows nothing of the kiosk: no settings, no journal on disk, no screen. Whatever ends the block,
an exception, a cancellation or a time-out, in the middle of the opening too, the session is stopped
before it is left. All of it belongs to the thread of the loop in which it was made.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.heygen.audio_socket import AudioSocket
from kiosk.avatar.cloud.heygen.connection import AvatarConnection
from kiosk.avatar.cloud.heygen.keeper import make_keeper
from kiosk.avatar.cloud.heygen.room import MAX_WAITING_AUDIO_FRAMES
from kiosk.avatar.cloud.heygen.session_errors import SessionMayBeOpenError, SessionStateError
from kiosk.avatar.cloud.heygen.session_events import (
    ClientEvent,
    LineQuality,
    StreamDisconnected,
    VoiceChatState,
)
from kiosk.avatar.cloud.heygen.subscriptions import Subscription
from kiosk.avatar.cloud.heygen.vendor_api import (
    ListedSession,
    OpenedSession,
    SpeakTask,
    TaskMode,
    TaskType,
    VendorApi,
)
from kiosk.avatar.cloud.heygen.voice_chat import RoomMicrophone, VoiceChat, VoiceInput
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.session_state import CloudSessionState
from kiosk.avatar.cloud.session_stopper import CloudSessionStopper

log = logging.getLogger("kiosk.avatar")

SETTLE_TIMEOUT_S = 15.0
"""For a session whose end was not confirmed at once: it is stopped again after 2 and 8 s more."""

E = TypeVar("E", bound=ClientEvent)
T = TypeVar("T")


def key_source(api_key: str | Callable[[], str] | None) -> Callable[[], str] | None:
    """What gives the key at each call: a key is constant, a function is asked each time."""
    if isinstance(api_key, str):
        return (lambda: api_key) if api_key else None
    return api_key


class AvatarClient:
    """See the module. The vendor's names are those of the classes below it.

    Args:
        api: of the product.
        keeper: knows and stops its sessions; None for one that keeps them in memory alone.
    """

    def __init__(self, api: VendorApi, keeper: CloudSessionStopper | None = None) -> None:
        self._api = api
        self._keeper = keeper or make_keeper(api, SessionJournal(None))
        self._line = AvatarConnection(api, self._keeper)
        self._voice_chat = VoiceChat(self._make_voice_input, self._line.events.put)
        self._newest_reply = 0
        self.on(StreamDisconnected, lambda _: self._voice_chat.stop())

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.session_id or 'without a session'}, {self.state.value}>"
        )

    # --- what it is like now -------------------------------------------------------------------

    @property
    def state(self) -> CloudSessionState:
        """Where the session is."""
        return self._line.state

    @property
    def session(self) -> OpenedSession | None:
        """What the vendor has opened; None before."""
        return self._line.session

    @property
    def session_id(self) -> str:
        """The vendor's id of it; empty before."""
        return self._line.session.session_id if self._line.session else ""

    @property
    def max_duration_s(self) -> float | None:
        """Seconds after which the vendor ends it; None where it does not tell."""
        return self._line.session.max_duration_s if self._line.session else None

    @property
    def connection_quality(self) -> LineQuality:
        """Of the line to the room."""
        return self._line.quality

    @property
    def room(self) -> Any:
        """The vendor's own `livekit.rtc.Room`, None where it is not joined. For what is missing
        here; it is left by `stop`.
        """
        return self._line.room.client

    @property
    def takes_audio(self) -> bool:
        """Whether there is a socket for sound; else the avatar speaks by text alone."""
        return self._line.socket is not None

    @property
    def newest_frame(self) -> Frame | None:
        """The newest picture; None before the first."""
        return self._line.newest_frame

    # --- who hears of it -----------------------------------------------------------------------

    def on(self, kind: type[E], listener: Callable[[E], Any]) -> Self:
        """Call `listener`, a function or a coroutine function, with each event of that class;
        `ClientEvent` is all of them. A fault in it is logged, and costs nothing else.
        """
        self._line.events.on(kind, listener)
        return self

    def off(self, kind: type[E], listener: Callable[[E], Any]) -> Self:
        """Call it no longer."""
        self._line.events.off(kind, listener)
        return self

    def events(self) -> Subscription[ClientEvent]:
        """All events from now on, as an async iterator that ends with the session."""
        return self._line.events.subscribe()

    def frames(self) -> Subscription[Frame]:
        """The pictures from now on, as an async iterator: the newest one at each turn."""
        return self._line.frames.subscribe(1)

    def audio(self) -> Subscription[bytes]:
        """Its voice from now on, as an async iterator: 20 ms of s16le mono 24 kHz each, silence
        included. Who does not take it in time loses what is older than 5 s.
        """
        return self._line.audio.subscribe(MAX_WAITING_AUDIO_FRAMES)

    def on_frame(self, listener: Callable[[Frame], Any]) -> Self:
        """Call `listener` with each picture."""
        self._line.frames.add(listener)
        return self

    def on_audio(self, listener: Callable[[bytes], Any]) -> Self:
        """Call `listener` with its voice, as of `audio`."""
        self._line.audio.add(listener)
        return self

    # --- its beginning and end -----------------------------------------------------------------

    async def begin(self) -> OpenedSession:
        """Have the vendor open a session, and join it; `wait_ready` tells when it is there.

        Raises:
            HeyGenError: the vendor does not open one.
            RoomError: its room cannot be joined.
            SessionLostError: it was ended meanwhile.
            KioskError: it was opened before, or something on this side is missing.
        """
        session = await self._line.create(self._api.open)
        await self._line.join()
        return session

    async def wait_ready(self) -> None:
        """Wait until picture, voice and socket are there: 15 s at most, 30 s with an agent.

        Raises:
            SessionLostError: it ended before.
        """
        await self._line.wait_ready()

    async def open(self) -> OpenedSession:
        """Open it, and return when it is ready; see `begin`. Where it fails or is cancelled, it is
        stopped before that is told.
        """
        return await self._or_stop(self._open())

    async def _open(self) -> OpenedSession:
        session = await self.begin()
        await self.wait_ready()
        return session

    async def _or_stop(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except BaseException:
            await self._stop_quietly()
            raise

    def end(self) -> asyncio.Task[None]:
        """Begin to end it, and return at once; the task is done when the vendor was told."""
        return self._line.end()

    async def stop(self) -> None:
        """End it; again waits for the same end.

        An opening that the vendor has not answered yet is waited for, 2 minutes at most, for what
        it opens costs; who is cancelled a second time waits no longer.

        Raises:
            SessionMayBeOpenError: the vendor has not confirmed the end.
        """
        await asyncio.shield(self.end())
        await self._voice_chat.stop()
        if not await self._keeper.settle(SETTLE_TIMEOUT_S):
            raise SessionMayBeOpenError(
                f"{self._api.product}: the end of session {self.session_id or '(no id)'} is not"
                " confirmed, it may still cost money: look at the vendor's list"
            )

    async def _stop_quietly(self) -> None:
        try:
            await self.stop()
        except SessionMayBeOpenError as error:
            log.error("%s", error)  # noqa: TRY400 - something else is on its way up already

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            await self.stop()
        else:
            await self._stop_quietly()

    # --- what it is to do ----------------------------------------------------------------------

    async def keep_alive(self) -> None:
        """Reset its idle timer, by REST and by the socket: the vendor counts them apart.

        Raises:
            HeyGenError: the vendor refuses.
            SessionStateError: there is no session.
        """
        session_id = self._open_session_id()
        if self._line.socket is not None:
            self._line.socket.keep_alive()
        await self._api.extend_session(session_id)

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Have the next of a reply's sound spoken: as fast as it comes, it is sent in its time.

        Args:
            reply: number of the reply, greater than those before; it comes back in `ReplyStarted`
                and `ReplyEnded`.
            pcm: s16le mono 24 kHz, whole samples. Another rate is garbled, and no error is told.

        Raises:
            SessionStateError: there is no socket for sound.
        """
        self._audio_socket().feed_audio(reply, pcm)
        self._newest_reply = max(self._newest_reply, reply)

    def end_reply(self, reply: int) -> None:
        """Nothing more comes of it: without this the avatar never ends to speak."""
        self._audio_socket().end_reply(reply)

    def speak_audio(self, pcm: bytes) -> int:
        """Have a whole reply spoken, see `feed_audio`; return its number."""
        reply = self._newest_reply + 1
        self.feed_audio(reply, pcm)
        self.end_reply(reply)
        return reply

    async def speak(
        self, text: str, task_type: TaskType = "repeat", task_mode: TaskMode = "async"
    ) -> SpeakTask:
        """Have a text said, in the vendor's own voice: word by word (`repeat`), or answered by the
        vendor's own model (`talk`).

        Raises:
            HeyGenError: the vendor refuses, or this product says no text.
            SessionStateError: there is no session.
        """
        return await self._api.speak(self._open_session_id(), text, task_type, task_mode)

    def cut_audio(self) -> None:
        """Stop what is spoken of our sound, at once; see `interrupt`."""
        self._line.cut_audio()

    async def interrupt(self) -> None:
        """Fall silent: sound of ours and, where the vendor says texts, those.

        Raises:
            HeyGenError: the vendor refuses.
            SessionStateError: there is no session.
        """
        session_id = self._open_session_id()
        self.cut_audio()
        await self._api.interrupt(session_id)

    async def start_listening(self) -> None:
        """Take the pose of one who listens; see `interrupt`."""
        await self._set_listening(True)

    async def stop_listening(self) -> None:
        """Leave it."""
        await self._set_listening(False)

    async def _set_listening(self, on: bool) -> None:
        session_id = self._open_session_id()
        if self._line.socket is not None:
            self._line.socket.set_listening(on)
        else:
            await self._api.set_listening(session_id, on)

    async def list_sessions(self) -> list[ListedSession]:
        """Which sessions are open under this key, this one and others."""
        return await self._api.list_sessions()

    # --- the visitor's voice -------------------------------------------------------------------

    @property
    def voice_chat_state(self) -> VoiceChatState:
        """How far the voice chat has got."""
        return self._voice_chat.state

    @property
    def is_input_audio_muted(self) -> bool:
        """Whether nothing of the visitor is to be heard, as without a voice chat."""
        return self._voice_chat.is_muted

    async def start_voice_chat(self, *, is_input_audio_muted: bool = False) -> None:
        """Have the vendor listen to the sound of `send_input_audio`, and answer; returns when it
        may be spoken to, after 2 to 4 s. One that runs is started anew.

        Raises:
            HeyGenError: the vendor cannot be reached.
            RoomError: the room takes no sound.
            SessionStateError: there is no session.
        """
        self._open_session_id()
        await self._voice_chat.start(muted=is_input_audio_muted)

    async def close_voice_chat(self) -> None:
        """End it; the session stays. Again does nothing."""
        await self._voice_chat.stop()

    async def send_input_audio(self, pcm: bytes) -> None:
        """Send the next of what the visitor says.

        Args:
            pcm: s16le mono 16 kHz; what is less than 32 ms waits for more.

        Raises:
            SessionStateError: there is no voice chat.
        """
        await self._voice_chat.send(pcm)

    def mute_input_audio(self) -> None:
        """Let nothing of the visitor be heard.

        Raises:
            SessionStateError: there is no voice chat.
        """
        self._voice_chat.mute()

    def unmute_input_audio(self) -> None:
        """Let the visitor be heard again; see `mute_input_audio`."""
        self._voice_chat.unmute()

    def _make_voice_input(self) -> VoiceInput:
        return RoomMicrophone(self._line.room)

    def _check_voice_chat(self) -> None:
        if self._voice_chat.state is not VoiceChatState.ACTIVE:
            raise SessionStateError("there is no voice chat: start one before")

    # --- within --------------------------------------------------------------------------------

    def _open_session_id(self) -> str:
        if self.state is CloudSessionState.OVER or self._line.session is None:
            raise SessionStateError(f"there is no session: it is {self.state.value}")
        return self._line.session.session_id

    def _audio_socket(self) -> AudioSocket:
        if self.state is CloudSessionState.OVER or self._line.socket is None:
            raise SessionStateError("this session takes no sound: say texts, or open another")
        return self._line.socket
