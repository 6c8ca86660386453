"""What the screen costs: `python -m benchmarks.stage [WxH …]`, from the top of the repository.

On a private Xvfb, the real stage in each state of a visit while a spoken reply plays: processor
seconds a minute of this process, frames a second, time of a frame, memory (PSS) above bare Python,
and then how late a thread wakes up that wants the interpreter every half a millisecond. The same
thread without a stage comes first: what it shows is the machine's own unrest.
"""

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest  # noqa: F401  what the tests' helpers bring along is none of the screen's memory

SECONDS = 8
WARM_S = 1.0


def pss_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


BARE_MB = pss_mb()

from kiosk.avatar.base import make_avatar  # noqa: E402  memory is counted from before it
from kiosk.core.scene import Piece, Scene, State  # noqa: E402
from kiosk.display.stage import Stage  # noqa: E402
from kiosk.settings import AvatarSettings, DisplaySettings  # noqa: E402
from tests.support.screen import FakeSenses, vowel  # noqa: E402
from tests.support.xvfb import xvfb  # noqa: E402

RATE_HZ = 24_000
WORDS = "The steam engine in the hall was built in 1887 and it still runs on Sundays. "
FORMANTS = ((760, 1250), (300, 2400), (320, 800), (500, 1800))
SYLLABLES = [vowel(4800, formants) + bytes(2 * 1200) for formants in FORMANTS]


class Talking(FakeSenses):
    """A reply that is heard as the clock goes, while `since_s` is set."""

    since_s: float | None = None

    def level(self) -> float:
        return 0.02 + 0.08 * (time.monotonic() * 5 % 1)

    def playhead(self) -> int:
        return 0 if self.since_s is None else round((time.monotonic() - self.since_s) * RATE_HZ)


class Ticker(threading.Thread):
    """While `on`, notes how much later than asked it wakes, in seconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.late_s: list[float] = []
        self.on = threading.Event()

    def listen(self) -> str:
        """Quantiles of the lateness in the next SECONDS."""
        self.late_s.clear()
        self.on.set()
        time.sleep(SECONDS)
        self.on.clear()
        return quantiles(self.late_s)

    def run(self) -> None:
        last_s = 0.0
        while True:
            if not self.on.is_set():
                self.on.wait()
                last_s = time.perf_counter()
            time.sleep(0.0005)
            now_s = time.perf_counter()
            self.late_s.append(now_s - last_s - 0.0005)
            last_s = now_s


def quantiles(values: list[float]) -> str:
    ordered = sorted(values)
    half, most = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"{half * 1e3:5.2f} / {most * 1e3:5.2f} / {ordered[-1] * 1e3:5.1f}"


def measure(size: tuple[int, int], ticker: Ticker) -> None:
    """A table for one size of screen."""
    senses = Talking(b"".join(SYLLABLES) * 60)
    scene = Scene(State.ATTRACT)
    began_s = time.perf_counter()
    stage = Stage(
        DisplaySettings("x11", size, fullscreen=False, rotation=0, stage="auto"),
        make_avatar(AvatarSettings("face", "host")),
        lambda: scene,
        senses,
        lambda pressed, at_s: None,
        keyboard=False,
    )
    stage.open()
    print(f"\n{size[0]}x{size[1]}, opened in {(time.perf_counter() - began_s) * 1e3:.0f} ms")
    print("state       CPU s/min   fps  frame ms p50/p99/max  late ms p50/p99/max   PSS MB above")
    spent: list[float] = []
    draw = stage._frame

    def timed(scene: Scene, now_s: float) -> None:
        start_s = time.perf_counter()
        draw(scene, now_s)
        spent.append(time.perf_counter() - start_s)

    stage._frame = timed  # type: ignore[method-assign]
    stop = threading.Event()

    def visit() -> None:
        nonlocal scene
        for state in (State.ATTRACT, State.LISTENING, State.THINKING, State.SPEAKING):
            senses.since_s = time.monotonic() if state is State.SPEAKING else None
            said = [Piece(n * 4 * RATE_HZ, WORDS) for n in range(9)]
            scene = Scene(state, "When?", tuple(said) if state is State.SPEAKING else ())
            time.sleep(WARM_S)
            spent.clear()
            cpu_s, frames = time.process_time(), stage.frames
            time.sleep(SECONDS)
            cpu_s, frames = time.process_time() - cpu_s, stage.frames - frames
            print(
                f"{state.value:10} {cpu_s * 60 / SECONDS:10.2f} {frames / SECONDS:6.1f}  "
                f"{quantiles(spent):>20}  {ticker.listen():>19} {pss_mb() - BARE_MB:10.0f}",
                flush=True,
            )

    def visit_and_stop() -> None:
        try:
            visit()
        finally:
            stop.set()

    threading.Thread(target=visit_and_stop).start()
    stage.run(stop)
    stage.close()


def main() -> None:
    sizes = sys.argv[1:] or ["1280x720", "1920x1080", "800x480"]
    ticker = Ticker()
    ticker.start()
    print(f"without a stage, late by {ticker.listen()} ms")
    with tempfile.TemporaryDirectory() as directory, xvfb(Path(directory), (3840, 2160)) as server:
        os.environ["DISPLAY"] = server.name
        for size in sizes:
            width, height = map(int, size.split("x"))
            measure((width, height), ticker)


if __name__ == "__main__":
    main()
