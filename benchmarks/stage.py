"""What the screen costs: `python -m benchmarks.stage [WxH …]`, from the top of the repository.

On a private Xvfb, the real stage in the states of a visit while a spoken reply plays: percent of a
core for this process, which makes the picture, and for the one that has the window; frames a second
that reached the screen, time of a frame in either process (and the processor's own in it, which
others on the machine do not stretch), and how long others had to wait for this process's
interpreter: how much later than asked a thread woke that sleeps for half a millisecond, and how
often, of some thousand times, that was more than the 5 ms that no stage may hold the lock for. The
same loop ran at the same time in a process of its own, whose lock nobody else wants: what that
waited for was the machine. Then the same with other packs, turned, and with every frame drawn
and copied whole, as a plain pygame program does. Last the whole kiosk: from its start to the first
picture in the server's memory, and underruns of a real sound server while the screen is at work.
"""

import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import pss_mib
from benchmarks.service import service
from benchmarks.subjects import Kiosk, closing, kiosk_command, speech
from kiosk.core.scene import Piece, Scene, State
from kiosk.runtime.drawing_thread import YIELD_S
from kiosk.settings.types import DisplaySettings
from kiosk.window.stage import Stage
from tests.support.pulse import pulse
from tests.support.screen import FakeSenses, vowel
from tests.support.xvfb import XServer, xvfb

SECONDS = 8
WARM_S = 6
RATE_HZ = 24_000
TICK_S = 0.0005
LOCK_S = 0.005
"""For longer no stage may hold the interpreter lock."""
WORDS = "The steam engine in the hall was built in 1887 and it still runs on Sundays. "
FORMANTS = ((760, 1250), (300, 2400), (320, 800), (500, 1800))
SYLLABLES = [vowel(4800, formants) + bytes(2 * 1200) for formants in FORMANTS]
TITLES = (
    "| screen    | how                  | state     | daemon % | window % |   fps | "
    "frame ms p50/p99/max | its cpu ms | lock ms p99/max, > 5 | beside it, alone | "
    "window ms p50/p99 | MiB |"
)


class How(NamedTuple):
    """What is measured."""

    size: tuple[int, int]
    rotation: int = 0
    whole: bool = False
    states: tuple[State, ...] = (State.ATTRACT, State.SPEAKING)
    pack: str = "host"

    @property
    def name(self) -> str:
        turned = f"turned {self.rotation}" * bool(self.rotation)
        return ", ".join(filter(None, [self.pack, turned, "full redraw" * self.whole]))


class Talking(FakeSenses):
    """A reply that is heard as the clock goes, while `since_s` is set."""

    since_s: float | None = None

    def level(self) -> float:
        return 0.02 + 0.08 * (time.monotonic() * 5 % 1)

    def playhead(self) -> int:
        return 0 if self.since_s is None else round((time.monotonic() - self.since_s) * RATE_HZ)


TICK = f"""
import time

def ticks(seconds):
    late_s, last_s = [], time.perf_counter()
    end_s = last_s + seconds
    while last_s < end_s:
        time.sleep({TICK_S})
        now_s = time.perf_counter()
        late_s.append(now_s - last_s - {TICK_S})
        last_s = now_s
    return late_s
"""
ALONE = f"{TICK}\nwhile seconds := input(): print(*ticks(float(seconds)), flush=True)"


class Ticker:
    """Notes how much later than asked a thread wakes, in seconds."""

    def __init__(self) -> None:
        names: dict[str, Callable[[float], list[float]]] = {}
        exec(TICK, names)  # noqa: S102 - the very lines that the other process runs
        self._ticks = names["ticks"]
        self._alone = subprocess.Popen(
            [sys.executable, "-c", ALONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def listen(self) -> tuple[list[float], list[float]]:
        """The lateness in the next SECONDS: in a thread of this process, and in a process alone."""
        asked, answer = self._alone.stdin, self._alone.stdout
        assert asked
        assert answer
        print(SECONDS, file=asked, flush=True)
        return self._ticks(SECONDS), [float(word) for word in answer.readline().split()]

    def close(self) -> None:
        self._alone.communicate("\n")


def waits(late_s: list[float]) -> str:
    """Quantiles in milliseconds, and how many of them are more than may be."""
    return f"{ms(late_s, 0.99, 1)}, {sum(late > LOCK_S for late in late_s)}"


def ms(values: list[float], *shares: float) -> str:
    """Quantiles in milliseconds."""
    ordered = sorted(values) or [0.0]
    picked = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in shares)
    return " / ".join(f"{value * 1e3:.1f}" for value in picked)


def cpu_s(pid: int) -> float:
    """Processor seconds of all threads, by the scheduler's own nanoseconds."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def measure(how: How, ticker: Ticker) -> None:
    """The lines of one stage."""
    from kiosk.avatar.face.face import Face  # After the stage, which quietens pygame.

    face = Face(how.pack, beside=True)

    senses = Talking(b"".join(SYLLABLES) * 60)
    scene = Scene(State.ATTRACT)
    stage = Stage(
        DisplaySettings("x11", how.size, False, how.rotation, "auto"),  # type: ignore[arg-type]
        face,
        lambda: scene,
        senses,
        lambda pressed, at_s: None,
        keyboard=False,
    )
    stage.open()
    spent: list[float] = []
    busy: list[float] = []
    window: list[float] = []
    stage._screen.on_shown = window.append  # type: ignore[attr-defined]
    stage._frame = timed(stage, spent, busy, how.whole)  # type: ignore[method-assign]
    stop = threading.Event()

    def visit() -> None:
        nonlocal scene
        pid = stage.pid
        assert pid
        # As the kiosk does when it is ready: a full collection holds the lock for some 18 ms.
        gc.collect()
        gc.freeze()
        for state in how.states:
            senses.since_s = time.monotonic() if state is State.SPEAKING else None
            said = [Piece(n * 4 * RATE_HZ, WORDS) for n in range(9)]
            scene = Scene(state, "When?", tuple(said) if state is State.SPEAKING else ())
            time.sleep(WARM_S)
            spent.clear()
            busy.clear()
            window.clear()
            began_s, before = time.monotonic(), (time.process_time(), cpu_s(pid))
            time.sleep(SECONDS)
            took_s = time.monotonic() - began_s
            own, other = time.process_time() - before[0], cpu_s(pid) - before[1]
            frames, worked = list(spent), list(busy)
            windows, fps = list(window), len(window) / took_s
            late, alone = ticker.listen()
            memory = pss_mib(os.getpid()) + pss_mib(pid)
            size = f"{how.size[0]}x{how.size[1]}"
            print(
                f"| {size:9} | {how.name:20} | {state.value:9} | {own / took_s * 100:8.1f} | "
                f"{other / took_s * 100:8.1f} | {fps:5.1f} | {ms(frames, 0.5, 0.99, 1):>20} | "
                f"{ms(worked, 0.5, 0.99):>10} | "
                f"{waits(late):>20} | {waits(alone):>16} | {ms(windows, 0.5, 0.99):>17} | "
                f"{memory:3.0f} |",
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


def timed(
    stage: Stage, spent: list[float], busy: list[float], whole: bool
) -> Callable[[Scene, float], None]:
    """The stage's own frame, with two clocks around it: the wall's, and this thread's own."""
    draw = stage._frame

    def frame(scene: Scene, now_s: float) -> None:
        if whole:
            stage._pictures[0].refresh()
        start_s, start_cpu_s = time.perf_counter(), time.thread_time()
        draw(scene, now_s)
        spent.append(time.perf_counter() - start_s)
        busy.append(time.thread_time() - start_cpu_s)

    return frame


def first_picture(scratch: Path, url: str, wav: Path, server: XServer) -> float:
    """Seconds from the kiosk's start to a picture in the server's memory."""
    settings = {
        "display.driver": "x11",
        "display.size": "auto",
        "display.fullscreen": "true",
        "log.level": "error",
    }
    command = kiosk_command(scratch / "run", url, wav, **settings)
    began_s = time.monotonic()
    with closing(Kiosk("x11", scratch / "run", command, {"DISPLAY": server.name})) as kiosk:
        while not server.grab()[::200, ::200].any():
            assert time.monotonic() < began_s + 20, "no picture"
        del kiosk
        return time.monotonic() - began_s


def underruns(scratch: Path, wav: Path, server: XServer) -> str:
    """What a real sound server had to do without, in a long answer on a large screen."""
    settings = {
        "display.driver": "x11",
        "display.size": "auto",
        "display.fullscreen": "true",
        "audio.output": "default",
        "log.level": "error",
    }
    with pulse(scratch / "pulse") as sound, service() as peer:
        command = kiosk_command(scratch / "run", peer.url, wav, **settings)
        env = {"DISPLAY": server.name, **sound.environment}
        with closing(Kiosk("x11", scratch / "run", command, env)) as kiosk:
            time.sleep(2)
            peer.answer(reply_s=30)
            kiosk.press()
            time.sleep(1)
            kiosk.release()
            time.sleep(25)
            status = kiosk.status()
            seconds = status["speaker"]["played"] / RATE_HZ
            return (
                f"{status['display']['fps']:.1f} fps: "
                f"{status['speaker']['underruns']} underruns in {seconds:.0f} s of sound"
            )


LARGE, MIDDLE, SMALL = (1920, 1080), (1280, 720), (800, 480)
EVERY = (State.ATTRACT, State.LISTENING, State.THINKING, State.SPEAKING)
PLAN = (
    How(LARGE, states=EVERY),
    How(LARGE, whole=True),
    How(LARGE, pack="robot"),
    How(LARGE, pack="lumen"),
    How(LARGE, rotation=90),
    How(MIDDLE),
    How(MIDDLE, whole=True),
    How(SMALL),
    How(SMALL, whole=True),
)


def one(how: How) -> None:
    """Measure it in this process."""
    sys.setswitchinterval(YIELD_S)
    ticker = Ticker()
    measure(how, ticker)
    ticker.close()


def main() -> None:
    if sys.argv[1:2] == ["one"]:
        one(PLAN[int(sys.argv[2])])
        return
    sizes = {tuple(map(int, size.split("x"))) for size in sys.argv[1:]}
    sys.setswitchinterval(YIELD_S)
    ticker = Ticker()
    late, alone = map(waits, ticker.listen())
    print(f"without a stage the lock is had after {late} ms (p99 / max, > 5); alone {alone}\n")
    ticker.close()
    print(TITLES)
    print(f"|{'|'.join('-' * len(cell) for cell in TITLES.split('|')[1:-1])}|", flush=True)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        scratch = Path(directory)
        with xvfb(scratch, (3840, 2160)) as server:
            for index, how in enumerate(PLAN):
                if not sizes or how.size in sizes:
                    # Each in a process of its own: memory that one left is none of the next one's.
                    command = [sys.executable, "-m", "benchmarks.stage", "one", str(index)]
                    env = os.environ | {"DISPLAY": server.name}
                    subprocess.run(command, env=env, check=True)
        wav = speech(scratch)
        firsts = []
        for _ in range(5):
            # A fresh server each: its memory still shows the last picture.
            with xvfb(scratch, LARGE) as server, service() as peer:
                firsts.append(first_picture(scratch, peer.url, wav, server))
        firsts.sort()
        print(
            f"\nexec of the kiosk to the first picture at 1920x1080: median {firsts[2]:.2f} s, "
            f"worst {firsts[-1]:.2f} s of 5"
        )
        with xvfb(scratch, LARGE) as server:
            print(underruns(scratch, wav, server), flush=True)


if __name__ == "__main__":
    main()
