"""What a client may say, as tables: the names, shapes and platforms of Live API messages.

Tables and not the structs of `core.messages`, because those hold what our own client sends, while
a service must take all that is legal, and refuse the rest with the name and place of the field.

Source: ai.google.dev/api/live; the reference "multimodal-live" of Vertex; the converters in
google-genai 3.4.0's sources.
"""

from typing import Any

# A shape is one of these words, a set of enum values, a dict (an object) or a list of one shape.
TEXT, BOOL, INT, INT64, FLOAT, BYTES, ANY = "text", "bool", "int", "int64", "float", "bytes", "any"

BLOB = {"data": BYTES, "mimeType": TEXT, "displayName": TEXT}
PART = {
    "text": TEXT,
    "inlineData": BLOB,
    "thought": BOOL,
    "thoughtSignature": BYTES,
    "fileData": ANY,
    "functionCall": ANY,
    "functionResponse": ANY,
    "executableCode": ANY,
    "codeExecutionResult": ANY,
    "videoMetadata": ANY,
    "mediaResolution": ANY,
}
CONTENT = {"role": TEXT, "parts": [PART]}
TRANSCRIPTION = {
    "languageCodes": [TEXT],
    "customVocabulary": [TEXT],
    "mode": {"MODE_UNSPECIFIED", "VERBATIM", "SMART"},
    "wordTimestamp": BOOL,
    "diarization": BOOL,
    "sourceText": TEXT,
    "adaptationPhrases": [TEXT],
    "languageAuto": ANY,
    "languageHints": ANY,
}
GENERATION = {
    "candidateCount": INT,
    "maxOutputTokens": INT,
    "temperature": FLOAT,
    "topP": FLOAT,
    "topK": FLOAT,
    "presencePenalty": FLOAT,
    "frequencyPenalty": FLOAT,
    "seed": INT,
    "responseModalities": [{"MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"}],
    "mediaResolution": {
        "MEDIA_RESOLUTION_UNSPECIFIED",
        "MEDIA_RESOLUTION_LOW",
        "MEDIA_RESOLUTION_MEDIUM",
        "MEDIA_RESOLUTION_HIGH",
    },
    "speechConfig": {
        "voiceConfig": {
            "prebuiltVoiceConfig": {"voiceName": TEXT},
            "replicatedVoiceConfig": ANY,
            "voice": TEXT,
        },
        "languageCode": TEXT,
    },
    "thinkingConfig": {
        "includeThoughts": BOOL,
        "thinkingBudget": INT,
        "thinkingLevel": {
            "THINKING_LEVEL_UNSPECIFIED",
            "MINIMAL",
            "LOW",
            "MEDIUM",
            "HIGH",
            "XHIGH",
        },
    },
    "enableAffectiveDialog": BOOL,
    "translationConfig": {"targetLanguageCode": TEXT, "echoTargetLanguage": BOOL},
}
SETUP = {
    "model": TEXT,
    "generationConfig": GENERATION,
    "systemInstruction": CONTENT,
    "tools": [ANY],
    "realtimeInputConfig": {
        "automaticActivityDetection": {
            "disabled": BOOL,
            "startOfSpeechSensitivity": {
                "START_SENSITIVITY_UNSPECIFIED",
                "START_SENSITIVITY_HIGH",
                "START_SENSITIVITY_LOW",
            },
            "endOfSpeechSensitivity": {
                "END_SENSITIVITY_UNSPECIFIED",
                "END_SENSITIVITY_HIGH",
                "END_SENSITIVITY_LOW",
            },
            "prefixPaddingMs": INT,
            "silenceDurationMs": INT,
        },
        "activityHandling": {
            "ACTIVITY_HANDLING_UNSPECIFIED",
            "START_OF_ACTIVITY_INTERRUPTS",
            "NO_INTERRUPTION",
        },
        "turnCoverage": {
            "TURN_COVERAGE_UNSPECIFIED",
            "TURN_INCLUDES_ONLY_ACTIVITY",
            "TURN_INCLUDES_ALL_INPUT",
            "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
        },
        "interimTranscriptTimestampEnabled": BOOL,
    },
    "sessionResumption": {"handle": TEXT, "transparent": BOOL},
    "contextWindowCompression": {
        "triggerTokens": INT64,
        "slidingWindow": {"targetTokens": INT64},
    },
    "inputAudioTranscription": TRANSCRIPTION,
    "outputAudioTranscription": TRANSCRIPTION,
    "proactivity": {"proactiveAudio": BOOL, "proactiveVideo": BOOL},
    "explicitVadSignal": BOOL,
    "historyConfig": {"initialHistoryInClientContent": BOOL},
    "safetySettings": [{"category": TEXT, "threshold": TEXT, "method": TEXT}],
    "labels": ANY,
    "avatarConfig": ANY,
}
REALTIME_INPUT = {
    "audio": BLOB,
    "video": BLOB,
    "text": TEXT,
    "activityStart": dict[str, Any](),
    "activityEnd": dict[str, Any](),
    "audioStreamEnd": BOOL,
    "mediaChunks": [BLOB],
}
MESSAGE = {
    "setup": SETUP,
    "clientContent": {"turns": [CONTENT], "turnComplete": BOOL},
    "realtimeInput": REALTIME_INPUT,
    "toolResponse": {
        "functionResponses": [
            {
                "id": TEXT,
                "name": TEXT,
                "response": ANY,
                "scheduling": {"SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"},
                "willContinue": BOOL,
                "parts": ANY,
            }
        ]
    },
    "contextUpdate": {"tools": {"tools": [ANY]}, "systemInstruction": CONTENT},
}
"""The whole of what a client may send; exactly one of its fields stands in a message."""

VERTEX_ONLY = {
    ("setup", "sessionResumption", "transparent"),
    ("setup", "explicitVadSignal"),
    ("setup", "labels"),
    ("setup", "safetySettings", "method"),
}
"""Fields that the Developer API does not know.

Source: its proto; google-genai refuses them there.
"""

DEVELOPER_ONLY = {
    ("toolResponse", "functionResponses", "scheduling"),
    ("toolResponse", "functionResponses", "willContinue"),
}
"""Fields that Vertex closes with 1007 on. Source: livekit/agents issue 3853; google-genai."""
