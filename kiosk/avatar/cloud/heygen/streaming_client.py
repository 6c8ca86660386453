"""A client of HeyGen's Streaming Avatar: the methods of the vendor's SDK, under Python's names."""

from collections.abc import Callable

from kiosk.avatar.cloud.heygen.client import AvatarClient, key_source
from kiosk.avatar.cloud.heygen.options import StreamingAvatarOptions
from kiosk.avatar.cloud.heygen.session_errors import SessionStateError
from kiosk.avatar.cloud.heygen.streaming import StreamingAvatarApi
from kiosk.avatar.cloud.heygen.vendor_api import OpenedSession
from kiosk.avatar.cloud.heygen.voice_chat import ChatSocket, VoiceInput, spoken_command


class StreamingAvatarClient(AvatarClient):
    """See `AvatarClient`.

    Args:
        api_key: of the account, or a function that gives it at each call; a token is made by it.
        token: of `create_token`, where this machine has no key. It is good for one session.
        base: of the vendor's addresses; empty for HeyGen's own.

    Raises:
        ValueError: neither key nor token, or a base in clear text.

    Source: github.com/HeyGen-Official/StreamingAvatarSDK, 2.1.0.
    """

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        *,
        token: str = "",
        base: str = "",
    ) -> None:
        self._streaming = StreamingAvatarApi(
            key_source(api_key), StreamingAvatarOptions(), base, token=token
        )
        super().__init__(self._streaming)

    async def create_token(self) -> str:
        """Make a token for somebody without the key; it opens nothing.

        Raises:
            HeyGenError: the vendor refuses.
        """
        return await self._streaming.create_token()

    async def create_start_avatar(self, options: StreamingAvatarOptions) -> OpenedSession:
        """Make a session, start it and join its room; return when it can be seen and heard.

        Where it fails or is cancelled, it is stopped before that is told.

        Raises:
            HeyGenError: the vendor does not open one.
            RoomError: its room cannot be joined.
            SessionLostError: it was not ready in 15 s, or ended meanwhile.
            KioskError: it was opened before, or something on this side is missing.
        """
        await self.new_session(options)
        return await self.start_avatar()

    async def new_session(self, options: StreamingAvatarOptions) -> OpenedSession:
        """Make a session alone, which costs from now on; `start_avatar` is to follow."""
        self._streaming.options = options
        return await self._or_stop(self._line.create(self._streaming.new))

    async def start_session(self) -> None:
        """Start it alone: its room may be joined then. `start_avatar` does it, too."""
        await self._streaming.start(self._open_session_id())

    async def start_avatar(self) -> OpenedSession:
        """Start what `new_session` has made, and join its room; see `create_start_avatar`."""
        return await self._or_stop(self._start_avatar())

    async def _start_avatar(self) -> OpenedSession:
        await self.start_session()
        await self._line.join()
        await self.wait_ready()
        assert self.session is not None  # noqa: S101 - it was started
        return self.session

    async def stop_avatar(self) -> None:
        """End the session; see `stop`."""
        await self.stop()

    async def push_to_talk_start(self) -> None:
        """The visitor holds the button. With the voice chat by the room, and push-to-talk enabled.

        Raises:
            RoomError: it does not go out.
            SessionStateError: this session has no push-to-talk, or no voice chat runs.
        """
        await self._push_to_talk("start")

    async def push_to_talk_stop(self) -> None:
        """The visitor lets go of it; see `push_to_talk_start`."""
        await self._push_to_talk("stop")

    async def _push_to_talk(self, what: str) -> None:
        if not self._streaming.options.enable_push_to_talk:
            raise SessionStateError("push-to-talk is not enabled in the options of this session")
        self._check_voice_chat()
        await self._line.room.send(spoken_command(f"push_to_talk:{what}"))

    def _make_voice_input(self) -> VoiceInput:
        if self._streaming.options.voice_chat_transport == "livekit":
            return super()._make_voice_input()
        url = self._streaming.chat_url(self._open_session_id())
        return ChatSocket(url, self._line.on_vendor_event)
