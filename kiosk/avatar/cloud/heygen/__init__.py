"""HeyGen's avatars: Streaming Avatar (`heygen`) and its successor LiveAvatar (`liveavatar`).

`StreamingAvatarClient` and `LiveAvatarClient` are a small library of their own; `driver.HeyGen` is
what the kiosk makes of them. The lips are moved by sound that is sent up by a socket; picture and
voice come down by a LiveKit room. How to use it: docs/cloud-avatars.md.
"""

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.heygen.liveavatar_client import LiveAvatarClient
from kiosk.avatar.cloud.heygen.options import (
    SANDBOX_AVATAR,
    AvatarPersona,
    AvatarVoice,
    ElevenLabsSettings,
    GeminiRealtime,
    LiveAvatarOptions,
    PersonaVoice,
    StreamingAvatarOptions,
    SttSettings,
)
from kiosk.avatar.cloud.heygen.pacing import PCM_HZ
from kiosk.avatar.cloud.heygen.refusals import (
    HeyGenError,
    KeyRefusedError,
    NoAnswerError,
    NoCreditsError,
    NotThereError,
    SessionEndedError,
    TooEarlyError,
    TooManyCallsError,
    TooManySessionsError,
    UnreachableError,
    WrongRequestError,
)
from kiosk.avatar.cloud.heygen.session_errors import (
    LivekitMissingError,
    RoomError,
    SessionLostError,
    SessionMayBeOpenError,
    SessionStateError,
)
from kiosk.avatar.cloud.heygen.session_events import (
    AudioUnavailable,
    AvatarEndMessage,
    AvatarStartTalking,
    AvatarStopTalking,
    AvatarTalkingMessage,
    ClientEvent,
    InputAudioMuted,
    LineQuality,
    LineQualityChanged,
    ReplyEnded,
    ReplyStarted,
    SessionStateChanged,
    StreamDisconnected,
    StreamReady,
    UserEndMessage,
    UserSilence,
    UserStart,
    UserStop,
    UserTalkingMessage,
    VendorEvent,
    VoiceChatState,
    VoiceChatStateChanged,
)
from kiosk.avatar.cloud.heygen.streaming_client import StreamingAvatarClient
from kiosk.avatar.cloud.heygen.vendor_api import ListedSession, OpenedSession, SpeakTask
from kiosk.avatar.cloud.heygen.voice_chat import INPUT_HZ
from kiosk.avatar.cloud.session_state import CloudSessionState

__all__ = [
    "INPUT_HZ",
    "PCM_HZ",
    "SANDBOX_AVATAR",
    "AudioUnavailable",
    "AvatarEndMessage",
    "AvatarPersona",
    "AvatarStartTalking",
    "AvatarStopTalking",
    "AvatarTalkingMessage",
    "AvatarVoice",
    "ClientEvent",
    "CloudSessionState",
    "ElevenLabsSettings",
    "Frame",
    "GeminiRealtime",
    "HeyGenError",
    "InputAudioMuted",
    "KeyRefusedError",
    "LineQuality",
    "LineQualityChanged",
    "ListedSession",
    "LiveAvatarClient",
    "LiveAvatarOptions",
    "LivekitMissingError",
    "NoAnswerError",
    "NoCreditsError",
    "NotThereError",
    "OpenedSession",
    "PersonaVoice",
    "ReplyEnded",
    "ReplyStarted",
    "RoomError",
    "SessionEndedError",
    "SessionLostError",
    "SessionMayBeOpenError",
    "SessionStateChanged",
    "SessionStateError",
    "SpeakTask",
    "StreamDisconnected",
    "StreamReady",
    "StreamingAvatarClient",
    "StreamingAvatarOptions",
    "SttSettings",
    "TooEarlyError",
    "TooManyCallsError",
    "TooManySessionsError",
    "UnreachableError",
    "UserEndMessage",
    "UserSilence",
    "UserStart",
    "UserStop",
    "UserTalkingMessage",
    "VendorEvent",
    "VoiceChatState",
    "VoiceChatStateChanged",
    "WrongRequestError",
]
