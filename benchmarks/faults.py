"""google-genai's documented session loop beside our kiosk, on the same faults.

`python -m benchmarks faults`. Each is a process of its own against a concierge that misbehaves and
needs 300 ms for a setup; a sentence of 5 s in which the fault strikes, and one of 2 s after it.
What the service's surviving state holds is compared, sample by sample, with what was said.
"""

import json
import os
import subprocess
import sys
import threading
import time
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.report import Section, Table, figure
from tests.concierge.visitor import speech
from tests.faults.cases import plan
from tests.support.kiosks import until
from tests.support.trial import (
    account,
    answer_samples,
    audit,
    flows_s,
    last_turn,
    misbehaving,
    over,
    running,
    surviving,
)

HOLDS_S = (5.0, 2.0)
PAUSE_S = 1.5
WAIT_S = 60.0
"""So long is an answer waited for."""
RATE_HZ = 16_000
SLOW_SETUP = 'when = "setup"\ntimes = 0\ndo = "delay"\neach_s = 0.3\nfor_s = 0.3'
MIDDLE = 'when = "speaking"\nsamples = 40000\n'
REFUSED = 'when = "upgrade"\ndo = "refuse"\nstatus = 503\ntimes = {}\nconnection = 2'
WORDS = "Good morning. We have come a long way to see the blue whale, and my daughter would like "
WORDS += "to know how it got into the hall, and whether the toilets are on the same floor. "

FAULTS = {
    "none": (),
    "GoAway 0s, closed 0.5 s later": (
        MIDDLE + 'do = "go away"\ntime_left = "0s"\nclose_after_s = 0.5',
    ),
    "GoAway 2s, closed then": (MIDDLE + 'do = "go away"\ntime_left = "2s"\nclose_after_s = 2',),
    "TCP reset": (MIDDLE + 'do = "reset"',),
    "close 1011": (MIDDLE + 'do = "close"\ncode = 1011\nreason = "Internal error encountered."',),
    "reset, first reconnect gets 503": (MIDDLE + 'do = "reset"', REFUSED.format(1)),
    "reset, three reconnects get 503": (MIDDLE + 'do = "reset"', REFUSED.format(3)),
    "half-open silence": (MIDDLE + 'do = "freeze"',),
    "mute": (MIDDLE + 'do = "mute"',),
    "reset in mid-answer": ('when = "answering"\nsamples = 12000\ndo = "reset"',),
    "reset between turns": ('when = "between"\nafter_s = 0.5\ndo = "reset"',),
}  # fmt: skip


class Outcome(NamedTuple):
    lost: int
    doubled: int
    answers: list[float]
    """How much of an answer was heard to each sentence."""
    flows_s: float | None


def write_long_visitor(path: Path) -> Path:
    """Thirty seconds that do not repeat."""
    room = np.random.default_rng(3).normal(0, 6, 30 * RATE_HZ)
    words = np.frombuffer(speech(WORDS * 4), "<i2")[: len(room)]
    room[: len(words)] += words
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        out.writeframes(room.clip(-32768, 32767).astype("<i2").tobytes())
    return path


def ours(directory: Path, visitor: Path, faults: tuple[str, ...]) -> Outcome:
    turns, heard = [], []
    with running(directory, visitor, plan(SLOW_SETUP, *faults)) as (kiosk, concierge):
        until(lambda: kiosk.status()["link"]["state"] == "up")
        for hold_s in HOLDS_S:
            before, written = last_turn(kiosk), kiosk.status()["speaker"]["written"]
            assert kiosk.do("press")["ok"]
            time.sleep(hold_s)
            assert kiosk.do("release")["ok"]
            turns.append(over(kiosk, before))
            silent = turns[-1]["outcome"] == "unanswered"
            played = kiosk.status()["speaker"]["written"] - written
            heard.append(0.0 if silent else played / answer_samples())
            time.sleep(PAUSE_S)
        lost, doubled, _ = audit(kiosk, concierge, turns)
        return Outcome(lost, doubled, heard, flows_s(concierge))


class Rival:
    """A running `rivals.google_resuming`."""

    def __init__(self, directory: Path, url: str, visitor: Path) -> None:
        with (directory / "rival.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.rivals.google_resuming", url, str(visitor)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def do(self, word: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        try:
            self.process.communicate("quit\n", timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def theirs(directory: Path, visitor: Path, faults: tuple[str, ...]) -> Outcome:
    concierge = misbehaving(directory, plan(SLOW_SETUP, *faults))
    rival = Rival(directory, concierge.url, visitor)
    try:
        rival.do("status")
        time.sleep(2.5)  # It has connected.
        for hold_s in HOLDS_S:
            rival.do("press")
            time.sleep(hold_s)
            rival.do("release")
            _wait(rival)
            time.sleep(PAUSE_S)
        told = rival.do("status")
        said = [_said(visitor, *turn) for turn in told["turns"]]
        held = [
            (concierge.pcm(entry["pcm"]) if entry["pcm"] else b"", entry["text"])
            for entry in surviving(concierge)
        ]
        lost, doubled, _ = account(said, held)
        answers = [size / 2 / answer_samples() for size in told["replies"]]
        return Outcome(lost, doubled, answers, flows_s(concierge))
    finally:
        rival.close()
        concierge.close()


def _wait(rival: Rival) -> None:
    """Until an answer has come and nothing more of it does, or too long."""
    began_s, progress = time.monotonic(), (0, time.monotonic())
    while time.monotonic() < began_s + WAIT_S:
        size = rival.do("status")["replies"][-1]
        if size != progress[0]:
            progress = (size, time.monotonic())
        if size and time.monotonic() - progress[1] > 3:
            return
        time.sleep(0.1)


def _said(visitor: Path, start: int, end: int) -> bytes:
    with wave.open(str(visitor)) as sound:
        loop = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    return loop[np.arange(start, end) % len(loop)].tobytes()


def measure(scratch: Path, short: bool) -> Section:
    visitor = write_long_visitor(scratch / "visitor.wav")
    os.environ.setdefault("GOOGLE_API_KEY", "k")
    chosen = dict(list(FAULTS.items())[:4]) if short else FAULTS
    who = {"kiosk": ours, "google-genai": theirs}
    told = threading.Lock()

    def trial(name: str, fault: str) -> Outcome | str:
        place = scratch / f"{name}-{list(FAULTS).index(fault)}"
        try:
            found: Outcome | str = who[name](place, visitor, FAULTS[fault])
        except Exception as error:  # noqa: BLE001 - it is told in the table
            found = f"failed: {type(error).__name__}: {error}"[:80]
        with told:
            print(fault, name, found, flush=True)
        return found

    with ThreadPoolExecutor(4) as pool:
        jobs = {(f, name): pool.submit(trial, name, f) for f in chosen for name in who}
    rows, failures = [], []
    for (fault, name), job in jobs.items():
        found = job.result()
        rows.append([fault, name, *_cells(found)])
        whole = isinstance(found, Outcome) and not found.lost and not found.doubled
        if name == "kiosk" and not whole:
            failures.append(f"{fault}: {found}")
    titles = ["fault", "who", "lost, s", "lost", "doubled", "answers", "flows again, s"]
    return Section(
        "A sentence of 5 s with the fault 2.5 s into it, then one of 2 s; the service needs 300 ms "
        "for a setup, and its handles come between turns. google-genai is the library as it is, in "
        "the loop of its session management guide (`benchmarks/rivals/google_resuming.py`), a "
        "second between attempts; it begins a new activity where a new connection finds the button "
        "held. Only its TLS is taken away. Lost and doubled are samples of both sentences in "
        "the service's surviving state; answers is how much of an answer was heard to each within "
        f"{WAIT_S:g} s. Flows again: from the strike to the next speech that a new connection "
        "takes in, or to its session where nobody spoke.",
        [Table(titles, rows)],
        tuple(failures),
    )


def _cells(found: Outcome | str) -> list[str]:
    if isinstance(found, str):
        return ["-", "-", "-", "-", found]
    answers = ", ".join(f"{heard:.1f}" for heard in found.answers)
    lost = [figure(found.lost / RATE_HZ), str(found.lost), str(found.doubled)]
    return [*lost, answers, figure(found.flows_s)]
