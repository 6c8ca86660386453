"""How far an utterance has come and what is wanted of it: what may follow what."""

import pytest

from kiosk.core.utterance import Fate, Progress, Utterance
from kiosk.errors import IllegalMoveError

ALL_THE_WAY = list(Progress)[1:]


def at(progress: Progress) -> Utterance:
    u = Utterance(1, 0, end=3200)
    for each in ALL_THE_WAY[: progress.value]:
        if each is not Progress.OVER or progress is Progress.OVER:
            u.move(each)
    return u


def test_it_goes_all_the_way_in_order():
    assert at(Progress.OVER).reached is Progress.GENERATED


@pytest.mark.parametrize("progress", [p for p in Progress if p is not Progress.QUEUED])
def test_it_is_queued_again_from_anywhere(progress):
    u = at(progress)
    u.cursor = 1600
    u.rewind()
    assert (u.progress, u.reached, u.on_link, u.cursor) == (
        Progress.QUEUED,
        Progress.QUEUED,
        False,
        0,
    )


@pytest.mark.parametrize("progress", [p for p in Progress if p is not Progress.OVER])
def test_it_may_be_over_at_any_time_and_what_it_reached_is_known(progress):
    u = at(progress)
    u.move(Progress.OVER)
    assert u.reached is progress
    assert u.taken == (progress >= Progress.TAKEN)


@pytest.mark.parametrize(
    ("now", "to"),
    [
        (Progress.QUEUED, Progress.TAKEN),
        (Progress.SENDING, Progress.TAKEN),
        (Progress.SENT, Progress.ANSWERING),
        (Progress.TAKEN, Progress.SENT),
        (Progress.GENERATED, Progress.ANSWERING),
        (Progress.OVER, Progress.SENT),
    ],
)
def test_no_step_is_left_out_and_none_goes_back(now, to):
    u = at(now)
    with pytest.raises(
        IllegalMoveError, match=f"utterance 1 cannot go from {now.name} to {to.name}"
    ):
        u.move(to)
    assert u.progress is now


def test_what_is_learnt_late_of_one_that_is_over_is_kept_beside_it():
    u = at(Progress.SENT)
    u.move(Progress.OVER)
    u.reach(Progress.TAKEN)
    assert (u.progress, u.reached) == (Progress.OVER, Progress.TAKEN)


def test_what_it_has_reached_is_reached_again_for_nothing():
    u = at(Progress.GENERATED)
    u.reach(Progress.ANSWERING)
    assert u.progress is Progress.GENERATED


def test_one_that_was_spoken_over_may_be_wanted_again():
    u = Utterance(1, 0)
    u.decide(Fate.SPOKEN_OVER)
    assert not u.wanted
    u.decide(Fate.WANTED)
    assert u.wanted


@pytest.mark.parametrize("fate", [f for f in Fate if f is not Fate.GIVEN_UP])
def test_what_is_given_up_is_given_up_for_good(fate):
    u = Utterance(1, 0)
    u.decide(Fate.GIVEN_UP)
    with pytest.raises(IllegalMoveError):
        u.decide(fate)


@pytest.mark.parametrize("fate", [Fate.WANTED, Fate.SPOKEN_OVER])
def test_what_the_service_alone_is_told_can_only_be_given_up(fate):
    u = Utterance(1, 0)
    u.decide(Fate.TOLD_ONLY)
    with pytest.raises(IllegalMoveError):
        u.decide(fate)
    u.decide(Fate.GIVEN_UP)
    assert u.fate is Fate.GIVEN_UP
