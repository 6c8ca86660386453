"""What goes out while somebody speaks, as it is sent."""

from kiosk.core.messages import INPUT_MIME, Blob, ClientMessage, Empty, RealtimeInput, encode

ACTIVITY_START = encode(ClientMessage(realtime_input=RealtimeInput(activity_start=Empty())))
ACTIVITY_END = encode(ClientMessage(realtime_input=RealtimeInput(activity_end=Empty())))
AUDIO_STREAM_END = encode(ClientMessage(realtime_input=RealtimeInput(audio_stream_end=True)))


def encode_audio(pcm: bytes) -> bytes:
    """A chunk of microphone sound: s16le mono at `MICROPHONE_HZ`."""
    return encode(ClientMessage(realtime_input=RealtimeInput(audio=Blob(pcm, INPUT_MIME))))


def encode_picture(jpeg: bytes) -> bytes:
    """A picture of the camera."""
    return encode(ClientMessage(realtime_input=RealtimeInput(video=Blob(jpeg, "image/jpeg"))))
