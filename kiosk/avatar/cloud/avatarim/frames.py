"""The text frames of AvatarIM's socket: one digit, then perhaps JSON. Pure.

Source: the vendor's client aliyun/AvatarImSdk, as read in its repository (0.1.5), and the vendor's
general guide to its WebSockets. Nothing of it is documented as a wire format.
"""

import io
import wave
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from kiosk.avatar.cloud.vendor_json import VendorJsonError, decode

HOST = "wss://avatar-im.console.aliyun.com"
HEARTBEAT = "3"

RECONNECT_AT_ONCE = frozenset({"HEARTBEAT_TIMEOUT", "SERVER_CONNECTION_CLOSED", "UNIT_SWITCH"})
"""Reasons for which the vendor's client dials again without a pause."""
KICK_OUT = "CONNECTION_KICK_OUT"
"""Another client has the token: to dial again would kick that one, and so on for ever."""
CONNECTION_TIMEOUT = "CONNECTION_TIMEOUT"
"""The token has served its time; another instance brings another."""

_ERRORS = ("error", "errorCode", "errorMessage", "errorMsg")
_WORDS = ("message", "msg", "reason")
_FAILURES = frozenset({"false", "fail", "failed", "failure", "error", "refused", "rejected"})
_SUCCESSES = frozenset({"", "0", "200", "10010001", "ok", "success"})
"""Values of `code`: the control API's successes were seen with more than one."""

START_DEFAULTS = {
    "dialogMode": "aliYunChat",
    "duplexMode": "cloud",
    "outputMode": "video",
    "videoOpen": "0",
    "format": "pcm",
    "sampleRate": "16000",
}


class ServerHello(Struct, frozen=True):
    """`1`: the server takes frames from now on."""


class ServerClosing(Struct, frozen=True):
    """`2`: the server is about to close."""

    reason: str


class HeartbeatReply(Struct, frozen=True):
    """`4`: the answer to our heartbeat."""


class BusinessMessage(Struct, frozen=True):
    """`5`: a business message."""

    message_id: str
    content: dict[str, Any]
    whole: dict[str, Any]
    """The envelope too."""

    @property
    def type(self) -> str:
        """What the content says it is; empty where it does not."""
        return str(self.content.get("type") or "")


class Acknowledgement(Struct, frozen=True):
    """`6`: a frame of ours came; `error` says what was wrong with it, None if nothing."""

    message_id: str
    error: Any


class ServerEvent(Struct, frozen=True):
    """`7`: an event; none of its contents is known."""

    whole: dict[str, Any]


class UnknownFrame(Struct, frozen=True):
    """A frame that nobody has told us of."""

    text: str


Down = (
    ServerHello
    | ServerClosing
    | HeartbeatReply
    | BusinessMessage
    | Acknowledgement
    | ServerEvent
    | UnknownFrame
)


def parse(text: str) -> Down:
    """Read a frame; what makes no sense is `Unknown`, never an error."""
    digit, rest = text[:1], text[1:]
    if digit == "1":
        return ServerHello()
    if digit == "4":
        return HeartbeatReply()
    body: Any = {}
    if rest:
        try:
            body = decode(rest)
        except VendorJsonError:
            return UnknownFrame(text)
    if not isinstance(body, dict):
        return UnknownFrame(text)
    match digit:
        case "2":
            return ServerClosing(str(body.get("reason") or ""))
        case "5":
            content = body.get("content")
            if isinstance(content, str):  # Seen at other sockets of the vendor's: JSON in JSON.
                try:
                    content = decode(content)
                except VendorJsonError:
                    content = {"text": content}
            if not isinstance(content, dict):
                content = {}
            return BusinessMessage(str(body.get("messageId") or ""), content, body)
        case "6":
            return Acknowledgement(str(body.get("messageId") or ""), body.get("error"))
        case "7":
            return ServerEvent(body)
    return UnknownFrame(text)


def business(content: dict[str, Any], app_id: str, message_id: str) -> str:
    """Write a business message."""
    envelope = {
        "receiverId": "ability",
        "receiverType": "server",
        "sticky": True,
        "receiverAppId": app_id,
        "content": content,
        "messageId": message_id,
    }
    return "5" + msgspec.json.encode(envelope).decode()


def wav(pcm: bytes, sample_rate_hz: int) -> bytes:
    """Put s16le mono PCM into a WAV file of its own.

    Source: the vendor's demo sends each piece of a session of format wav so.
    """
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sample_rate_hz)
        out.writeframes(pcm)
    return file.getvalue()


def start_content(session_id: str, options: dict[str, Any]) -> dict[str, Any]:
    """The content that starts a session: an option that is empty is the default's, all are text."""
    given = {key: str(value) for key, value in options.items() if value}
    return {"type": "start", "sessionId": session_id, **START_DEFAULTS, **given}


def socket_url(base: str, token: str, app_id: str, tenant_id: str) -> str:
    """The address of the socket. It holds the token: it stands in no log and no error."""
    said = {"t": token, "app": app_id, "tenant": tenant_id}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in said.items())
    base = (base or HOST).rstrip("/")
    return f"{base}{'' if base.endswith('/ws') else '/ws'}?{query}"


def refused_start(content: dict[str, Any]) -> str:
    """Why a `startResult` is none of success; empty where it seems to be one.

    What a failed one holds is not published, so each spelling that cannot be meant well is taken
    for a refusal: a session that is taken for ready and is none would be talked to for nothing.
    """
    inner = [content.get(key) for key in ("data", "result")]
    places = [content, *(place for place in inner if isinstance(place, dict))]
    words = next((str(p[k]) for p in places for k in _WORDS if p.get(k)), "")
    for place in places:
        for key in _ERRORS:
            if place.get(key):
                return f"{key} {place[key]}"
        for key in ("success", "status", "result", "state"):
            value = place.get(key)
            if not isinstance(value, dict) and str(value).lower() in _FAILURES:
                return words or f"{key} is {value}"
    succeeds = any(str(p.get("success")).lower() == "true" for p in places)
    code = next((str(p["code"]) for p in places if p.get("code") is not None), "")
    if code.lower() not in _SUCCESSES and not succeeds:
        return f"code {code} {words}".rstrip()
    return ""
