"""Live API messages, both directions, as msgspec structs.

Source: `BidiGenerateContent` of the Gemini Developer API and of Vertex AI (ai.google.dev/api/live;
Vertex "multimodal-live" reference). Field names are the wire's, camelCase there and snake_case
here.

Client messages forbid unknown fields, because the service does too (close 1007). Server messages
are read field by field, at every depth where need be (`fields`): a field that we do not know, or
that has a shape we do not know, costs itself and is named in `unknown`; it never costs the sound
that came in the same frame.
"""

import base64
import binascii
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from kiosk.core.fields import MAX_ITEMS, MAX_NAMES, as_object, read
from kiosk.core.grounding import GroundingMetadata
from kiosk.errors import MessageError
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ

INPUT_MIME = f"audio/pcm;rate={MICROPHONE_HZ}"
OUTPUT_MIME = f"audio/pcm;rate={REPLY_HZ}"
MAX_HANDLE_CHARS = 4096
"""Characters of a resumption handle; those seen have some tens."""
_Count = Annotated[int, Meta(ge=0, le=2_000_000)]
"""Tokens of one turn. Live models have a context of 131,072: what is far beyond is no count."""


class _Client(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True, frozen=True):
    """Base of what we send.

    Each field that is left out on purpose stands with its reason in docs/live-api.md.
    """


class _Server(Struct, rename="camel", omit_defaults=True):
    """Base of what we receive. Every field is optional: proto3 JSON leaves out defaults."""


class Empty(Struct, frozen=True):
    """`{}`: presence is the message."""


class Blob(_Client, frozen=True):
    """Bytes with a type; base64 on the wire."""

    data: bytes
    mime_type: str


class Part(_Client, frozen=True):
    """One piece of a `Content`; text only, as all that we send as content is text."""

    text: str


class Content(_Client, frozen=True):
    """One entry of a conversation. `role` is `user` or `model`."""

    parts: list[Part]
    role: str | None = None


# --- setup -----------------------------------------------------------------------------------


class PrebuiltVoice(_Client, frozen=True):
    voice_name: str


class VoiceConfig(_Client, frozen=True):
    prebuilt_voice_config: PrebuiltVoice | None = None


class SpeechConfig(_Client, frozen=True):
    voice_config: VoiceConfig | None = None
    language_code: str | None = None


class ThinkingConfig(_Client, frozen=True):
    """One of the two, as the model takes it."""

    thinking_level: str | None = None
    thinking_budget: int | None = None


class GenerationConfig(_Client, frozen=True):
    """The part of `generationConfig` that a talking host uses."""

    response_modalities: list[str] | None = None
    speech_config: SpeechConfig | None = None
    thinking_config: ThinkingConfig | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    max_output_tokens: int | None = None
    media_resolution: str | None = None
    enable_affective_dialog: bool | None = None


class ActivityDetection(_Client, frozen=True):
    disabled: bool | None = None
    start_of_speech_sensitivity: str | None = None
    end_of_speech_sensitivity: str | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None


class RealtimeInputConfig(_Client, frozen=True):
    automatic_activity_detection: ActivityDetection | None = None
    activity_handling: str | None = None
    turn_coverage: str | None = None


class SessionResumption(_Client, frozen=True):
    handle: str | None = None
    transparent: bool | None = None
    """Vertex only: the Developer API closes with 1007 on it."""


class SlidingWindow(_Client, frozen=True):
    target_tokens: str | int | None = None


class ContextCompression(_Client, frozen=True):
    trigger_tokens: str | int | None = None
    sliding_window: SlidingWindow | None = None


class TranscriptionConfig(_Client, frozen=True):
    """`{}` asks for transcripts."""

    language_codes: list[str] | None = None
    custom_vocabulary: list[str] | None = None


class Proactivity(_Client, frozen=True):
    proactive_audio: bool | None = None


class HistoryConfig(_Client, frozen=True):
    initial_history_in_client_content: bool | None = None


class Setup(_Client, frozen=True):
    """The first message of a connection."""

    model: str
    generation_config: GenerationConfig | None = None
    system_instruction: Content | None = None
    tools: list[dict[str, Any]] | None = None
    realtime_input_config: RealtimeInputConfig | None = None
    session_resumption: SessionResumption | None = None
    context_window_compression: ContextCompression | None = None
    input_audio_transcription: TranscriptionConfig | None = None
    output_audio_transcription: TranscriptionConfig | None = None
    proactivity: Proactivity | None = None
    history_config: HistoryConfig | None = None


# --- after setup -----------------------------------------------------------------------------


class RealtimeInput(_Client, frozen=True):
    """Exactly one of these fields."""

    audio: Blob | None = None
    text: str | None = None
    activity_start: Empty | None = None
    activity_end: Empty | None = None
    video: Blob | None = None
    """A picture, at most one a second."""
    audio_stream_end: bool | None = None
    """With automatic activity detection: no more sound comes for a while."""


class ClientContent(_Client, frozen=True):
    turns: list[Content] | None = None
    turn_complete: bool | None = None


class FunctionResponse(_Client, frozen=True):
    id: str
    name: str
    response: dict[str, Any]
    scheduling: str | None = None
    """Developer API only: Vertex AI closes with 1007 on it."""


class ToolResponse(_Client, frozen=True):
    function_responses: list[FunctionResponse]


class ClientMessage(_Client, frozen=True):
    """Exactly one of these fields."""

    setup: Setup | None = None
    client_content: ClientContent | None = None
    realtime_input: RealtimeInput | None = None
    tool_response: ToolResponse | None = None


# --- from the service ------------------------------------------------------------------------


class InlineData(_Server):
    mime_type: str = ""
    data: str = ""

    def pcm(self) -> bytes:
        """The bytes of `data`, in either base64 alphabet, with or without its padding.

        Raises:
            MessageError: `data` is not base64.
        """
        try:
            return binascii.a2b_base64(self.data, strict_mode=True)
        except (binascii.Error, ValueError):
            pass
        text = "".join(self.data.split()).rstrip("=").replace("-", "+").replace("_", "/")
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise MessageError("not base64") from None


class ServerPart(_Server):
    text: str | None = None
    thought: bool = False
    inline_data: InlineData | None = None


class ModelTurn(_Server):
    role: str | None = None
    parts: Annotated[list[ServerPart], Meta(max_length=MAX_ITEMS)] = []


class Transcription(_Server):
    text: str = ""
    finished: bool = False


class ServerContent(_Server):
    model_turn: ModelTurn | None = None
    input_transcription: Transcription | None = None
    output_transcription: Transcription | None = None
    interrupted: bool = False
    generation_complete: bool = False
    turn_complete: bool = False
    turn_complete_reason: str | None = None
    waiting_for_input: bool = False
    interaction_status: str | None = None
    grounding_metadata: GroundingMetadata | None = None


class SetupComplete(_Server):
    session_id: str | None = None


class ResumptionUpdate(_Server):
    new_handle: Annotated[str, Meta(max_length=MAX_HANDLE_CHARS)] = ""
    resumable: bool = False
    last_consumed_client_message_index: str | int | None = None

    def index(self) -> int | None:
        """`lastConsumedClientMessageIndex` as a number; int64 comes as a string or as a number."""
        try:
            return None if (raw := self.last_consumed_client_message_index) is None else int(raw)
        except ValueError:
            return None


class GoAway(_Server):
    time_left: Any = None
    """A Duration, `"57.5s"`. Of any type here: one that is spelt otherwise must not cost the
    GoAway.
    """

    def seconds(self) -> float | None:
        """`timeLeft` in seconds, or None where it is missing or no Duration."""
        left = self.time_left
        try:
            if isinstance(left, dict):  # As protobuf's own fields.
                left = f"{left.get('seconds', 0)}.{left.get('nanos', 0):09}"
            seconds = float(left.removesuffix("s") if isinstance(left, str) else left)
        except (TypeError, ValueError, OverflowError):
            return None
        return seconds if 0 <= seconds < 1e9 else None


class FunctionCall(_Server):
    id: str = ""
    name: str = ""
    args: dict[str, Any] = {}


class ToolCall(_Server):
    function_calls: Annotated[list[FunctionCall], Meta(max_length=MAX_ITEMS)] = []


class ToolCallCancellation(_Server):
    ids: Annotated[list[str], Meta(max_length=MAX_ITEMS)] = []


class TokenDetail(_Server):
    modality: str = ""
    token_count: _Count = 0


_Details = Annotated[list[TokenDetail], Meta(max_length=MAX_ITEMS)]


class TokenUsage(_Server):
    """Token counts. Vertex says `candidates…` where the Developer API says `response…`."""

    prompt_token_count: _Count = 0
    response_token_count: _Count = 0
    candidates_token_count: _Count = 0
    tool_use_prompt_token_count: _Count = 0
    thoughts_token_count: _Count = 0
    total_token_count: _Count = 0
    prompt_tokens_details: _Details = []
    response_tokens_details: _Details = []
    candidates_tokens_details: _Details = []


class InBandError(_Server):
    """`{"error": …}`: undocumented, seen in the wild; to be treated as a close."""

    code: int = 0
    message: str = ""
    status: str = ""


class ServerMessage(_Server):
    """One frame; several fields may stand in it."""

    setup_complete: SetupComplete | None = None
    server_content: ServerContent | None = None
    tool_call: ToolCall | None = None
    tool_call_cancellation: ToolCallCancellation | None = None
    usage_metadata: TokenUsage | None = None
    go_away: GoAway | None = None
    session_resumption_update: ResumptionUpdate | None = None
    interaction_status: str | None = None
    error: InBandError | None = None
    unknown: tuple[str, ...] | UnsetType = UNSET
    """Names of the frame's fields that were passed over, wholly or in part, such as
    `serverContent.interactionStatus`; the first of them. Never on the wire.
    """


_encode = msgspec.json.Encoder().encode
_kinds = {
    field.encode_name: (field.name, field.type)
    for field in msgspec.structs.fields(ServerMessage)
    if field.name != "unknown"
}


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """JSON of a message, in UTF-8. Client messages go out as text frames."""
    return _encode(message)


def decode(frame: bytes | str) -> ServerMessage:
    """One frame of the service, from a binary or a text frame.

    Raises:
        MessageError: the frame is not a JSON object.
    """
    try:
        fields = as_object(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MessageError(f"not a JSON object: {error}") from None
    message = ServerMessage()
    unknown: list[str] = []

    def note(name: str) -> None:
        if len(unknown) < MAX_NAMES:
            unknown.append(name)

    for wire_name, raw in fields.items():
        if wire_name not in _kinds:
            note(wire_name[:40])
            continue
        name, kind = _kinds[wire_name]
        if (value := read(kind, raw, wire_name, note)) is not UNSET:
            setattr(message, name, value)
    if unknown:
        message.unknown = tuple(unknown)
    return message
