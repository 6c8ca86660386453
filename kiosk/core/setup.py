"""The first message of a connection, per platform.

Source: Live API, `BidiGenerateContentSetup`. What differs between the two platforms (the model's
path, `sessionResumption.transparent`) is settled here, so that no unknown field ever reaches a
service that would close with 1007 on it. What a model does not take of what a person may set is
refused before (`core.capabilities`).
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from kiosk.core.capabilities import capabilities_of
from kiosk.core.messages import (
    ActivityDetection,
    Content,
    ContextCompression,
    GenerationConfig,
    HistoryConfig,
    Part,
    PrebuiltVoice,
    Proactivity,
    RealtimeInputConfig,
    SessionResumption,
    Setup,
    SlidingWindow,
    SpeechConfig,
    ThinkingConfig,
    TranscriptionConfig,
    VoiceConfig,
)
from kiosk.settings.talk import TalkSettings
from kiosk.settings.types import LiveSettings

BRIEF = "For now answer in one short sentence, whatever else you were told of the length."
"""Said after the instruction where little money is left."""


MARKED_BY_US = RealtimeInputConfig(
    automatic_activity_detection=ActivityDetection(disabled=True),
    # Both are the service's defaults today, but defaults have moved before.
    activity_handling="START_OF_ACTIVITY_INTERRUPTS",
    turn_coverage="TURN_INCLUDES_ONLY_ACTIVITY",
)
"""The visitor says where speech begins and ends, by the button."""
_COVERAGE = {
    "activity": "TURN_INCLUDES_ONLY_ACTIVITY",
    "all-input": "TURN_INCLUDES_ALL_INPUT",
    "activity-and-video": "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
}


def realtime_input_config(talk: TalkSettings) -> RealtimeInputConfig:
    """Who says where speech begins and ends, as the service is told it."""
    if talk.mode == "hold":
        return MARKED_BY_US
    return RealtimeInputConfig(
        # Each is told, because the defaults differ by platform.
        automatic_activity_detection=ActivityDetection(
            start_of_speech_sensitivity=f"START_SENSITIVITY_{talk.start_sensitivity.upper()}",
            end_of_speech_sensitivity=f"END_SENSITIVITY_{talk.end_sensitivity.upper()}",
            prefix_padding_ms=talk.prefix_padding_ms,
            silence_duration_ms=talk.silence_ms,
        ),
        activity_handling=(
            "START_OF_ACTIVITY_INTERRUPTS" if talk.interruption else "NO_INTERRUPTION"
        ),
        turn_coverage=_COVERAGE[talk.turn_coverage],
    )


def for_visitors(live: LiveSettings, talk: TalkSettings) -> LiveSettings:
    """What is told of language where visitors speak several: hints, and none to be held to."""
    if not talk.languages:
        return live
    hints = live.tuning.transcription_languages or talk.languages
    tuning = replace(live.tuning, transcription_languages=hints, send_language=False)
    return replace(live, tuning=tuning)


def model_path(live: LiveSettings) -> str:
    """The model's name as the platform wants it. Source: Live API, `setup.model`."""
    if live.api == "vertex":
        place = f"projects/{live.project}/locations/{live.location}"
        return f"{place}/publishers/google/models/{live.model}"
    return f"models/{live.model}"


def build_setup(
    live: LiveSettings,
    handle: str = "",
    *,
    instruction: str = "",
    history_follows: bool = False,
    recap: str = "",
    brief: bool = False,
    functions: Sequence[dict[str, Any]] = (),
    realtime_input: RealtimeInputConfig = MARKED_BY_US,
) -> Setup:
    """The setup of a connection that resumes `handle`, or of a fresh session where it is empty.

    Args:
        live: the `[live]` settings.
        handle: resumption handle, or empty.
        instruction: who the host is and what it knows.
        history_follows: the first `clientContent`, to its `turnComplete`, will be the visit so far,
            and asks for no answer.
        recap: words about the visit so far, said after the instruction.
        brief: answers are to be short.
        functions: declarations of what the model may call.
        realtime_input: who says where speech begins and ends.
    """
    told = [Part(words) for words in (instruction, BRIEF * brief, recap) if words]
    transparent = capabilities_of(live).transparent or None
    tuning = live.tuning
    hints = TranscriptionConfig(
        list(tuning.transcription_languages) or None, list(tuning.vocabulary) or None
    )
    return Setup(
        model=model_path(live),
        generation_config=_generation(live),
        system_instruction=Content(told) if told else None,
        tools=_tools(functions, searches=tuning.google_search),
        realtime_input_config=realtime_input,
        session_resumption=SessionResumption(handle or None, transparent),
        # int64 goes as a string in proto3 JSON.
        context_window_compression=ContextCompression(
            str(tuning.compress_at), SlidingWindow(str(tuning.compress_to))
        ),
        input_audio_transcription=hints,
        output_audio_transcription=TranscriptionConfig(),
        proactivity=Proactivity(True) if tuning.proactive_audio else None,
        history_config=HistoryConfig(True) if history_follows else None,
    )


def _tools(functions: Sequence[dict[str, Any]], *, searches: bool) -> list[dict[str, Any]] | None:
    """What the model may call, and what the service itself does for it."""
    declared: list[dict[str, Any]] = [{"functionDeclarations": list(functions)}] * bool(functions)
    return [*declared, *([{"googleSearch": {}}] * searches)] or None


def _generation(live: LiveSettings) -> GenerationConfig:
    """How the answer is to be made. What is None is left to the service."""
    tuning = live.tuning
    resolution = tuning.media_resolution.upper()
    return GenerationConfig(
        response_modalities=["AUDIO"],
        speech_config=SpeechConfig(
            voice_config=VoiceConfig(PrebuiltVoice(live.voice)),
            language_code=live.language if tuning.send_language else None,
        ),
        thinking_config=thinking_config(live.thinking),
        temperature=tuning.temperature,
        top_p=tuning.top_p,
        top_k=tuning.top_k,
        presence_penalty=tuning.presence_penalty,
        frequency_penalty=tuning.frequency_penalty,
        seed=tuning.seed,
        max_output_tokens=tuning.max_output,
        media_resolution=None if resolution == "AUTO" else f"MEDIA_RESOLUTION_{resolution}",
        enable_affective_dialog=True if tuning.affective_dialog else None,
    )


def thinking_config(thinking: str) -> ThinkingConfig | None:
    """What goes into the setup for a value of `live.thinking`."""
    if not thinking:
        return None
    if thinking.isalpha():
        return ThinkingConfig(thinking_level=thinking.upper())
    return ThinkingConfig(thinking_budget=int(thinking))
