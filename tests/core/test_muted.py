"""What an open microphone heard of the avatar, and how a pause of the stream is told."""

from kiosk.core.muted import PAUSE_S, Muted, StreamPause


def test_what_is_recorded_while_the_avatar_speaks_is_left_out():
    muted = Muted()
    muted.begin(1000)
    assert muted.now
    assert muted.holes()[0][0] == 1000
    assert muted.holes()[0][1] > 10**12
    muted.end(5000, 3.0)
    assert not muted.now
    assert (muted.holes(), muted.ended_s) == ([(1000, 5000)], 3.0)


def test_end_without_a_beginning_is_none():
    muted = Muted()
    muted.end(5000, 3.0)
    assert not muted.holes()


def test_what_nobody_needs_is_forgotten():
    muted = Muted()
    for start in (0, 1000):
        muted.begin(start)
        muted.end(start + 100, 1.0)
    muted.forget(before=100)
    assert muted.ranges == [(1000, 1100)]


def test_avatar_of_a_daemon_that_died_is_silent():
    muted, dead = Muted(), Muted()
    dead.begin(1000)
    muted.restore(dead.holes(), written=7000)
    assert muted.holes() == [(1000, 7000)]


def test_pause_is_told_once():
    pause = StreamPause()
    assert not pause.is_due(100.0)
    pause.sounded(100.0)
    assert not pause.is_due(100.0 + PAUSE_S)
    assert pause.is_due(100.1 + PAUSE_S)
    assert not pause.is_due(200.0)
