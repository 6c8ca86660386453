"""The snapshot is trusted only when it is whole and its sound is there."""

import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.press import Press
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.turns import Turn
from kiosk.core.utterance import Progress, Utterance
from kiosk.runtime.snapshot_file import NAME, SnapshotFile

ANSWERED = Utterance(
    1, 0, end=900, heard="hello", said="hi", progress=Progress.OVER, reached=Progress.TAKEN
)
SNAPSHOT = VisitSnapshot(
    ring_epoch_ns=7,
    visit_since_s=10.0,
    restores=0,
    last_turn=2,
    last_end=9000,
    handle="handle",
    covered=1,
    history=[
        Utterance(
            1, 0, end=900, heard="hello", said="hi", progress=Progress.OVER, reached=Progress.TAKEN
        )
    ],
    utterances=[Utterance(2, 900, cursor=4000, progress=Progress.SENDING, on_link=True)],
    turns=[Turn(2, 5.0, 900)],
    press=Press(5.0, 900, False, turn=2),
)


def fields(snapshot):
    return [
        [(u.id, u.start, u.end, u.heard, u.said, u.taken) for u in snapshot.history],
        [(u.id, u.start, u.cursor, u.on_link) for u in snapshot.utterances],
        (
            snapshot.handle,
            snapshot.covered,
            snapshot.last_turn,
            snapshot.last_end,
            snapshot.press,
            snapshot.turns,
        ),
    ]


def test_what_was_written_is_read(tmp_path):
    SnapshotFile(tmp_path).write(SNAPSHOT)
    assert fields(SnapshotFile(tmp_path).read(7)) == fields(SNAPSHOT)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_nothing_there_is_nothing(tmp_path):
    assert SnapshotFile(tmp_path).read(7) is None


def test_end_of_the_visit_takes_it_away(tmp_path):
    snapshot = SnapshotFile(tmp_path)
    snapshot.write(SNAPSHOT)
    snapshot.write(None)
    assert list(tmp_path.iterdir()) == []


def test_memo_of_another_ring_is_set_aside(tmp_path):
    SnapshotFile(tmp_path).write(SNAPSHOT)
    snapshot = SnapshotFile(tmp_path)
    assert snapshot.read(8) is None
    assert not (tmp_path / NAME).exists()
    (aside,) = tmp_path.iterdir()
    assert b"hello" not in aside.read_bytes(), "its words went with the visit"
    snapshot.write(None)
    assert list(tmp_path.iterdir()) == []


def test_memo_that_does_not_fit_leaves_the_one_before(tmp_path):
    snapshot = SnapshotFile(tmp_path)
    snapshot.write(SNAPSHOT)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))  # As on a file system that is full.
    try:
        with pytest.raises(OSError, match="too large"):
            snapshot.write(SNAPSHOT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert fields(snapshot.read(7)) == fields(SNAPSHOT)
    snapshot.write(None)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("snapshot")


@given(st.data())
def test_torn_or_foreign_memo_is_set_aside_and_never_trusted(place, data):
    snapshot = SnapshotFile(place)
    snapshot.write(SNAPSHOT)
    whole = (place / NAME).read_bytes()
    cut = data.draw(st.integers(0, len(whole) - 1))
    torn = data.draw(
        st.sampled_from([whole[:cut], whole[:cut] + b"\xff" + whole[cut:], whole[::-1]])
    )
    (place / NAME).write_bytes(torn)
    assert snapshot.read(7) is None
    assert not (place / NAME).exists()
