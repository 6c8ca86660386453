"""When a link is tried again, what staff are shown, and what is no longer resumed."""

import math

import pytest

from kiosk.core.disconnects import Disconnect
from kiosk.core.events import Dial
from kiosk.core.pauses import MAX_ASKED_S, QUOTA_WAITS_S

from .line import Line
from .service import (
    handle,
)

QUOTA = Disconnect(http_status=429)


def until_it_dials(line) -> float:
    """Seconds until the next dial."""
    began_s = line.now_s
    while not line.session.actions:
        line.pass_time(0.1)
    line.session.actions.clear()
    return line.now_s - began_s


@pytest.mark.parametrize(
    ("loss", "code"),
    [
        (Disconnect(1007, 'Unknown name "x" at setup'), "K-FIELD"),
        (Disconnect(1008, "models/x is not found for API version v1beta"), "K-MODEL"),
        (Disconnect(http_status=404), "K-MODEL"),
        (Disconnect(1011, "Your prepayment credits are depleted."), "K-BILLING"),
        (Disconnect(reason="no key", local_fault="K-KEY"), "K-KEY"),
    ],
)
def test_faults_for_staff_show_their_code_and_are_tried_slowly(loss, code):
    line = Line()
    line.session.actions.clear()
    line.lose(loss)
    assert line.session.staff_code == code
    line.pass_time(30)
    assert not line.session.actions
    line.pass_time(120)
    line.connect()
    assert line.session.staff_code == ""


def test_what_has_worked_is_believed_to_be_wrong_the_second_time(line):
    line.lose(Disconnect(http_status=404))
    assert line.session.staff_code == ""
    assert line.session.actions
    line.lose(Disconnect(http_status=404))
    assert line.session.staff_code == "K-MODEL"


def test_quota_is_tried_more_and_more_seldom(line):
    pauses_s = []
    for _ in range(5):
        line.lose(QUOTA)
        pauses_s.append(round(until_it_dials(line)))
    assert pauses_s == [15, 30, 60, 90, 90]


def test_quota_is_tried_sooner_while_words_are_undelivered(line):
    line.session.open(1, 0, line.now_s)
    line.session.close(1, 3200, line.now_s)
    pauses_s = []
    for _ in range(4):
        line.lose(QUOTA)
        pauses_s.append(round(until_it_dials(line)))
    assert pauses_s == [5, 9, 18, 36]


@pytest.mark.parametrize("refusals", [1, 4])
def test_press_brings_the_next_attempt_on_a_quota_forward(line, refusals):
    for _ in range(refusals):
        line.session.actions.clear()
        line.lose(QUOTA)
        last_s = line.now_s
        if _ < refusals - 1:
            until_it_dials(line)
    line.pass_time(2)
    line.session.open(1, 0, line.now_s)
    until_it_dials(line)
    assert line.now_s - last_s == pytest.approx(QUOTA_WAITS_S, abs=0.2)


def test_presses_make_no_storm_on_a_service_that_is_out_of_quota(line):
    line.lose(QUOTA)
    dials = 0
    for n in range(300):
        if n % 3 == 0:
            line.session.open(n, n * 100, line.now_s)
        line.pass_time(0.1)
        if line.session.actions:
            dials += 1
            line.session.actions.clear()
            line.session.lost(QUOTA, line.now_s)
    assert 3 < dials <= 30 / QUOTA_WAITS_S + 1


def test_press_does_not_bring_forward_what_the_service_asks_to_be_left_alone(line):
    line.lose(Disconnect(http_status=429, retry_after_s=50.0))
    line.session.open(1, 0, line.now_s)
    assert until_it_dials(line) > 49


def test_press_does_not_hurry_what_only_staff_can_mend():
    line = Line()
    line.session.actions.clear()
    line.lose(
        Disconnect(1011, "Your prepayment credits are depleted. Please go to AI Studio at https")
    )
    assert line.session.staff_code == "K-BILLING"
    line.session.open(1, 0, line.now_s)
    assert until_it_dials(line) > 59


def test_one_refusal_for_quota_is_no_outage_and_what_lasts_is(line):
    line.lose(QUOTA)
    shown = []
    for _ in range(12):
        line.pass_time(1)
        shown.append(line.session.staff_code)
    assert set(shown) == {""}
    assert line.session.code == "K-QUOTA"
    until_it_dials(line)
    line.lose(QUOTA)
    assert line.session.staff_code == ""
    line.pass_time(6)
    assert line.session.staff_code == "K-QUOTA"
    line.pass_time(100)
    line.connect()
    assert (line.session.code, line.session.staff_code) == ("", "")


@pytest.mark.parametrize(
    "loss",
    [
        Disconnect(1008, "Operation is not implemented, or supported, or enabled"),
        Disconnect(1007, "Request contains an invalid argument."),
        Disconnect(1011, "Internal error encountered."),
        Disconnect(http_status=429, retry_after_s=0.0),
        Disconnect(reason="no route"),
    ],
)
def test_nothing_that_fails_for_ever_is_dialled_in_a_storm(loss):
    line = Line()
    dials = 0
    while line.now_s < 700.0:
        if line.session.actions:
            dials += 1
            line.session.actions.clear()
            line.session.opened(line.now_s)
            line.session.lost(loss, line.now_s)
        line.pass_time(0.1)
    assert dials < 200


@pytest.mark.parametrize("asked_s", [math.inf, -1.0, math.nan, -math.inf, 1e300])
def test_nonsense_in_retry_after_is_bounded(line, asked_s):
    line.lose(Disconnect(http_status=429, retry_after_s=asked_s))
    assert until_it_dials(line) <= MAX_ASKED_S + 1


@pytest.mark.parametrize(
    "loss", [Disconnect(http_status=503), Disconnect(1011, "Internal error encountered.")]
)
def test_trouble_of_the_service_is_told_once_it_lasts(line, loss):
    shown = []
    for _ in range(40):
        line.session.actions.clear()
        line.lose(loss)
        line.pass_time(1)
        shown.append(line.session.staff_code)
    assert shown[10] == ""
    assert shown[-1] == "K-LINK"
    until_it_dials(line)
    line.lose(Disconnect(reason="no route"))
    assert (line.session.code, line.session.staff_code) == ("K-NET", "")


def test_quota_is_left_alone_for_as_long_as_the_service_asks(line):
    line.lose(Disconnect(http_status=429, retry_after_s=200.0))
    line.pass_time(199)
    assert not line.session.actions
    line.pass_time(2)
    assert isinstance(line.session.actions.popleft(), Dial)


def test_refused_credential_is_fetched_anew_once(line):
    line.lose(Disconnect(http_status=401))
    dial = line.session.actions.popleft()
    assert dial.refresh_credential
    assert line.session.staff_code == ""
    line.lose(Disconnect(http_status=401))
    assert line.session.staff_code == "K-KEY"


def test_broken_lines_do_not_cost_the_handle(line):
    line.receive(handle("a"))
    for _ in range(10):
        line.lose(Disconnect(reason="no route"))
        line.pass_time(10)
        line.session.actions.clear()
    assert line.session.checkpoint.handle == "a"


def test_service_that_keeps_failing_costs_the_handle(line):
    line.receive(handle("a"))
    for _ in range(3):
        line.lose(Disconnect(1011, "Internal error encountered."))
        line.pass_time(10)
        line.session.actions.clear()
    assert line.session.checkpoint.handle == ""
