"""HeyGen's Streaming Avatar: `api.heygen.com/v1/streaming.*`."""

import contextlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from kiosk.avatar.cloud.heygen.options import StreamingAvatarOptions
from kiosk.avatar.cloud.heygen.refusals import (
    HeyGenError,
    KeyRefusedError,
    NotThereError,
    SessionEndedError,
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

BASE_URL = "https://api.heygen.com"
MAX_TEXT_CHARACTERS = 1000
"""Longer tasks were refused."""


class StreamingAvatarApi:
    """See the module.

    By the key a token is made for `streaming.new`, and is good for one; all else goes by the key,
    for calls with a token were refused after an hour. Without a key all goes by the token.

    Args:
        api_key: gives the account's key, anew at each call; None goes by the token.
        token: of `streaming.create_token`, made by somebody who has the key.
        options: of the session.
        base: of the addresses; empty for HeyGen's own.

    Raises:
        ValueError: neither key nor token, or a base in clear text.
    """

    product = "heygen"
    billed_at_least_s = 0.0
    speaks_text = True
    takes_audio = True
    needs_agent = False

    def __init__(
        self,
        api_key: Callable[[], str] | None,
        options: StreamingAvatarOptions,
        base: str = "",
        *,
        token: str = "",
    ) -> None:
        if api_key is None and not token:
            raise ValueError("expected an API key, or a token of streaming.create_token")
        self.options = options
        self._api_key = api_key
        self._token = token
        self._base = base_url(base, BASE_URL)

    @property
    def idle_timeout_s(self) -> float:
        """As it is asked for at the opening."""
        return self.options.idle_timeout_s

    async def open(self, on_created: OnCreated) -> OpenedSession:
        """Make a token, a new session, and start it."""
        opened = await self.new(on_created)
        await self.start(opened.session_id)
        return opened

    async def create_token(self) -> str:
        """Make a token, good for one session. It opens nothing."""
        try:
            return field(await self._post("create_token", {}), "token")
        except HeyGenError as error:
            error.in_doubt = False
            raise

    async def new(self, on_created: OnCreated) -> OpenedSession:
        """Make a session, which costs from now on."""
        try:
            data = await self._new()
        except KeyRefusedError:
            if self._api_key is None:
                raise
            data = await self._new()  # A token is refused that was used; the next one may not be.
        session_id = field(data, "session_id")
        await on_created(session_id)
        paid = data.get("is_paid")
        return OpenedSession(
            session_id,
            address(data, "url"),
            field(data, "access_token"),
            address(data, "realtime_endpoint") if data.get("realtime_endpoint") else "",
            seconds(data, "session_duration_limit"),
            paid if isinstance(paid, bool) else None,
        )

    async def start(self, session_id: str) -> None:
        """Start it: its room may be joined from now on."""
        await self._post("start", {"session_id": session_id})

    async def _new(self) -> Any:
        if self._api_key is not None:
            self._token = await self.create_token()
        headers = {"Authorization": f"Bearer {self._token}"}
        return await call(post(self._url("new"), headers, self.options.body()), OPEN_CALL_TIMEOUT_S)

    async def speak(
        self,
        session_id: str,
        text: str,
        task_type: TaskType = "repeat",
        task_mode: TaskMode = "async",
    ) -> SpeakTask:
        """Have a text said word by word (`repeat`) or answered by HeyGen's own model (`talk`).

        Both fields always stand in the body: what is left out is taken for `talk`.
        """
        body = {
            "session_id": session_id,
            "text": text,
            "task_type": task_type,
            "task_mode": task_mode,
        }
        data = await self._post("task", body)
        facts = data if isinstance(data, dict) else {}
        duration_s = (seconds(facts, "duration_ms") or 0.0) / 1000
        return SpeakTask(str(facts.get("task_id") or ""), duration_s)

    async def interrupt(self, session_id: str) -> None:
        """Fall silent."""
        await self._post("interrupt", {"session_id": session_id})

    async def set_listening(self, session_id: str, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        await self._post("start_listening" if on else "stop_listening", {"session_id": session_id})

    async def extend_session(self, session_id: str) -> None:
        """Reset its idle timer."""
        await self._post("keep_alive", {"session_id": session_id})

    async def stop(self, session_id: str, timeout_s: float = CALL_TIMEOUT_S) -> None:
        """End it."""
        with contextlib.suppress(SessionEndedError, NotThereError):  # As good as stopped.
            await self._post("stop", {"session_id": session_id}, timeout_s)

    async def list_sessions(self) -> list[ListedSession]:
        """Tell which sessions are open under this key."""
        return listed(await call(get(self._url("list"), self._headers())))

    def chat_url(self, session_id: str) -> str:
        """Address of the socket for a voice chat. It holds the token: it stands in no log."""
        url = urlsplit(self._base)
        query = {"session_id": session_id, "session_token": self._token}
        if self.options.voice_chat_transport == "livekit":
            query["arch_version"] = "v2"
        query["silence_response"] = str(bool(self.options.use_silence_prompt)).lower()
        query["push_to_talk"] = str(self.options.enable_push_to_talk).lower()
        scheme = "wss" if url.scheme == "https" else "ws"
        return f"{scheme}://{url.netloc}/v1/ws/streaming.chat?{urlencode(query)}"

    async def _post(
        self, name: str, body: dict[str, Any], timeout_s: float = CALL_TIMEOUT_S
    ) -> Any:
        return await call(post(self._url(name), self._headers(), body), timeout_s)

    def _url(self, name: str) -> str:
        return f"{self._base}/v1/streaming.{name}"

    def _headers(self) -> dict[str, str]:
        if self._api_key is not None:
            return {"x-api-key": self._api_key()}
        return {"Authorization": f"Bearer {self._token}"}
