import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.audio import memory
from kiosk.audio.rings.mapped import GRAIN_SAMPLES, HEADER
from kiosk.audio.rings.ring import MicrophoneRing, Orders, ReplyRing, State
from kiosk.audio.rings.seqlock import Record
from kiosk.errors import RingError

SPAN_S = 1.0  # two grains: 16384 samples


def make(directory: Path, kind: type = MicrophoneRing, name: str = "a.ring"):
    ring, reason = kind.obtain(directory / name, SPAN_S, memory.punch)
    assert reason is None
    return ring


def payload(path: Path) -> bytes:
    return path.read_bytes()[HEADER:]


def samples(start: int, n: int) -> bytes:
    """Samples that say where they belong, and are never zero."""
    return b"".join((1 + (start + i) % 30000).to_bytes(2, "little") for i in range(n))


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


def test_gives_wiped_memory_back(tmp_path):
    ring = make(tmp_path)
    ring.append(samples(0, ring.capacity))
    before = (tmp_path / "a.ring").stat().st_blocks
    ring.wipe(GRAIN_SAMPLES + 5)
    assert (tmp_path / "a.ring").stat().st_blocks < before


def test_padded_read_has_zeros_where_nothing_is(tmp_path):
    ring = make(tmp_path, ReplyRing)
    ring.append(samples(0, 100))
    ring.wipe(10)
    assert ring.read_padded(-5, 110) == bytes(30) + samples(10, 90) + bytes(20)
    assert ring.read_padded(200, 210) == bytes(20)
    assert ring.read_padded(0, 5) == bytes(10)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda raw: b"RIFF" + raw[4:], "not a sound ring"),
        (lambda raw: raw[:20] + b"\xff" + raw[21:], "checksum"),
        (lambda raw: raw[:-2], "do not fit"),
        (lambda raw: raw[:100], "cannot be used"),
        (lambda raw: b"", "cannot be used"),
        (lambda raw: raw[:128] + (501).to_bytes(8, "little") + raw[136:], "positions"),
    ],
    ids=["foreign", "torn", "short", "stump", "empty", "cursors"],
)
def test_sets_aside_what_it_cannot_trust(tmp_path, spoil, why):
    path = tmp_path / "a.ring"
    ring = make(tmp_path)
    ring.append(samples(0, 500))
    ring.close()
    raw = spoil(path.read_bytes())
    path.write_bytes(raw)
    with pytest.raises(RingError, match=why):
        MicrophoneRing(path)
    ring, reason = MicrophoneRing.obtain(path, SPAN_S)
    assert isinstance(reason, RingError)
    assert (ring.written, set(payload(path))) == (0, {0})
    aside = path.with_name("a.ring.aside")
    assert samples(0, 500)[:100] not in aside.read_bytes() or raw[:4] == b"RIFF"


@pytest.mark.parametrize("attack", ["stranger", "open to others", "link"])
def test_a_ring_that_somebody_else_may_read_is_set_aside(tmp_path, monkeypatch, attack):
    """Who owns it, or may write to it, would hear what the next visitor says."""
    path = tmp_path / "a.ring"
    make(tmp_path).close()
    theirs = tmp_path / "theirs"
    if attack == "stranger":
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    elif attack == "open to others":
        path.chmod(0o660)
    else:
        path.rename(theirs)
        theirs.write_bytes(b"precious")
        path.symlink_to(theirs)
    with pytest.raises(RingError):
        MicrophoneRing(path)
    if attack == "stranger":
        return  # The new one would be a stranger's too, as long as we are somebody else.
    ring, reason = MicrophoneRing.obtain(path, SPAN_S)
    assert isinstance(reason, RingError)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.is_symlink()
    ring.close()
    assert attack != "link" or theirs.read_bytes() == b"precious"


def test_a_reply_ring_is_no_microphone_ring(tmp_path):
    make(tmp_path, ReplyRing).close()
    with pytest.raises(RingError):
        MicrophoneRing(tmp_path / "a.ring")


def test_a_ring_of_another_boot_is_not_trusted(tmp_path, monkeypatch):
    make(tmp_path).close()
    monkeypatch.setattr("kiosk.audio.rings.mapped.boot_id", lambda: 7)
    with pytest.raises(RingError, match="before this machine was started"):
        MicrophoneRing(tmp_path / "a.ring")


def test_a_ring_that_is_too_small_is_emptied_and_replaced(tmp_path):
    make(tmp_path).append(samples(0, 10))
    ring, reason = MicrophoneRing.obtain(tmp_path / "a.ring", 10)
    assert "too small" in str(reason)
    assert ring.capacity >= 160_000


def test_one_claims_it_at_a_time(tmp_path):
    one, two = make(tmp_path), MicrophoneRing(tmp_path / "a.ring")
    one.claim(0)
    with pytest.raises(RingError, match="in use"):
        two.claim(0.05)
    one.release()
    two.claim(0)


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
    worker.beat(State.MISSING, 77)
    assert (daemon.state, daemon.beat_ns) == (State.MISSING, 77)


def test_room_leaves_alone_what_is_being_given_back(tmp_path):
    ring = make(tmp_path, ReplyRing)
    ring.append(bytes(2 * ring.capacity))
    assert ring.room == 0
    ring.wipe(GRAIN_SAMPLES - 1)
    assert ring.room == 0
    ring.wipe(GRAIN_SAMPLES)
    assert ring.room == GRAIN_SAMPLES


WRITER = """
import sys
from pathlib import Path
from kiosk.audio.rings.ring import MicrophoneRing
ring = MicrophoneRing(Path(sys.argv[1]))
n = 0
while True:
    n += 1
    v = n * 0x0001_0001_0001 & (1 << 62) - 1
    ring.publish(v, v + 1, v + 2)
    ring.append(bytes(2 * 0x101))
"""


def test_no_reader_ever_sees_a_torn_cursor_or_record(tmp_path):
    ring = make(tmp_path)
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "a.ring")])
    before, seen = 0, set()
    record = Record(ring._words, 24, 3)
    try:
        while len(seen) < 2_000:
            assert writer.poll() is None
            written = ring.written
            assert written % 0x101 == 0
            assert written >= before
            before = written
            if pair := record.read():
                assert (pair[1], pair[2]) == (pair[0] + 1, pair[0] + 2)
                seen.add(pair[0])
    finally:
        writer.kill()
        writer.wait()


def test_a_record_torn_in_the_middle_leaves_the_one_before(tmp_path):
    words = memoryview(bytearray(4096)).cast("Q")
    record = Record(words, 10, 3)
    assert record.read() is None
    record.write(1, 2, 3)
    record.write(4, 5, 6)
    words[10 + 1] = 99  # the writer is killed while it fills the older slot's successor
    assert Record(words, 10, 3).read() == (1, 2, 3)
    words[15 + 1] = 99
    with pytest.raises(RingError):
        record.read()
