"""What a vendor bills and what we count of faults that cost money.

Run: `python -m benchmarks.cloud_bill`.

The sessions with the real drivers against the stand-in of HeyGen's two services, in real time: a
visitor is there for as long as the row says. Billed is the stand-in's own meter, from a session's
creation to its end, LiveAvatar a minute at least.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import Table, text
from kiosk.avatar.cloud.heygen.driver import HeyGen, liveavatar_api, streaming_api
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.sessions import CloudSessions
from kiosk.settings.types import CloudSettings, HeygenSettings, LiveavatarSettings
from tests.support.heygen import StandIn
from tests.support.heygen_rest import KEY, Refusal

TITLES = ["situation", "avatar", "visitor, s", "sessions", "billed, s", "counted, s", "left open"]
END_S = 150.0
"""For all that may be open to be ended, at the end of a row."""


class Mouth:
    """Nobody speaks."""

    on_air = streaming = speaking = begun = False

    def waited_s(self) -> float:
        return 0.0

    def voice(self, pcm: bytes) -> None:
        pass

    def idle(self, utterance: int) -> None:
        pass

    def take_over(self) -> None:
        pass


class Row(NamedTuple):
    situation: str
    product: str
    visit_s: float
    before: Callable[[StandIn], object]
    during: Callable[[StandIn, float], object] = lambda service, at_s: None
    kills_s: tuple[float, ...] = ()
    """The kiosk is killed and started again after so many seconds each."""
    idle_s: int = 120


def late_connected(service: StandIn) -> None:
    service.connected_s = 7.0


def late_answer(service: StandIn) -> None:
    service.hangs_s = {"new": 11.0}


def one_refusal(service: StandIn) -> None:
    service.idle_s = 30.0
    service.refuse("keep_alive", 500)


def throttled(service: StandIn) -> None:
    service.refuses_to_keep_alive = Refusal(429, 0, "slow down", Retry_After="1")


def pauses(service: StandIn, at_s: float) -> None:
    for session in service.open_sessions:
        session.picture.frozen = at_s % 10 < 1.6


ROWS = [
    Row("the socket is connected after 7 s", "liveavatar", 30, late_connected),
    Row("the socket is connected after 7 s", "heygen", 30, late_connected),
    Row("`new` opens at once and answers after 11 s", "heygen", 40, late_answer),
    Row("killed while `new` runs, three times", "heygen", 20, late_answer, kills_s=(8, 8, 8)),
    Row("killed 8 s after its start, three times", "liveavatar", 20, id, kills_s=(8, 8, 8)),
    Row("idle time-out 30 s, a keep-alive answered 500", "heygen", 70, one_refusal, idle_s=30),
    Row("each keep-alive answered 429", "liveavatar", 70, throttled),
    Row("the picture pauses 1.6 s in every ten", "liveavatar", 45, id, pauses),
]


def sessions_of(
    product: str, url: str, folder: Path, idle_s: int
) -> tuple[CloudSessions, SessionJournal]:
    journal = SessionJournal(folder / "sessions", folder / "cost.json")
    front = (
        streaming_api(HeygenSettings(url, "anna", "low", "", "", idle_s))
        if product == "heygen"
        else liveavatar_api(LiveavatarSettings(url, "an-id", "low"))
    )
    settings = CloudSettings(5, False, "", 0)
    avatar = HeyGen(front, journal)
    return CloudSessions(avatar, Mouth(), settings, journal, lambda: None), journal


async def visit(product: str, url: str, folder: Path, idle_s: int, seconds: float) -> None:
    """A kiosk with a visitor for so long, which then waits until nothing may be open."""
    one, journal = sessions_of(product, url, folder, idle_s)
    running = asyncio.create_task(one.run())
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        one.see(time.monotonic(), listening=False)
        await asyncio.sleep(0.1)
    late_s = time.monotonic() + END_S
    await asyncio.sleep(5.5)
    while journal.open and time.monotonic() < late_s:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def process(row: Row, url: str, folder: Path, seconds: float) -> asyncio.subprocess.Process:
    words = [row.product, url, str(folder), str(row.idle_s), str(seconds)]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.cloud_bill", "--kiosk", *words
    )


async def measure(row: Row) -> list[str]:
    with StandIn() as service, tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        row.before(service)
        folder = Path(scratch)
        for after_s in row.kills_s:
            killed = await process(row, service.url, folder, row.visit_s)
            await asyncio.sleep(after_s)
            killed.send_signal(signal.SIGKILL)
            await killed.wait()
        service.hangs_s = {} if row.kills_s else service.hangs_s
        last = await process(row, service.url, folder, 0.0 if row.kills_s else row.visit_s)
        began_s = time.monotonic()
        while last.returncode is None:
            row.during(service, time.monotonic() - began_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(last.wait(), 0.1)
        counted_s = SessionJournal(folder / "sessions", folder / "cost.json").spent_s
        billed_s = sum(session.billed_s for session in service.sessions)
        return [
            row.situation,
            row.product,
            f"{sum(row.kills_s) or row.visit_s:g}",
            str(len(service.sessions)),
            f"{billed_s:.1f}",
            f"{counted_s:.1f}",
            str(len(service.open_sessions)),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kiosk", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.update({"HEYGEN_API_KEY": KEY, "LIVEAVATAR_API_KEY": KEY})
    if options.kiosk:
        product, url, folder, idle_s, seconds = options.kiosk
        asyncio.run(visit(product, url, Path(folder), int(idle_s), float(seconds)))
        return
    print(text(Table(TITLES, [asyncio.run(measure(row)) for row in ROWS])))


if __name__ == "__main__":
    main()
