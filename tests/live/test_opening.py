"""Over real sockets: a service that takes no history, or never answers a handle."""

import json

import pytest

from kiosk.core.link_state import Phase
from kiosk.core.timeouts import AdaptiveTimeout

from .test_dialer import Rig, answered, ask, rig, server  # noqa: F401 - fixtures

INVALID = (1007, "Request contains an invalid argument.")
HEARD = {"serverContent": {"inputTranscription": {"text": "where is the exit"}}}
SAID = {"serverContent": {"outputTranscription": {"text": "left"}}}


def given(setup: dict) -> str:
    if setup["sessionResumption"].get("handle"):
        return "handle"
    if "historyConfig" in setup:
        return "turns"
    return "words" if len(setup["systemInstruction"]["parts"]) > 1 else "nothing"


def all_given(server) -> list[str]:  # noqa: F811
    return [given(bodies[0]["setup"]) for bodies in server.connections if bodies]


def obey_with_words(server, handle: str = ""):  # noqa: F811
    """A service that transcribes, and gives a handle after each answer."""

    async def obey(socket, body: dict) -> None:
        if "activityEnd" in body.get("realtimeInput", {}):
            for message in (HEARD, SAID):
                await socket.send(json.dumps(message))
        await type(server).obey(server, socket, body)
        if handle and "activityEnd" in body.get("realtimeInput", {}):
            update = {"newHandle": handle, "resumable": True}
            await socket.send(json.dumps({"sessionResumptionUpdate": update}))

    return obey


async def turn(rig: Rig) -> str:  # noqa: F811
    """The outcome of the next question."""
    before = len(rig.core.view().turns)
    await ask(rig)
    await rig.until(lambda: len(rig.core.view().turns) > before)
    await answered(rig)
    return rig.turn.outcome


@pytest.mark.parametrize("words_too", [False, True])
async def test_history_that_is_refused_costs_no_question(server, rig, words_too):  # noqa: F811
    obey = obey_with_words(server)

    async def script(socket, body: dict) -> None:
        told = words_too and "setup" in body and given(body["setup"]) == "words"
        if "clientContent" in body or told:
            await socket.close(*INVALID)
        else:
            await obey(socket, body)

    server.script = script
    await rig.up()
    assert await turn(rig) == "answered"
    server.live.transport.abort()
    await rig.until(lambda: rig.link.phase is not Phase.UP)
    assert await turn(rig) == "answered"
    expected = ["nothing", "turns", "words", *(["nothing"] if words_too else [])]
    assert all_given(server) == expected
    assert rig.link.staff_code == ""


async def test_handle_that_is_never_answered_is_left(server, rig, monkeypatch):  # noqa: F811
    monkeypatch.setattr(rig.core._session.schedule, "setup_timeout", AdaptiveTimeout(0.2, 0.2))
    obey = obey_with_words(server, "h")

    async def script(socket, body: dict) -> None:
        if "setup" not in body or given(body["setup"]) != "handle":
            await obey(socket, body)

    server.script = script
    await rig.up()
    assert await turn(rig) == "answered"
    await rig.until(lambda: rig.link.resumable)
    server.live.transport.abort()
    await rig.until(lambda: len(server.connections) >= 4)
    await rig.up()
    assert await turn(rig) == "answered"
    assert all_given(server) == ["nothing", "handle", "handle", "turns"]
