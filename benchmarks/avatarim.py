"""What AvatarIM's driver costs: a row for `benchmarks.cloud`.

The driver in a process of its own; the cloud and the publisher in two others. 1280x720 at 25 frames
a second, H.264 of 2 Mbit/s that is hard to code, pushed to the kiosk by RTMP or pulled as HTTP-FLV;
each frame is painted into a window of that size.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.heygen import DRAW_HZ, SECONDS, SIZE, Deaf, _spent
from benchmarks.machine import pss_mib
from tests.support.avatarim_control import ACCESS_KEY

WAYS = ("rtmp", "flv")
STORY = "Once upon a time there was a museum, and it was open all day long. "


def rows() -> list[list[str]]:
    """One row a way of the picture: see `benchmarks.heygen.TITLES`."""
    return [[f"avatarim, {way}", *_measured(way)] for way in WAYS]


def _measured(way: str) -> list[str]:
    scratch = tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir="/dev/shm")
    with contextlib.ExitStack() as stack:
        where = Path(stack.enter_context(scratch))
        voice = str(where / "voice.raw")
        cloud = stack.enter_context(_running("avatarim", voice))
        urls = json.loads(_line(cloud))
        push = "rtmp://127.0.0.1:19350/live/kiosk"
        options = ["--size", f"{SIZE[0]}x{SIZE[1]}", "--busy", "--voice", voice]
        target = push if way == "rtmp" else "serve"
        publisher = stack.enter_context(_running("publisher", target, *options))
        video_url = f"listen:{push}" if way == "rtmp" else f"{_line(publisher)}/live.flv"
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.avatarim", video_url, urls["control_url"], where],
            stdout=subprocess.PIPE,
            env={**os.environ, "SDL_VIDEODRIVER": "dummy", "AVATARIM_TOKEN": ACCESS_KEY},
            check=True,
            text=True,
        )
    found: list[str] = json.loads(run.stdout.splitlines()[-1])
    return found


@contextlib.contextmanager
def _running(name: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"tests.support.{name}", *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def child(video_url: str, control_url: str, scratch: Path) -> list[str]:
    """Hold a session, and measure this process."""
    import pygame

    pygame.display.init()
    screen = pygame.display.set_mode(SIZE)
    bare_mib = pss_mib(os.getpid())

    from kiosk.avatar.cloud.avatarim.driver import AvatarIm
    from kiosk.avatar.cloud.journal import SessionJournal
    from kiosk.avatar.interface import AvatarEvent, AvatarSpeaking, Ready
    from kiosk.core.scene import Scene
    from kiosk.settings.types import AvatarimSettings

    journal = SessionJournal(scratch / "sessions")
    mode: Any = "voice-of-gemini"
    settings = AvatarimSettings(
        mode, "", "app", "77", "", "pcm", 16_000, video_url, "", control_url
    )
    avatar = AvatarIm(settings, journal)
    avatar.place(pygame.Surface(SIZE))
    told: list[AvatarEvent] = []

    async def draw() -> None:
        while True:
            avatar.paint(screen, screen.get_rect(), Scene(), Deaf(), time.monotonic())
            pygame.display.flip()
            await asyncio.sleep(1 / DRAW_HZ)

    async def reached(kind: type[AvatarEvent]) -> float:
        """Seconds until it was told."""
        began_s = time.monotonic()
        async with asyncio.timeout(30):
            while not any(isinstance(one, kind) for one in told):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        return time.monotonic() - began_s

    drawing = asyncio.create_task(draw())
    began_s = time.monotonic()
    await avatar.open(told.append)
    await reached(Ready)
    picture_s = time.monotonic() - began_s
    await asyncio.sleep(2)
    silent, rate = await _spent(avatar)
    avatar.feed_text(1, STORY)
    heard_s = await reached(AvatarSpeaking)
    for _ in range(SECONDS // 4 + 1):
        avatar.feed_text(1, STORY)
    speaking, _ = await _spent(avatar)
    memory = pss_mib(os.getpid()) - bare_mib
    drawing.cancel()
    await avatar.close()
    return [
        f"{picture_s:.2f}",
        f"{rate:.1f}",
        f"{heard_s * 1e3:.0f}",
        f"{silent:.1f}",
        f"{speaking:.1f}",
        f"{memory:.0f}",
        str(len(journal.orphans("avatarim"))),
    ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(child(*sys.argv[1:3], Path(sys.argv[3])))), flush=True)
