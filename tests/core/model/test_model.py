"""For every interleaving that the model knows: nothing is lost, nothing is said twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .service import Reading
from .steps import READINGS, STORIES, play
from .world import World


@settings(max_examples=500, deadline=None, derandomize=True)
@given(READINGS, st.sampled_from([3600, 60]), STORIES)
def test_nothing_is_lost_and_nothing_said_twice(reading: Reading, patience_s: int, story: list):
    play(World(reading, patience_s), story)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None)
@given(READINGS, st.sampled_from([3600, 60]), STORIES)
def test_nothing_is_lost_in_very_many_interleavings(reading: Reading, patience_s: int, story: list):
    play(World(reading, patience_s), story)
