"""Options, golden: names and values as the vendor publishes them."""

import msgspec
import pytest

from kiosk.avatar.cloud.heygen import (
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
from tests.support.heygen_rest import NEW_FIELDS, TOKEN_FIELDS


def test_every_option_of_streaming_avatar() -> None:
    options = StreamingAvatarOptions(
        avatar_name="anna",
        avatar_id="an-id",
        quality="high",
        voice=AvatarVoice(
            voice_id="v-1",
            rate=1.2,
            emotion="soothing",
            elevenlabs=ElevenLabsSettings(
                stability=0.0,
                similarity_boost=0.5,
                style=1.0,
                use_speaker_boost=False,
                model="eleven_flash_v2_5",
            ),
        ),
        language="fr",
        knowledge_id="k-1",
        knowledge_base="You are a host.",
        stt=SttSettings(provider="gladia", confidence=0.6),
        use_silence_prompt=True,
        voice_chat_transport="livekit",
        enable_push_to_talk=True,
        activity_idle_timeout_s=3600,
        video_encoding="VP8",
    )
    assert options.body() == {
        "version": "v2",
        "avatar_name": "anna",
        "avatar_id": "an-id",
        "quality": "high",
        "video_encoding": "VP8",
        "activity_idle_timeout": 3599,
        "voice": {
            "voice_id": "v-1",
            "rate": 1.2,
            "emotion": "soothing",
            "elevenlabs_settings": {
                "stability": 0.0,
                "similarity_boost": 0.5,
                "style": 1.0,
                "use_speaker_boost": False,
                "model_id": "eleven_flash_v2_5",
            },
        },
        "language": "fr",
        "knowledge_base_id": "k-1",
        "knowledge_base": "You are a host.",
        "stt_settings": {"provider": "gladia", "confidence": 0.6},
        "silence_response": True,
        "ia_is_livekit_transport": True,
    }
    assert set(options.body()) <= NEW_FIELDS


def test_every_option_of_liveavatar() -> None:
    options = LiveAvatarOptions(
        avatar_id="an-id",
        mode="FULL",
        is_sandbox=True,
        quality="very_high",
        encoding="VP8",
        max_session_duration_s=90,
        persona=AvatarPersona(
            context_id="c-1",
            voice_id="v-1",
            language="en",
            voice=PersonaVoice(
                provider="elevenLabs",
                speed=1.1,
                stability=0.5,
                similarity_boost=0.75,
                style=0.0,
                use_speaker_boost=True,
                model="eleven_flash_v2_5",
                latency_mode="normal",
            ),
            stt_provider="deepgram",
        ),
        interactivity_type="PUSH_TO_TALK",
        llm_configuration_id="l-1",
    )
    assert options.body() == {
        "mode": "FULL",
        "avatar_id": "an-id",
        "is_sandbox": True,
        "video_settings": {"quality": "very_high", "encoding": "VP8"},
        "max_session_duration": 90,
        "avatar_persona": {
            "context_id": "c-1",
            "voice_id": "v-1",
            "language": "en",
            "voice_settings": {
                "provider": "elevenLabs",
                "speed": 1.1,
                "stability": 0.5,
                "similarity_boost": 0.75,
                "style": 0.0,
                "use_speaker_boost": True,
                "model": "eleven_flash_v2_5",
                "latency_mode": "normal",
            },
            "stt_config": {"provider": "deepgram"},
        },
        "interactivity_type": "PUSH_TO_TALK",
        "llm_configuration_id": "l-1",
    }
    assert set(options.body()) <= TOKEN_FIELDS
    assert not options.takes_audio


def test_gemini_that_liveavatar_runs_itself() -> None:
    gemini = GeminiRealtime(
        secret_id="s-1", context_id="c-1", voice="Kore", model="gemini-live", temperature=0.0
    )
    options = LiveAvatarOptions(avatar_id="an-id", gemini_realtime=gemini)
    assert options.body()["gemini_realtime_config"] == {
        "secret_id": "s-1",
        "context_id": "c-1",
        "voice": "Kore",
        "model": "gemini-live",
        "temperature": 0.0,
    }
    assert not options.takes_audio


def test_what_is_left_out_is_not_sent() -> None:
    assert StreamingAvatarOptions().body() == {
        "version": "v2",
        "quality": "medium",
        "video_encoding": "H264",
        "activity_idle_timeout": 120,
    }
    assert LiveAvatarOptions().body() == {
        "mode": "LITE",
        "avatar_id": SANDBOX_AVATAR,
        "is_sandbox": True,
        "video_settings": {"quality": "medium", "encoding": "H264"},
    }
    assert LiveAvatarOptions(avatar_id="an-id").body()["is_sandbox"] is False


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: StreamingAvatarOptions(activity_idle_timeout_s=29), "30 to 3600"),
        (lambda: StreamingAvatarOptions(activity_idle_timeout_s=3601), "30 to 3600"),
        (lambda: StreamingAvatarOptions(disable_idle_timeout=True), "keep_alive"),
        (lambda: StreamingAvatarOptions(enable_push_to_talk=True), "livekit"),
        (lambda: AvatarVoice(rate=2.0), "0.5 to 1.5"),
        (lambda: SttSettings(confidence=1.5), "0 to 1"),
        (lambda: PersonaVoice(speed=0.5), "0.8 to 1.2"),
        (lambda: LiveAvatarOptions(persona=AvatarPersona(context_id="c")), 'mode = "FULL"'),
        (lambda: LiveAvatarOptions(interactivity_type="PUSH_TO_TALK"), 'mode = "FULL"'),
        (lambda: LiveAvatarOptions(llm_configuration_id="l"), 'mode = "FULL"'),
        (
            lambda: LiveAvatarOptions(mode="FULL", gemini_realtime=GeminiRealtime(secret_id="s")),
            'mode = "LITE"',
        ),
        (lambda: LiveAvatarOptions(max_session_duration_s=0), "more than 0"),
    ],
)
def test_what_the_vendor_would_refuse_or_misunderstand_is_refused_here(make, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        make()


def test_options_do_not_change() -> None:
    with pytest.raises(AttributeError):
        StreamingAvatarOptions().quality = "high"  # type: ignore[misc]
    assert msgspec.structs.replace(StreamingAvatarOptions(), quality="high").quality == "high"
