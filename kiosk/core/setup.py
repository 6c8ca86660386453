"""The first message of a connection, per platform.

Source: Live API, `BidiGenerateContentSetup`. What differs between the two platforms (the model's
path, `sessionResumption.transparent`) is settled here, so that no unknown field ever reaches a
service that would close with 1007 on it.
"""

from collections.abc import Sequence
from typing import Any

from kiosk.core.messages import (
    ActivityDetection,
    Content,
    ContextCompression,
    GenerationConfig,
    HistoryConfig,
    Part,
    PrebuiltVoice,
    RealtimeInputConfig,
    SessionResumption,
    Setup,
    SlidingWindow,
    SpeechConfig,
    ThinkingConfig,
    TranscriptionConfig,
    VoiceConfig,
)
from kiosk.settings.thinking import LEVELS
from kiosk.settings.types import LiveSettings

TRIGGER_TOKENS = 25_000
"""Context size at which the service begins to forget the oldest. A visit of 15 minutes is about
23,000 tokens (25 a second of sound), and the whole context is billed again at each turn."""
TARGET_TOKENS = 8_000
"""What is kept then: the system instruction and the last five minutes or so."""

BRIEF = "For now answer in one short sentence, whatever else you were told of the length."
"""Said after the instruction where little money is left."""


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
    """
    told = [Part(words) for words in (instruction, BRIEF * brief, recap) if words]
    resumption = SessionResumption(
        handle=handle or None, transparent=True if live.api == "vertex" else None
    )
    return Setup(
        model=model_path(live),
        generation_config=GenerationConfig(
            response_modalities=["AUDIO"],
            speech_config=SpeechConfig(
                voice_config=VoiceConfig(PrebuiltVoice(live.voice)), language_code=live.language
            ),
            thinking_config=thinking_config(live.thinking),
        ),
        system_instruction=Content(told) if told else None,
        tools=[{"functionDeclarations": list(functions)}] if functions else None,
        realtime_input_config=RealtimeInputConfig(
            automatic_activity_detection=ActivityDetection(disabled=True),
            # Both are the service's defaults today, but defaults have moved before.
            activity_handling="START_OF_ACTIVITY_INTERRUPTS",
            turn_coverage="TURN_INCLUDES_ONLY_ACTIVITY",
        ),
        session_resumption=resumption,
        # int64 goes as a string in proto3 JSON.
        context_window_compression=ContextCompression(
            str(TRIGGER_TOKENS), SlidingWindow(str(TARGET_TOKENS))
        ),
        input_audio_transcription=TranscriptionConfig(),
        output_audio_transcription=TranscriptionConfig(),
        history_config=HistoryConfig(True) if history_follows else None,
    )


def thinking_config(thinking: str) -> ThinkingConfig | None:
    """What goes into the setup for a value of `live.thinking`."""
    if not thinking:
        return None
    if thinking in LEVELS:
        return ThinkingConfig(thinking_level=thinking.upper())
    return ThinkingConfig(thinking_budget=int(thinking))
