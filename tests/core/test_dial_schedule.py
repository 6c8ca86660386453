"""When the next dial is due, and how long a setup may take."""

from itertools import pairwise

from kiosk.core.dial_schedule import SETUP_TIMEOUT_S
from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial, HangUp

from .line import Line
from .service import (
    handle,
)

INVALID = Disconnect(1007, "Request contains an invalid argument.")


def test_refused_handle_costs_no_long_pause(line):
    line.receive(handle("a"))
    for _ in range(6):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(10)
        line.session.actions.clear()
    line.session.lost(INVALID, line.now_s)
    line.pass_time(0.3)
    assert line.connect()["sessionResumption"] == {}


def test_missing_setup_complete_is_a_loss(line):
    line.lose()
    line.session.actions.clear()
    line.session.opened(line.now_s)
    line.pass_time(SETUP_TIMEOUT_S + 0.1)
    assert line.session.actions.popleft() == HangUp()
    line.pass_time(10)
    assert isinstance(line.session.actions.popleft(), Dial)


def test_dialling_never_gives_up_and_pauses_are_bounded():
    line = Line()
    times = []
    for _ in range(200):
        while not line.session.actions:
            line.pass_time(0.05)
        times.append(line.now_s)
        line.session.actions.clear()
        line.session.lost(Disconnect(reason="no route"), line.now_s)
    assert times[1] - times[0] < 0.1  # at once, but for the step of this clock
    assert max(after - before for before, after in pairwise(times)) <= 8.1


def test_pauses_are_short_while_words_are_undelivered(line):
    for _ in range(8):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(10)
        line.session.actions.clear()
    line.session.lost(Disconnect(reason="no route"), line.now_s)
    line.session.open(1, 0, line.now_s)
    line.pass_time(0.76)
    assert isinstance(line.session.actions.popleft(), Dial)
    line.session.lost(Disconnect(reason="no route"), line.now_s)
    line.pass_time(0.76)
    assert isinstance(line.session.actions.popleft(), Dial)
