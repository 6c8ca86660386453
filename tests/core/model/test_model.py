"""For every interleaving that the model knows: nothing is lost, nothing is said twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .state import Reading
from .steps import READINGS, STORIES, play
from .world import World

SETTINGS = st.fixed_dictionaries(
    {"end_after_s": st.sampled_from([3600, 60]), "ask_again": st.booleans()}
)

pytestmark = pytest.mark.stories


@settings(max_examples=200, deadline=None, derandomize=True)
@given(READINGS, SETTINGS, STORIES)
def test_nothing_is_lost_and_nothing_said_twice(reading: Reading, live: dict, story: list):
    play(World(reading, **live), story)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=20_000, deadline=None)
@given(READINGS, SETTINGS, STORIES)
def test_nothing_is_lost_in_very_many_interleavings(reading: Reading, live: dict, story: list):
    play(World(reading, **live), story)
