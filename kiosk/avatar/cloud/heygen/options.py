"""What a session is asked for: the vendor's options under Python's names, as typed values.

None and empty leave an option to the vendor: it is not sent. What the vendor would refuse, or take
and mean something else by, is refused here, before anything costs.
"""

from typing import Any, Literal

from msgspec import Struct

SANDBOX_AVATAR = "dd73ea75-1218-4ef3-92ce-606d5f7fbc0a"
"""LiveAvatar's avatar that costs nothing, for about a minute."""
MIN_IDLE_TIMEOUT_S, MAX_IDLE_TIMEOUT_S = 30, 3600
SENT_IDLE_TIMEOUT_S = 3599
"""At most this is sent: one page of the documentation says that 3600 is refused."""
DEFAULT_IDLE_TIMEOUT_S = 120
"""Source: Streaming Avatar's page on `activity_idle_timeout`."""

Encoding = Literal["H264", "VP8"]


def _known(**values: Any) -> dict[str, Any]:
    """The options that are given."""
    return {name: value for name, value in values.items() if value not in (None, "", {})}


def _check(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise ValueError(f"{name} = {value!r}: expected {low} to {high}")


# --- Streaming Avatar ----------------------------------------------------------------------------


class ElevenLabsSettings(Struct, frozen=True, kw_only=True):
    """`voice.elevenlabsSettings`, each from 0 to 1, and the model of the voice."""

    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    use_speaker_boost: bool | None = None
    model: Literal["eleven_flash_v2_5", "eleven_multilingual_v2"] | None = None

    def body(self) -> dict[str, Any]:
        """`elevenlabs_settings` of the request."""
        return _known(
            stability=self.stability,
            similarity_boost=self.similarity_boost,
            style=self.style,
            use_speaker_boost=self.use_speaker_boost,
            model_id=self.model,
        )


class AvatarVoice(Struct, frozen=True, kw_only=True):
    """`voice`: how HeyGen's own voice sounds. It says texts; sound that is sent keeps its own.

    Raises:
        ValueError: the rate is out of its range.
    """

    voice_id: str = ""
    rate: float | None = None
    """0.5 to 1.5 times its usual pace."""
    emotion: Literal["excited", "serious", "friendly", "soothing", "broadcaster"] | None = None
    elevenlabs: ElevenLabsSettings | None = None

    def __post_init__(self) -> None:
        _check("rate", self.rate, 0.5, 1.5)

    def body(self) -> dict[str, Any]:
        """`voice` of the request."""
        return _known(
            voice_id=self.voice_id,
            rate=self.rate,
            emotion=self.emotion,
            elevenlabs_settings=self.elevenlabs.body() if self.elevenlabs else None,
        )


class SttSettings(Struct, frozen=True, kw_only=True):
    """`sttSettings`: who understands the visitor in a voice chat.

    Raises:
        ValueError: the confidence is out of its range.
    """

    provider: Literal["deepgram", "gladia"] | None = None
    confidence: float | None = None
    """0 to 1, 0.55 by default."""

    def __post_init__(self) -> None:
        _check("confidence", self.confidence, 0, 1)

    def body(self) -> dict[str, Any]:
        """`stt_settings` of the request."""
        return _known(provider=self.provider, confidence=self.confidence)


class StreamingAvatarOptions(Struct, frozen=True, kw_only=True):
    """`StartAvatarRequest` of the vendor's SDK, and what `streaming.new` takes beside it.

    Raises:
        ValueError: an option is out of its range, or none that may be sent.
    """

    avatar_name: str = ""
    avatar_id: str = ""
    """Another name for the same, as the documentation has it; the SDK sends `avatar_name`."""
    quality: Literal["low", "medium", "high"] = "medium"
    """360, 480 or 720 lines: 500, 1000 or 2000 kbit/s."""
    voice: AvatarVoice | None = None
    language: str = ""
    knowledge_id: str = ""
    """Of a stored prompt; only matters to `talk` and to a voice chat."""
    knowledge_base: str = ""
    """A prompt itself."""
    stt: SttSettings | None = None
    use_silence_prompt: bool | None = None
    """In a voice chat the avatar speaks to a visitor who is silent."""
    voice_chat_transport: Literal["websocket", "livekit"] = "websocket"
    enable_push_to_talk: bool = False
    """Only with `voice_chat_transport="livekit"`."""
    activity_idle_timeout_s: int = DEFAULT_IDLE_TIMEOUT_S
    """Seconds without a sign of life, 30 to 3600, after which HeyGen ends the session."""
    disable_idle_timeout: bool = False
    """Deprecated by the vendor, and it clashes with the time-out: True is refused here."""
    version: Literal["v2"] = "v2"
    """v2 brings picture and voice by LiveKit; v1 is no more since 2025-02-28."""
    video_encoding: Encoding = "H264"

    def __post_init__(self) -> None:
        _check(
            "activity_idle_timeout_s",
            self.activity_idle_timeout_s,
            MIN_IDLE_TIMEOUT_S,
            MAX_IDLE_TIMEOUT_S,
        )
        if self.disable_idle_timeout:
            raise ValueError(
                "disable_idle_timeout is deprecated, and sessions end all the same: give"
                " activity_idle_timeout_s, and call keep_alive() every 25 s"
            )
        if self.enable_push_to_talk and self.voice_chat_transport != "livekit":
            raise ValueError(
                'enable_push_to_talk works with voice_chat_transport = "livekit" alone'
            )

    @property
    def idle_timeout_s(self) -> int:
        """As it is sent."""
        return min(self.activity_idle_timeout_s, SENT_IDLE_TIMEOUT_S)

    def body(self) -> dict[str, Any]:
        """Body of `streaming.new`."""
        return _known(
            version=self.version,
            avatar_name=self.avatar_name,
            avatar_id=self.avatar_id,
            quality=self.quality,
            video_encoding=self.video_encoding,
            activity_idle_timeout=self.idle_timeout_s,
            voice=self.voice.body() if self.voice else None,
            language=self.language,
            knowledge_base_id=self.knowledge_id,
            knowledge_base=self.knowledge_base,
            stt_settings=self.stt.body() if self.stt else None,
            silence_response=self.use_silence_prompt,
            ia_is_livekit_transport=True if self.voice_chat_transport == "livekit" else None,
        )


# --- LiveAvatar ----------------------------------------------------------------------------------


class PersonaVoice(Struct, frozen=True, kw_only=True):
    """`avatar_persona.voice_settings`.

    Raises:
        ValueError: the speed is out of its range.

    Source: LiveAvatar's pages "Configuring Voice Settings" and `POST /v1/sessions/token`.
    """

    provider: str = ""
    """Such as `elevenLabs`, `fish` or `cartesia`."""
    speed: float | None = None
    """0.8 to 1.2 times its usual pace."""
    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    use_speaker_boost: bool | None = None
    model: str = ""
    latency_mode: str = ""
    """Of `fish` alone: `balanced` or `normal`."""

    def __post_init__(self) -> None:
        _check("speed", self.speed, 0.8, 1.2)

    def body(self) -> dict[str, Any]:
        """`voice_settings` of the request."""
        return _known(
            provider=self.provider,
            speed=self.speed,
            stability=self.stability,
            similarity_boost=self.similarity_boost,
            style=self.style,
            use_speaker_boost=self.use_speaker_boost,
            model=self.model,
            latency_mode=self.latency_mode,
        )


class AvatarPersona(Struct, frozen=True, kw_only=True):
    """`avatar_persona` of mode FULL: who it is, and how it sounds."""

    context_id: str = ""
    """Without one the avatar never answers, and tells no error; it still repeats."""
    voice_id: str = ""
    language: str = ""
    """Such as `en`."""
    voice: PersonaVoice | None = None
    stt_provider: str = ""
    """Who understands the visitor, such as `deepgram`."""

    def body(self) -> dict[str, Any]:
        """`avatar_persona` of the request."""
        return _known(
            context_id=self.context_id,
            voice_id=self.voice_id,
            language=self.language,
            voice_settings=self.voice.body() if self.voice else None,
            stt_config=_known(provider=self.stt_provider),
        )


class GeminiRealtime(Struct, frozen=True, kw_only=True):
    """`gemini_realtime_config` of mode LITE: LiveAvatar holds the Gemini Live session itself.

    Such a session takes no sound from us; its commands and events are those of mode FULL.
    """

    secret_id: str
    """Of a secret of type `GEMINI_API_KEY` that is stored with LiveAvatar."""
    context_id: str = ""
    voice: str = ""
    model: str = ""
    temperature: float | None = None

    def body(self) -> dict[str, Any]:
        """`gemini_realtime_config` of the request."""
        return _known(
            secret_id=self.secret_id,
            context_id=self.context_id,
            voice=self.voice,
            model=self.model,
            temperature=self.temperature,
        )


class LiveAvatarOptions(Struct, frozen=True, kw_only=True):
    """What `POST /v1/sessions/token` takes.

    Raises:
        ValueError: options that do not go together.
    """

    avatar_id: str = SANDBOX_AVATAR
    """A UUID; empty is the sandbox's, too."""
    mode: Literal["LITE", "FULL"] = "LITE"
    """LITE: we bring the sound, a credit a minute. FULL: LiveAvatar listens, thinks and speaks, two
    credits a minute."""
    is_sandbox: bool | None = None
    """None: as `avatar_id` is the sandbox's."""
    quality: Literal["low", "medium", "high", "very_high"] = "medium"
    encoding: Encoding = "H264"
    max_session_duration_s: int | None = None
    persona: AvatarPersona | None = None
    interactivity_type: Literal["CONVERSATIONAL", "PUSH_TO_TALK"] | None = None
    llm_configuration_id: str = ""
    gemini_realtime: GeminiRealtime | None = None

    def __post_init__(self) -> None:
        full_alone = {
            "persona": self.persona,
            "interactivity_type": self.interactivity_type,
            "llm_configuration_id": self.llm_configuration_id,
        }
        wrong = [name for name, value in full_alone.items() if value]
        if self.mode == "LITE" and wrong:
            raise ValueError(f'{", ".join(wrong)}: expected mode = "FULL", LITE has none of it')
        if self.mode == "FULL" and self.gemini_realtime:
            raise ValueError('gemini_realtime: expected mode = "LITE"')
        if self.max_session_duration_s is not None and self.max_session_duration_s <= 0:
            raise ValueError("max_session_duration_s: expected more than 0")

    @property
    def takes_audio(self) -> bool:
        """Whether sound of ours moves the avatar's lips; else texts and the microphone do."""
        return self.mode == "LITE" and self.gemini_realtime is None

    def body(self) -> dict[str, Any]:
        """Body of `sessions/token`."""
        avatar = self.avatar_id or SANDBOX_AVATAR
        sandbox = avatar == SANDBOX_AVATAR if self.is_sandbox is None else self.is_sandbox
        return _known(
            mode=self.mode,
            avatar_id=avatar,
            is_sandbox=sandbox,
            video_settings={"quality": self.quality, "encoding": self.encoding},
            max_session_duration=self.max_session_duration_s,
            avatar_persona=self.persona.body() if self.persona else None,
            interactivity_type=self.interactivity_type,
            llm_configuration_id=self.llm_configuration_id,
            gemini_realtime_config=self.gemini_realtime.body() if self.gemini_realtime else None,
        )
