"""What the journal says of the link: at the change, then once a minute."""

import asyncio
import contextlib
import json
import logging

from kiosk.live.trouble_log import MAX_KINDS, TroubleLog

from .test_dialer import Rig, answered, ask, rig, server  # noqa: F401 - fixtures


def tell(troubles: TroubleLog, kind: str, now_s: float) -> None:
    troubles.trouble(kind, f"{kind} is wrong.", now_s, {"CODE": kind}, logging.WARNING)


def test_trouble_is_told_at_the_change_and_once_a_minute_with_a_count(caplog):
    caplog.set_level(logging.INFO, logger="kiosk.test")
    troubles = TroubleLog(logging.getLogger("kiosk.test"))
    for second in range(600):
        tell(troubles, "dns" if second < 300 else "route", 100.0 + second)
    troubles.up(701.0)
    told = [record.getMessage() for record in caplog.records]
    assert told[:2] == ["dns is wrong.", "dns is wrong. (60 times in the last 60 s)"]
    assert len(told) == 11
    assert told[-1] == "connected after 601 s; failures: 600"


def test_two_troubles_in_turn_make_no_flood(caplog):
    troubles = TroubleLog(logging.getLogger("kiosk.test"))
    for second in range(120):
        tell(troubles, ("dns", "route")[second % 2], float(second))
    assert len(caplog.records) == 4


def test_kinds_are_bounded(caplog):
    troubles = TroubleLog(logging.getLogger("kiosk.test"))
    for n in range(1000):
        tell(troubles, str(n), float(n))
    told = len(caplog.records)
    tell(troubles, str(1000 - MAX_KINDS), 1000.0)
    assert len(caplog.records) == told, "it is kept, and was told this minute"
    tell(troubles, str(999 - MAX_KINDS), 1000.0)
    assert len(caplog.records) == told + 1, "it was forgotten"


async def test_service_that_is_not_there_is_told_in_one_line(server, caplog):  # noqa: F811
    caplog.set_level(logging.INFO, logger="kiosk")
    rig = Rig("ws://127.0.0.1:9")  # noqa: F811
    running = asyncio.create_task(rig.run())
    await rig.until(lambda: len(rig.refreshed) > 5)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    told = [record.getMessage() for record in caplog.records if record.name == "kiosk.live"]
    assert told == [
        "K-NET: nothing answers at ws://127.0.0.1:9 (live.endpoint). Is it running? Retrying."
    ]


async def test_lost_session_that_comes_back_is_no_warning(server, rig, caplog):  # noqa: F811
    caplog.set_level(logging.INFO, logger="kiosk.live")
    await rig.up()
    await server.live.close(1000, "The operation was cancelled.")
    await rig.until(lambda: len(server.connections) == 2)
    await rig.up()
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "connection lost: The operation was cancelled. Reconnecting.")
    ]


async def test_error_in_a_message_is_told_like_a_close(server, rig, caplog):  # noqa: F811
    obey = server.script

    async def script(socket, body) -> None:
        if "setup" in body and len(server.connections) > 1:
            error = {"code": 8, "message": "no more", "status": "RESOURCE_EXHAUSTED"}
            await socket.send(json.dumps({"error": error}))
        else:
            await obey(socket, body)

    server.script = script
    await rig.up()
    server.live.transport.abort()
    await rig.until(lambda: rig.link.code == "K-QUOTA")
    assert caplog.records[-1].getMessage().startswith("K-QUOTA: cannot connect: no more. ")
    assert caplog.records[-1].kiosk["CODE"] == "K-QUOTA"
