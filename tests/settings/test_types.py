"""What each key may hold: its bounds and patterns, told with what was expected."""

import pytest

from tests.support.layers import refused


@pytest.mark.parametrize("seconds", ["29", "3601", "0", "true"])
def test_the_idle_time_is_within_the_vendors_bounds(seconds: str) -> None:
    assert "from 30 to 3600" in refused(f"avatar.heygen.activity_idle_timeout_s={seconds}")


@pytest.mark.parametrize("rate", ["48000", "24000", "0", '"16000"'])
def test_a_rate_that_avatarim_cannot_be_sent_is_refused(rate: str) -> None:
    message = refused(f"avatar.avatarim.sample_rate={rate}")
    assert "8000" in message
    assert "16000" in message


def test_a_format_that_avatarim_cannot_be_sent_is_refused() -> None:
    message = refused('avatar.avatarim.format="mp3"')
    assert '"pcm"' in message
    assert '"wav"' in message


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("live.modle=x", "live.modle is no known key. Did you mean live.model?"),
        ("vist.end_after_s=3", "vist is no known table. Did you mean [visit]?"),
        ("audio.pin=3", "Did you mean button.pin or lamp.pin?"),
        ("live.model.name=3", "expected text in quotes"),
        ("button.pin=99", "button.pin = 99 cannot be used; expected a whole number from 0 to 27"),
        ("button.pin=-1", "expected a whole number from 0 to 27"),
        ("button.pin=true", "button.pin = true cannot be used; expected a whole number"),
        ("button.pin=17.5", "expected a whole number from 0 to 27"),
        ("button.pin=seventeen", 'button.pin = "seventeen" cannot be used'),
        ("live.give_up_s=0.5", "expected a number from 1 to 600"),
        ("live.give_up_s=601", "expected a number from 1 to 600"),
        ("live.give_up_s=nan", "expected a number from 1 to 600"),
        ("live.give_up_s=inf", "expected a number from 1 to 600"),
        ("live.give_up_s=true", "expected a number from 1 to 600"),
        ("button.pin=0x" + "f" * 9000, "too long to show"),
        ("audio.volume=1.1", "expected a number from 0 to 1"),
        ("display.fullscreen=yes", 'display.fullscreen = "yes" cannot be used; expected true or'),
        ("display.fullscreen=1", "expected true or false"),
        ("display.rotation=45", "expected one of 0, 90, 180, 270"),
        ("live.api=gemini", 'expected one of "developer", "vertex"'),
        ("live.voice=3", "live.voice = 3 cannot be used; expected text in quotes"),
        ("live.model=models/gemini-3.8-live", 'without "models/"'),
        ("live.language=english language", "a language tag"),
        ("live.endpoint=ws://192.168.1.5:8765", "plain ws:// is for loopback only"),
        ("live.endpoint=ws://127.0.0.1.example.com", "plain ws:// is for loopback only"),
        ("live.endpoint=ws://localhost.example.com", "plain ws:// is for loopback only"),
        ("live.endpoint=https://gateway.example", "begins with wss://"),
        ("live.endpoint=gateway.example", "a base URL such as"),
        ("live.endpoint=wss://", "a base URL such as"),
        ("live.endpoint=wss://host:99999", "a number from 1 to 65535"),
        ("live.endpoint=wss://[::1", "a base URL such as"),
        ("live.endpoint=wss://gateway.example/a b", "without spaces"),
        ("audio.input=", '"default", a device name or "file:PATH.wav"'),
        ("audio.input=file:", '"file:PATH.wav", or "file:PATH.wav?loop=1"'),
        ("audio.input=file:/x.wav?loop=yes", '"file:PATH.wav", or "file:PATH.wav?loop=1"'),
        ("audio.output=file:/x.wav?loop=1", 'expected "file:PATH.wav".'),
        ('audio.input="3"', "a stable name"),
        ("audio.input=hw:0,0", "a stable name"),
        ("audio.input=plughw:CARD=1,DEV=0", "a stable name"),
        ("audio.output=sysdefault:0", "a stable name"),
        ("avatar.avatarim.video_url=rtmp://h/x?k={gemini-api-key}", "{avatarim-video-key} or"),
        ("avatar.avatarim.push_url=rtmp://h/{}", "no other braces"),
        ("button.source=kebyoard", 'one of "gpio", "keyboard", "script:PATH", "none"'),
        ("button.source=script:", 'one of "gpio", "keyboard", "script:PATH", "none"'),
        ("display.size=1280", "width and height"),
        ("display.size=[1280]", "width and height"),
        ("display.size=[true, true]", "width and height"),
        ("display.size=8x8", "width and height"),
        ("display.driver=", "an SDL video driver"),
        ("avatar.driver=heygem", 'expected one of "face", "liveavatar", "heygen"'),
        ("avatar.avatarim.video_url=ftp://h/x", "listen:rtmp://0.0.0.0:1935/live/kiosk"),
        ("avatar.avatarim.video_url=listen:http://h/x", "listen:rtmp://0.0.0.0:1935/live/kiosk"),
        ("avatar.avatarim.video_url=http://relay.example/x.flv", "http:// is for loopback only"),
        ("avatar.avatarim.push_url=https://relay.example/x", "rtmp://relay.example/live/kiosk"),
    ],
)
def test_a_bad_value(override: str, says: str) -> None:
    message = refused(override)
    assert says in message
    assert message.startswith("--set")
    assert override.partition("=")[0].partition(".")[0] in message
    assert len(message) < 400
