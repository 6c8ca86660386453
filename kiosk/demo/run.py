"""Starts the concierge and the kiosk of the demo, records them, and reports what happened."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.avatar.avatar_check import STREAMING_AVATAR_NOTICE
from kiosk.core.scene import State
from kiosk.demo import visitor
from kiosk.demo.cloud import stand_in
from kiosk.errors import KioskError, UserError
from kiosk.runtime import daemon
from kiosk.runtime.kiosk import Kiosk
from kiosk.settings import layers

if TYPE_CHECKING:
    import pygame

CONCIERGE_START_TIMEOUT_S = 20.0
"""Loading a speech model from a slow card takes a while."""
STATE_SHOWN_S = 0.9
"""A state's picture is taken when its animation has come so far; thinking is over sooner."""


def run(
    files: Sequence[Path],
    overrides: Sequence[str],
    out: Path | None,
    scripted: bool,
    fullscreen: bool,
    avatar: str = "face",
) -> int:
    """Run the demo; returns the exit status.

    Args:
        files: of `--config`.
        overrides: of `--set`.
        out: where sound and pictures are left.
        scripted: whether a scripted visitor talks, whatever this machine has.
        fullscreen: whether the whole screen is taken.
        avatar: who talks; with a cloud avatar a stand-in of its cloud is started.

    Raises:
        UserError: something that the person can mend is missing.
    """
    screen = _has_screen()
    scripted = scripted or not (screen and _has_sound())
    with contextlib.ExitStack() as stack:
        memory = Path("/dev/shm")  # noqa: S108 - the rings belong into memory, as on a board
        place = memory if os.access(memory, os.W_OK) else None
        made = tempfile.TemporaryDirectory(prefix="kiosk-demo-", dir=place)
        work = Path(stack.enter_context(made))
        endpoint = stack.enter_context(_concierge(work))
        common = [f'live.endpoint="{endpoint}"', 'live.api="developer"', 'log.level="warning"']
        line = None
        if avatar != "face":
            if avatar == "heygen":
                print(f"{STREAMING_AVATAR_NOTICE}: see --avatar liveavatar.", flush=True)
            line = stack.enter_context(stand_in(avatar, work))
            common += [*line.settings, "avatar.cloud.always_on=true"]  # It costs nothing here.
        if not scripted:
            print("Hold the space bar (or press on the screen) and speak. Escape ends.", flush=True)
            chosen = [
                *common,
                'button.source="keyboard"',
                f"display.fullscreen={'true' if fullscreen else 'false'}",
            ]
            loaded = layers.load(files, [*chosen, *overrides], system=work)
            status = daemon.run(loaded, work, _may_be_left, work / "state")
        else:
            folder = out or Path(f"demo-out-{datetime.now():%Y%m%d-%H%M%S}")
            status = _scripted(work, folder, common, files, overrides, screen, fullscreen)
    return status or (0 if line is None else _tell_cost(avatar, line.cost))


def _may_be_left(kiosk: Kiosk) -> None:
    """A person at the demo ends it with Escape, also in full screen."""
    kiosk.drawing.demo = True


def _tell_cost(avatar: str, cost: dict[str, Any]) -> int:
    """Print what the stand-in counted; 1 where a session was left open, or a call was wrong."""
    print(
        f"{avatar}: {cost.get('opened')} session opened, {cost.get('left_open')} left open",
        flush=True,
    )
    for wrong in cost.get("wrongs", []):
        print(f"{avatar}: the stand-in complains: {wrong}", flush=True)
    return 0 if cost.get("left_open") == 0 and not cost.get("wrongs") else 1


def _scripted(
    work: Path,
    folder: Path,
    common: list[str],
    files: Sequence[Path],
    overrides: Sequence[str],
    screen: bool,
    fullscreen: bool,
) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error}. Give another one with --out") from None
    print("A scripted visitor talks to the kiosk; this takes about 45 seconds.", flush=True)
    visit = visitor.prepare(work)
    chosen = [
        *common,
        f'audio.input="file:{visit.wav}"',
        f'audio.output="file:{work / "kiosk.wav"}"',
        f'button.source="script:{visit.script}"',
        f'display.driver="{"auto" if screen else "dummy"}"',
        f"display.fullscreen={'true' if fullscreen else 'false'}",
    ]
    if not fullscreen:
        chosen.append('display.size="1280x720"')
    onlooker = Onlooker(visit, work, folder)
    loaded = layers.load(files, [*chosen, *overrides], system=work)
    status = daemon.run(loaded, work, onlooker.prepare, work / "state")
    return status or onlooker.write_report()


class Onlooker:
    """Watches a kiosk: films it, photographs each state, ends the demo and reports it."""

    def __init__(self, visit: visitor.ScriptedVisit, work: Path, folder: Path) -> None:
        from kiosk.demo.film import Film

        self._visit, self._work, self._folder = visit, work, folder
        self._film = Film(work / "frames")
        self._watcher = threading.Thread(target=self._watch, name="onlooker", daemon=True)
        # One writer: the drawing thread (`_see`). `write_report` reads them once it has stopped.
        self._pictures: dict[State, pygame.Surface] = {}
        self._shown, self._shown_since_s = State.STARTING, 0.0

    def prepare(self, kiosk: Kiosk) -> None:
        """Called with the kiosk before it starts."""
        self._kiosk = kiosk
        _may_be_left(kiosk)
        kiosk.drawing.tap = self._see
        self._watcher.start()

    def _see(self, surface: "pygame.Surface", at_s: float) -> None:
        """One drawn frame, on the drawing thread."""
        self._film.take(surface, at_s)
        state = self._kiosk.scene.state
        if state is not self._shown:
            self._shown, self._shown_since_s = state, at_s
        wait_s = 0.0 if state is State.THINKING else STATE_SHOWN_S
        if state not in self._pictures and at_s - self._shown_since_s >= wait_s:
            self._pictures[state] = surface.copy()

    def _watch(self) -> None:
        kiosk, told, rested_s = self._kiosk, 0, time.monotonic()
        end_s = rested_s + self._visit.duration_s + 5
        while not kiosk.stop.wait(0.05):
            now_s = time.monotonic()
            turns = list(kiosk.core.view().turns)
            for turn in turns[told:]:
                if turn.outcome:
                    told += 1
                    print(f"  visitor: {turn.heard.strip()}", flush=True)
                    print(f"  kiosk:   {turn.said.strip()}", flush=True)
            if kiosk.scene.state is not State.ATTRACT or told < self._visit.presses:
                rested_s = now_s
            if now_s - rested_s > 1 or now_s > end_s:
                kiosk.stop.set()

    def write_report(self) -> int:
        """Write the folder and print the table; 1 where a turn was not answered as it should be."""
        import pygame

        from kiosk.demo import report

        self._watcher.join()
        self._film.close()
        kiosk = self._kiosk
        first_s = kiosk.sound.mic.first_sample_monotonic_s
        if first_s is None:
            raise KioskError("the microphone's stand-in gave no sound")
        said = report.read_wav(self._visit.wav, first_s)
        played_file = self._work / "kiosk.wav"
        played = report.read_wav(played_file, _first_sample_s(played_file))
        sound = self._folder / "conversation.wav"
        from_s = report.write_conversation(said, played, sound)
        turns = list(kiosk.core.view().turns)
        rows = report.rows(turns, report.consumed(self._work / "record"), said, played)
        (self._folder / "turns.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False))
        for state, picture in self._pictures.items():
            pygame.image.save(picture, str(self._folder / f"{state.value}.png"))
        print("Encoding the film…", flush=True)
        film = self._folder / "conversation.mp4"
        self._film.encode(sound, from_s, film)
        print(f"\n{report.table(rows)}\n\nleft in {self._folder}/", flush=True)
        whole = len(rows) == self._visit.presses and all(row["outcome"] for row in rows)
        return 0 if whole and not any(row["lost"] or row["doubled"] for row in rows) else 1


def _first_sample_s(path: Path) -> float:
    """Monotonic time of a recording's first sample: the sound process writes it beside the file."""
    note = json.loads(path.with_suffix(".wav.json").read_text())
    return float(note["first_sample_monotonic_s"])


@contextlib.contextmanager
def _concierge(work: Path) -> Iterator[str]:
    """The service on this board, in its own process; gives its address.

    Where this process dies, it ends and takes `work` with it: the visitor's voice is in there.
    """
    words = ["concierge", "--port", "0", "--record", str(work / "record"), "--guard", str(work)]
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", *words, "--log-level", "warning"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - asked for
    timer = threading.Timer(CONCIERGE_START_TIMEOUT_S, process.kill)
    timer.start()
    try:
        line = process.stdout.readline()
        timer.cancel()
        if not line.startswith("listening on "):
            raise KioskError(f"the concierge did not start (exit status {process.wait()})")
        yield line.removeprefix("listening on ").strip()
    finally:
        timer.cancel()
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()


def _has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or any(
        Path("/dev/dri").glob("card*")
    )


def _has_sound() -> bool:
    """Whether there is a microphone and a loudspeaker. Another process asks PortAudio, which
    this one must not import.
    """
    asked = subprocess.run(
        [sys.executable, "-m", "kiosk.audio.process.worker", "--list"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    if asked.returncode:
        return False
    devices = json.loads(asked.stdout)
    return any(d["inputs"] for d in devices) and any(d["outputs"] for d in devices)
