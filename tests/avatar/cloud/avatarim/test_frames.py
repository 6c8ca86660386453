"""Golden frames: derived from the vendor's published client, not from our code."""

import json

import pytest

from kiosk.avatar.cloud.avatarim import frames
from kiosk.avatar.cloud.avatarim.actions import SendFrame
from kiosk.avatar.cloud.avatarim.frames import (
    Acknowledgement,
    BusinessMessage,
    HeartbeatReply,
    ServerClosing,
    ServerEvent,
    ServerHello,
    UnknownFrame,
)
from kiosk.avatar.cloud.avatarim.im_protocol import ImProtocol

ENVELOPE = {
    "receiverId": "ability",
    "receiverType": "server",
    "sticky": True,
    "receiverAppId": "app-1",
}
START = {
    "type": "start",
    "sessionId": "S1",
    "dialogMode": "aliYunChat",
    "duplexMode": "cloud",
    "outputMode": "video",
    "videoOpen": "0",
    "format": "pcm",
    "sampleRate": "16000",
}


def opened() -> ImProtocol:
    session = ImProtocol("app-1", "S1", lambda: 0.5, lambda: 1_650_000_000_123)
    session.connect(0)
    session.received("1", 0)
    session.actions()
    return session


def sent(session: ImProtocol) -> list[str]:
    return [action.text for action in session.actions() if isinstance(action, SendFrame)]


def golden(text: str, content: dict[str, object], message_id: str) -> None:
    assert text[0] == "5"
    assert json.loads(text[1:]) == {**ENVELOPE, "content": content, "messageId": message_id}


class TestUp:
    def test_connected_is_answered_by_a_heartbeat(self):
        session = ImProtocol("app-1", "S1", lambda: 0.5, lambda: 0)
        session.connect(0)
        session.received("1", 0)
        assert sent(session) == ["3"]

    def test_start(self):
        session = opened()
        message_id = session.start_session({}, 0)
        assert message_id == "msg_1650000000123_000"
        golden(sent(session)[0], START, message_id)

    def test_start_with_every_option(self):
        session = opened()
        options = {
            "dialogMode": "open",
            "duplexMode": "blend",
            "outputMode": "audio",
            "videoOpen": "1",
            "format": "wav",
            "sampleRate": 8000,
            "newOne": "x",
        }
        message_id = session.start_session(options, 0)
        golden(sent(session)[0], {**START, **options, "sampleRate": "8000"}, message_id)

    def test_an_empty_option_is_the_defaults(self):
        session = opened()
        message_id = session.start_session({"format": "", "sampleRate": None}, 0)
        golden(sent(session)[0], START, message_id)

    def test_texts_sound_context_and_stop(self):
        session = opened()
        session.start_session({}, 0)
        session.received('5{"content":{"type":"startResult"},"messageId":"a"}', 0)
        session.actions()
        ids = [
            session.send_text("hello", 1),
            session.send_audio("AAAA", 0.1, 1),
            session.refresh_context({"scene": "hall"}, 1),
            session.send_message({"type": "mine", "n": 1}, 1),
            session.stop_session(1),
        ]
        assert len(set(ids)) == len(ids)
        frames_sent = sent(session)
        contents: list[dict[str, object]] = [
            {"type": "dataSend", "sessionId": "S1", "text": "hello"},
            {"type": "dataSend", "sessionId": "S1", "audio": "AAAA"},
            {"type": "refreshContext", "sessionId": "S1", "scene": "hall"},
            {"type": "mine", "n": 1},
            {"type": "stop", "sessionId": "S1"},
        ]
        for text, content, message_id in zip(frames_sent, contents, ids, strict=True):
            golden(text, content, message_id)

    def test_raw_is_sent_as_it_is(self):
        session = opened()
        session.send("9whatever", 0)
        assert sent(session) == ["9whatever"]


class TestDown:
    @pytest.mark.parametrize(
        ("text", "frame"),
        [
            ("1", ServerHello()),
            ('1{"any":1}', ServerHello()),
            ('2{"reason":"CONNECTION_KICK_OUT"}', ServerClosing("CONNECTION_KICK_OUT")),
            ("2", ServerClosing("")),
            ("4", HeartbeatReply()),
            ('6{"messageId":"m"}', Acknowledgement("m", None)),
            ('6{"messageId":"m","error":{"code":3}}', Acknowledgement("m", {"code": 3})),
            ('7{"name":"x"}', ServerEvent({"name": "x"})),
            ("", UnknownFrame("")),
            ("8{}", UnknownFrame("8{}")),
            ("5{broken", UnknownFrame("5{broken")),
            ("5[1]", UnknownFrame("5[1]")),
        ],
    )
    def test_frames(self, text, frame):
        assert frames.parse(text) == frame

    @pytest.mark.parametrize(
        ("content", "understood"),
        [
            ('{"type":"startResult"}', {"type": "startResult"}),
            ('"{\\"type\\":\\"startResult\\"}"', {"type": "startResult"}),
            ('"plain"', {"text": "plain"}),
            ("7", {}),
        ],
    )
    def test_a_message_of_any_content(self, content, understood):
        message = frames.parse('5{"messageId":"m","content":' + content + "}")
        assert isinstance(message, BusinessMessage)
        assert (message.message_id, message.content) == ("m", understood)

    @pytest.mark.parametrize(
        ("content", "refused"),
        [
            ({}, ""),
            ({"code": "10010001", "success": True}, ""),
            ({"success": "false", "message": "busy"}, "busy"),
            ({"errorCode": 15011002}, "errorCode 15011002"),
            ({"status": "ok"}, ""),
            ({"status": "fail"}, "status is fail"),
            ({"status": "FAILED", "msg": "no lane"}, "no lane"),
            ({"result": False}, "result is False"),
            ({"result": {"success": False, "reason": "busy"}}, "busy"),
            ({"data": {"success": False}}, "success is False"),
            ({"data": {"code": "10010500", "message": "internal"}}, "code 10010500 internal"),
            ({"code": 0}, ""),
            ({"code": "200", "message": "success"}, ""),
            ({"code": 500}, "code 500"),
            ({"code": 777, "success": True}, ""),
        ],
    )
    def test_what_is_taken_for_a_refused_start(self, content, refused):
        assert frames.refused_start(content) == refused


class TestAddress:
    def test_values_are_encoded(self):
        assert (
            frames.socket_url("", "a+b/c=&", "app", "77")
            == "wss://avatar-im.console.aliyun.com/ws?t=a%2Bb%2Fc%3D%26&app=app&tenant=77"
        )

    @pytest.mark.parametrize(
        "base", ["ws://127.0.0.1:9", "ws://127.0.0.1:9/", "ws://127.0.0.1:9/ws"]
    )
    def test_a_base_of_any_spelling(self, base):
        assert frames.socket_url(base, "t", "a", "1") == "ws://127.0.0.1:9/ws?t=t&app=a&tenant=1"
