"""HeyGen's Streaming Avatar: `api.heygen.com/v1/streaming.*`."""

from typing import Any, Literal

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
from kiosk.settings.secrets import HEYGEN_KEY, secret
from kiosk.settings.types import HeygenSettings

BASE = "https://api.heygen.com"
MOST_IDLE_S = 3599
"""One page of the documentation says that 3600 is refused."""


class Streaming:
    """See the module.

    A token is made for `streaming.new` and is good for one. All else goes by the key: calls with a
    token were refused after an hour.
    """

    product = "heygen"
    least_s = 0.0
    speaks_text = True

    def __init__(self, settings: HeygenSettings) -> None:
        self._settings = settings
        self._base = (settings.base_url or BASE).rstrip("/")

    @property
    def idle_s(self) -> float:
        """As it is asked for at the opening."""
        return min(self._settings.activity_idle_timeout_s, MOST_IDLE_S)

    async def open(self, born: Born) -> Opened:
        """Make a token, a new session, and start it."""
        try:
            data = await self._new()
        except RefusedError as error:
            if not error.unauthorized:
                raise
            data = await self._new()  # A token is refused that was used; the next one may not be.
        session = field(data, "session_id")
        await born(session)
        opened = Opened(
            session,
            address(data, "url"),
            field(data, "access_token"),
            address(data, "realtime_endpoint") if data.get("realtime_endpoint") else "",
            seconds(data, "session_duration_limit"),
        )
        await self._post("start", {"session_id": session})
        return opened

    async def _new(self) -> Any:
        try:
            token = field(await self._post("create_token", {}), "token")
        except RefusedError as error:
            error.in_doubt = False  # A token opens nothing.
            raise
        headers = {"Authorization": f"Bearer {token}"}
        return await call(post(self._url("new"), headers, self.new_body()), OPEN_CALL_TIMEOUT_S)

    def new_body(self) -> dict[str, Any]:
        """Body of `streaming.new`."""
        settings = self._settings
        body: dict[str, Any] = {
            "version": "v2",  # the picture by LiveKit
            "quality": settings.quality,
            "video_encoding": "H264",
            "activity_idle_timeout": self.idle_s,
        }
        if settings.avatar:
            body["avatar_name"] = settings.avatar
        if settings.language:
            body["language"] = settings.language
        if settings.voice:
            body["voice"] = {"voice_id": settings.voice}
        return body

    async def task(
        self,
        session: str,
        text: str,
        task_type: Literal["repeat", "talk"] = "repeat",
        task_mode: Literal["sync", "async"] = "async",
    ) -> Task:
        """Have a text said word by word (`repeat`) or answered by HeyGen's own model (`talk`).

        Both fields always stand in the body: what is left out is taken for `talk`.
        """
        body = {
            "session_id": session,
            "text": text,
            "task_type": task_type,
            "task_mode": task_mode,
        }
        data = await self._post("task", body)
        facts = data if isinstance(data, dict) else {}
        duration_s = (seconds(facts, "duration_ms") or 0.0) / 1000
        return Task(str(facts.get("task_id") or ""), duration_s)

    async def say(self, session: str, text: str) -> Task:
        """Have a text said word by word."""
        return await self.task(session, text)

    async def interrupt(self, session: str) -> None:
        """Fall silent."""
        await self._post("interrupt", {"session_id": session})

    async def listening(self, session: str, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        await self._post("start_listening" if on else "stop_listening", {"session_id": session})

    async def touch(self, session: str) -> None:
        """Reset its idle timer."""
        await self._post("keep_alive", {"session_id": session})

    async def stop(self, session: str, timeout_s: float) -> None:
        """End it."""
        try:
            await self._post("stop", {"session_id": session}, timeout_s)
        except RefusedError as error:
            if not (error.gone or error.absent):
                raise

    async def list_sessions(self) -> list[Listed]:
        """Tell which sessions are open under this key."""
        return listed(await call(get(self._url("list"), self._key())))

    async def _post(self, name: str, body: dict[str, Any], timeout_s: float = TIMEOUT_S) -> Any:
        return await call(post(self._url(name), self._key(), body), timeout_s)

    def _url(self, name: str) -> str:
        return f"{self._base}/v1/streaming.{name}"

    def _key(self) -> dict[str, str]:
        return {"x-api-key": secret(HEYGEN_KEY).reveal()}
