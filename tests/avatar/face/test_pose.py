import statistics
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from kiosk.avatar.face.plans import BLOCK_S, blinks
from kiosk.avatar.face.pose import (
    POSTURES,
    Habits,
    Mood,
    Pose,
    PosturePhase,
    Voice,
    pose,
)
from kiosk.core.scene import State
from kiosk.lips.visemes import VISEMES, Mouth

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


@settings(deadline=None)
@given(moments, states, st.integers(0, 99), st.lists(moments, max_size=4))
def test_a_pose_does_not_depend_on_what_was_asked_before(now_s, state, seed, others):
    phase = PosturePhase.at_rest(state)
    first = pose(now_s, phase, SILENT, seed)
    for other_s in others:
        pose(other_s, phase, SILENT, seed)
    assert pose(now_s, phase, SILENT, seed) == first


@settings(deadline=None)
@given(moments, states, st.integers(0, 99))
def test_a_pose_moves_and_never_jumps(now_s, state, seed):
    """Within a thousandth of a second the eyes may go a little, all else next to nothing."""
    phase = PosturePhase.at_rest(state)
    before = numbers(pose(now_s, phase, SILENT, seed))
    after = numbers(pose(now_s + 0.001, phase, SILENT, seed))
    limits = {"gaze_x": 0.05, "gaze_y": 0.05, "lids": 0.05, "drop": 0.1, "tilt_deg": 0.05}
    for name, value in after.items():
        assert abs(value - before[name]) <= limits.get(name, 0.02), name


@settings(deadline=None)
@given(moments, states, states, states, st.floats(0.01, 1))
def test_a_change_of_state_goes_on_from_where_the_face_is(now_s, first, second, third, after_s):
    """Also when the state changes again before the posture was reached."""
    phase = PosturePhase.at_rest(first).turned(second, now_s)
    change_s = now_s + after_s
    before = pose(change_s, phase, SILENT, 1)
    changed = pose(change_s, phase.turned(third, change_s), SILENT, 1)
    for name, value in numbers(changed).items():
        assert value == pytest.approx(numbers(before)[name], abs=1e-6), name


def test_it_arrives_at_the_new_posture():
    phase = PosturePhase.at_rest(State.ATTRACT).turned(State.OUT_OF_ORDER, 100)
    assert phase.posture(100) == POSTURES[State.ATTRACT]
    assert phase.posture(102) == POSTURES[State.OUT_OF_ORDER]


@settings(deadline=None)
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
    phase = PosturePhase.at_rest(State.SPEAKING)
    assert pose(start + 0.08, phase, SILENT, 1).lids == pytest.approx(1)
    assert pose(start - 0.05, phase, SILENT, 1).lids < 0.05


def test_eyes_that_are_closed_stay_closed():
    phase = PosturePhase.at_rest(State.OUT_OF_ORDER)
    assert all(pose(tenth / 10, phase, SILENT, 1).lids == 1 for tenth in range(600))


def test_two_seeds_live_two_lives():
    phase = PosturePhase.at_rest(State.ATTRACT)
    lives = [[pose(t / 5, phase, SILENT, seed) for t in range(300)] for seed in (1, 2)]
    assert lives[0] != lives[1]


def test_the_voice_opens_the_mouth_and_stress_raises_the_brows():
    phase = PosturePhase.at_rest(State.SPEAKING)
    quiet = pose(10, phase, SILENT, 1)
    loud = pose(10, phase, Voice(AH, stress=1), 1)
    assert loud.mouth == AH
    assert loud.brows > quiet.brows
    assert loud.drop > quiet.drop


# Expressions, greetings, looks at the button, ends of phrases

SURPRISE = {"brows": 1.0, "smile": 0.0, "gasp": 1.0, "tilt": -4.0}
SAD = {"smile": -0.9, "worry": 1.0}


@settings(deadline=None)
@given(moments, states, st.floats(0, 1), st.floats(0, 3))
def test_an_expression_comes_and_changes_without_a_jump(now_s, state, change_s, look_s):
    """Also into another one, and away again, before it was there."""
    phase = PosturePhase.at_rest(state)
    moods = [Mood().turned("surprise", SURPRISE, now_s)]
    moods.append(moods[0].turned("sad", SAD, now_s + change_s))
    moods.append(moods[1].turned("", {}, now_s + 1.5 * change_s))
    for mood, start_s in zip(moods, (0.0, change_s, 1.5 * change_s), strict=True):
        at_s = now_s + start_s + look_s
        before = pose(at_s, phase, SILENT, 1, mood)
        after = pose(at_s + 0.001, phase, SILENT, 1, mood)
        for name, value in numbers(after).items():
            assert abs(value - numbers(before)[name]) <= 0.1, name
        gasp = before.asked.get("gasp", 0.0)
        assert after.asked.get("gasp", 0.0) == pytest.approx(gasp, abs=0.02)
    for one, other, at_s in ((0, 1, change_s), (1, 2, 1.5 * change_s)):
        was = pose(now_s + at_s, phase, SILENT, 1, moods[one])
        turned = pose(now_s + at_s, phase, SILENT, 1, moods[other])
        assert numbers(turned) == pytest.approx(numbers(was), abs=1e-6)


def test_an_expression_sets_what_it_names_and_the_rest_lives_on():
    phase = PosturePhase.at_rest(State.ATTRACT)
    mood = Mood().turned("sad", SAD, 10)
    poses = [pose(20 + t / 5, phase, SILENT, 1, mood) for t in range(100)]
    assert {(now.smile, now.worry) for now in poses} == {(-0.9, 1.0)}
    assert len({now.gaze_x for now in poses}) > 3
    assert max(now.lids for now in poses) > 0.5, "it blinks"
    shapes = poses[0].shapes()
    assert (shapes["frown"], shapes["smile"]) == (0.9, 0.0)


def test_an_expression_that_ended_leaves_nothing():
    mood = Mood().turned("sad", SAD, 10).turned("", {}, 12)
    assert mood.values(13) == {}


def test_a_wink_shuts_one_eye():
    mood = Mood().turned("wink", {"blink-right": 1.0}, 10)
    start = blinks(1, 0)[9]
    shapes = pose(start - 0.05, PosturePhase.at_rest(State.ATTRACT), SILENT, 1, mood).shapes()
    assert (shapes["blink-left"], shapes["blink-right"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("first", "second", "smiles"),
    [
        (State.ATTRACT, State.LISTENING, True),
        (State.SPEAKING, State.ATTRACT, True),
        (State.LISTENING, State.THINKING, False),
        (State.ATTRACT, State.OFFLINE, False),
    ],
)
def test_a_talk_begins_and_ends_with_a_smile(first, second, smiles):
    phase = PosturePhase.at_rest(first).turned(second, 100)
    assert (phase.posture(101).smile > POSTURES[second].smile + 0.05) is smiles
    assert phase.posture(110).smile == POSTURES[second].smile


def test_it_looks_at_the_button_in_attract_alone():
    left = Habits(button=(-1.0, 0.2))

    def looks(state: State) -> int:
        phase = PosturePhase.at_rest(state)
        there = [pose(t / 20, phase, SILENT, 1, habits=left).gaze_x < -0.9 for t in range(2400)]
        return sum(now and not before for before, now in pairwise(there))

    assert 8 <= looks(State.ATTRACT) <= 14, "every ten seconds or so, in two minutes"
    assert looks(State.SPEAKING) == 0


def test_the_eyes_blink_where_a_phrase_has_ended():
    phase = PosturePhase.at_rest(State.SPEAKING)
    still = next(t / 10 for t in range(600) if pose(t / 10 + 1, phase, SILENT, 1).lids == 0
                 and pose(t / 10, phase, SILENT, 1).lids == 0)  # fmt: skip
    lids = {
        end_s: pose(still, phase, Voice(phrase_end_s=end_s), 1).lids for end_s in (0.1, 0.27, 0.6)
    }
    assert lids == pytest.approx({0.1: 0.0, 0.27: 1.0, 0.6: 0.0}, abs=1e-6)


def test_a_pack_may_blink_never():
    phase = PosturePhase.at_rest(State.SPEAKING)
    never = Habits(blinks=0.0)
    voice = Voice(phrase_end_s=0.27)
    assert all(pose(t / 20, phase, voice, 1, habits=never).lids == 0 for t in range(1200))


@settings(deadline=None)
@given(moments, states, states)
def test_it_is_wholly_in_its_states(now_s, first, second):
    phase = PosturePhase.at_rest(first).turned(second, now_s)
    for after_s in (0.0, 0.2, 1.0):
        shares = pose(now_s + after_s, phase, SILENT, 1).states
        assert sum(shares) == pytest.approx(1)
        assert min(shares) >= -1e-9
