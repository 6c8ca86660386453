import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.audio.pcm import FADE_SAMPLES
from kiosk.audio.process.player import MAX_PREBUFFER_SAMPLES, MIN_PREBUFFER_SAMPLES, Player
from kiosk.audio.rings.ring import ReplyRing
from kiosk.formats import REPLY_PERIOD_SAMPLES

STEP = 900
"""Largest step between two samples of the tone below, and of a fade of it: more is a click."""


def tone(start: int, n: int) -> bytes:
    return (
        (8000 * np.sin(2 * np.pi * 440 / 24000 * np.arange(start, start + n)))
        .astype("<i2")
        .tobytes()
    )


class Stage:
    """A ring with a player on it; what was played is in `sounded`."""

    def __init__(self, directory, volume=1.0):
        self.ring, _ = ReplyRing.obtain(directory / "r", 10)
        self.player = Player(self.ring, volume)
        self.sounded = np.zeros(0, np.int16)

    def write(self, n):
        self.ring.append(tone(self.ring.written, n))

    def order(self, **change):
        self.ring.order(self.ring.orders._replace(**change))

    def play(self, periods=1):
        for _ in range(periods):
            pcm, sound = self.player.next_period()
            assert len(pcm) == 2 * REPLY_PERIOD_SAMPLES
            assert not any(pcm[2 * sound :])
            self.ring.publish(self.player.played, 0, 0, self.player.began)
            self.sounded = np.append(self.sounded, np.frombuffer(pcm, np.int16))

    @property
    def loud(self):
        return np.flatnonzero(self.sounded)

    def assert_no_click(self):
        assert np.abs(np.diff(self.sounded.astype(int))).max() < STEP + 100


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_plays_what_was_written_sample_for_sample(stage):
    stage.write(4800)
    stage.order(end=4800)
    stage.play(12)
    assert stage.sounded[FADE_SAMPLES : 4800 - FADE_SAMPLES].tobytes() == tone(
        FADE_SAMPLES, 4800 - 2 * FADE_SAMPLES
    )
    assert not stage.sounded[4800:].any()
    assert (stage.player.played, stage.ring.underruns) == (4800, 0)


def test_waits_for_the_prebuffer_unless_nothing_more_comes(stage):
    stage.write(MIN_PREBUFFER_SAMPLES - 1)
    stage.play(2)
    assert not stage.sounded.any()
    stage.order(end=MIN_PREBUFFER_SAMPLES - 1)
    stage.play(1)
    assert stage.sounded.any()


def test_a_hold_fades_in_the_next_period_and_resume_goes_on_there(stage):
    stage.write(24000)
    stage.play(5)
    stage.order(held=1)
    stage.play(10)
    assert stage.loud.max() < 5 * REPLY_PERIOD_SAMPLES + FADE_SAMPLES
    assert stage.player.played == 5 * REPLY_PERIOD_SAMPLES
    stage.order(held=0)
    stage.play(10)
    stage.assert_no_click()
    again = stage.sounded[15 * REPLY_PERIOD_SAMPLES + FADE_SAMPLES :]
    assert again.tobytes() == tone(5 * REPLY_PERIOD_SAMPLES + FADE_SAMPLES, len(again))
    assert stage.ring.underruns == 0


def test_a_discard_fades_and_drops_and_the_next_reply_is_played(stage):
    stage.write(24000)
    stage.play(5)
    stage.order(held=1)
    stage.play(2)
    stage.order(held=0, discard_before=24000, end=24000)
    stage.play(3)
    assert stage.player.played == 24000
    assert stage.loud.max() < 5 * REPLY_PERIOD_SAMPLES + FADE_SAMPLES
    stage.write(4800)
    stage.play(4)
    assert stage.sounded[10 * REPLY_PERIOD_SAMPLES + FADE_SAMPLES :].tobytes() == tone(24120, 1800)
    stage.order(discard_before=28800)
    stage.play(2)
    stage.assert_no_click()
    assert stage.ring.underruns == 0


def test_a_pause_in_mid_reply_is_an_underrun_without_a_click_and_the_prebuffer_grows(stage):
    stage.write(2400)
    stage.play(10)
    assert stage.ring.underruns == 0  # nothing more came: it may have been the end
    stage.write(MIN_PREBUFFER_SAMPLES)
    stage.play(1)
    assert (stage.ring.underruns, stage.player.prebuffer) == (1, 2 * MIN_PREBUFFER_SAMPLES)
    stage.write(24000)
    stage.play(20)
    stage.assert_no_click()
    for _ in range(5):
        stage.play(60)
        stage.write(MAX_PREBUFFER_SAMPLES)
        stage.play(1)
    assert stage.player.prebuffer == MAX_PREBUFFER_SAMPLES


def test_an_end_that_is_told_late_is_no_underrun(stage):
    stage.write(2400)
    stage.play(10)
    stage.order(end=2400)
    stage.play(10)
    stage.write(2400)
    stage.order(end=4800)
    stage.play(10)
    assert stage.player.played == 4800
    assert stage.ring.underruns == 0


def test_the_prebuffer_shrinks_when_all_goes_well(stage):
    stage.player.prebuffer = MAX_PREBUFFER_SAMPLES
    for _ in range(110):
        stage.write(6 * REPLY_PERIOD_SAMPLES)
        stage.play(5)
    assert stage.player.prebuffer == MAX_PREBUFFER_SAMPLES - REPLY_PERIOD_SAMPLES


def test_volume(tmp_path):
    stage = Stage(tmp_path, volume=0.25)
    stage.write(4800)
    stage.play(5)
    full = np.frombuffer(tone(0, 5 * REPLY_PERIOD_SAMPLES), np.int16)
    assert np.abs(stage.sounded - full / 4)[FADE_SAMPLES:].max() <= 1


def test_what_was_played_is_wiped(stage):
    stage.write(24000 * 3)
    stage.order(end=24000 * 3)
    stage.play(100)
    assert stage.ring.zeroed == stage.player.played - 24000
    stage.play(200)
    assert stage.ring.zeroed == 24000 * 3


def test_a_new_worker_goes_on_where_the_last_one_stopped(stage, tmp_path):
    stage.write(24000)
    stage.play(10)
    assert Player(ReplyRing(tmp_path / "r"), 1.0).played == 10 * REPLY_PERIOD_SAMPLES


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(["write", "short", "play", "hold", "resume", "discard", "end"]), max_size=60
    )
)
def test_never_clicks_and_never_plays_what_was_discarded(tmp_path_factory, steps):
    stage = Stage(tmp_path_factory.mktemp("player"))
    for step in steps:
        written = stage.ring.written
        if step == "write":
            stage.write(1500)
        elif step == "short":
            stage.write(77)
        elif step == "hold":
            stage.order(held=1)
        elif step == "resume":
            stage.order(held=0)
        elif step == "discard":
            stage.order(held=0, discard_before=written, end=written)
        elif step == "end":
            stage.order(end=written)
        before = stage.player.played
        stage.play()
        assert before <= stage.player.played <= stage.ring.written
        if step == "discard":
            assert stage.player.played == written
    stage.order(held=1)
    stage.play(2)
    assert not stage.sounded[-REPLY_PERIOD_SAMPLES:].any()
    stage.assert_no_click()
