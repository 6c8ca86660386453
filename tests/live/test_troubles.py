"""What the journal says of the link: code, cause, remedy; at the change, then once a minute."""

import asyncio
import contextlib
import json
import logging

import pytest

from kiosk.core import staff_codes
from kiosk.core.disconnects import Disconnect, classify
from kiosk.core.events import Trouble
from kiosk.live.trouble_lines import of
from kiosk.live.trouble_log import MAX_KINDS, TroubleLog

from .test_dialer import Rig, answered, ask, rig, server  # noqa: F401 - fixtures

CREDENTIAL = "the systemd credential gemini-api-key"
NO_NAME = Disconnect(reason="cannot look up generativelanguage.googleapis.com (DNS)")


def line(loss: Disconnect, source: str = "", was_up: bool = False) -> str:
    return of(Trouble(loss, classify(loss).staff_code, was_up), source)[1]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            line(NO_NAME),
            "K-NET: cannot look up generativelanguage.googleapis.com (DNS)."
            " Check cable, router or Wi-Fi; retrying.",
        ),
        (
            line(Disconnect(reason="API key not valid.", http_status=400), CREDENTIAL),
            "K-KEY: the service refuses the key in /etc/kiosk/gemini-api-key: API key not valid."
            " After changing it: systemctl restart kiosk",
        ),
        (
            line(Disconnect(1008, "API key expired"), "the environment variable GEMINI_API_KEY"),
            "K-KEY: the service refuses the key from the environment variable GEMINI_API_KEY: API"
            " key expired. After changing it, start the kiosk again.",
        ),
        (
            line(
                Disconnect(
                    reason="there is no key. Give one", local_fault="K-KEY", advice="Retrying."
                )
            ),
            "K-KEY: there is no key. Give one. Retrying.",
        ),
        (
            line(Disconnect(1011, "Your prepayment credits are depleted. …")),
            "K-BILLING: cannot connect: Your prepayment credits are depleted. … "
            + staff_codes.ADVICE["K-BILLING"],
        ),
        (
            of(Trouble(Disconnect(1007, "Invalid argument."), "", was_up=False), "")[1],
            "the session is refused: Invalid argument. Opening another.",
        ),
        (
            line(Disconnect(1000, ""), was_up=True),
            "connection lost: close code 1000. Reconnecting.",
        ),
        (
            line(Disconnect(http_status=503)),
            f"K-LINK: cannot connect: HTTP 503. {staff_codes.ADVICE['K-LINK']}",
        ),
    ],
)
def test_line_is_code_cause_remedy(told, words):
    assert told == words


def test_what_the_service_says_anew_each_time_is_one_kind():
    said = [
        Disconnect(1011, f"Request trace id: {n}. Internal error encountered.") for n in range(3)
    ]
    assert len({of(Trouble(loss, "K-LINK", was_up=False), "")[0] for loss in said}) == 1


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


def test_kinds_are_bounded():
    troubles = TroubleLog(logging.getLogger("kiosk.test"))
    for n in range(1000):
        tell(troubles, str(n), float(n))
    assert len(troubles._said) == MAX_KINDS


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
    await rig.until(lambda: rig.session.code == "K-QUOTA")
    assert caplog.records[-1].getMessage().startswith("K-QUOTA: cannot connect: no more. ")
    assert caplog.records[-1].kiosk["CODE"] == "K-QUOTA"
