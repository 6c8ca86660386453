"""The two kinds of sound that the kiosk handles: s16le, mono, in periods of 20 ms.

Source: Gemini Live API, audio formats: it takes 16 kHz and speaks 24 kHz.
"""

MICROPHONE_HZ = 16_000
"""Samples a second that the Live API hears."""
REPLY_HZ = 24_000
"""Samples a second that the Live API speaks."""
SAMPLE_BYTES = 2
"""Of a sample, in both directions: s16le."""
PERIOD_S = 0.020
"""Seconds of sound handled at a time, in both directions."""
PERIOD_NS = 20_000_000
"""The same in nanoseconds."""
MICROPHONE_PERIOD_SAMPLES = 320
"""Samples of the microphone in a period."""
REPLY_PERIOD_SAMPLES = 480
"""Samples of the reply in a period."""
