"""What HeyGen's avatars cost, and how soon their faults are known: `python -m benchmarks.heygen`.

The real client in a process of its own, the stand-in in another: 1280x720 at 25 frames a second,
H.264 of a picture that is hard to code, each frame painted into a surface of that size. With the
word `faults` it measures how long the driver takes to know of each fault, with `joins` what
sessions leave behind in memory.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

SECONDS = 15
SIZE = (1280, 720)
DRAW_HZ = 30
SENT_S = 0.15
"""The stand-in's own delay."""
PRODUCTS = ("heygen", "liveavatar")


@contextlib.contextmanager
def stand_in() -> Iterator[str]:
    """Run the stand-in in a process of its own; its base URL."""
    command = [sys.executable, "-m", "tests.support.heygen", "--port", "0", "--busy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def rows() -> list[list[str]]:
    """One row a product: see `TITLES`."""
    found = []
    for product in PRODUCTS:
        with stand_in() as url:
            run = subprocess.run(
                [sys.executable, "-m", "benchmarks.heygen", "child", product, url],
                stdout=subprocess.PIPE,
                env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
                check=True,
                text=True,
            )
        found.append([product, *json.loads(run.stdout.splitlines()[-1])])
    return found


TITLES = [
    "avatar",
    "to first picture, s",
    "pictures a second",
    "sound sent until heard, ms",
    "processor, silent, %",
    "processor, speaking, %",
    "memory (PSS) above pygame, MiB",
    "sessions left open",
]


class Deaf:
    """Senses that perceive nothing: the picture comes with its own lips."""

    def level(self) -> float:
        return 0.0

    def playhead(self) -> int:
        return 0

    def reply(self, start: int, end: int) -> bytes:
        return bytes(2 * (end - start))


async def child(product: str, url: str) -> list[str]:
    """Hold a session, and measure this process."""
    import pygame

    from benchmarks.machine import pss_mib

    pygame.display.init()
    screen = pygame.display.set_mode(SIZE)
    bare_mib = pss_mib(os.getpid())

    from kiosk.avatar.echo import audible
    from kiosk.core.scene import Scene
    from tests.avatar.cloud.heygen.conftest import Talker, reached, speech

    talker = _talker(Talker, product, url)
    api: Any = talker.avatar._api
    api.options = msgspec.structs.replace(api.options, quality="high")
    avatar = talker.avatar
    avatar.place(pygame.Surface(SIZE))

    async def draw() -> None:
        while True:
            avatar.paint(screen, screen.get_rect(), Scene(), Deaf(), time.monotonic())
            pygame.display.flip()
            await asyncio.sleep(1 / DRAW_HZ)

    began_s = time.monotonic()
    drawing = asyncio.create_task(draw())
    await talker.open()
    await reached(lambda: avatar.frame_age_s(time.monotonic()) < 1)
    picture_s = time.monotonic() - began_s
    await asyncio.sleep(2)
    silent, rate = await _spent(avatar)
    talker.voice.clear()
    sent_s = time.monotonic()
    talker.say(1, speech(SECONDS + 3))
    await reached(lambda: audible(bytes(talker.voice)).any())
    heard_ms = (time.monotonic() - sent_s - SENT_S) * 1e3
    speaking, _ = await _spent(avatar)
    memory = pss_mib(os.getpid()) - bare_mib
    drawing.cancel()
    await avatar.close()
    left = len(talker.journal.orphans(product))
    return [
        f"{picture_s:.2f}",
        f"{rate:.1f}",
        f"{heard_ms:.0f}",
        f"{silent:.1f}",
        f"{speaking:.1f}",
        f"{memory:.0f}",
        str(left),
    ]


async def _spent(avatar: Any) -> tuple[float, float]:
    """Per cent of a processor, and pictures a second, in the next SECONDS."""
    cpu_s, frames, now_s = time.process_time(), avatar._picture.frames, time.monotonic()
    await asyncio.sleep(SECONDS)
    took_s = time.monotonic() - now_s
    used = (time.process_time() - cpu_s) / took_s * 100
    return used, (avatar._picture.frames - frames) / took_s


def _talker(kind: Any, product: str, url: str) -> Any:
    from kiosk.avatar.cloud.journal import SessionJournal
    from tests.support.heygen_rest import KEY

    os.environ["HEYGEN_API_KEY"] = os.environ["LIVEAVATAR_API_KEY"] = KEY
    journal = SessionJournal(Path(tempfile.mkdtemp(prefix="kiosk-bench-")))
    service = type("Service", (), {"url": url})
    return kind(product, service, journal)


async def joins(url: str) -> list[list[str]]:
    """What sessions leave behind in the memory of a process that holds one after the other."""
    from benchmarks.machine import descriptors, pss_mib
    from tests.avatar.cloud.heygen.conftest import Talker, speech

    talker = _talker(Talker, "heygen", url)
    found = []
    for session in range(1, 61):
        talker.told.clear()
        await talker.ready()
        talker.say(session, speech(0.5))
        await asyncio.sleep(0.5)
        await talker.avatar.close()
        if session % 20 == 0:
            own = os.getpid()
            threads = len(os.listdir("/proc/self/task"))  # noqa: PTH208
            found.append([str(session), f"{pss_mib(own):.0f}", str(descriptors(own)), str(threads)])
    return found


# --- faults --------------------------------------------------------------------------------------


async def faults() -> list[list[str]]:
    """How long after each fault the driver tells that it is lost, or its picture is too old."""
    found = []
    for name, prepare, strike in FAULTS:
        for product in PRODUCTS:
            async with _session(product, prepare) as (talker, service):
                began_s = time.monotonic()
                if strike is None:
                    await talker.open()
                else:
                    await talker.ready()
                    began_s = time.monotonic()
                    await asyncio.to_thread(strike, service)
                how = await _known(talker)
                ms = (time.monotonic() - began_s) * 1e3
                await talker.avatar.close()
                found.append([name, product, how, f"{ms:.0f}", str(len(talker.left_open()))])
    return found


async def _known(talker: Any) -> str:
    from kiosk.avatar.interface import PICTURE_STALL_S
    from tests.avatar.cloud.heygen.conftest import reached

    def old() -> bool:
        return bool(PICTURE_STALL_S < talker.avatar.frame_age_s(time.monotonic()) < float("inf"))

    await reached(lambda: talker.lost or old(), 20)
    return "told" if talker.lost else "age of the picture"


@contextlib.asynccontextmanager
async def _session(product: str, prepare: dict[str, Any]) -> AsyncIterator[tuple[Any, Any]]:
    from tests.avatar.cloud.heygen.conftest import Talker
    from tests.support.heygen import StandIn

    with StandIn() as service:
        for key, value in prepare.items():
            setattr(service, key, value)
        talker = _talker(Talker, product, service.url)
        talker.service = service
        yield talker, service


def _freeze(service: Any) -> None:
    service.session.picture.frozen = True


Strike = Callable[[Any], Awaitable[None] | None] | None
FAULTS: list[tuple[str, dict[str, Any], Strike]] = [
    ("refused for concurrency", {"concurrency": 0}, None),
    ("the room refuses", {"room_status": 401}, None),
    ("ended by the vendor while it opens", {"end_at": "room"}, None),
    ("ended by the vendor", {}, lambda service: service.end(service.session)),
    ("the socket for sound breaks", {}, lambda service: service.cut_sockets()),
    (
        "the avatar leaves the room",
        {},
        lambda service: service.guests(lambda guest: guest.avatar_leaves()),
    ),
    (
        "media die, signalling lives",
        {},
        lambda service: service.guests(lambda guest: guest.kill_media()),
    ),
    ("frames stop without an event", {}, _freeze),
]


def main() -> None:
    """Print the table."""
    from benchmarks.report import Table, text

    if sys.argv[1:2] == ["child"]:
        print(json.dumps(asyncio.run(child(*sys.argv[2:]))), flush=True)
    elif sys.argv[1:2] == ["faults"]:
        titles = ["fault", "avatar", "known by", "ms", "sessions left open"]
        print(text(Table(titles, asyncio.run(faults()))))
    elif sys.argv[1:2] == ["joins"]:
        with stand_in() as url:
            titles = ["sessions", "PSS, MiB", "descriptors", "threads"]
            print(text(Table(titles, asyncio.run(joins(url)))))
    else:
        print(text(Table(TITLES, rows())))


if __name__ == "__main__":
    main()
