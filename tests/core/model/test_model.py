"""For every interleaving that the model knows: nothing is lost, nothing is said twice."""

import pytest
from hypothesis import given, settings

from .service import Reading
from .steps import READINGS, STORIES, play
from .world import World


@settings(max_examples=400, deadline=None)
@given(READINGS, STORIES)
def test_nothing_is_lost_and_nothing_said_twice(reading: Reading, steps: list[tuple]):
    play(World(reading), steps)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None)
@given(READINGS, STORIES)
def test_nothing_is_lost_in_very_many_interleavings(reading: Reading, steps: list[tuple]):
    play(World(reading), steps)
