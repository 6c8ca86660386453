"""`kill -9` of the daemon and of the sound process at random moments: `python -m benchmarks kills`.

Each round is a visit with one question, in which a process dies at a moment drawn by a seed: while
the button is held, before the answer, in it or after it. The daemon is started again as its unit
does it. Afterwards what the service's surviving state holds is compared, sample by sample, with
what was said: a microphone that is a file goes on while nobody listens, also across restarts. The
second half measures the time on a sound server, whose devices take a while to open.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import percentile
from benchmarks.report import Section, Table, figure
from tests.faults.cases import plan
from tests.support.kiosks import Kiosk, runtime_directory, until, write_visitor
from tests.support.pulse import pulse
from tests.support.trial import answer_samples, audit, misbehaving

ROUNDS = 50
SIDE_BY_SIDE = 2
HOLD_S = 2.0
FIRST_S, LAST_S = 0.2, 5.5
"""Of the moments, from the press: from the start of the turn to after its answer."""
RESTART_S = 0.2
"""`RestartSec` of the unit."""
RATE_HZ = 16_000
TARGET_S = 1.5
SEED = 9


class Round(NamedTuple):
    moment: str
    lost: int
    doubled: int
    as_text: int
    missing: int
    """What the kiosk says that nobody heard."""
    outcome: str
    heard: float
    """ReplyAttribution, by their sound."""
    silent_s: float
    """From the death until samples come again."""


class Lane:
    """A kiosk that is started again when it dies, and its service."""

    def __init__(self, scratch: Path, runtime: Path, visitor: Path, *settings: str) -> None:
        self.concierge = misbehaving(scratch, plan())
        self._start = lambda: Kiosk(runtime, self.concierge.url, visitor, *settings)
        self._runtime = runtime
        self.kiosk = self._start()
        self.turns: dict[int, dict[str, Any]] = {}
        self.unplayed = 0
        """Samples of an answer that waited when a process was killed."""
        until(self._up)
        time.sleep(0.5)

    def _up(self) -> bool:
        status = self.kiosk.status()
        return status["link"]["state"] == "up" and status["microphone"]["state"] in ("ok", "silent")

    def look(self) -> dict[str, Any]:
        """The status; what it says of turns is remembered, because a finished one dies with its
        daemon.
        """
        status = self.kiosk.status()
        for turn in status["turns"]:
            self.turns[turn["id"]] = turn
        return status

    def wait(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self.look()
            time.sleep(min(left_s, 0.05))

    def kill(self, who: str) -> float:
        """Kill it, and wait until samples come again; returns how long that took."""
        before = self.look()
        speaker, at_s = before["speaker"], time.monotonic()
        self.unplayed = speaker["written"] - speaker["played"]
        os.kill(before["processes"][who], signal.SIGKILL)
        if who == "daemon":
            self.kiosk.process.wait()
            sweep = [sys.executable, "-m", "kiosk.audio.sweep", str(self._runtime)]
            subprocess.run(sweep, check=True)
            time.sleep(RESTART_S)
            self.kiosk = self._start()

        old, seen = before["processes"]["sound"], set[int]()

        def back() -> bool:
            status = self.kiosk.status()
            if status.get("processes", before["processes"])["sound"] not in (old, None):
                seen.add(status["microphone"]["written"])
            # It goes on at the clock's sample, after zeros; the next period is heard.
            return len(seen - {before["microphone"]["written"]}) > 1

        until(back, 20)
        return time.monotonic() - at_s

    def close(self) -> None:
        log = self.kiosk.close()
        self.concierge.close()
        assert "Traceback" not in log, log


def one(lane: Lane, who: str, moment_s: float) -> Round:
    known = max(lane.turns, default=0)
    written = lane.look()["speaker"]["written"]
    assert lane.kiosk.do("press")["ok"]
    pressed_s = time.monotonic()
    silent_s = 0.0
    if moment_s < HOLD_S:
        lane.wait(moment_s)
        silent_s = lane.kill(who)
        lane.wait(max(pressed_s + HOLD_S - time.monotonic(), 0.3))
        assert lane.kiosk.do("release")["ok"]
        moment = "button held"
    else:
        lane.wait(HOLD_S)
        assert lane.kiosk.do("release")["ok"]
        lane.wait(moment_s - HOLD_S)
        status = lane.look()
        turn = status["turns"][-1]
        answering = bool(turn["reply_byte_s"])
        playing = status["speaker"]["played"] < status["speaker"]["written"]
        moment = "in the answer" if playing else "after it" if answering else "before the answer"
        silent_s = lane.kill(who)

    def over() -> bool:
        status = lane.look()
        turn = lane.turns.get(known + 1)
        done = turn is not None and bool(turn["outcome"])
        gone = not status["turns"] and status["link"]["state"] == "up"
        return done or gone

    try:
        until(over, 40)
    except AssertionError as error:
        raise AssertionError(f"{moment}: {lane.look()}, {lane.turns}") from error
    lane.wait(1.0)
    turn = lane.turns[known + 1]
    found = (-1, -1, -1)

    def settled() -> bool:
        nonlocal found
        found = audit(lane.kiosk, lane.concierge, [turn])
        return found[:2] == (turn["samples_missing"], 0) or found[2] == 1

    with contextlib.suppress(AssertionError):  # It is told in the table.
        until(settled, 15)
    heard = lane.look()["speaker"]["written"] - written
    if who == "daemon" and moment != "button held":  # What it had not played is gone with it.
        heard -= lane.unplayed
    assert lane.kiosk.do("reset")["ok"]
    until(lane._up)
    time.sleep(0.3)
    missing = turn["samples_missing"]
    if turn["outcome"] == "unanswered":
        heard = 0
    answers = heard / answer_samples()
    return Round(moment, *found, missing, turn["outcome"] or "forgotten", answers, silent_s)


def rounds(lane: Lane, who: str, number: int, seed: int) -> Iterator[Round]:
    drawn = random.Random(seed)
    for n in range(number):
        found = one(lane, who, drawn.uniform(FIRST_S, LAST_S))
        print(who, n, found, flush=True)
        yield found


def measure(scratch: Path, short: bool) -> Section:
    number = 4 if short else ROUNDS
    visitor = write_visitor(scratch / "visitor.wav")
    rows, times, failures = [], [], list[str]()
    for who in ("daemon", "sound"):
        share = [len(range(n, number, SIDE_BY_SIDE)) for n in range(SIDE_BY_SIDE)]

        def work(n: int, who: str = who, share: list[int] = share) -> list[Round]:
            with runtime_directory() as runtime:
                lane = Lane(scratch / f"{who}-{n}", runtime, visitor)
                try:
                    return list(rounds(lane, who, share[n], SEED + n))
                finally:
                    lane.close()

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            found = [each for part in pool.map(work, range(SIDE_BY_SIDE)) for each in part]
        for moment in ("button held", "before the answer", "in the answer", "after it"):
            of = [each for each in found if each.moment == moment]
            if of:
                rows.append(_row(who, moment, of))
        failures += [f"{who}: {each}" for each in found if _wrong(each)]
        times.append(_times(who, "a file", found))
    with pulse(scratch / "pulse") as server, runtime_directory() as runtime:
        os.environ.update(server.environment)
        lane = Lane(
            scratch / "pulse-lane",
            runtime,
            visitor,
            'audio.input="default"',
            'audio.output="default"',
        )
        try:
            for who in ("daemon", "sound"):
                gone = []
                for _ in range(number):
                    time.sleep(random.uniform(0.5, 1.5))
                    gone.append(lane.kill(who))
                    until(lane._up, 20)
                print(who, [round(each, 2) for each in gone], flush=True)
                times.append(_row_of_times(who, "PulseAudio", gone))
                if max(gone) > TARGET_S:
                    failures.append(f"{who}: {max(gone):.2f} s until samples came")
        finally:
            lane.close()
    return Section(
        f"{number} times each, a question of {HOLD_S:g} s, killed {FIRST_S:g} to {LAST_S:g} s "
        "after the press. The daemon is started again as its unit does it: the sweep of "
        f"`ExecStopPost`, {RESTART_S:g} s of `RestartSec`, and its own start. Nobody heard: what "
        "no process listened to, by the kiosk's own count (`samples_missing`); lost is what is "
        "missing beyond that, doubled what is there twice, of all samples of these rounds. Target: "
        f"at most {TARGET_S:g} s until samples come again. Two processes have to start for that, "
        "which takes longer where other work is waiting for the processors: see the load.",
        [
            Table(
                [
                    "killed",
                    "while",
                    "times",
                    "lost",
                    "doubled",
                    "as text",
                    "nobody heard, s",
                    "most",
                    "answers heard",
                    "outcomes",
                ],
                rows,
            ),
            Table(
                ["killed", "sound from", "times", "s until samples, median", "p90", "most"], times
            ),
        ],
        tuple(failures),
    )


def _wrong(each: Round) -> bool:
    lost = each.lost - (each.missing if not each.as_text else 0)
    return bool(lost or each.doubled) or each.heard > 1.03 + 24_000 / answer_samples()


def _row(who: str, moment: str, of: list[Round]) -> list[str]:
    lost = sum(each.lost - (each.missing if not each.as_text else 0) for each in of)
    missing_s = [each.missing / RATE_HZ for each in of]
    outcomes = Counter(each.outcome for each in of)
    return [
        who,
        moment,
        str(len(of)),
        str(lost),
        str(sum(each.doubled for each in of)),
        str(sum(each.as_text for each in of)),
        figure(percentile(missing_s, 0.5)),
        figure(max(missing_s)),
        f"{min(e.heard for e in of):.1f} to {max(e.heard for e in of):.1f}",
        ", ".join(f"{count} {word}" for word, count in outcomes.most_common()),
    ]


def _times(who: str, source: str, found: list[Round]) -> list[str]:
    return _row_of_times(who, source, [each.silent_s for each in found])


def _row_of_times(who: str, source: str, gone: list[float]) -> list[str]:
    parts = (percentile(gone, 0.5), percentile(gone, 0.9), max(gone))
    return [who, source, str(len(gone)), *map(figure, parts)]
