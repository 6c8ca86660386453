"""A slow line is a line: limits grow after they ran out, and go back."""

import pytest

from kiosk.core.dial_schedule import MAX_SETUP_TIMEOUT_S, SETUP_TIMEOUT_S
from kiosk.core.disconnects import BROKEN, Disconnect
from kiosk.core.link_state import Phase
from kiosk.core.timeouts import AdaptiveTimeout

from .line import Line
from .service import SETUP_COMPLETE


def test_limit_grows_to_its_longest_and_goes_back():
    limit, seconds = AdaptiveTimeout(5.0, 30.0), []
    for _ in range(6):
        seconds.append(limit.seconds)
        limit.expired()
    assert seconds == sorted(seconds)
    assert seconds[0] == 5.0
    assert limit.seconds == 30.0
    limit.met(0.7)
    assert limit.seconds == 5.0


def test_limit_leaves_room_over_what_was_needed_last():
    limit = AdaptiveTimeout(5.0, 30.0)
    limit.met(6.0)
    assert limit.seconds == 12.0
    limit.met(100.0)
    assert limit.seconds == 30.0


def dial(line: Line, answers_after_s: float) -> bool:
    """One dial; whether the session is open in the end."""
    while line.session.phase is not Phase.DIALLING:
        line.pass_time(0.1)
    line.session.actions.clear()
    line.session.opened(line.now_s)
    began_s = line.now_s
    while line.session.phase is Phase.DIALLING and line.now_s - began_s < answers_after_s:
        line.pass_time(0.1)
    if line.session.phase is Phase.DIALLING:
        line.receive(SETUP_COMPLETE)
    return line.session.phase is Phase.UP


@pytest.mark.parametrize("needs_s", [6.0, 12.0, 28.0])
def test_setup_that_takes_its_time_gets_it(needs_s):
    line = Line()
    opened = [dial(line, needs_s)]
    while not opened[-1]:
        opened.append(dial(line, needs_s))
    assert len(opened) <= 6
    # And the next dial on the same line does not begin by timing out.
    line.lose()
    assert dial(line, needs_s) or needs_s * 2 > MAX_SETUP_TIMEOUT_S


def test_limit_of_the_setup_goes_back_on_a_fast_line():
    line = Line()
    assert not dial(line, 6.0)
    assert dial(line, 0.1)
    line.lose()
    assert not dial(line, SETUP_TIMEOUT_S + 1)


def test_connection_that_breaks_before_a_session_is_no_missing_network():
    """The service has answered HTTP by then."""
    line = Line()
    for _ in range(40):
        while line.session.phase is not Phase.DIALLING:
            line.pass_time(0.1)
        line.session.opened(line.now_s)
        line.session.lost(BROKEN, line.now_s)
        line.pass_time(1)
    assert line.session.staff_code == "K-LINK"
    assert not line.session.without_network


def test_silent_service_is_no_missing_network():
    line = Line()
    while line.session.staff_code == "":
        dial(line, 1e9)
    assert line.session.staff_code == "K-LINK"
    assert not line.session.without_network
    assert line.session.troubles[-1].loss != Disconnect()
