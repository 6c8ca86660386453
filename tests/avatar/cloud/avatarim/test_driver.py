"""AvatarIM as the kiosk's avatar: what it tells, in both its modes."""

import asyncio
import base64
import io
import time
import wave

import numpy as np
import pytest

from kiosk.avatar.cloud.avatarim import session as session_module
from kiosk.avatar.cloud.avatarim.dialogue import AskAgain, AvatarWords, VisitorWords, understand
from kiosk.avatar.interface import AvatarAudio, AvatarIdle, AvatarSpeaking, Lost, Ready
from tests.avatar.cloud.avatarim.conftest import LOUD, TOKEN, Stage, until
from tests.avatar.cloud.test_video import free_port
from tests.support.avatarim import HEARD, REPLY, AvatarIm, Instance
from tests.support.avatarim_control import ACCESS_KEY
from tests.support.publisher import Publisher


class TestVoiceOfGemini:
    async def test_a_visit(self, cloud, stage, stream):
        it = stage()
        await it.open()
        await until(lambda: Ready() in it.told)
        assert [entry.session for entry in it.left()] == list(cloud.instances)
        assert it.left()[0].facts == {"tenant": "77", "app": "app-1"}
        assert it.driver.frame_age_s(time.monotonic()) < 10

        it.driver.feed_audio(7, bytes(4800))
        it.driver.feed_text(7, "Good morning. ")
        it.driver.feed_text(7, "We open at nine")
        it.driver.end_reply(7)
        await until(lambda: len(cloud.spoken) == 2)
        stream.all[0].voice(LOUD)
        await until(lambda: AvatarSpeaking(7) in it.told)
        assert AvatarAudio(LOUD) in it.told
        assert AvatarIdle(7) not in it.told
        await until(lambda: it.driver._session.speech.sent)
        stream.all[0].voice(bytes(2 * 24_000 * 2))
        await until(lambda: AvatarIdle(7) in it.told)

        await it.driver.close()
        assert cloud.instances == {}
        assert it.left() == []
        assert stream.all[0].stopped
        assert it.driver.frame_age_s(time.monotonic()) == float("inf")
        assert cloud.paths == []  # Its socket is for the visitor's voice.
        await it.driver.close()

    async def test_a_barge_in(self, cloud, stage, stream):
        it = stage()
        await it.open()
        it.driver.feed_text(1, "Good morning, and a very long story. ")
        await until(lambda: cloud.spoken)
        stream.all[0].voice(LOUD)
        await until(lambda: AvatarSpeaking(1) in it.told)
        it.driver.interrupt()
        await until(lambda: cloud.actions("SendCommand"))
        assert it.told[-1] == AvatarIdle(1)
        assert cloud.actions("SendCommand")[0]["Code"] == "INTERRUPT"

    async def test_text_that_is_refused(self, cloud, stage):
        it = stage()
        await it.open()
        cloud.faults.refuse["SendText"] = "10010500"
        it.driver.feed_text(1, "Good morning. ")
        await until(it.lost)
        assert not it.lost()[0].final
        told = len(it.told)
        it.driver.feed_text(1, "More of it. ")
        it.driver.interrupt()
        await asyncio.sleep(0.05)
        assert len(it.told) == told  # Nothing more is told after it.

    @pytest.mark.parametrize(
        ("code", "final"), [("InvalidAccessKeyId.NotFound", True), ("1", False)]
    )
    async def test_a_refused_start(self, cloud, stage, code, final):
        cloud.faults.refuse["StartInstance"] = code
        it = stage()
        await it.open()
        assert [lost.final for lost in it.lost()] == [final]
        await it.driver.close()
        assert it.left() == []

    async def test_a_session_of_others_is_not_stopped(self, cloud, stage):
        cloud.instances["S1"] = Instance("S1", TOKEN, "somebody", "")
        it = stage(session_id="S1")
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.feed_text(1, "Good morning. ")
        await until(lambda: cloud.spoken)
        await it.driver.close()
        assert "S1" in cloud.instances
        assert it.left() == []
        assert not cloud.actions("StartInstance")

    async def test_without_an_access_key_it_cannot_speak(self, stage):
        it = stage("a-token", session_id="S1")
        await it.open()
        assert it.lost()[0].final
        assert "ID:SECRET" in it.lost()[0].reason

    async def test_keys_of_streams_are_put_in_when_they_are_opened(
        self, stage, stream, cloud, monkeypatch
    ):
        monkeypatch.setenv("AVATARIM_VIDEO_KEY", "seen-1")
        monkeypatch.setenv("AVATARIM_PUSH_KEY", "pushed-2")
        it = stage(
            video_url="rtmp://relay.example/live/k?auth_key={avatarim-video-key}",
            push_url="rtmp://relay.example/live/k?auth_key={avatarim-push-key}",
        )
        await it.open()
        await until(lambda: Ready() in it.told)
        assert stream.all[0].url == "rtmp://relay.example/live/k?auth_key=seen-1"
        [instance] = cloud.instances.values()
        assert instance.push_url == "rtmp://relay.example/live/k?auth_key=pushed-2"

    async def test_a_missing_key_of_a_stream_is_told(self, stage, monkeypatch):
        monkeypatch.delenv("AVATARIM_VIDEO_KEY", raising=False)
        it = stage(video_url="rtmp://relay.example/live/k?auth_key={avatarim-video-key}")
        await it.open()
        await until(it.lost)
        assert "there is no avatarim-video-key" in it.lost()[0].reason

    async def test_no_secret_no_video_url(self, stage, monkeypatch):
        it = stage(video_url="")
        await it.open()
        assert "video_url" in it.lost()[0].reason
        monkeypatch.delenv("AVATARIM_TOKEN")
        again = stage("", video_url="rtmp://h/x")
        await again.open()
        assert again.lost()[0].final

    async def test_a_picture_that_never_comes(self, stage, stream, monkeypatch):
        monkeypatch.setattr(session_module, "PICTURE_TIMEOUT_S", 0.1)
        stream.comes = False
        it = stage()
        await it.open()
        await until(it.lost)
        assert "no picture" in it.lost()[0].reason
        assert Ready() not in it.told


def sounds(cloud: AvatarIm, format: str, rate: int) -> list[np.ndarray]:
    """What came of the visitor's sound, piece by piece."""
    pieces = []
    for content in cloud.contents("dataSend"):
        data = base64.b64decode(content["audio"])
        if format == "wav":
            with wave.open(io.BytesIO(data)) as file:
                assert file.getframerate() == rate
                data = file.readframes(file.getnframes())
        pieces.append(np.frombuffer(data, "<i2"))
    return pieces


class TestVisitorsVoice:
    async def test_a_sentence_and_its_answer(self, cloud, visitors):
        it = visitors
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.speech_begin()
        for _ in range(20):
            it.driver.speech(LOUD[:1600])
        it.driver.speech_end()
        await until(lambda: it.words)
        await until(lambda: it.words == [VisitorWords(HEARD), AvatarWords(REPLY)])
        assert cloud.calls == []
        # It answers after 0.6 s of the silence of 0.8 s that follows the words.
        await until(lambda: len(cloud.heard) == 20 * 1600 + 25_600)
        sizes = [len(base64.b64decode(one["audio"])) for one in cloud.contents("dataSend")]
        assert set(sizes) == {3200}, "pieces of 100 ms, however small those of the microphone are"
        await it.driver.close()
        await until(lambda: cloud.contents("stop"))

    @pytest.mark.parametrize(("format", "rate"), [("pcm", 8000), ("wav", 16_000), ("wav", 8000)])
    async def test_the_visitors_sound_is_sent_as_the_settings_say(self, cloud, stage, format, rate):
        said = {"mode": "visitors-voice", "session_id": "S1"}
        it = stage(TOKEN, **said, format=format, sample_rate=rate)
        await it.open()
        await until(lambda: Ready() in it.told)
        for _ in range(2):  # What is left of the first sentence must not be in the second.
            cloud.frames.clear()
            it.driver.speech_begin()
            tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)).astype("<i2")
            for at in range(0, 16_000, 320):
                it.driver.speech(tone[at : at + 320].tobytes())
            it.driver.speech_end()
            await until(lambda: len(cloud.contents("dataSend")) >= 18)
            await until(lambda: sum(map(len, sounds(cloud, format, rate))) >= 1.79 * rate)
            heard = np.concatenate(sounds(cloud, format, rate))
            assert abs(len(heard) - 1.8 * rate) <= 0.002 * rate  # A second, and the silence.
            middle = heard[round(0.2 * rate) : round(0.8 * rate)]
            spectrum = np.abs(np.fft.rfft(middle))
            assert abs(int(spectrum.argmax()) * rate / len(middle) - 440) < 3
            assert 7000 < np.abs(middle).max() < 9000
        await it.driver.close()

    async def test_each_visitor_has_a_session_with_the_same_options(self, cloud, stage):
        it = stage(TOKEN, mode="visitors-voice", session_id="S1", format="wav", sample_rate=8000)
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.forget()
        await until(lambda: len(cloud.contents("start")) == 2)
        assert {(one["format"], one["sampleRate"]) for one in cloud.contents("start")} == {
            ("wav", "8000")
        }

    async def test_an_instance_of_our_own_gives_its_token(self, cloud, stage):
        it = stage(mode="visitors-voice")
        await it.open()
        await until(lambda: Ready() in it.told)
        it.driver.interrupt()
        await until(lambda: cloud.actions("SendCommand"))
        await it.driver.close()
        assert cloud.instances == {}

    async def test_a_sentence_in_a_gap_is_asked_again(self, cloud, visitors):
        it = visitors
        await it.open()
        it.driver.speech_begin()
        it.driver.speech(bytes(3200))
        await until(lambda: cloud.contents("dataSend"))
        cloud.drop()
        await until(lambda: it.driver._session._visitor.broken)
        it.driver.speech(bytes(3200))
        it.driver.speech_end()
        assert it.words == [AskAgain()]
        await until(lambda: len(cloud.contents("start")) == 2)
        await it.driver._session._client.session_ready()
        it.driver.speech_begin()
        it.driver.speech(bytes(3200))
        it.driver.speech_end()
        await until(lambda: len(cloud.contents("dataSend")) == 10)
        assert it.words.count(AskAgain()) == 1
        assert it.lost() == []

    async def test_without_a_session_it_is_asked_again(self, visitors):
        visitors.driver.speech_begin()
        visitors.driver.speech(bytes(3200))
        visitors.driver.speech_end()
        assert visitors.words == [AskAgain()]

    @pytest.mark.parametrize(("start", "says"), [("failed", "busy"), ("never", "startResult")])
    async def test_a_start_that_fails(self, cloud, visitors, start, says, monkeypatch):
        monkeypatch.setattr("kiosk.avatar.cloud.avatarim.im_protocol.READY_TIMEOUT_S", 0.5)
        cloud.faults.start = start
        await visitors.open()
        assert says in visitors.lost()[0].reason
        assert len(visitors.lost()) == 1

    async def test_a_kick_out_is_final(self, cloud, visitors):
        await visitors.open()
        cloud.close_with("CONNECTION_KICK_OUT")
        await until(visitors.lost)
        assert visitors.lost() == [Lost("AvatarIM: CONNECTION_KICK_OUT", final=True)]

    async def test_a_refused_socket(self, cloud, visitors):
        cloud.faults.http_status = 401
        await visitors.open()
        assert "401" in visitors.lost()[0].reason
        assert TOKEN not in visitors.lost()[0].reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"type": "asrResult", "text": "hi"}, VisitorWords("hi")),
        ({"type": "replyText", "text": "hello"}, AvatarWords("hello")),
        ({"type": "startResult"}, None),
        ({"type": "asrResult", "text": " "}, None),
        ({"text": 7, "type": "asr"}, None),
    ],
)
def test_words_in_messages(content, words):
    assert understand(content) == words


async def test_with_a_real_stream(tmp_path, monkeypatch):
    """SendText, the voice that says it in a pushed stream, and its picture."""
    monkeypatch.setenv("AVATARIM_TOKEN", ACCESS_KEY)
    voice = tmp_path / "voice.raw"
    url = f"rtmp://127.0.0.1:{free_port()}/live/kiosk"
    with AvatarIm(voice) as cloud, Publisher(url, "--voice", str(voice)):
        it = Stage(cloud, tmp_path / "sessions", video_url=f"listen:{url}")
        await it.open()
        await until(lambda: Ready() in it.told, 20)
        assert next(iter(cloud.instances.values())).push_url == url
        it.driver.feed_text(1, "Good morning. ")
        it.driver.end_reply(1)
        await until(lambda: AvatarIdle(1) in it.told, 20)
        assert it.told.index(AvatarSpeaking(1)) < it.told.index(AvatarIdle(1))
        assert it.driver.frame_age_s(time.monotonic()) < 1.5
        receiver = it.driver._session._receiver
        await it.driver.close()
        assert receiver.join(10)
        assert cloud.instances == {}
