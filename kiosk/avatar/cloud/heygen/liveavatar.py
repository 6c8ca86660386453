"""LiveAvatar, the Streaming Avatar's successor: `api.liveavatar.com/v1/sessions`.

In mode LITE we bring the sound, and LiveAvatar neither listens nor thinks.
"""

from collections.abc import Callable
from typing import Any

from kiosk.avatar.cloud.heygen.options import LiveAvatarOptions
from kiosk.avatar.cloud.heygen.refusals import (
    KeyRefusedError,
    NotThereError,
    SessionEndedError,
    WrongRequestError,
)
from kiosk.avatar.cloud.heygen.rest import (
    CALL_TIMEOUT_S,
    OPEN_CALL_TIMEOUT_S,
    base_url,
    call,
    get,
    post,
)
from kiosk.avatar.cloud.heygen.vendor_api import (
    ListedSession,
    OnCreated,
    OpenedSession,
    SpeakTask,
    TaskMode,
    TaskType,
    address,
    field,
    listed,
    seconds,
)

BASE_URL = "https://api.liveavatar.com"


class LiveAvatarApi:
    """See the module. A session's token opens and keeps that session; its key ends any of ours.

    Args:
        api_key: gives the account's key, anew at each call; None goes by the token.
        token: of `sessions/token`, made by somebody who has the key.
        options: of the session; what the token was made with wins.
        base: of the addresses; empty for LiveAvatar's own.

    Raises:
        ValueError: neither key nor token, or a base in clear text.
    """

    product = "liveavatar"
    billed_at_least_s = 60.0
    """A minute is taken when it starts, whatever becomes of it."""
    idle_timeout_s = 300.0
    """Source: LiveAvatar's page on the LITE socket; it cannot be set."""
    speaks_text = False

    def __init__(
        self,
        api_key: Callable[[], str] | None,
        options: LiveAvatarOptions,
        base: str = "",
        *,
        token: str = "",
    ) -> None:
        if api_key is None and not token:
            raise ValueError("expected an API key, or a token of sessions/token")
        self.options = options
        self._api_key = api_key
        self._given_token = token
        self._base = base_url(base, BASE_URL) + "/v1/sessions"
        self._tokens: dict[str, str] = {}

    @property
    def takes_audio(self) -> bool:
        """In mode LITE, unless LiveAvatar holds the conversation itself."""
        return self.options.takes_audio

    @property
    def needs_agent(self) -> bool:
        """Wherever LiveAvatar holds the conversation."""
        return not self.options.takes_audio

    async def open(self, on_created: OnCreated) -> OpenedSession:
        """Make a token, which names the session already, and start it."""
        if self._api_key is None:
            return await self._open_by_token(on_created)
        session_id = await self._make(on_created)
        try:
            data = await self._by_token("start", session_id, {}, OPEN_CALL_TIMEOUT_S)
        except KeyRefusedError:
            session_id = await self._make(on_created)  # The token had expired.
            data = await self._by_token("start", session_id, {}, OPEN_CALL_TIMEOUT_S)
        return self._opened(session_id, data)

    async def _open_by_token(self, on_created: OnCreated) -> OpenedSession:
        """The session's id is told at its start only."""
        headers = {"Authorization": f"Bearer {self._given_token}"}
        data = await call(post(f"{self._base}/start", headers, {}), OPEN_CALL_TIMEOUT_S)
        session_id = field(data, "session_id")
        self._tokens[session_id] = self._given_token
        await on_created(session_id)
        return self._opened(session_id, data)

    def _opened(self, session_id: str, data: Any) -> OpenedSession:
        return OpenedSession(
            session_id,
            address(data, "livekit_url"),
            field(data, "livekit_client_token"),
            address(data, "ws_url") if self.takes_audio else "",
            seconds(data, "max_session_duration"),
        )

    async def _make(self, on_created: OnCreated) -> str:
        session_id, token = await self.create_token()
        self._tokens[session_id] = token
        await on_created(session_id)
        return session_id

    async def create_token(self) -> tuple[str, str]:
        """Make a session's token; return the session's id and the token."""
        made = await self._by_key("token", self.options.body(), OPEN_CALL_TIMEOUT_S)
        return field(made, "session_id"), field(made, "session_token")

    async def extend_session(self, session_id: str) -> None:
        """Reset its idle timer."""
        await self._by_token("keep-alive", session_id, {"session_id": session_id})

    async def stop(self, session_id: str, timeout_s: float = CALL_TIMEOUT_S) -> None:
        """End it; that of an earlier process by the key, for its token went with the process."""
        body = {"session_id": session_id, "reason": "USER_DISCONNECTED"}
        token = self._tokens.get(session_id)
        try:
            if token is not None:
                try:
                    headers = {"Authorization": f"Bearer {token}"}
                    await call(post(f"{self._base}/stop", headers, body), timeout_s)
                except KeyRefusedError:
                    if self._api_key is None:
                        raise
                    await self._by_key("stop", body, timeout_s)
            else:
                await self._by_key("stop", body, timeout_s)
        except (SessionEndedError, NotThereError):
            pass  # As good as stopped.
        self._tokens.pop(session_id, None)

    async def list_sessions(self) -> list[ListedSession]:
        """Tell which sessions are open under this key."""
        return listed(await call(get(f"{self._base}?type=active", self._key())))

    async def speak(
        self, session_id: str, text: str, task_type: TaskType, task_mode: TaskMode
    ) -> SpeakTask:
        """Refuse: LITE takes sound alone, and FULL takes texts by its room."""
        raise WrongRequestError('LiveAvatar in mode "LITE" says no text: send sound')

    async def interrupt(self, session_id: str) -> None:
        """Nothing: the socket or the room does it."""

    async def set_listening(self, session_id: str, on: bool) -> None:
        """Nothing: the socket or the room does it."""

    async def _by_token(
        self,
        name: str,
        session_id: str,
        body: dict[str, Any],
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens.get(session_id, '')}"}
        return await call(post(f"{self._base}/{name}", headers, body), timeout_s)

    async def _by_key(
        self, name: str, body: dict[str, Any], timeout_s: float = CALL_TIMEOUT_S
    ) -> Any:
        return await call(post(f"{self._base}/{name}", self._key(), body), timeout_s)

    def _key(self) -> dict[str, str]:
        if self._api_key is None:
            raise WrongRequestError("this takes the account's API key, and there is a token alone")
        return {"X-API-KEY": self._api_key()}
