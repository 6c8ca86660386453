"""The model test is worth something: it fails on each seeded bug."""

import pytest

from . import mutants_opening, mutants_seen, mutants_visit
from .mutants import MUTANTS, TOOL_AND_LOSS, use_a_tool_again
from .state import Reading, WrongError
from .steps import play
from .wander import tale
from .world import World

pytestmark = pytest.mark.stories
SEEDS = (0, 424, 47, 44, 38, *range(3_000))
"""Most bugs show in the first story, the rarest in that of 424: those that show one come before."""


@pytest.mark.parametrize(
    "mutant",
    [
        *MUTANTS,
        *mutants_seen.MUTANTS,
        *mutants_opening.MUTANTS,
        *mutants_visit.MUTANTS,
    ],
    ids=lambda mutant: mutant.__name__,
)
def test_seeded_bug_is_found(mutant, monkeypatch):
    mutant(monkeypatch)
    with pytest.raises(WrongError):  # noqa: PT012 - whichever story it is
        for seed in SEEDS:
            tale(seed).play()


def test_tool_that_is_used_twice_is_found(monkeypatch):
    play(World(Reading(), ask_again=True), TOOL_AND_LOSS)
    use_a_tool_again(monkeypatch)
    with pytest.raises(WrongError):
        play(World(Reading(), ask_again=True), TOOL_AND_LOSS)


def test_answer_whose_beginning_counts_twice_is_found(monkeypatch):
    play(World(Reading(), ask_again=True), mutants_seen.HEARD_TWICE)
    mutants_seen.count_twice_what_was_heard(monkeypatch)
    with pytest.raises(WrongError, match=r"1 is not asked again: 0\.\d+ s were heard"):
        play(World(Reading(), ask_again=True), mutants_seen.HEARD_TWICE)


def test_empty_turn_that_is_not_asked_again_is_found(monkeypatch):
    """The model's stories of mutants are told with `live.ask_again` off."""
    story = [("ask", 0.5), ("run", 4.0)] * 3
    play(World(Reading(silent_answers=True), ask_again=True), story)
    mutants_seen.never_ask_again_after_an_empty_turn(monkeypatch)
    with pytest.raises(WrongError, match="3 is called empty, and was not asked again"):
        play(World(Reading(silent_answers=True), ask_again=True), story)


def test_speech_that_is_refused_for_ever_is_found(monkeypatch):
    def refusals() -> int:
        world = World(Reading(chokes=True), ask_again=True)
        play(world, mutants_seen.REFUSED_SPEECH)
        return world.judge.spoken[2].refusals

    assert refusals() <= 3  # Once more where a history that came before may be to blame.
    mutants_seen.say_for_ever_what_is_refused(monkeypatch)
    assert refusals() > 3


def test_words_of_the_instruction_that_are_forgotten_are_found(monkeypatch):
    play(World(Reading(history="turns")), mutants_opening.RESUMED_AFTER_A_RECAP)
    mutants_opening.forget_the_words_of_the_instruction_on_a_resume(monkeypatch)
    with pytest.raises(WrongError):
        play(World(Reading(history="turns")), mutants_opening.RESUMED_AFTER_A_RECAP)
