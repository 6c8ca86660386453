"""What goes out, in which order, in pieces of which size."""

from kiosk.core.events import Finished
from kiosk.core.outbox import MAX_CHUNK_SAMPLES, MIN_CHUNK_SAMPLES, Kind

from .service import (
    LIVE,
    sound,
)


def test_live_sound_leaves_in_chunks_of_a_period_with_nothing_held_back(line):
    line.session.open(1, 50, line.now_s)
    assert [out.kind for out in line.send(50)] == [Kind.START]
    assert line.send(50 + MIN_CHUNK_SAMPLES - 1) == []
    for ready in range(50 + MIN_CHUNK_SAMPLES, 50 + 10 * MIN_CHUNK_SAMPLES, MIN_CHUNK_SAMPLES):
        (out,) = line.send(ready)
        assert (out.start, out.end) == (ready - MIN_CHUNK_SAMPLES, ready)


def test_catching_up_is_bounded_and_the_last_chunk_may_be_short(line):
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 16_007, line.now_s)
    audio = [out for out in line.send() if out.kind is Kind.AUDIO]
    assert max(out.end - out.start for out in audio) == MAX_CHUNK_SAMPLES
    assert line.wire.samples(0) == (0, 16_007)
    assert not line.wire.open


def test_what_goes_out_says_whether_another_may_follow_at_once(line):
    line.session.open(1, 0, line.now_s)
    start, late, last = line.send(MAX_CHUNK_SAMPLES + MIN_CHUNK_SAMPLES)
    assert [start.more, late.more, last.more] == [True, True, False]
    line.session.close(1, 16_000, line.now_s)
    *_, last, end = line.send()
    assert (last.more, end.kind) == (True, Kind.END)


def test_next_utterance_waits_for_the_end_of_the_one_before(line):
    line.session.open(1, 0, line.now_s)
    line.send(1000)
    line.session.close(1, 2000, line.now_s)
    line.session.open(2, 2000, line.now_s)
    assert [out.utterance for out in line.send(1500)] == [1]
    assert [out.kind for out in line.send(2400)][-2:] == [Kind.START, Kind.AUDIO]


def test_given_up_in_the_middle_still_gets_its_end(line):
    line.session.open(1, 0, line.now_s)
    line.send(1000)
    line.session.close(1, 3200, line.now_s)
    line.pass_time(LIVE.give_up_s + 1)
    assert [out.kind for out in line.send()] == [Kind.END]
    assert line.receive(sound()) == [Finished(1, "discarded")]
