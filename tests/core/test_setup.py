"""What a session is asked for, in the words of each model."""

import json

import pytest
from msgspec.structs import replace

from kiosk.core.messages import ClientMessage, encode
from kiosk.core.setup import BRIEF, MARKED_BY_US, build_setup, for_visitors, realtime_input_config
from kiosk.settings.layers import load

from .service import LIVE
from .test_messages import validate


def test_answers_are_asked_to_be_short_after_all_else() -> None:
    setup = build_setup(LIVE, instruction="You are a host.", brief=True, recap="Visitor: Hello.")
    brief = setup.system_instruction
    assert brief is not None
    words = [part.text for part in brief.parts]
    assert words == ["You are a host.", BRIEF, "Visitor: Hello."]
    assert BRIEF not in encode(build_setup(LIVE)).decode()


EXTENDED = "gemini-3.8-live-extended-thinking"


BUDGET = "gemini-live-2.5-flash-native-audio"


@pytest.mark.parametrize(
    ("model", "thinking", "sent"),
    [
        ("gemini-3.8-live", "", None),
        (EXTENDED, "low", {"thinkingLevel": "LOW"}),
        ("gemini-3.1-flash-live-preview", "minimal", {"thinkingLevel": "MINIMAL"}),
        (BUDGET, "1024", {"thinkingBudget": 1024}),
        (BUDGET, "0", {"thinkingBudget": 0}),
        ("gemini-2.5-flash-native-audio-preview-12-2025", "-1", {"thinkingBudget": -1}),
        ("gemini-5-live", "xhigh", {"thinkingLevel": "XHIGH"}),
        ("gemini-5-live", "77", {"thinkingBudget": 77}),
        ("gemini-5-live", "", None),
    ],
)
def test_how_much_it_thinks_is_sent(tmp_path, model, thinking, sent):
    told = [f'live.model="{model}"', f'live.thinking="{thinking}"']
    live = load((), told, tmp_path).settings.live
    setup = json.loads(encode(build_setup(live)))
    assert setup["generationConfig"].get("thinkingConfig") == sent
    assert "thinkingConfig" not in encode(build_setup(replace(LIVE, model=model))).decode()


def test_nothing_is_told_that_nobody_has_set() -> None:
    setup = json.loads(encode(build_setup(LIVE)))
    assert set(setup["generationConfig"]) == {"responseModalities", "speechConfig"}
    assert (setup["inputAudioTranscription"], "proactivity" in setup) == ({}, False)
    compression = {"triggerTokens": "25000", "slidingWindow": {"targetTokens": "8000"}}
    assert setup["contextWindowCompression"] == compression


def test_all_that_can_be_set_is_sent_in_the_words_of_the_wire(tmp_path) -> None:
    tuning = {
        **{"temperature": 0, "top_p": 0.5, "top_k": 40, "seed": 7, "max_output": 500},
        **{"presence_penalty": 1, "frequency_penalty": -1, "media_resolution": '"low"'},
        **{
            "google_search": "true",
            "proactive_audio": "true",
            "affective_dialog": "true",
            "send_language": "false",
        },
        **{"transcription_languages": '["de-DE"]', "vocabulary": '["Nofretete"]'},
        **{"compress_at": 50_000, "compress_to": 9_000},
    }
    told = [f"live.tuning.{key}={value}" for key, value in tuning.items()]
    live = load((), told, tmp_path).settings.live
    assert tuning.keys() == set(live.tuning.__struct_fields__)
    setup = json.loads(encode(build_setup(live)))
    assert setup["generationConfig"] == {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        "temperature": 0.0,
        "topP": 0.5,
        "topK": 40,
        "presencePenalty": 1.0,
        "frequencyPenalty": -1.0,
        "seed": 7,
        "maxOutputTokens": 500,
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "enableAffectiveDialog": True,
    }
    assert setup["tools"] == [{"googleSearch": {}}]
    assert setup["proactivity"] == {"proactiveAudio": True}
    hints = {"languageCodes": ["de-DE"], "customVocabulary": ["Nofretete"]}
    assert setup["inputAudioTranscription"] == hints
    assert setup["contextWindowCompression"]["triggerTokens"] == "50000"
    validate(encode(ClientMessage(setup=build_setup(live))))


def test_button_says_where_speech_begins_and_ends() -> None:
    told = json.loads(encode(build_setup(LIVE)))["realtimeInputConfig"]
    assert told["automaticActivityDetection"] == {"disabled": True}
    assert realtime_input_config(load((), (), None).settings.talk) == MARKED_BY_US


def test_languages_of_visitors_are_hints_and_none_is_the_one_to_be_spoken() -> None:
    talk = load((), ['talk.languages=["de", "fr"]'], None).settings.talk
    told = json.loads(encode(build_setup(for_visitors(LIVE, talk))))
    assert told["inputAudioTranscription"]["languageCodes"] == ["de", "fr"]
    assert "languageCode" not in told["generationConfig"]["speechConfig"]
    assert for_visitors(LIVE, load((), (), None).settings.talk) is LIVE


def test_service_is_told_how_to_hear_where_speech_begins_and_ends() -> None:
    settings = [
        "talk.mode=open", "talk.start_sensitivity=high", "talk.prefix_padding_ms=20",
        "talk.silence_ms=500", "talk.interruption=false", "talk.turn_coverage=all-input",
    ]  # fmt: skip
    talk = load((), settings, None).settings.talk
    setup = build_setup(LIVE, realtime_input=realtime_input_config(talk))
    assert json.loads(encode(setup))["realtimeInputConfig"] == {
        "automaticActivityDetection": {
            "startOfSpeechSensitivity": "START_SENSITIVITY_HIGH",
            "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
            "prefixPaddingMs": 20,
            "silenceDurationMs": 500,
        },
        "activityHandling": "NO_INTERRUPTION",
        "turnCoverage": "TURN_INCLUDES_ALL_INPUT",
    }
