"""What a cloud avatar costs beside our own face: `python -m benchmarks cloud`.

Each driver brings `rows()`: one a way of using it, with the columns of `benchmarks.heygen.TITLES`.
"""

import array
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import avatarim, heygen
from benchmarks.machine import pss_mib
from benchmarks.report import Section, Table

WORDS = (
    "1280x720 at 25 pictures a second, of what is hard to code, over loopback; each process is"
    " measured by itself, the stand-ins run in others. Painted into a window of the same size in"
    " SDL's memory driver, at 30 frames a second. The memory that is counted is above Python's with"
    " pygame; what the stand-ins' processes share (FFmpeg, numpy) counts in parts. Sound sent until"
    " heard: of HeyGen less its stand-in's own delay; of AvatarIM from the text, with the"
    " publisher's coding in it, for a stand-in that speaks at once."
)


def measure(scratch: Path, short: bool) -> Section:
    """One row a driver, the face's first."""
    found = [_face(), *avatarim.rows(), *heygen.rows()]
    left = tuple(f"{row[0]} left {row[-1]} sessions open" for row in found if row[-1] not in "-0")
    return Section(WORDS, [Table(heygen.TITLES, found)], left)


def _face() -> list[str]:
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.cloud"],
        stdout=subprocess.PIPE,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
        check=True,
        text=True,
    )
    silent, speaking, memory = json.loads(run.stdout.splitlines()[-1])
    return ["our own face", "-", "-", "-", silent, speaking, memory, "-"]


BUZZ = array.array("h", (n % 171 * 90 * (n % 6000 < 4800) for n in range(48_000))).tobytes()


class Talking(heygen.Deaf):
    """A reply of syllables: a buzz of 140 Hz that comes and goes."""

    def __init__(self) -> None:
        self.at = 0

    def playhead(self) -> int:
        return self.at

    def reply(self, start: int, end: int) -> bytes:
        start, end = start % 24_000, start % 24_000 + end - start
        return BUZZ[2 * start : 2 * end].ljust(2 * (end - start), b"\0")


async def child() -> list[str]:
    """Paint the face, silent and then speaking, and measure this process."""
    import pygame

    pygame.display.init()
    screen = pygame.display.set_mode(heygen.SIZE)
    bare_mib = pss_mib(os.getpid())

    from kiosk.avatar.face.face import Face
    from kiosk.core.scene import Scene, State

    face, senses = Face("host"), Talking()
    backdrop = pygame.Surface(heygen.SIZE)
    face.place(backdrop)
    screen.blit(backdrop, (0, 0))

    async def spent(state: State) -> str:
        cpu_s, began_s = time.process_time(), time.monotonic()
        while (now_s := time.monotonic()) - began_s < heygen.SECONDS:
            senses.at = round((now_s - began_s) * 24_000)
            changed = face.paint(screen, screen.get_rect(), Scene(state), senses, now_s)
            pygame.display.update(changed)
            await asyncio.sleep(1 / heygen.DRAW_HZ)
        return f"{(time.process_time() - cpu_s) / (time.monotonic() - began_s) * 100:.1f}"

    await spent(State.ATTRACT)  # Sprites are made at their first use.
    silent, speaking = await spent(State.ATTRACT), await spent(State.SPEAKING)
    return [silent, speaking, f"{pss_mib(os.getpid()) - bare_mib:.0f}"]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(child())), flush=True)
