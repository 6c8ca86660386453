"""What a setup asks for, read without a connection."""

import pytest

from kiosk.concierge.client_messages import Platform, Refusal
from kiosk.concierge.setup_options import MAX_DETECTION_MS, read

DEVELOPER = Platform(vertex=False, version="v1beta")
MODEL = "models/gemini-3.8-live"


def test_a_bare_setup_has_the_services_defaults() -> None:
    options = read({"model": MODEL}, DEVELOPER)
    assert not options.manual
    assert options.interrupts
    assert (options.resumption, options.handle, options.transparent) == (False, "", False)
    asked = (options.transcribe_input, options.transcribe_output, options.initial_history)
    assert asked == (False, False, False)


def test_all_that_is_asked_for_is_read() -> None:
    options = read(
        {
            "model": MODEL,
            "realtimeInputConfig": {
                "automaticActivityDetection": {"disabled": True},
                "activityHandling": "NO_INTERRUPTION",
            },
            "sessionResumption": {"handle": "a.b", "transparent": True},
            "historyConfig": {"initialHistoryInClientContent": True},
            "inputAudioTranscription": {},
            "outputAudioTranscription": {},
        },
        DEVELOPER,
    )
    assert options.manual
    assert not options.interrupts
    assert (options.resumption, options.handle, options.transparent) == (True, "a.b", True)
    assert options.transcribe_input
    assert options.transcribe_output
    assert options.initial_history


def test_an_empty_resumption_asks_for_handles() -> None:
    options = read({"model": MODEL, "sessionResumption": {}}, DEVELOPER)
    assert (options.resumption, options.handle) == (True, "")


@pytest.mark.parametrize(
    ("setup", "code"),
    [
        ({}, 1007),
        ({"model": "gemini-3.8-live"}, 1008),
        ({"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}, 1007),
        *(
            (
                {
                    "model": MODEL,
                    "realtimeInputConfig": {"automaticActivityDetection": {name: value}},
                },
                1007,
            )
            for name in ("prefixPaddingMs", "silenceDurationMs")
            for value in (-1, MAX_DETECTION_MS + 1)
        ),
        *(
            ({"model": MODEL, "generationConfig": {name: value}}, 1007)
            for name, value in (
                ("temperature", 2.1),
                ("topP", -0.1),
                ("topK", 0),
                ("maxOutputTokens", 65_537),
                ("presencePenalty", -2.1),
                ("frequencyPenalty", 2.1),
            )
        ),
        ({"model": MODEL, "contextWindowCompression": {"triggerTokens": 4_999}}, 1007),
        (
            {
                "model": MODEL,
                "contextWindowCompression": {
                    "triggerTokens": 5_000,
                    "slidingWindow": {"targetTokens": 5_000},
                },
            },
            1007,
        ),
    ],
)
def test_values_that_are_not_legal_are_refused(setup: dict[str, object], code: int) -> None:
    with pytest.raises(Refusal) as refused:
        read(setup, DEVELOPER)
    assert refused.value.code == code
