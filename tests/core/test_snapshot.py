"""When the snapshot of a visit is written."""

from kiosk.core.snapshot import SMALL_CHANGES_INTERVAL_S, SnapshotClock


def test_what_a_visitor_did_is_written_at_once():
    clock = SnapshotClock()
    assert not clock.due(0, 0, 100.0)
    assert clock.due(1, 0, 100.0)
    assert not clock.due(1, 0, 100.0)
    assert clock.due(2, 0, 100.01)


def test_words_alone_are_written_once_a_second():
    clock = SnapshotClock()
    assert clock.due(1, 1, 100.0)
    assert not clock.due(1, 2, 100.0 + SMALL_CHANGES_INTERVAL_S - 0.01)
    assert clock.due(1, 3, 100.0 + SMALL_CHANGES_INTERVAL_S)
    assert not clock.due(1, 3, 200.0)
