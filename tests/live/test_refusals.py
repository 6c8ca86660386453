"""A visitor and a service that refuses for a while, over real sockets."""

import asyncio

import pytest

from kiosk.core.pauses import QUOTA_WAITS_S
from kiosk.core.scene import State

from .test_dialer import Rig, ask, rig, server  # noqa: F401 - fixtures

EMPTY = "Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects"


def state(rig: Rig) -> State:  # noqa: F811
    return rig.scene.state


async def test_one_refusal_for_quota_between_two_questions_costs_a_moment(server, rig):  # noqa: F811
    await rig.up()
    server.refuse_once = [503, 429]
    server.live.transport.abort()
    await rig.until(lambda: not server.refuse_once and rig.link.code == "K-QUOTA")
    shown = set()
    await asyncio.sleep(1.0)
    shown.add(state(rig))
    for _ in range(3):
        await ask(rig, 0.4)
        shown.add(state(rig))
        await asyncio.sleep(0.5)
    await rig.until(lambda: all(turn.outcome for turn in rig.core.view().turns))
    outcomes = [turn.outcome for turn in rig.core.view().turns]
    assert outcomes[-1] == "answered"
    assert set(outcomes) <= {"answered", "interrupted"}
    spoken = [body for body in server.connections[-1] if "realtimeInput" in body]
    starts = [body for body in spoken if "activityStart" in body["realtimeInput"]]
    assert len(starts) == 3, "each question, in order, once"
    assert State.OUT_OF_ORDER not in shown
    assert State.OFFLINE not in shown
    _, _, refused_s, taken_s = server.dialled_s
    assert taken_s - refused_s >= QUOTA_WAITS_S - 0.1


@pytest.mark.parametrize("before_setup", [True, False])
async def test_empty_account_is_told_in_the_words_of_the_service(server, rig, before_setup):  # noqa: F811
    async def close(socket, body: dict) -> None:
        if not before_setup:
            await socket.send(b'{"setupComplete": {}}')
        await socket.close(1011, EMPTY)

    server.script = close
    await rig.until(lambda: rig.link.staff_code)
    scene = rig.scene
    assert (scene.state, scene.code, scene.detail) == (State.OUT_OF_ORDER, "K-BILLING", EMPTY)
    dials = len(server.connections)
    await asyncio.sleep(1.0)
    assert len(server.connections) == dials, "tried at a calm pace"
