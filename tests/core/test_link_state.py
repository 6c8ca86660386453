"""Where a link may go from where it is, and what is told of it."""

import logging

import pytest

from kiosk.core.link_state import LinkState, LinkStatus, Phase
from kiosk.errors import IllegalMoveError

STEPS = ("dial", "opened", "set_up")


def link(steps: int) -> LinkStatus:
    it = LinkStatus()
    for at_s, step in enumerate(STEPS[:steps], 1):
        getattr(it, step)(float(at_s))
    return it


@pytest.mark.parametrize(
    ("steps", "state", "phase", "since_s"),
    [
        (0, LinkState.WAITING, Phase.DOWN, 0.0),
        (1, LinkState.DIALLING, Phase.DIALLING, 1.0),
        (2, LinkState.SETTING_UP, Phase.DIALLING, 1.0),
        (3, LinkState.UP, Phase.UP, 3.0),
    ],
)
def test_status_tells_of_a_socket_and_its_setup_as_one(steps, state, phase, since_s):
    it = link(steps)
    assert (it.state, it.phase, it.phase_since_s) == (state, phase, since_s)
    assert it.is_open == (steps >= 2)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_it_is_down_from_anywhere_once_it_is_lost(steps):
    it = link(steps)
    it.lost(9.0)
    assert (it.state, it.phase, it.phase_since_s) == (LinkState.WAITING, Phase.DOWN, 9.0)
    assert it.down_since_s == (9.0 if steps == 3 else 0.0)


def test_it_is_rotating_until_the_next_is_up():
    it = link(3)
    it.rotated(4.0)
    for at_s, step in enumerate(STEPS, 5):
        assert it.phase is Phase.ROTATING
        getattr(it, step)(float(at_s))
    assert (it.phase, it.down_since_s) == (Phase.UP, 4.0)


def test_rotation_that_comes_to_nothing_is_an_outage():
    it = link(3)
    it.rotated(4.0)
    it.dial(5.0)
    it.lost(6.0)
    assert it.phase is Phase.DOWN


WRONG = [(0, "opened"), (0, "set_up"), (0, "lost"), (1, "dial"), (1, "set_up"), (2, "dial")]


@pytest.mark.parametrize(("steps", "step"), [*WRONG, (3, "opened")])
def test_no_step_is_left_out(steps, step):
    with pytest.raises(IllegalMoveError, match="the link cannot go from"):
        getattr(link(steps), step)(9.0)


def test_each_move_is_logged_for_whoever_looks(caplog):
    caplog.set_level(logging.DEBUG, "kiosk.core.link")
    link(3)
    assert caplog.messages == ["link: dialling", "link: setting up", "link: up"]


def test_it_rests_while_none_is_wanted_and_was_not_missed_meanwhile():
    it = link(3)
    it.rest(True, 4.0)
    assert it.phase is Phase.UP
    it.rotated(5.0)
    assert (it.phase, it.phase_since_s) == (Phase.RESTING, 5.0)
    it.rest(False, 900.0)
    assert (it.phase, it.phase_since_s, it.down_since_s) == (Phase.ROTATING, 900.0, 900.0)
