"""A trouble of the link is told as code, cause and remedy."""

import pytest

from kiosk.core import staff_codes
from kiosk.core.disconnects import Disconnect, classify
from kiosk.core.events import Trouble
from kiosk.live.trouble_lines import of

from .test_dialer import Rig, answered, ask, rig, server  # noqa: F401 - fixtures

CREDENTIAL = "the systemd credential gemini-api-key"


NO_NAME = Disconnect(reason="cannot look up generativelanguage.googleapis.com (DNS)")


def line(disconnect: Disconnect, source: str = "", was_up: bool = False) -> str:
    return of(Trouble(disconnect, classify(disconnect).staff_code, was_up), source)[1]


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
    assert len({of(Trouble(disconnect, "K-LINK", was_up=False), "")[0] for disconnect in said}) == 1
