"""When a picture is wanted, and how it goes out with its question."""

from kiosk.core.realtime_messages import encode_picture
from kiosk.core.sight import LIMIT_S, LINGER_S, Sight
from kiosk.settings.camera import CameraSettings

from .line import Line
from .model.open_service import OpenReading
from .model.open_world import OpenWorld

NONE = CameraSettings("none", "question")
QUESTION = CameraSettings("/dev/video0", "question")
STREAM = CameraSettings("/dev/video0", "stream")


def looks(sight: Sight, utterance: int, seconds: float, since_s: float = 100.0) -> int:
    return sum(bool(sight.look(utterance, since_s + n / 10)) for n in range(int(seconds * 10)))


def test_nothing_is_seen_without_a_camera():
    sight = Sight(NONE)
    assert looks(sight, 1, 5) == 0
    assert not sight.sees(1, 100.0)


def test_one_picture_goes_with_each_question():
    sight = Sight(QUESTION)
    assert looks(sight, 1, 5) == 1
    assert looks(sight, 0, 5, 105.0) == 0
    assert looks(sight, 2, 5, 110.0) == 1


def test_stream_is_one_a_second_while_a_question_is_asked():
    assert looks(Sight(STREAM), 1, 5) == 5


def test_questions_that_follow_at_once_have_no_more_than_one_a_second():
    sight = Sight(QUESTION)
    assert [bool(sight.look(n, 100 + n / 10)) for n in (1, 2, 3)] == [True, False, False]


def test_it_ends_where_the_platform_ends_a_session_with_pictures():
    sight = Sight(STREAM)
    assert looks(sight, 1, LIMIT_S + 30) == LIMIT_S
    assert not sight.sees(1, 100 + LIMIT_S + LINGER_S)
    sight.end_visit()
    assert sight.look(2, 400.0)


def test_screen_says_it_while_pictures_are_taken_and_a_moment_longer():
    sight = Sight(QUESTION)
    sight.look(1, 100.0)
    assert sight.sees(1, 105.0)
    assert sight.sees(0, 101.0)
    assert not sight.sees(0, 105.0)


def payloads(line: Line, ready: int) -> list[str]:
    sent = []
    while (out := line.session.pull(ready, line.now_s)) is not None:
        line.wire.take(out)
        sent.append("picture" if b"image/jpeg" in out.payload else out.kind.value)
    return sent


def test_picture_goes_out_within_its_question_once_on_each_link(line):
    outbox = line.session.outbox
    outbox.show(1, encode_picture(b"early"))  # Of no question: it is let go.
    line.session.open(1, 0, line.now_s)
    assert payloads(line, 320) == ["start", "audio"]
    outbox.show(1, encode_picture(b"\xff\xd8"))
    assert payloads(line, 640) == ["picture", "audio"]
    assert payloads(line, 960) == ["audio"]
    line.lose()
    line.connect()
    assert payloads(line, 1280) == ["start", "picture", "audio"]
    outbox.show(1, encode_picture(b"newer"))
    assert payloads(line, 1600) == ["picture", "audio"]
    line.session.close(1, 1600, line.now_s)
    assert payloads(line, 1600) == ["end"]
    outbox.show(1, encode_picture(b"late"))
    assert payloads(line, 1600) == []


def test_picture_goes_out_in_the_stream_of_an_open_microphone(line):
    line.session.open(1, 0, line.now_s, streamed=True)
    line.session.outbox.show(1, encode_picture(b"\xff\xd8"))
    assert payloads_of_stream(line, 640) == ["audio", "picture"]


def payloads_of_stream(line: Line, ready: int) -> list[str]:
    sent = []
    while (out := line.session.pull(ready, line.now_s)) is not None:
        sent.append("picture" if b"image/jpeg" in out.payload else out.kind.value)
    return sent


def test_picture_is_asked_for_as_a_question_begins_and_shown():
    world = OpenWorld(OpenReading())
    core = world.core
    core._sight = Sight(QUESTION)
    looked = []
    step = core.step

    def note(now_s, inputs):
        outputs = step(now_s, inputs)
        looked.append((outputs.look, outputs.scene.seeing))
        return outputs

    core.step = note
    world.run(1.0)
    assert set(looked) == {(0, False)}
    world.press()
    world.run(0.5)
    assert [look for look, _ in looked if look] == [1]
    assert looked[-1] == (0, True)
