"""What a setup asks for, as far as the concierge can give it."""

from typing import Any, NamedTuple

from kiosk.concierge import model_rules
from kiosk.concierge.activity import ActivityDetector
from kiosk.concierge.client_messages import Platform, Refusal, invalid
from kiosk.concierge.function_schemas import check
from kiosk.concierge.synthesiser import EspeakVoice, voice_for

MAX_DETECTION_MS = 60_000
"""A longer prefix padding or silence duration would be longer than any question."""


class SetupOptions(NamedTuple):
    """A setup, read."""

    model: str
    manual: bool
    """The client says where activities begin and end."""
    interrupts: bool
    """A new activity ends the answer that is being given."""
    voice: EspeakVoice
    transcribe_input: bool
    transcribe_output: bool
    resumption: bool
    """Handles are wanted."""
    handle: str
    """Handle of the session to resume; empty for a new one."""
    transparent: bool
    """Each consumed message is acknowledged by its index."""
    initial_history: bool
    """clientContent is history up to its turnComplete, and asks for no answer."""
    detection: dict[str, Any]
    """`automaticActivityDetection` of the setup."""
    behaviors: dict[str, str]
    """Of the functions that were declared with one, by name."""

    def detector(self, rate_hz: int) -> ActivityDetector:
        """The automatic activity detection that the setup asks for."""
        wanted = self.detection
        sensitivity = wanted.get("startOfSpeechSensitivity", "")
        end = wanted.get("endOfSpeechSensitivity", "")
        return ActivityDetector(
            rate_hz,
            sensitivity="LOW" if sensitivity.endswith("LOW") else "HIGH",
            # The service's is how long speech lasts before it counts; sound from before is kept.
            prefix_ms=max(wanted.get("prefixPaddingMs", 0), 300),
            silence_ms=wanted.get("silenceDurationMs", 700),
            end_sensitivity="LOW" if end.endswith("LOW") else "HIGH",
        )


def read(setup: dict[str, Any], platform: Platform) -> SetupOptions:
    """Read a setup whose names are legal.

    Raises:
        Refusal: a value is not legal.
    """
    if "model" not in setup:
        raise invalid("the setup names no model")
    platform.check_model(setup["model"])
    model_rules.check(setup, platform)
    generation = setup.get("generationConfig", {})
    if "AUDIO" not in generation.get("responseModalities", ["AUDIO"]):
        raise Refusal(1007, "Cannot extract voices from a non-audio request.")
    _check_ranges(generation, setup.get("contextWindowCompression", {}))
    check(setup.get("tools", []))
    speech = generation.get("speechConfig", {})
    prebuilt = speech.get("voiceConfig", {}).get("prebuiltVoiceConfig", {})
    realtime = setup.get("realtimeInputConfig", {})
    detection = realtime.get("automaticActivityDetection", {})
    for name in ("prefixPaddingMs", "silenceDurationMs"):
        if not 0 <= detection.get(name, 0) <= MAX_DETECTION_MS:
            raise invalid(f"{name} is not between 0 and {MAX_DETECTION_MS}")
    resumption = setup.get("sessionResumption")
    return SetupOptions(
        model=setup["model"],
        manual=detection.get("disabled", False),
        interrupts=realtime.get("activityHandling") != "NO_INTERRUPTION",
        voice=voice_for(speech.get("languageCode", ""), prebuilt.get("voiceName", "")),
        transcribe_input="inputAudioTranscription" in setup,
        transcribe_output="outputAudioTranscription" in setup,
        resumption=resumption is not None,
        handle=(resumption or {}).get("handle", ""),
        transparent=(resumption or {}).get("transparent", False),
        initial_history=setup.get("historyConfig", {}).get("initialHistoryInClientContent", False),
        detection=detection,
        behaviors={
            declared["name"]: declared["behavior"]
            for declared in model_rules.functions(setup)
            if "behavior" in declared
        },
    )


_RANGES = {
    "temperature": (0, 2),
    "topP": (0, 1),
    "topK": (1, 1_000_000),
    "maxOutputTokens": (1, 65_536),
    "presencePenalty": (-2, 2),
    "frequencyPenalty": (-2, 2),
}
"""Of `generationConfig`. Source: Gemini API and Agent Platform, `GenerationConfig`."""


def _check_ranges(generation: dict[str, Any], compression: dict[str, Any]) -> None:
    for name, (low, high) in _RANGES.items():
        if not low <= generation.get(name, low) <= high:
            raise invalid(f"{name} is not between {low} and {high}")
    # Source: Agent Platform, "multimodal-live" reference, contextWindowCompression.
    trigger = compression.get("triggerTokens", 100_000)
    target = compression.get("slidingWindow", {}).get("targetTokens", 0)
    if not 5_000 <= trigger <= 128_000 or not 0 <= target < trigger:
        raise invalid("triggerTokens is 5,000 to 128,000, and targetTokens below it")
