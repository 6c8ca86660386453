"""Sound as a later service might send it: other rates, other types, torn samples, other base64."""

import base64
import math
import struct
from itertools import pairwise

import pytest

from kiosk.audio.process.convert import ToReply
from kiosk.core.events import Finished, Sound, SoundComplete
from kiosk.core.messages import decode
from kiosk.core.reply_sound import rate_of
from kiosk.errors import MessageError

from .line import Line
from .service import GENERATION_COMPLETE, LOUD, TURN_COMPLETE, message

TONE_HZ = 440


def tone(rate_hz: int, seconds: float = 1.0) -> bytes:
    samples = (
        round(16_000 * math.sin(2 * math.pi * TONE_HZ * n / rate_hz))
        for n in range(round(rate_hz * seconds))
    )
    return b"".join(struct.pack("<h", sample) for sample in samples)


def frame(pcm: bytes, mime_type: object = "audio/pcm;rate=24000"):
    data = base64.b64encode(pcm).decode()
    return message(
        serverContent={
            "modelTurn": {"parts": [{"inlineData": {"mimeType": mime_type, "data": data}}]}
        }
    )


@pytest.fixture
def line() -> Line:
    line = Line(resampler=ToReply)
    line.connect()
    line.speak(1, 0, 3200)
    return line


def heard(events) -> bytes:
    return b"".join(event.pcm for event in events if isinstance(event, Sound))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_sound_at_another_rate_is_the_same_sound_at_ours(line, rate_hz):
    pcm = tone(rate_hz)
    pieces = [pcm[n : n + 2_000] for n in range(0, len(pcm), 2_000)]
    events = line.receive(*[frame(piece, f"audio/pcm;rate={rate_hz}") for piece in pieces])
    events += line.receive(GENERATION_COMPLETE)
    assert isinstance(events[-1], SoundComplete)
    samples = struct.unpack(f"<{len(heard(events)) // 2}h", heard(events))
    assert abs(len(samples) - 24_000) < 10
    rising = sum(a < 0 <= b for a, b in pairwise(samples))
    assert abs(rising - TONE_HZ) <= 2  # Noise, or another pace, has another pitch.
    assert 15_000 < max(samples) < 17_000


def test_rest_of_the_resampler_is_heard_where_only_the_turn_is_ended(line):
    events = line.receive(frame(tone(8_000), "audio/pcm;rate=8000"), TURN_COMPLETE)
    assert abs(len(heard(events)) // 2 - 24_000) < 10
    assert events[-1] == Finished(1, "answered")


def test_rate_that_changes_in_mid_answer_loses_nothing(line):
    events = line.receive(
        frame(tone(48_000, 0.5), "audio/pcm;rate=48000"),
        frame(tone(24_000, 0.5)),
        GENERATION_COMPLETE,
    )
    assert abs(len(heard(events)) // 2 - 24_000) < 10


@pytest.mark.parametrize(
    "mime_type",
    [
        "audio/ogg",
        "audio/pcm;rate=0",
        "audio/pcm;rate=-8000",
        "audio/pcm;rate=1e9",
        "audio/pcm;rate=99999999999",
        "audio/pcm;rate=",
        "audio/pcm;rate=24000;channels=2",
        "image/png",
        "audio",
        ";;;=",
    ],
)
def test_what_would_be_noise_is_not_played_but_counted_by_name(line, mime_type):
    if mime_type == ";;;=":
        assert rate_of(mime_type) == 24_000  # It says nothing.
        return
    assert line.receive(frame(LOUD, mime_type)) == []
    assert line.session.bad_parts == 1
    assert line.session.oddities.counts == {f"inlineData: {mime_type}": 1}
    assert line.receive(frame(LOUD)) == [Sound(1, LOUD)]


@pytest.mark.parametrize(
    "mime_type",
    [
        "audio/pcm",
        "AUDIO/PCM; RATE=24000",
        'audio/pcm;rate="24000"',
        "audio/L16;codec=pcm;rate=24000",
        "audio/pcm;channels=1",
        "",
        None,
        7,
    ],
)
def test_what_is_ours_by_another_spelling_is_played(line, mime_type):
    assert line.receive(frame(LOUD, mime_type)) == [Sound(1, LOUD)]


def test_another_rate_without_a_resampler_is_refused():
    line = Line()
    line.connect()
    line.speak(1, 0, 3200)
    assert line.receive(frame(LOUD, "audio/pcm;rate=8000")) == []
    assert line.session.oddities.counts == {"inlineData: sound at 8000 Hz": 1}


@pytest.mark.parametrize("cut", [1, 3, 7, 481])
def test_sample_that_is_torn_between_two_parts_is_whole(line, cut):
    pcm = tone(24_000, 0.1)
    pieces = [pcm[n : n + cut] for n in range(0, len(pcm), cut)]
    assert heard(line.receive(*map(frame, pieces))) == pcm


def test_half_a_sample_at_the_end_of_an_answer_does_not_turn_the_next_into_noise(line):
    line.receive(frame(LOUD + b"\x01"), TURN_COMPLETE)
    line.speak(2, 3200, 6400)
    assert heard(line.receive(frame(LOUD))) == LOUD


@pytest.mark.parametrize("pcm", [b"\xfb\xff\xfe\x20", b"\xfb\xff\x3e\x20\x01\x20", LOUD])
def test_base64_of_any_alphabet_and_padding_is_read(pcm):
    standard = base64.b64encode(pcm).decode()
    safe = base64.urlsafe_b64encode(pcm).decode()
    for text in (
        standard,
        safe,
        standard.rstrip("="),
        safe.rstrip("="),
        f"{standard[:2]}\n{standard[2:]}",
    ):
        body = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": text}}]}}}
        (part,) = message(**body).server_content.model_turn.parts
        assert part.inline_data.pcm() == pcm


@pytest.mark.parametrize("text", ["A", "AAAAA", "@@@@", "AA=A", "ÄÖ"])
def test_what_is_no_base64_is_our_own_error(text):
    got = decode(
        f'{{"serverContent":{{"modelTurn":{{"parts":[{{"inlineData":{{"data":"{text}"}}}}]}}}}}}'
    )
    with pytest.raises(MessageError):
        got.server_content.model_turn.parts[0].inline_data.pcm()
