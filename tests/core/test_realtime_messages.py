"""What goes out while somebody speaks is what the reference has."""

import base64
import json

from kiosk.core.realtime_messages import (
    ACTIVITY_END,
    ACTIVITY_START,
    AUDIO_STREAM_END,
    encode_audio,
    encode_picture,
)


def realtime(message: bytes) -> dict:
    return json.loads(message)["realtimeInput"]


def test_audio_is_standard_base64_with_its_rate():
    pcm = bytes(range(256))
    audio = realtime(encode_audio(pcm))["audio"]
    assert base64.b64decode(audio["data"], validate=True) == pcm
    assert audio["mimeType"] == "audio/pcm;rate=16000"


def test_picture_is_a_jpeg_in_the_video():
    video = realtime(encode_picture(b"\xff\xd8"))["video"]
    assert base64.b64decode(video["data"], validate=True) == b"\xff\xd8"
    assert video["mimeType"] == "image/jpeg"


def test_marks_stand_alone():
    assert realtime(ACTIVITY_START) == {"activityStart": {}}
    assert realtime(ACTIVITY_END) == {"activityEnd": {}}
    assert realtime(AUDIO_STREAM_END) == {"audioStreamEnd": True}
