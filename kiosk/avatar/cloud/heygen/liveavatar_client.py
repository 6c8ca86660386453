"""A client of LiveAvatar: the methods of the vendor's web SDK, under Python's names."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable

from kiosk.avatar.cloud.heygen.client import AvatarClient, key_source
from kiosk.avatar.cloud.heygen.liveavatar import LiveAvatarApi
from kiosk.avatar.cloud.heygen.options import LiveAvatarOptions
from kiosk.avatar.cloud.heygen.refusals import NoAnswerError, WrongRequestError
from kiosk.avatar.cloud.heygen.session_errors import SessionStateError
from kiosk.avatar.cloud.heygen.session_events import VendorEvent
from kiosk.avatar.cloud.heygen.vendor_api import OpenedSession, SpeakTask, TaskMode, TaskType

COMMAND_TOPIC = "agent-control"
"""Of commands by the room, in mode FULL. Source: LiveAvatar's web SDK."""
PUSH_TO_TALK_TIMEOUT_S = 5.0
"""For the vendor to confirm that the visitor may talk, or has talked."""


class LiveAvatarClient(AvatarClient):
    """See `AvatarClient`.

    Args:
        api_key: of the account, or a function that gives it at each call; a token is made by it.
        token: of a session, made where the key is; its options are those that it was made with.
        base: of the vendor's addresses; empty for LiveAvatar's own.

    Raises:
        ValueError: neither key nor token, or a base in clear text.

    Source: github.com/heygen-com/liveavatar-web-sdk.
    """

    def __init__(
        self,
        api_key: str | Callable[[], str] | None = None,
        *,
        token: str = "",
        base: str = "",
    ) -> None:
        self._sessions = LiveAvatarApi(key_source(api_key), LiveAvatarOptions(), base, token=token)
        super().__init__(self._sessions)

    async def create_token(self, options: LiveAvatarOptions | None = None) -> str:
        """Make a session's token for somebody without the key, who is to start and to stop it.

        Args:
            options: as of `start`.

        Raises:
            HeyGenError: the vendor refuses.
        """
        self._sessions.options = options or LiveAvatarOptions()
        _, token = await self._sessions.create_token()
        return token

    async def start(self, options: LiveAvatarOptions | None = None) -> OpenedSession:
        """Open a session and join its room; return when it can be seen, heard and spoken through.

        Where it fails or is cancelled, it is stopped before that is told.

        Args:
            options: None asks for the avatar of the sandbox, which costs nothing.

        Raises:
            HeyGenError: the vendor does not open one.
            RoomError: its room cannot be joined.
            SessionLostError: it was not ready in 15 s (FULL: 30 s), or ended meanwhile.
            KioskError: it was opened before, or something on this side is missing.
        """
        self._sessions.options = options or LiveAvatarOptions()
        return await self.open()

    async def repeat(self, text: str) -> SpeakTask:
        """Have a text said word by word, in mode FULL; see `speak`."""
        return await self.speak(text, "repeat")

    async def message(self, text: str) -> SpeakTask:
        """Have a text answered by LiveAvatar's own model, in mode FULL; see `speak`."""
        return await self.speak(text, "talk")

    async def speak(
        self, text: str, task_type: TaskType = "repeat", task_mode: TaskMode = "async"
    ) -> SpeakTask:
        """Have a text said or answered, in mode FULL. The task's id comes back in no event.

        Raises:
            RoomError: it does not go out.
            WrongRequestError: mode LITE takes sound alone; and there is no task of mode `sync`.
            SessionStateError: there is no session.
        """
        if self._sessions.takes_audio:
            return await super().speak(text, task_type, task_mode)
        if task_mode == "sync":
            raise WrongRequestError('LiveAvatar has no task_mode = "sync": listen to its events')
        kind = "avatar.speak_text" if task_type == "repeat" else "avatar.speak_response"
        return SpeakTask(await self._command(kind, text=text), 0.0)

    async def interrupt(self) -> None:
        """Fall silent.

        Raises:
            RoomError: it does not go out.
            SessionStateError: there is no session.
        """
        await super().interrupt()
        if not self._sessions.takes_audio:
            await self._command("avatar.interrupt")

    async def _set_listening(self, on: bool) -> None:
        if self._sessions.takes_audio:
            await super()._set_listening(on)
        else:
            await self._command(f"avatar.{'start' if on else 'stop'}_listening")

    async def start_push_to_talk(self) -> None:
        """The visitor holds the button, in mode FULL with `interactivity_type="PUSH_TO_TALK"`.

        Raises:
            NoAnswerError: LiveAvatar does not say that it listens.
            RoomError: it does not go out.
            SessionStateError: this session has no push-to-talk, or no voice chat runs.
        """
        await self._push_to_talk("start", "started")
        self.unmute_input_audio()

    async def stop_push_to_talk(self) -> None:
        """The visitor lets go of it; see `start_push_to_talk`."""
        await self._push_to_talk("stop", "stopped")

    async def _push_to_talk(self, what: str, done: str) -> None:
        if self._sessions.options.interactivity_type != "PUSH_TO_TALK":
            raise SessionStateError('this session has no interactivity_type = "PUSH_TO_TALK"')
        self._check_voice_chat()
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def deliver(event: VendorEvent) -> None:
            taken = event.type == f"user.push_to_talk_{done}"
            if (taken or event.type == f"user.push_to_talk_{what}_failed") and not answered.done():
                answered.set_result(taken)

        self.on(VendorEvent, deliver)
        try:
            await self._command(f"user.{what}_push_to_talk")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PUSH_TO_TALK_TIMEOUT_S):
                    if await answered:
                        return
        finally:
            self.off(VendorEvent, deliver)
        raise NoAnswerError(f"LiveAvatar did not {what} push-to-talk")

    async def _command(self, kind: str, **more: str) -> str:
        """Send a command by the room; return its id."""
        self._open_session_id()
        event_id = str(uuid.uuid4())
        command = {"event_id": event_id, "event_type": kind, **more}
        await self._line.room.send(json.dumps(command).encode(), COMMAND_TOPIC)
        return event_id
