import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from kiosk.audio.visemes import VISEMES, Mouth
from kiosk.avatar.face.pose import (
    BLOCK_S,
    POSTURES,
    Phase,
    Pose,
    Voice,
    blinks,
    pose,
)
from kiosk.core.scene import State

moments = st.floats(0, 10 * 24 * 3600, allow_nan=False)
states = st.sampled_from(list(State))
AH = Mouth(tuple(float(name == "aa") for name in VISEMES))
SILENT = Voice()


def numbers(a_pose: Pose) -> dict[str, float]:
    fields = asdict(a_pose)
    for name in ("mouth", "asked", "states"):
        del fields[name]
    return fields | {state.value: share for state, share in zip(State, a_pose.states, strict=True)}


def test_every_state_has_a_posture_of_its_own():
    assert set(POSTURES) == set(State)
    assert len(set(map(repr, POSTURES.values()))) == len(State)


@given(moments, states, st.integers(0, 99), st.lists(moments, max_size=4))
def test_a_pose_does_not_depend_on_what_was_asked_before(now_s, state, seed, others):
    phase = Phase.at_rest(state)
    first = pose(now_s, phase, SILENT, seed)
    for other_s in others:
        pose(other_s, phase, SILENT, seed)
    assert pose(now_s, phase, SILENT, seed) == first


@given(moments, states, st.integers(0, 99))
def test_a_pose_moves_and_never_jumps(now_s, state, seed):
    """Within a thousandth of a second the eyes may go a little, all else next to nothing."""
    phase = Phase.at_rest(state)
    before = numbers(pose(now_s, phase, SILENT, seed))
    after = numbers(pose(now_s + 0.001, phase, SILENT, seed))
    limits = {"gaze_x": 0.05, "gaze_y": 0.05, "lids": 0.05, "drop": 0.1, "tilt_deg": 0.05}
    for name, value in after.items():
        assert abs(value - before[name]) <= limits.get(name, 0.02), name


@given(moments, states, states, states, st.floats(0.01, 1))
def test_a_change_of_state_goes_on_from_where_the_face_is(now_s, first, second, third, after_s):
    """Also when the state changes again before the posture was reached."""
    phase = Phase.at_rest(first).turned(second, now_s)
    change_s = now_s + after_s
    before = pose(change_s, phase, SILENT, 1)
    changed = pose(change_s, phase.turned(third, change_s), SILENT, 1)
    for name, value in numbers(changed).items():
        assert value == pytest.approx(numbers(before)[name], abs=1e-6), name


def test_it_arrives_at_the_new_posture():
    phase = Phase.at_rest(State.ATTRACT).turned(State.OUT_OF_ORDER, 100)
    assert phase.posture(100) == POSTURES[State.ATTRACT]
    assert phase.posture(102) == POSTURES[State.OUT_OF_ORDER]


@given(st.integers(0, 50), st.integers(0, 2000))
def test_blinks_come_like_a_persons(seed, block):
    starts = blinks(seed, block)
    assert 8 <= len(starts) <= 30
    intervals = [b - a for a, b in pairwise(starts)]
    assert min(intervals) > 0.26, "the eyes open before they shut again"
    assert max(intervals) < 10
    assert starts[0] > 0
    assert starts[-1] < BLOCK_S - 0.3


def test_blinks_are_irregular_and_mostly_short_apart():
    intervals = []
    for block in range(50):
        starts = blinks(3, block)
        intervals += [b - a for a, b in pairwise(starts)]
    assert 2.5 < statistics.median(intervals) < 4.5
    assert statistics.mean(intervals) > statistics.median(intervals), "skewed to long ones"
    assert statistics.stdev(intervals) > 1


def test_the_eyes_shut_in_a_blink_and_are_open_between():
    start = blinks(1, 0)[2]
    phase = Phase.at_rest(State.SPEAKING)
    assert pose(start + 0.08, phase, SILENT, 1).lids == pytest.approx(1)
    assert pose(start - 0.05, phase, SILENT, 1).lids < 0.05


def test_eyes_that_are_closed_stay_closed():
    phase = Phase.at_rest(State.OUT_OF_ORDER)
    assert all(pose(tenth / 10, phase, SILENT, 1).lids == 1 for tenth in range(600))


def test_two_seeds_live_two_lives():
    phase = Phase.at_rest(State.ATTRACT)
    lives = [[pose(t / 5, phase, SILENT, seed) for t in range(300)] for seed in (1, 2)]
    assert lives[0] != lives[1]


def test_the_voice_opens_the_mouth_and_stress_raises_the_brows():
    phase = Phase.at_rest(State.SPEAKING)
    quiet = pose(10, phase, SILENT, 1)
    loud = pose(10, phase, Voice(AH, stress=1), 1)
    assert loud.mouth == AH
    assert loud.brows > quiet.brows
    assert loud.drop > quiet.drop
