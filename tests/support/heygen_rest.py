"""The REST APIs of Streaming Avatar and LiveAvatar, as the stand-in answers them.

Error numbers are those that users of the services have reported; that of a refusal for concurrency
is ours.
"""

import time
import uuid
from collections.abc import Coroutine
from typing import Any, Protocol

from aiohttp import web

from tests.support.heygen_session import Session, until

KEY = "a-key"
PLACEHOLDER_WORD_MS = 80
NEW_FIELDS = {
    "version",
    "avatar_name",
    "avatar_id",
    "quality",
    "video_encoding",
    "voice",
    "language",
    "knowledge_base_id",
    "knowledge_base",
    "activity_idle_timeout",
    "stt_settings",
    "ia_is_livekit_transport",
    "silence_response",
    "source",
}
TOKEN_FIELDS = {
    "mode",
    "avatar_id",
    "is_sandbox",
    "video_settings",
    "max_session_duration",
    "avatar_persona",
    "interactivity_type",
    "llm_configuration_id",
    "gemini_realtime_config",
}


class Refusal(Exception):  # noqa: N818 - not an error of ours
    """An answer that is none of success."""

    def __init__(self, status: int, code: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


class Service(Protocol):
    """What the APIs use of the whole stand-in."""

    port: int
    limit_s: float | None
    socket_given: bool
    tokens: dict[str, str]
    wrongs: list[str]

    def open(self, product: str, quality: str) -> Session: ...
    async def begin(self, session: Session) -> None: ...
    async def close(self, session: Session, why: str) -> None: ...
    async def watch(self, session: Session) -> None: ...
    def find(self, session_id: Any) -> Session: ...
    def listed(self) -> Any: ...
    def socket_url(self, session: Session) -> str: ...
    def moment(self, session: Session, name: str) -> None: ...
    def later(self, work: Coroutine[Any, Any, None]) -> None: ...


class Apis:
    """See the module."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def streaming(self, name: str, body: dict[str, Any], request: web.Request) -> Any:
        key, token = request.headers.get("x-api-key"), bearer(request)
        if name == "create_token":
            if key != KEY:
                raise Refusal(401, 400112, "Unauthorized")
            token = uuid.uuid4().hex
            self._service.tokens[token] = ""
            return {"token": token}
        if name == "new":
            if key != KEY and self._service.tokens.get(token, "used"):
                raise Refusal(401, 400112, "Unauthorized")
            self._service.tokens[token] = "used"
            return self._new(body)
        if key != KEY and token not in self._service.tokens:
            raise Refusal(401, 400112, "Unauthorized")
        if name == "list":
            return self._service.listed()
        session = self._service.find(body.get("session_id"))
        session.calls.append((name, body))
        session.touched["rest"] = time.monotonic()
        if name == "start":
            await self._service.begin(session)
            return None
        if name == "stop":
            await self._service.close(session, "stop")
            return None
        if session.state != "started" or (name == "task" and not session.guests):
            raise Refusal(400, 400006, "Session is not in correct state")
        if name == "task":
            return self._task(session, body)
        if name == "interrupt":
            session.voice.clear()
            session.interrupted_at = time.monotonic()
        elif name not in {"keep_alive", "start_listening", "stop_listening"}:
            self._service.wrongs.append(f"there is no streaming.{name}")
        return None

    def _new(self, body: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(body) - NEW_FIELDS:
            self._service.wrongs.append(f"new: {unknown}")
        if body.get("version") != "v2":
            self._service.wrongs.append("new: version is not v2")
        if not 30 <= body.get("activity_idle_timeout", 120) <= 3599:
            raise Refusal(400, 400002, "activity_idle_timeout is out of range")
        if body.get("avatar_name") == "nobody":
            raise Refusal(400, 10013, "avatar not found")
        session = self._service.open("heygen", body.get("quality", "medium"))
        url = self._service.socket_url(session)
        data = {
            "session_id": session.id,
            "url": f"ws://127.0.0.1:{self._service.port}",
            "access_token": f"user-{session.id}",
            "livekit_agent_token": f"agent-{session.id}",
            "realtime_endpoint": url if self._service.socket_given else None,
            "session_duration_limit": self._service.limit_s or 600,
            "is_paid": True,
            "sdp": None,
            "ice_servers": None,
            "ice_servers2": None,
        }
        self._service.later(self._service.watch(session))
        self._service.moment(session, "new")
        return data

    def _task(self, session: Session, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("task_type") not in {"repeat", "talk"}:
            self._service.wrongs.append("task: no task_type")
        if body.get("task_mode") not in {"sync", "async"}:
            self._service.wrongs.append("task: no task_mode")
        if len(body.get("text", "")) > 1000:
            raise Refusal(400, 400002, "text is too long")
        task, words = uuid.uuid4().hex, len(body["text"].split())
        ms = PLACEHOLDER_WORD_MS * words
        session.voice.feed(_tone(ms))
        self._service.later(self._speak_task(session, task, body["text"], ms))
        return {"duration_ms": ms, "task_id": task}

    async def _speak_task(self, session: Session, task: str, text: str, ms: int) -> None:
        def tell(kind: str, **more: Any) -> None:
            for guest in session.guests:
                guest.tell({"type": kind, "task_id": task, **more})

        tell("avatar_start_talking")
        tell("avatar_talking_message", message=text)
        await until(lambda: not session.voice.speaking)
        tell("avatar_end_message")
        tell("avatar_stop_talking", duration_ms=ms)

    async def liveavatar(self, name: str, body: dict[str, Any], request: web.Request) -> Any:
        by_key, token = request.headers.get("X-API-KEY") == KEY, bearer(request)
        if name in {"token", "list"}:
            if not by_key:
                raise Refusal(401, 4001, "Unauthorized")
            return self._service.listed() if name == "list" else self._token(body)
        session_id = self._service.tokens.get(token, "")
        if by_key and name == "stop":
            session_id = body.get("session_id", "")
        if not session_id:
            raise Refusal(401, 4001, "Unauthorized")
        session = self._service.find(session_id)
        session.calls.append((name, body))
        session.touched["rest"] = time.monotonic()
        if name == "start":
            await self._service.begin(session)
            return {
                "session_id": session.id,
                "livekit_url": f"ws://127.0.0.1:{self._service.port}",
                "livekit_client_token": f"user-{session.id}",
                "livekit_agent_token": f"agent-{session.id}",
                "max_session_duration": self._service.limit_s,
                "ws_url": None if session.full else self._service.socket_url(session),
            }
        if name == "stop":
            await self._service.close(session, "stop")
        elif name != "keep-alive":
            self._service.wrongs.append(f"there is no sessions/{name}")
        return None

    def _token(self, body: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(body) - TOKEN_FIELDS:
            self._service.wrongs.append(f"token: {unknown}")
        if body.get("mode") not in {"LITE", "FULL"}:
            self._service.wrongs.append("token: no mode")
        settings = body.get("video_settings", {})
        session = self._service.open("liveavatar", settings.get("quality", "high"))
        session.full = body.get("mode") == "FULL" or "gemini_realtime_config" in body
        token = f"session-token-{session.id}"
        self._service.tokens[token] = session.id
        self._service.later(self._service.watch(session))
        self._service.moment(session, "new")
        return {"session_id": session.id, "session_token": token}


def bearer(request: web.Request) -> str:
    """The token of an `Authorization`, empty where there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def _tone(ms: int) -> bytes:
    """Something to be heard, in place of HeyGen's own voice."""
    period = b"\x00\x10" * 60 + b"\x00\xf0" * 60
    return (period * (ms * 24 // 120 + 1))[: ms * 48]
