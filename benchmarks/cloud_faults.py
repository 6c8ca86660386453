"""What a visitor sees and hears of each fault of a cloud avatar, on whole kiosks.

`python -m benchmarks.cloud_faults [heygen|liveavatar|avatarim] [--fault WORD]`: a kiosk, the
concierge and a stand-in, in processes of their own; one question is asked, the fault strikes while
the session is opened or in the middle of the answer, and what came out of the loudspeaker is laid
beside what was to be said.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.report import Table, text
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.reply.router import COST, SESSIONS
from tests.support import stand_in
from tests.support.cloud import RATE, Course, Visit, spoken
from tests.support.kiosks import Concierge, until, write_visitor

TITLES = [
    "fault",
    "avatar",
    "when",
    "the visitor sees",
    "known after, ms",
    "silent for, ms",
    "said again, s",
    "words skipped",
    "sessions",
    "billed, s",
    "counted, s",
    "left open",
]
ANSWER = "The toilets are on the ground floor, behind the cloakroom on your left."
SPOKEN_S = 1.0
"""Of the answer, before the fault strikes."""
KNOWN_S = 12.0
OPENING, IN_ANSWER, LIMIT = "opening", "in mid-answer", "at its limit"
OWN, OTHER, BOTH = "our own face", "the avatar", "the avatar, then our own face"


class Fault(NamedTuple):
    """One fault.

    Attributes:
        name: for a person.
        strike: does it, with the stand-in.
        when: it strikes: while the session is opened, in the middle of the answer, or by its limit,
            which is set before the visitor comes.
        own_voice: the avatar speaks by text from then on: its voice is not to be compared.
    """

    name: str
    strike: Callable[[Any], object]
    when: str = IN_ANSWER
    own_voice: bool = False


def _set(**values: Any) -> Callable[[Any], None]:
    def strike(service: Any) -> None:
        for name, value in values.items():
            setattr(service, name, value)

    return strike


def _refuse(*calls: str, status: int, code: int, message: str, **headers: str) -> Any:
    def strike(service: Any) -> None:
        for call in calls:
            for _ in range(3):
                service.refuse(call, status, code, message, **headers)

    return strike


OPENS = ("new", "token")
HEYGEN = [
    Fault(
        "credits are gone", _refuse(*OPENS, status=400, code=10015, message="no credit"), OPENING
    ),
    Fault("concurrency limit", _set(concurrency=0), OPENING),
    Fault(
        "429 with Retry-After",
        _refuse(*OPENS, status=429, code=0, message="slow down", Retry_After="30"),
        OPENING,
    ),
    Fault(
        "token expired",
        lambda service: service.refuse("start", 401, 400112, "Unauthorized"),
        OPENING,
    ),
    Fault("the key is refused", _refuse(*OPENS, status=401, code=400112, message="no"), OPENING),
    Fault("start refused", _refuse("start", status=400, code=400006, message="no"), OPENING),
    Fault("the room refuses", _set(room_status=401), OPENING),
    Fault("ended by the vendor at start", _set(end_at="start"), OPENING),
    Fault("ended by the vendor in the room", _set(end_at="room"), OPENING),
    Fault("the socket breaks before connected", _set(cut_before_connected=True), OPENING, True),
    Fault("ended by the vendor", lambda service: service.end(service.session)),
    Fault("the socket for sound breaks", lambda service: service.cut_sockets()),
    Fault("the avatar leaves", lambda service: service.guests(lambda g: g.avatar_leaves())),
    Fault("media die, signalling lives", lambda service: service.guests(lambda g: g.kill_media())),
    Fault("signalling breaks, comes back", lambda service: service.guests(lambda g: g.cut())),
    Fault("frames stop, no event", lambda service: _set(frozen=True)(service.session.picture)),
    Fault("it falls mute, no event", lambda service: _set(mute=True)(service.session.voice)),
    Fault("it is to end after the answer", _set(limit_s=16.0), LIMIT),
    Fault("it ends in the answer", _set(limit_s=7.0), LIMIT),
]


def _cloud_refuses(action: str) -> Callable[[Any], None]:
    return lambda line: line.cloud.faults.refuse.update({action: "10010500"})


AVATARIM = [
    Fault("StartInstance refused", _cloud_refuses("StartInstance"), OPENING),
    Fault("no picture comes", lambda line: line.publisher.die(), OPENING),
    Fault("SendText refused", _cloud_refuses("SendText"), OPENING),
    Fault("frames stop", lambda line: line.publisher.freeze()),
    Fault("the publisher dies", lambda line: line.publisher.die()),
]


def main() -> None:
    """Print the table of the products and the faults that were named, or of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_faults")
    parser.add_argument("products", nargs="*", metavar="PRODUCT", default=stand_in.PRODUCTS)
    parser.add_argument("--fault", default="", help="only those whose name holds this")
    options = parser.parse_args()
    rows = []
    for product in options.products:
        for fault in AVATARIM if product == "avatarim" else HEYGEN:
            if options.fault in fault.name:
                rows.append(measure(product, fault))
                print(rows[-1], file=sys.stderr, flush=True)
    print(text(Table(TITLES, rows)))


def measure(product: str, fault: Fault) -> list[str]:
    """One row."""
    with _kiosk(product) as (visit, line):
        service = line if product == "avatarim" else line.service
        struck_s = 0.0
        if fault.when != IN_ANSWER:
            fault.strike(service)
        if fault.when != OPENING:
            visit.present()
        visit.ask()
        begins = OTHER if visit.is_on() else OWN
        if fault.when == IN_ANSWER:
            time.sleep(SPOKEN_S)
            struck_s = time.monotonic()
            fault.strike(service)
        known_s = _known(visit)
        turn = visit.over()
        sees = BOTH if visit.avatar()["takeovers"] else begins
        visit.end()
        pcm, from_s = visit.heard()
        course = Course(spoken(ANSWER), pcm)
        own_voice = begins is OTHER and (fault.own_voice or product == "avatarim")
        cost = line.cost()
        silent_ms = _silence_ms(pcm, (struck_s or turn["first_sound_s"]) - from_s)
        return [
            fault.name,
            product,
            fault.when,
            sees,
            "-" if not struck_s or known_s is None else f"{(known_s - struck_s) * 1000:.0f}",
            f"{silent_ms:.0f}",
            "-" if own_voice else f"{course.again_s:.1f}",
            "-" if own_voice else str(len(course.missing)),
            str(cost["opened"]),
            f"{line.billed_s():.1f}",
            f"{_counted_s(visit.folder):.1f}",
            str(cost["left_open"]),
        ]


def _counted_s(folder: Path) -> float:
    """What the kiosk, which has ended, has noted of the day's cost."""
    state = folder / "state"
    return SessionJournal(state / SESSIONS, state / COST).spent_s


def _known(visit: Visit) -> float | None:
    """When the kiosk knew of trouble; None where it had none."""
    end_s = time.monotonic() + KNOWN_S
    while time.monotonic() < end_s:
        status = visit.kiosk.status()
        if status["avatar"]["trouble"]:
            return time.monotonic()
        if status["state"] == "attract":
            return None
        time.sleep(0.01)
    return None


def _silence_ms(pcm: np.ndarray, from_s: float) -> float:
    """The longest pause from there to the answer's end, beyond the reply's own longest."""
    return max(_pause_ms(pcm[round(from_s * RATE) :]) - _pause_ms(spoken(ANSWER)), 0)


def _pause_ms(pcm: np.ndarray) -> float:
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 150)
    return float(np.diff(loud).max()) / RATE * 1000 if loud.size > 1 else 0.0


@contextlib.contextmanager
def _kiosk(product: str) -> Iterator[tuple[Visit, Any]]:
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir="/dev/shm") as scratch:
        folder = Path(scratch)
        os.environ["STATE_DIRECTORY"] = str(folder / "state")
        visitor = write_visitor(folder / "visitor.wav")
        concierge = Concierge(folder / "record")
        with stand_in.running(product, folder) as line:
            os.environ.update(line.environment)
            visit = Visit(folder, concierge, visitor, line.settings)
            try:
                visit.kiosk.up()
                yield visit, line
            finally:
                with contextlib.suppress(ProcessLookupError):
                    visit.kiosk.process.send_signal(signal.SIGTERM)
                until(lambda: visit.kiosk.process.poll() is not None)
                concierge.close()


if __name__ == "__main__":
    main()
