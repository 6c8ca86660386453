"""Stories that hypothesis once found and that went wrong, as short as they can be told."""

import pytest

from kiosk.core.disconnects import Disconnect

from .state import Reading
from .steps import play
from .world import World

ABORTED = Disconnect(1008, "The operation was aborted.")
SLOWLY = [("ask", 0.5), ("run", 2.0), ("run", 2.0), ("latency", 0.3), ("lose", ABORTED, 0.0, 0.0)]


@pytest.mark.parametrize("index", [None, "string"])
def test_answer_to_a_question_that_was_spoken_over_vouches_for_no_handle(index):
    """It came when the end of the next question was under way: the handle was from its middle."""
    reading = Reading(index=index, updates="message", transcript="late", in_one_frame=True)
    story = [*SLOWLY, ("ask", 0.2), ("ask", 0.2), ("go_away", ("9.5s", 9.5), False)]
    play(World(reading), story)


def test_tool_that_is_used_when_the_daemon_dies_is_not_used_again():
    story = [("ask", 0.5), ("tool", "light"), ("run", 1.0), ("crash", 1.5), ("tool", "light")]
    play(World(Reading(), ask_again=True), story)


def test_dials_that_are_refused_at_once_are_dials():
    story = [
        ("refuse", [Disconnect(reason="no route")] * 6),
        *[("press",), ("lose", Disconnect(reason="the line broke"), 0.0, 0.0), ("run", 2.0)],
    ]
    play(World(), story)


def test_late_words_of_a_turn_that_is_settled_are_no_sign_of_the_next():
    """The service answers the second question with nothing, and its words come under the third."""
    story = [
        *[("ask", 0.2), ("crash", 1.5), ("ask", 0.5), ("run", 0.06)],
        *[("mute", True), ("ask", 0.2), ("lose", ABORTED, 0.0, 1.0)],
    ]
    reading = Reading(transcript="late", silent_answers=True, said_late=True)
    play(World(reading), story)


def test_words_of_what_is_said_again_are_not_told_in_the_name_of_what_is_given_up():
    """The second question is refused twice; what was heard of it are words of the first."""
    story = [("ask", 1.0), ("ask", 0.5), ("tool", "light")]
    play(World(Reading(transcript="live", chokes=True)), story)
