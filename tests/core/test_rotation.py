"""A link is replaced before the service ends it, when nobody notices or when it must be."""

import math

import pytest

from kiosk.core.events import Dial
from kiosk.core.link_state import Phase
from kiosk.core.pauses import HEALTHY_S, SOMEBODY_WAITS_S

from .line import Line
from .service import (
    SETUP_COMPLETE,
    TURN_COMPLETE,
    handle,
    message,
    sound,
)


def test_go_away_rotates_when_idle(line):
    line.receive(handle("a"))
    line.pass_time(HEALTHY_S)
    line.speak(1, 0, 3200)
    line.receive(sound(), message(goAway={"timeLeft": "50s"}))
    line.pass_time(1)
    assert line.session.phase is Phase.UP
    line.receive(TURN_COMPLETE, handle("b"))
    line.pass_time(0.1)
    assert line.session.phase is Phase.ROTATING
    line.pass_time(0.0)
    assert line.connect()["sessionResumption"] == {"handle": "b"}


@pytest.mark.parametrize(
    "go_away", [{"timeLeft": "9.5s"}, {"timeLeft": "0s"}, {}, {"timeLeft": "?"}]
)
def test_go_away_rotates_at_the_deadline_even_in_the_middle_of_speech(line, go_away):
    line.session.open(1, 0, line.now_s)
    line.send(5000)
    line.receive(message(goAway=go_away))
    line.pass_time(10.1)
    line.pass_time(0.0)
    line.connect()
    line.session.close(1, 7000, line.now_s)
    line.send()
    assert line.wire.samples(0) == (0, 7000)


def test_go_away_right_after_each_setup_makes_no_storm_of_dials(line):
    dials = 0
    for _ in range(400):
        if line.session.phase is Phase.UP:
            line.receive(message(goAway={"timeLeft": "0s"}))
        line.pass_time(0.01)
        if any(isinstance(action, Dial) for action in line.session.actions):
            dials += 1
            line.connect()
    assert dials < 20


def test_words_wait_for_no_long_pause_where_each_link_is_to_end_at_once(line):
    line.session.open(1, 0, line.now_s)
    for _ in range(10):
        line.receive(message(goAway={"timeLeft": "0s"}))
        line.pass_time(0.0)
        line.pass_time(SOMEBODY_WAITS_S)
        line.connect()


def test_young_link_that_is_to_end_soon_is_rotated_only_when_little_time_is_left(line):
    line.receive(handle("a"), message(goAway={"timeLeft": "20s"}))
    line.pass_time(9)
    assert line.session.phase is Phase.UP
    line.pass_time(2)
    assert line.session.phase is Phase.ROTATING


def test_go_away_with_much_time_left_after_each_setup_costs_no_dials():
    line = Line()
    dials, down_s = 0, 0.0
    up_at_s = told_at_s = math.inf
    for _ in range(3600 * 10):
        line.pass_time(0.1)
        while line.session.actions:
            if isinstance(line.session.actions.popleft(), Dial):
                dials += 1
                line.session.opened(line.now_s)
                up_at_s = line.now_s + 0.68
        if line.now_s >= up_at_s:
            line.receive(SETUP_COMPLETE, handle(f"h{dials}"))
            up_at_s, told_at_s = math.inf, line.now_s + 1
        if line.now_s >= told_at_s:
            line.receive(message(goAway={"timeLeft": "300s"}))
            told_at_s = math.inf
        down_s += 0.1 * (line.session.phase is not Phase.UP)
    assert dials < 20
    assert down_s < dials


def test_late_end_of_a_link_that_was_rotated_is_no_loss(line):
    line.pass_time(541)
    assert line.session.phase is Phase.ROTATING
    line.lose()
    line.connect()
    assert line.session.phase is Phase.UP


def test_link_is_rotated_before_its_known_life_ends_when_nobody_is_there(line):
    line.receive(handle("a"))
    line.pass_time(541)
    assert line.session.phase is Phase.ROTATING
