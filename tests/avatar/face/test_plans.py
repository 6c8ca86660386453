"""What looks like chance in a face is a plan: the same whenever it is asked for."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.avatar.face import plans

moments = st.floats(0, 24 * 3600, allow_nan=False)
seeds = st.integers(0, 99)


def test_easing_begins_and_ends_at_rest():
    assert [plans.ease(x) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert plans.ease(0.01) < 0.001


@given(moments, seeds, st.sampled_from(["glance", "head"]))
def test_eyes_and_head_stay_within_bounds_and_never_jump(now_s, seed, kind):
    turn_s = plans.SACCADE_S if kind == "glance" else plans.HEAD_MOVE_S
    x, y = plans.wander(kind, seed, now_s, turn_s)
    assert -1 <= x <= 1
    assert -1 <= y <= 1
    later = plans.wander(kind, seed, now_s + 0.001, turn_s)
    assert max(abs(later[0] - x), abs(later[1] - y)) < 0.1


@given(seeds, st.integers(0, 1000))
def test_blinks_of_a_block_follow_each_other_and_end_within_it(seed, block):
    starts = plans.blinks(seed, block)
    assert all(b - a >= plans.BLINK_S for a, b in pairwise(starts))
    assert starts[0] > 0
    assert starts[-1] + plans.BLINK_S < plans.BLOCK_S


def test_lids_shut_stay_shut_and_open_again():
    assert plans.lids(0.0) == 0.0
    assert plans.lids(0.09) == 1.0
    assert plans.lids(plans.BLINK_S) == pytest.approx(0.0)


@given(moments, seeds)
def test_looks_at_the_button_and_nods_are_shares(now_s, seed):
    assert 0 <= plans.invitation(seed, now_s) <= 1
    assert 0 <= plans.nod(seed, now_s) <= 1


def test_each_invitation_comes():
    looks = [plans.invitation(3, n / 10) for n in range(660)]  # Six slots of 11 s.
    assert max(looks) == 1.0
    assert sum(a == 0 < b for a, b in pairwise(looks)) == 6
