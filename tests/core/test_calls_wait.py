"""While a tool is at work the visitor sees a sign of it, however long that takes."""

import pytest
from msgspec.structs import replace

from kiosk.core.inputs import CallAnswered, Received
from kiosk.core.scene import Notice, State

from .service import VISIT, heard, message, sound
from .test_step import Driven

CALL = message(toolCall={"functionCalls": [{"id": "7", "name": "light"}]})
STEP_S = 0.1
SIGN_S = 1.5
"""Longer silence feels like a fault."""
SIGNS = (Notice.ONE_MOMENT, Notice.STILL_WORKING)


def asked() -> Driven:
    """A question that the model answers with a call."""
    driven = Driven(replace(VISIT, end_after_s=5))
    driven.hold(1.0)
    driven.pull()
    driven.happen(Received(1, heard("the light, please")), Received(1, CALL))
    return driven


@pytest.mark.parametrize("delay_s", [0.0, 0.5, 1.0, 1.5, 2, 5, 7.9, 8, 10, 20, 30, 45, 60])
def test_a_sign_stands_from_soon_after_the_call_to_its_answer(delay_s: float) -> None:
    driven = asked()
    called_s, seen = driven.now_s, []
    while driven.now_s - called_s < delay_s:
        driven.now_s += STEP_S
        outputs = driven.happen()
        driven.pull()
        seen.append((driven.now_s - called_s, outputs.scene.notice, outputs.scene.state))
    assert all(notice in SIGNS for age_s, notice, _ in seen if age_s >= SIGN_S)
    assert all(notice is Notice.STILL_WORKING for age_s, notice, _ in seen if age_s >= 9)
    assert all(state is State.THINKING for _, _, state in seen), "and the visit goes on"
    outputs = driven.happen(CallAnswered("7", {"ok": True}))
    assert outputs.scene.notice is None
    assert b"toolResponse" in b"".join(pulled(driven))


def pulled(driven: Driven) -> list[bytes]:
    payloads = []
    while (outgoing := driven.core.pull(driven.now_s, 1)) is not None:
        driven.core.sent(outgoing, driven.now_s)
        payloads.append(outgoing.payload)
    return payloads


def test_what_the_host_says_meanwhile_is_sign_enough() -> None:
    driven = asked()
    driven.now_s += 5
    assert driven.happen().scene.notice is Notice.ONE_MOMENT
    assert driven.happen(Received(1, sound())).scene.notice is None
    driven.heard = driven.written
    driven.now_s += 1
    assert driven.happen().scene.notice is Notice.ONE_MOMENT


def test_a_call_that_is_taken_back_leaves_no_sign() -> None:
    driven = asked()
    driven.now_s += 5
    driven.happen()
    taken_back = message(toolCallCancellation={"ids": ["7"]})
    assert driven.happen(Received(1, taken_back)).scene.notice is None


def test_a_call_while_nobody_is_here_begins_no_visit() -> None:
    driven = Driven()
    driven.happen(Received(1, CALL))
    driven.now_s += 2
    assert driven.happen().visitor_s is None
    assert driven.core.view().turns == ()
