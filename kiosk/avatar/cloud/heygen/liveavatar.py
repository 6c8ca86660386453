"""LiveAvatar, the Streaming Avatar's successor: `api.liveavatar.com/v1/sessions`, mode LITE.

In this mode we bring the sound, and LiveAvatar neither listens nor thinks.
"""

from typing import Any

from kiosk.avatar.cloud.heygen.front import (
    Born,
    Listed,
    Opened,
    Task,
    address,
    field,
    listed,
    seconds,
)
from kiosk.avatar.cloud.heygen.rest import (
    OPEN_CALL_TIMEOUT_S,
    TIMEOUT_S,
    RefusedError,
    call,
    get,
    post,
)
from kiosk.settings.secrets import LIVEAVATAR_KEY, secret
from kiosk.settings.types import LiveavatarSettings

BASE = "https://api.liveavatar.com"
SANDBOX = "dd73ea75-1218-4ef3-92ce-606d5f7fbc0a"
"""The avatar that costs nothing, for about a minute."""


class Liveavatar:
    """See the module. A session's token opens and keeps that session; its key ends any of ours."""

    product = "liveavatar"
    least_s = 60.0
    """A minute is taken when it starts, whatever becomes of it."""
    idle_s = 300.0
    """Source: LiveAvatar's page on the LITE socket; it cannot be set."""
    speaks_text = False

    def __init__(self, settings: LiveavatarSettings) -> None:
        self._settings = settings
        self._base = (settings.base_url or BASE).rstrip("/") + "/v1/sessions"
        self._tokens: dict[str, str] = {}

    async def open(self, born: Born) -> Opened:
        """Make a token, which names the session already, and start it."""
        session = await self._make(born)
        try:
            data = await self._by_token("start", session, {}, OPEN_CALL_TIMEOUT_S)
        except RefusedError as error:
            if not error.unauthorized:
                raise
            session = await self._make(born)  # The token had expired; the next one may not have.
            data = await self._by_token("start", session, {}, OPEN_CALL_TIMEOUT_S)
        return Opened(
            session,
            address(data, "livekit_url"),
            field(data, "livekit_client_token"),
            address(data, "ws_url"),
            seconds(data, "max_session_duration"),
        )

    async def _make(self, born: Born) -> str:
        made = await self._by_key("token", self.token_body(), OPEN_CALL_TIMEOUT_S)
        session = field(made, "session_id")
        self._tokens[session] = field(made, "session_token")
        await born(session)
        return session

    def token_body(self) -> dict[str, Any]:
        """Body of `sessions/token`."""
        avatar = self._settings.avatar_id or SANDBOX
        return {
            "mode": "LITE",
            "avatar_id": avatar,
            "is_sandbox": avatar == SANDBOX,
            "video_settings": {"quality": self._settings.quality, "encoding": "H264"},
        }

    async def touch(self, session: str) -> None:
        """Reset its idle timer."""
        await self._by_token("keep-alive", session, {"session_id": session})

    async def stop(self, session: str, timeout_s: float) -> None:
        """End it; that of an earlier process by the key, for its token went with the process."""
        body = {"session_id": session, "reason": "USER_DISCONNECTED"}
        token = self._tokens.pop(session, None)
        try:
            if token is not None:
                headers = {"Authorization": f"Bearer {token}"}
                await call(post(f"{self._base}/stop", headers, body), timeout_s)
                return
        except RefusedError as error:
            if error.gone or error.absent:
                return
            if not error.unauthorized:
                raise
        try:
            await self._by_key("stop", body, timeout_s)
        except RefusedError as error:
            if not (error.gone or error.absent):
                raise

    async def list_sessions(self) -> list[Listed]:
        """Tell which sessions are open under this key."""
        return listed(await call(get(f"{self._base}?type=active", self._key())))

    async def say(self, session: str, text: str) -> Task:
        """Refuse: LITE takes sound alone."""
        raise RefusedError("LiveAvatar LITE says no text")

    async def interrupt(self, session: str) -> None:
        """Nothing: the socket does it."""

    async def listening(self, session: str, on: bool) -> None:
        """Nothing: the socket does it."""

    async def _by_token(
        self, name: str, session: str, body: dict[str, Any], timeout_s: float = TIMEOUT_S
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens.get(session, '')}"}
        return await call(post(f"{self._base}/{name}", headers, body), timeout_s)

    async def _by_key(self, name: str, body: dict[str, Any], timeout_s: float = TIMEOUT_S) -> Any:
        return await call(post(f"{self._base}/{name}", self._key(), body), timeout_s)

    def _key(self) -> dict[str, str]:
        return {"X-API-KEY": secret(LIVEAVATAR_KEY).reveal()}
