"""What happens in a session, as typed events: the vendor's, and what the client itself sees.

The vendor has two spellings of each (`avatar_start_talking` of Streaming Avatar,
`avatar.speak_started` of LiveAvatar), and a third on the socket for sound: here each thing has one
name. What is not known becomes a `VendorEvent`, so nothing that the vendor tells is lost.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec import Struct

from kiosk.avatar.cloud.session_state import CloudSessionState


class LineQuality(Enum):
    """`ConnectionQuality` of the vendor's SDKs."""

    UNKNOWN = "UNKNOWN"
    GOOD = "GOOD"
    BAD = "BAD"


class VoiceChatState(Enum):
    """How far a voice chat has got."""

    INACTIVE = "INACTIVE"
    STARTING = "STARTING"
    ACTIVE = "ACTIVE"


class ClientEvent(Struct, frozen=True, kw_only=True):
    """Base of all of them: whoever listens to it hears everything."""

    raw: Mapping[str, Any] = {}
    """The vendor's own event, whole; empty where the client tells by itself."""


class SessionStateChanged(ClientEvent, frozen=True):
    """`session.state_changed`."""

    state: CloudSessionState


class StreamReady(ClientEvent, frozen=True):
    """`stream_ready`, `session.stream_ready`: it can be seen, heard and spoken through.

    It comes again when the client has joined the room anew after its line broke.
    """


class StreamDisconnected(ClientEvent, frozen=True):
    """`stream_disconnected`, `session.disconnected`: it is over. The last event."""

    reason: str
    """In one line, for a person."""
    final: bool = False
    """A person has to mend something first."""
    retry_after_s: float = 0.0


class LineQualityChanged(ClientEvent, frozen=True):
    """`connection_quality_changed`, `session.connection_quality_changed`."""

    quality: LineQuality


class AudioUnavailable(ClientEvent, frozen=True):
    """There is no socket for sound of ours: Streaming Avatar speaks by text alone."""

    reason: str


class ReplyStarted(ClientEvent, frozen=True):
    """The avatar has begun to speak sound that was sent."""

    reply: int
    """As `feed_audio` was told."""


class ReplyEnded(ClientEvent, frozen=True):
    """It has spoken that to its end, or was interrupted."""

    reply: int


class AvatarStartTalking(ClientEvent, frozen=True):
    """`avatar_start_talking`, `avatar.speak_started`: text or sound, whoever sent it."""

    task_id: str = ""


class AvatarStopTalking(ClientEvent, frozen=True):
    """`avatar_stop_talking`, `avatar.speak_ended`."""

    task_id: str = ""
    duration_s: float = 0.0
    """0 where the vendor does not tell it."""


class AvatarTalkingMessage(ClientEvent, frozen=True):
    """`avatar_talking_message`, `avatar.transcription.chunk`: the next words that it says."""

    message: str
    task_id: str = ""


class AvatarEndMessage(ClientEvent, frozen=True):
    """`avatar_end_message`, `avatar.transcription`: all of what it says was told."""

    message: str = ""
    """The whole, where the vendor tells it again (LiveAvatar)."""
    task_id: str = ""


class UserStart(ClientEvent, frozen=True):
    """`user_start`, `user.speak_started`: the visitor has begun to speak."""


class UserStop(ClientEvent, frozen=True):
    """`user_stop`, `user.speak_ended`."""


class UserTalkingMessage(ClientEvent, frozen=True):
    """`user_talking_message`, `user.transcription.chunk`: the next words of the visitor."""

    message: str
    task_id: str = ""


class UserEndMessage(ClientEvent, frozen=True):
    """`user_end_message`, `user.transcription`: all of what the visitor said was told."""

    message: str = ""
    task_id: str = ""


class UserSilence(ClientEvent, frozen=True):
    """`user_silence`: the visitor says nothing."""

    silence_times: int = 0
    """How often in a row."""
    count_down: int = 0
    """Seconds, as far as is known, until HeyGen does something about it."""


class VoiceChatStateChanged(ClientEvent, frozen=True):
    """`VoiceChatEvent.STATE_CHANGED`."""

    state: VoiceChatState


class InputAudioMuted(ClientEvent, frozen=True):
    """`VoiceChatEvent.MUTED` and `UNMUTED`."""

    muted: bool


class VendorEvent(ClientEvent, frozen=True):
    """Anything else that the vendor tells."""

    type: str


def type_of(raw: Mapping[str, Any]) -> str:
    """Name of a vendor's event; empty where it is none."""
    name = raw.get("type") or raw.get("event_type")
    return name if isinstance(name, str) else ""


def event_of(raw: Mapping[str, Any]) -> ClientEvent:
    """The typed event of a vendor's.

    Args:
        raw: as it came, by the room or by one of the sockets.
    """
    task_id = _text(raw.get("task_id"))
    message = _text(raw.get("message")) or _text(raw.get("text"))
    match type_of(raw):
        case "avatar_start_talking" | "avatar.speak_started" | "agent.speak_started":
            return AvatarStartTalking(raw=raw, task_id=task_id)
        case (
            "avatar_stop_talking"
            | "avatar.speak_ended"
            | "agent.speak_ended"
            | "agent.speak_interrupted"
        ):
            duration_s = _number(raw.get("duration_ms")) / 1000
            return AvatarStopTalking(raw=raw, task_id=task_id, duration_s=duration_s)
        case "agent.state_updated" if raw.get("new_state") == "talking":
            return AvatarStartTalking(raw=raw)
        case "agent.state_updated" if raw.get("previous_state") == "talking":
            return AvatarStopTalking(raw=raw)
        case "avatar_talking_message" | "avatar.transcription.chunk":
            return AvatarTalkingMessage(raw=raw, message=message, task_id=task_id)
        case "avatar_end_message" | "avatar.transcription":
            return AvatarEndMessage(raw=raw, message=message, task_id=task_id)
        case "user_start" | "user.speak_started":
            return UserStart(raw=raw)
        case "user_stop" | "user.speak_ended":
            return UserStop(raw=raw)
        case "user_talking_message" | "user.transcription.chunk":
            return UserTalkingMessage(raw=raw, message=message, task_id=task_id)
        case "user_end_message" | "user.transcription":
            return UserEndMessage(raw=raw, message=message, task_id=task_id)
        case "user_silence":
            return UserSilence(
                raw=raw,
                silence_times=int(_number(raw.get("silence_times"))),
                count_down=int(_number(raw.get("count_down"))),
            )
    return VendorEvent(raw=raw, type=type_of(raw))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float:
    """A number of the vendor's, 0 for all that is none."""
    usable = isinstance(value, (int, float)) and -1e9 < value < 1e9
    return float(value) if usable else 0.0
