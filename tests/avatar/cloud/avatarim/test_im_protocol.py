"""What the client does next, without a socket or a clock."""

import json

import pytest

from kiosk.avatar.cloud.avatarim.actions import (
    CloseSocket,
    DialSocket,
    LineEnded,
    LineLost,
    LineOpened,
    SendFrame,
    SessionFailed,
    SessionReady,
)
from kiosk.avatar.cloud.avatarim.frames import Acknowledgement, BusinessMessage
from kiosk.avatar.cloud.avatarim.im_protocol import (
    CONNECT_TIMEOUT_S,
    DEAD_LINE_TIMEOUT_S,
    GOOD_LINE_S,
    HEARTBEAT_INTERVAL_S,
    MAX_QUEUED_TEXTS,
    MAX_SEEN_IDS,
    MAX_TRIES,
    READY_TIMEOUT_S,
    RETRY_DELAY_S,
    AvatarImError,
    ImLineState,
    ImProtocol,
)

READY = '5{"content":{"type":"startResult"},"messageId":"r"}'


class Script:
    """A session with a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.session = ImProtocol("app", "S1", lambda: 1.0, lambda: 1000)

    def take(self, kind):
        """What was to be done, of one kind."""
        return [action for action in self.session.actions() if isinstance(action, kind)]

    def contents(self) -> list[dict]:
        texts = [action.text for action in self.take(SendFrame)]
        return [json.loads(text[1:])["content"] for text in texts if text[0] == "5"]

    def get(self, text: str, after_s: float = 0.0) -> None:
        self.now_s += after_s
        self.session.received(text, self.now_s)

    def wait(self, seconds: float, step_s: float = 0.25) -> None:
        by_s = self.now_s + seconds
        while self.now_s < by_s:
            self.now_s += step_s
            self.session.advance(self.now_s)

    def lose(self, reason: str = "broke", **how) -> None:
        self.session.lost(reason, self.now_s, **how)

    def open(self) -> None:
        self.session.connect(self.now_s)
        self.get("1")

    def start(self) -> None:
        self.session.start_session({}, self.now_s)

    def ready(self) -> None:
        self.open()
        self.start()
        self.get(READY)
        self.session.actions()


@pytest.fixture
def it() -> Script:
    return Script()


class TestWhatIsNoText:
    """Half a pair of surrogates, such as a cut emoji: JSON has no form for it."""

    def test_a_text_before_it_is_ready_is_mended_and_sent(self, it):
        it.open()
        it.start()
        it.session.send_text("half \ud83d of it", it.now_s)
        it.session.send_text("whole \ud83d\ude00", it.now_s)
        it.session.actions()
        it.get(READY)
        sent = "".join(action.text for action in it.take(SendFrame))
        assert "half \ufffd of it" in sent
        assert "whole \U0001f600" in sent
        assert it.session.ready

    def test_content_that_is_no_json_is_refused_at_the_call(self, it):
        it.ready()
        for content in ({"text": "half \ud83d"}, {"what": object()}):
            with pytest.raises(AvatarImError, match="cannot be sent as JSON"):
                it.session.send_message(content, it.now_s)
        with pytest.raises(AvatarImError, match="cannot be sent as JSON"):
            it.session.start_session({"format": "\udc00"}, it.now_s)
        assert it.session.ready


class TestReady:
    def test_it_is_ready_when_the_server_says_so(self, it):
        it.open()
        assert [type(action) for action in it.session.actions()] == [
            DialSocket,
            SendFrame,
            LineOpened,
        ]
        it.start()
        assert not it.session.ready
        it.get(READY)
        assert it.session.ready
        assert it.take(SessionReady) == [SessionReady({"type": "startResult"})]

    def test_a_start_before_the_line_is_there_waits_for_it(self, it):
        it.session.connect(it.now_s)
        it.start()
        assert it.contents() == []
        it.get("1")
        assert [content["type"] for content in it.contents()] == ["start"]

    def test_no_start_result_in_time(self, it):
        it.open()
        it.start()
        it.wait(READY_TIMEOUT_S - 0.5)
        assert it.take(SessionFailed) == []
        it.wait(1)
        failed = it.take(SessionFailed)
        assert "startResult" in failed[0].reason
        assert it.session.line is ImLineState.OPEN
        it.start()
        it.get(READY)
        assert it.session.ready

    @pytest.mark.parametrize(
        "answer",
        [
            '5{"content":{"type":"startResult","success":false,"message":"no"},"messageId":"r"}',
            '6{"messageId":"%s","error":"no"}',
        ],
    )
    def test_a_refused_start(self, it, answer):
        it.open()
        message_id = it.session.start_session({}, it.now_s)
        it.get(answer.replace("%s", message_id))
        assert "no" in it.take(SessionFailed)[0].reason
        assert not it.session.ready
        with pytest.raises(AvatarImError):
            it.session.send_text("x", it.now_s)

    def test_a_stopped_session_is_not_ready(self, it):
        it.ready()
        it.session.stop_session(it.now_s)
        assert not it.session.ready
        assert [content["type"] for content in it.contents()] == ["stop"]


class TestQueue:
    def test_what_is_said_before_ready_is_said_after_in_order(self, it):
        it.open()
        it.start()
        it.contents()
        it.session.send_text("one", it.now_s)
        it.session.send_audio("AA", 0.1, it.now_s)
        it.session.send_text("two", it.now_s)
        assert it.contents() == []
        it.get(READY)
        said = it.contents()
        assert [content.get("text") or content.get("audio") for content in said] == [
            "one",
            "AA",
            "two",
        ]

    def test_two_seconds_of_sound_wait_and_the_oldest_goes(self, it):
        it.open()
        it.start()
        it.contents()
        for number in range(25):
            it.session.send_audio(str(number), 0.1, it.now_s)
        assert it.session.dropped_sounds == 5
        it.get(READY)
        assert [content["audio"] for content in it.contents()] == [str(n) for n in range(5, 25)]

    def test_twenty_texts_wait(self, it):
        it.open()
        it.start()
        for number in range(MAX_QUEUED_TEXTS + 3):
            it.session.send_text(str(number), it.now_s)
        assert it.session.dropped_texts == 3

    def test_without_a_start_there_is_nothing_to_wait_for(self, it):
        it.open()
        with pytest.raises(AvatarImError, match="start_session"):
            it.session.send_text("x", it.now_s)
        with pytest.raises(AvatarImError, match="connect"):
            Script().session.send("3", 0)


class TestHeartbeat:
    def test_a_silent_line_is_kept_alive(self, it):
        it.ready()
        beats = 0
        for _ in range(300):
            it.wait(1, 1)
            if it.take(SendFrame):
                beats += 1
                it.get("4")
        assert beats == 300 // HEARTBEAT_INTERVAL_S

    def test_sound_needs_no_heartbeat_but_the_answers_do(self, it):
        it.ready()
        beats = 0
        for _ in range(60):
            it.wait(1, 1)
            it.session.send_audio("AA", 0.1, it.now_s)
            beats += [action.text for action in it.take(SendFrame)].count("3")
        assert beats == 2
        assert it.session.reconnects  # Nobody answered them.

    def test_a_line_without_a_sign_is_dead(self, it):
        it.ready()
        it.wait(DEAD_LINE_TIMEOUT_S - 1)
        assert it.take(LineLost) == []
        it.wait(2)
        assert it.session.line is ImLineState.DIALLING
        assert it.take(LineLost) == [LineLost("HEARTBEAT_TIMEOUT")]


class TestReconnect:
    @pytest.mark.parametrize(
        "reason", ["HEARTBEAT_TIMEOUT", "SERVER_CONNECTION_CLOSED", "UNIT_SWITCH"]
    )
    def test_some_reasons_are_dialled_at_once(self, it, reason):
        it.ready()
        it.get('2{"reason":"' + reason + '"}')
        actions = it.session.actions()
        assert actions == [CloseSocket(), LineLost(reason), DialSocket(0.0)]

    def test_the_session_is_started_again_and_only_then_ready(self, it):
        it.session.connect(it.now_s)
        it.session.start_session({"format": "wav"}, it.now_s)
        it.get("1")
        it.get(READY)
        it.lose()
        assert not it.session.ready
        it.session.send_text("meanwhile", it.now_s)
        it.contents()
        it.get("1", after_s=1)
        assert it.contents()[0]["format"] == "wav"
        assert not it.session.ready
        it.get('5{"content":{"type":"startResult"},"messageId":"r2"}')
        assert it.session.ready
        assert [content["text"] for content in it.contents()] == ["meanwhile"]

    def test_sound_of_a_gap_is_not_replayed(self, it):
        it.open()
        it.start()
        it.session.send_audio("AA", 0.1, it.now_s)
        it.session.send_text("kept", it.now_s)
        it.lose()
        assert it.session.dropped_sounds == 1
        it.contents()
        it.get("1")
        it.get(READY)
        assert [c.get("text") for c in it.contents()] == [None, "kept"]

    def test_a_pause_that_grows_and_then_the_end(self, it):
        it.open()
        it.start()
        it.session.actions()
        pauses = []
        for _ in range(MAX_TRIES - 1):
            it.lose()
            pauses += [dial.pause_s for dial in it.take(DialSocket)]
        assert pauses == [RETRY_DELAY_S, 2 * RETRY_DELAY_S]
        it.lose()
        assert it.take(LineEnded) == [LineEnded("broke")]
        assert it.session.line is ImLineState.CLOSED

    def test_a_connection_that_works_makes_the_tries_anew(self, it):
        it.ready()
        for number in range(10):
            it.wait(GOOD_LINE_S)
            it.lose()
            it.get("1")
            it.get(READY.replace('"r"', f'"r{number}"'))
            assert it.session.ready

    def test_one_that_breaks_whenever_it_is_ready_is_given_up(self, it):
        it.ready()
        for number in range(MAX_TRIES - 1):
            it.get('2{"reason":"SERVER_CONNECTION_CLOSED"}', after_s=1)
            it.get("1", after_s=1)
            it.get(READY.replace('"r"', f'"r{number}"'))
        assert it.session.ready
        it.get('2{"reason":"SERVER_CONNECTION_CLOSED"}')
        assert it.take(LineEnded) == [LineEnded("SERVER_CONNECTION_CLOSED")]

    def test_a_server_that_never_says_hello(self, it):
        it.session.connect(it.now_s)
        it.session.actions()
        it.wait(CONNECT_TIMEOUT_S + 0.5)
        assert it.take(DialSocket) == [DialSocket(RETRY_DELAY_S)]

    @pytest.mark.parametrize(
        ("reason", "kicked"), [("CONNECTION_KICK_OUT", True), ("CONNECTION_TIMEOUT", False)]
    )
    def test_two_reasons_are_not_fought(self, it, reason, kicked):
        it.ready()
        it.get('2{"reason":"' + reason + '"}')
        assert it.take((DialSocket, LineEnded)) == [LineEnded(reason, kicked)]

    def test_a_refused_token_is_not_tried_again(self, it):
        it.session.connect(it.now_s)
        it.lose("HTTP 401", refused=True)
        assert it.take(LineEnded) == [LineEnded("HTTP 401")]

    def test_closing_is_final(self, it):
        it.ready()
        it.session.close()
        assert it.session.actions() == [CloseSocket()]
        it.lose()
        it.get("1")
        it.wait(100)
        assert it.session.actions() == []

    def test_it_can_be_connected_again_after_the_end(self, it):
        it.ready()
        it.get('2{"reason":"CONNECTION_KICK_OUT"}')
        it.session.actions()
        it.open()
        it.start()
        it.get(READY.replace('"r"', '"s"'))
        assert it.session.ready


class TestMessages:
    def test_each_message_is_told_once(self, it):
        it.ready()
        for number in (1, 2, 1, 2, 3):
            it.get(f'5{{"content":{{"type":"reply"}},"messageId":"{number}"}}')
        assert [message.message_id for message in it.take(BusinessMessage)] == ["1", "2", "3"]

    def test_only_the_last_hundred_are_remembered(self, it):
        it.ready()
        for number in range(MAX_SEEN_IDS + 1):
            it.get(f'5{{"content":{{}},"messageId":"{number}"}}')
        it.get('5{"content":{},"messageId":"0"}')
        assert len(it.take(BusinessMessage)) == MAX_SEEN_IDS + 2

    def test_messages_without_an_id_are_all_told(self, it):
        it.ready()
        it.get('5{"content":{"type":"x"}}')
        it.get('5{"content":{"type":"x"}}')
        assert len(it.take(BusinessMessage)) == 2

    def test_unknown_types_pass_through(self, it):
        it.ready()
        it.get('5{"content":{"type":"neverHeardOf","n":1},"messageId":"z"}')
        assert it.take(BusinessMessage)[0].content == {"type": "neverHeardOf", "n": 1}

    def test_acknowledgements_are_told(self, it):
        it.ready()
        it.get('6{"messageId":"a"}')
        it.get('6{"messageId":"b","error":"bad"}')
        assert it.take(Acknowledgement) == [
            Acknowledgement("a", None),
            Acknowledgement("b", "bad"),
        ]

    def test_ids_are_unique_even_within_a_millisecond(self, it):
        it.ready()
        ids = {it.session.send_text("x", it.now_s) for _ in range(3000)}
        assert len(ids) == 3000
