"""A mapped file is trusted only where it is whole, ours and of this boot, and gives memory back."""

import os

import pytest

from kiosk.audio.rings.mapped import HEADER, PAGE_SAMPLES
from kiosk.audio.rings.ring import MicrophoneRing, ReplyRing
from kiosk.errors import RingError
from tests.audio.rings.rings import SPAN_S, make, payload, samples


def test_gives_wiped_memory_back(tmp_path):
    ring = make(tmp_path)
    ring.append(samples(0, ring.capacity))
    before = (tmp_path / "a.ring").stat().st_blocks
    ring.wipe(PAGE_SAMPLES + 5)
    assert (tmp_path / "a.ring").stat().st_blocks < before


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


def test_a_file_that_is_not_there_is_told_as_such(tmp_path):
    with pytest.raises(FileNotFoundError):
        MicrophoneRing(tmp_path / "none.ring")


def test_a_file_of_another_version_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr("kiosk.audio.rings.mapped._VERSION", 0)
    make(tmp_path).close()
    monkeypatch.undo()
    with pytest.raises(RingError, match="of version 0"):
        MicrophoneRing(tmp_path / "a.ring")


def test_the_mapping_is_that_of_the_file(tmp_path):
    ring = make(tmp_path)
    ring.append(samples(0, 10))
    assert ring.mapping[HEADER : HEADER + 20] == samples(0, 10)


def test_what_is_not_there_or_was_written_over_is_not_read(tmp_path):
    ring = make(tmp_path)
    ring.append(samples(0, ring.capacity + 100))
    with pytest.raises(RingError, match="is not in the ring"):
        ring.read(0, ring.written + 1)
    with pytest.raises(RingError, match="was overwritten"):
        ring.read(0, 10)
    assert ring.read(ring.capacity - 5, ring.capacity + 5) == samples(ring.capacity - 5, 10)
