import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.audio import memory
from kiosk.audio.rings.mapped import PAGE_SAMPLES
from kiosk.audio.rings.ring import DeviceState, MicrophoneRing, Orders, ReplyRing
from kiosk.errors import RingError
from tests.audio.rings.rings import SPAN_S, make, payload, samples

steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 4000)),
        st.tuples(st.just("skip"), st.integers(1, 40000)),
        st.tuples(st.just("wipe"), st.integers(0, 20000)),
        st.tuples(st.just("keep_only"), st.integers(0, 20000)),
        st.tuples(st.just("reopen"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps, punching=st.booleans())
def test_does_what_a_list_of_all_samples_would_do(tmp_path_factory, steps, punching):
    path = tmp_path_factory.mktemp("ring") / "r"
    MicrophoneRing.create(path, SPAN_S)
    punch = memory.punch if punching else None
    ring = MicrophoneRing(path, punch)
    model = bytearray()
    gone = 0
    for what, n in steps:
        written = len(model) // 2
        if what == "append":
            ring.append(samples(written, n))
            model += samples(written, n)
        elif what == "skip":
            ring.skip_to(written + n)
            model += bytes(2 * n)
        elif what == "wipe":
            ring.wipe(written - n)
            gone = max(gone, written - n)
        elif what == "keep_only":
            ring.keep_only(max(written - n, 0))
            gone = max(gone, min(max(written - n, written - ring.capacity, 0), written))
        else:
            ring.close()
            ring = MicrophoneRing(path, punch)
        written = len(model) // 2
        assert (ring.written, ring.zeroed) == (written, gone)
        first = max(gone, written - ring.capacity)
        assert ring.read(first, written) == model[2 * first : 2 * written]
        with pytest.raises(RingError):
            ring.read(written, written + 1)
        if first:
            with pytest.raises(RingError):
                ring.read(first - 1, written)
        # what was wiped is nowhere in the file
        held = payload(path)
        kept = {2 * (i % ring.capacity) for i in range(first, written)}
        assert all(held[i : i + 2] == b"\0\0" for i in range(0, len(held), 2) if i not in kept)
    ring.close()


def test_padded_read_has_zeros_where_nothing_is(tmp_path):
    ring = make(tmp_path, ReplyRing)
    ring.append(samples(0, 100))
    ring.wipe(10)
    assert ring.read_padded(-5, 110) == bytes(30) + samples(10, 90) + bytes(20)
    assert ring.read_padded(200, 210) == bytes(20)
    assert ring.read_padded(0, 5) == bytes(10)


def test_hole_is_recorded_before_it_can_be_read(tmp_path, monkeypatch):
    ring = make(tmp_path)
    ring.append(samples(0, 100))
    known = []
    monkeypatch.setattr(ring, "skip", lambda n: known.append((ring.written, ring.holes)))
    ring.skip_to(150)
    assert known == [(100, [(100, 150)])]


def test_holes_are_recorded_but_not_the_time_before_the_first_sample(tmp_path):
    ring = make(tmp_path)
    ring.skip_to(1000)
    assert ring.holes == []
    for i in range(70):
        ring.skip_to(ring.written + 100 + i)
        ring.append(samples(ring.written, 20))
    assert len(ring.holes) == 63
    assert ring.holes[-1] == (ring.written - 20 - 169, ring.written - 20)


def test_clock_pair_maps_time_to_samples_and_back(tmp_path):
    ring = make(tmp_path)
    assert ring.first_sample_monotonic_s is None
    assert ring.sample_at(ring.epoch_ns / 1e9 + 1) == 16000
    ring.publish(32000, 5_000_000_000, 40_000_000)
    assert ring.first_sample_monotonic_s == pytest.approx(3.0)
    assert ring.sample_at(5.0) == 32000 + 640  # what is in the air now comes 40 ms later
    assert ring.time_of(32640) == pytest.approx(5.0)
    assert ring.sample_at(-100.0) == 0
    assert ring.index_at(6_000_000_000) == 48000


def test_what_is_heard_is_what_left_the_device(tmp_path):
    ring = make(tmp_path, ReplyRing)
    assert ring.heard == 0
    ring.append(samples(0, 10000))
    now = time.monotonic_ns()
    ring.publish(4800, now, 100_000_000, 0)
    assert 2390 <= ring.heard <= 3500
    ring.publish(4800, now, 100_000_000, 4700)
    assert 4700 <= ring.heard <= 4800
    ring.publish(4800, now - 1_000_000_000, 100_000_000, 0)
    assert ring.heard == 4800
    assert ring.time_of(4800) == pytest.approx((now - 900_000_000) / 1e9)


def test_orders_and_states_pass_through_the_file(tmp_path):
    daemon, worker = make(tmp_path, ReplyRing), ReplyRing(tmp_path / "a.ring")
    assert worker.orders == Orders(0, 0, 0)
    seen = worker.snapshot()
    daemon.order(Orders(5, 1, 9))
    assert worker.orders == Orders(5, 1, 9)
    assert worker.snapshot() != seen
    worker.beat(DeviceState.MISSING, 77)
    assert (daemon.state, daemon.beat_ns) == (DeviceState.MISSING, 77)


def test_room_leaves_alone_what_is_being_given_back(tmp_path):
    ring = make(tmp_path, ReplyRing)
    ring.append(bytes(2 * ring.capacity))
    assert ring.room == 0
    ring.wipe(PAGE_SAMPLES - 1)
    assert ring.room == 0
    ring.wipe(PAGE_SAMPLES)
    assert ring.room == PAGE_SAMPLES


def test_what_either_side_tells_the_other_is_read_through_the_file(tmp_path):
    daemon, worker = make(tmp_path), MicrophoneRing(tmp_path / "a.ring")
    assert (daemon.level, daemon.silent_since, daemon.cpu_s) == (0.0, None, 0.0)
    worker.publish_level(65535, silent_since=0)
    worker.publish_cpu(2_500_000_000)
    assert (daemon.level, daemon.silent_since, daemon.cpu_s) == (1.0, 0, 2.5)
    worker.publish_level(0)
    assert daemon.silent_since is None
    daemon.keep_from = 480
    daemon.wake_every_period = True
    assert (worker.keep_from, worker.wake_every_period) == (480, True)
    daemon.keep_from = -1
    assert worker.keep_from == 0


def test_the_first_sample_has_a_time_once_there_is_a_period(tmp_path):
    ring = make(tmp_path)
    assert ring.first_sample_monotonic_s is None
    ring.publish(16_000, 5_000_000_000, 0)
    assert ring.first_sample_monotonic_s == 4.0
    assert ring.index_at(5_500_000_000) == 24_000


def test_time_that_has_passed_already_is_no_hole(tmp_path):
    ring = make(tmp_path)
    ring.append(samples(0, 100))
    ring.skip_to(100)
    assert (ring.written, ring.holes) == (100, [])


def test_the_speaker_counts_its_underruns_and_its_last_sound(tmp_path):
    daemon, worker = make(tmp_path, ReplyRing), ReplyRing(tmp_path / "a.ring")
    worker.count_underrun()
    worker.publish_sound(3_000_000_000)
    worker.publish(4800, 1_000_000_000, 0, 0)
    assert (daemon.underruns, daemon.last_sound_s, daemon.played) == (1, 3.0, 4800)
