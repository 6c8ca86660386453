"""No sequence of presses, releases, messages and losses makes an illegal order on the wire.

`Wire` refuses what the real service closes with 1007 on. Beyond order: each utterance that was
begun gets its end, its samples are contiguous, and none is said twice on one link.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.disconnects import Disconnect
from kiosk.core.link_state import Phase

from .service import (
    GENERATION_COMPLETE,
    INTERRUPTED,
    TURN_COMPLETE,
    handle,
    heard,
    message,
    said,
    sound,
)
from .test_conversation import Kiosk

MESSAGES = (
    sound(),
    said("word"),
    heard("word"),
    TURN_COMPLETE,
    INTERRUPTED,
    GENERATION_COMPLETE,
    handle("h"),
    handle("h", resumable=False),
    message(goAway={"timeLeft": "7s"}),
    message(toolCall={"functionCalls": [{"id": "1", "name": "x"}]}),
    message(serverContent={"turnComplete": True, "interactionStatus": "IN_PROGRESS"}),
    message(interactionStatus="IDLE", serverContent={}),
    message(error={"code": 13, "message": "internal"}),
    message(),
)
LOSSES = (
    Disconnect(reason="the line broke"),
    Disconnect(1000, ""),
    Disconnect(1007, "Request contains an invalid argument."),
    Disconnect(1011, "Internal error encountered."),
    Disconnect(http_status=503),
    Disconnect(http_status=401),
)
STEPS = st.one_of(
    st.tuples(st.just("press"), st.none()),
    st.tuples(st.just("release"), st.none()),
    st.tuples(st.just("run"), st.sampled_from([20, 60, 130, 400, 2000, 9000, 30_000])),
    st.tuples(st.just("receive"), st.sampled_from(MESSAGES)),
    st.tuples(st.just("lose"), st.sampled_from(LOSSES)),
    st.tuples(st.just("say"), st.just("text")),
    st.tuples(st.just("reset"), st.none()),
    st.tuples(st.just("connect"), st.none()),
)


def close_link(kiosk: Kiosk) -> None:
    """What the dialer does with a hang-up: the wire of that link is over."""
    for n in range(len(kiosk.wire.ranges)):
        if kiosk.wire.ranges[n]:
            kiosk.wire.samples(n)
    assert len(set(kiosk.wire.ids)) == len(kiosk.wire.ids), "said twice on one link"


def apply(kiosk: Kiosk, name: str, argument: object) -> None:
    match name:
        case "press":
            kiosk.press()
        case "release":
            kiosk.release()
        case "run":
            for _ in range(10):
                kiosk.step(argument / 10)
        case "receive" if kiosk.session.phase is Phase.UP:
            kiosk.receive(argument)
        case "lose":
            close_link(kiosk)
            kiosk.session.lost(argument, kiosk.now_s)
            kiosk.step(0)
        case "say":
            kiosk.conversation.say(argument, kiosk.now_s)
            kiosk.step(0)
        case "reset":
            kiosk.conversation.reset(kiosk.now_s)
            kiosk.step(0)
        case "connect" if kiosk.session.phase in (Phase.DIALLING, Phase.ROTATING):
            close_link(kiosk)
            kiosk.connect()
    kiosk.heard = kiosk.reply.end if name == "run" else kiosk.heard


def check(steps: list[tuple[str, object]]) -> None:
    """Play the steps, then let all be well, and see that it comes to rest."""
    kiosk = Kiosk()
    for name, argument in steps:
        apply(kiosk, name, argument)
    # The visitor leaves, the line is good, the service answers what it was asked.
    kiosk.release()
    kiosk.run(2000)
    for _ in range(40):
        if kiosk.session.phase is not Phase.UP:
            kiosk.step(65_000)
            kiosk.step(65_000)
            close_link(kiosk)
            kiosk.connect()
        kiosk.receive(sound(), TURN_COMPLETE, TURN_COMPLETE)
        kiosk.heard = kiosk.reply.end
        kiosk.run(200)
    close_link(kiosk)
    assert not kiosk.wire.open, "an activityStart without its end"
    assert not kiosk.session.outbox.in_flight
    assert all(turn.outcome for turn in kiosk.conversation.turns)


@pytest.mark.stories
@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_every_sequence_keeps_the_wire_legal_and_comes_to_rest(steps):
    check(steps)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=20_000, deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_very_many_sequences_keep_the_wire_legal_and_come_to_rest(steps):
    check(steps)
