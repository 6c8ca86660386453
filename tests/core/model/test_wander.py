"""For very many stories of loaded dice: nothing is lost, nothing is said twice."""

import time

import pytest

from . import mutants
from .state import WrongError
from .tales import shortest
from .wander import tale, wander

pytestmark = pytest.mark.stories


def test_nothing_is_lost_in_stories_of_loaded_dice():
    assert wander(range(300))["all"] > 600


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nothing_is_lost_in_very_many_stories_of_loaded_dice():
    first = time.time_ns()
    wander(range(first, first + 30_000))


def test_what_goes_wrong_is_told_by_a_seed_and_in_short(monkeypatch):
    mutants.MUTANTS[0](monkeypatch)
    with pytest.raises(WrongError, match=r"(?s)seed \d+: .*story: ") as told:
        wander(range(2_000))
    seed = int(str(told.value).partition("seed ")[2].partition(":")[0])
    short = shortest(tale(seed))
    assert len(short.story) < len(tale(seed).story)
    with pytest.raises(WrongError):
        short.play()
