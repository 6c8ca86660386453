"""A kiosk under faults for half an hour: `python -m benchmarks endurance --minutes 30`.

Every 20 s a visitor asks twice, and a fault strikes at a moment that a seeded generator draws: by
turns the line breaks, hangs or goes away for seconds, and the service closes, says that it goes, or
talks nonsense. What each visit's session holds in the end is compared sample by sample with what
the microphone gave; memory and descriptors are taken at rest, between visits.
"""

import random
import statistics
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import cpu_s, descriptors, own_mib
from benchmarks.report import Section, Table, figure
from kiosk.formats import REPLY_HZ
from tests.support.kiosks import Kiosk, until, write_visitor
from tests.support.line import Line
from tests.support.trial import (
    HEARD,
    HOLD_S,
    OVERSHOOT,
    answer_samples,
    audit,
    last_turn,
    over,
    running,
)

EVERY_S = 20.0
SEED = 3
CONNECTIONS = 600
"""The service's faults are written for so many connections, each of which has one."""
SETTLE_S = 15.0
"""So long after an answer the next session may take to come up with what was said."""
GROWTH_MIB = 2.0
"""From the median of the second to that of the last tenth of the run."""
SERVICE = (
    'do = "reset"',
    'do = "go away"\ntime_left = "3.5s"\nclose_after_s = 3.5',
    'do = "close"\ncode = 1000\nreason = "The operation was cancelled."',
    'do = "close"\ncode = 1011\nreason = "Internal error encountered."',
    'do = "send"\ngarbage = ["no json", "nested", "unknown field", "wrong type"]',
    'do = "go away"\ntime_left = "0s"\nclose_after_s = 0.3',
    'do = "close"\ncode = 1008\nreason = "The operation was aborted."',
    'do = "freeze"',
    'do = "close"\ncode = 1007\nreason = "Request contains an invalid argument."',
    'do = "send"\ngarbage = ["error"]',
    'do = "send"\nmegabytes = 8',
    'do = "close"\ncode = 1012\nreason = ""',
)
"""What strikes some seconds after an answer, in whatever is going on then."""
LINE = ("cut", "gone for 2 s", "cut", "half-open", "cut", "gone for 5 s")


class Ear(threading.Thread):
    """How much of what was written was played, less what was passed over because nobody was to hear
    it.
    """

    LOOKS_EVERY_S = 0.05
    FASTEST = 1.1
    """More than this of real time is no playing."""

    def __init__(self, kiosk: Kiosk) -> None:
        super().__init__(daemon=True)
        self.samples = 0.0
        self._kiosk = kiosk

    def run(self) -> None:
        played, at_s = None, 0.0
        while self._kiosk.process.poll() is None:
            status, now_s = self._kiosk.status(), time.monotonic()
            new = status.get("speaker", {}).get("played", played)
            if played is not None:
                most = (now_s - at_s + self.LOOKS_EVERY_S) * REPLY_HZ * self.FASTEST
                self.samples += min(new - played, most)
            played, at_s = new, now_s
            time.sleep(self.LOOKS_EVERY_S)


class Rest(NamedTuple):
    """What a process needs between visits."""

    at_s: float
    own_mib: dict[str, float]
    descriptors: dict[str, int]


class Tally:
    """What became of the visits."""

    def __init__(self) -> None:
        self.turns = self.lost = self.doubled = self.as_text = self.unheard = 0
        self.outcomes: Counter[str] = Counter()
        self.line: Counter[str] = Counter()
        self.twice = 0
        self.most_heard = 0.0
        self.wrong: list[str] = []

    def visit(
        self, number: int, heard: list[float], found: tuple[int, int, int], missing: int
    ) -> None:
        """Count a visit; `heard` is how much of an answer came to each question, `missing` what no
        process recorded, and the kiosk says so.
        """
        lost, doubled, as_text = found
        self.unheard += missing
        self.lost, self.doubled = self.lost + lost, self.doubled + doubled
        self.as_text += as_text
        self.turns += len(heard)
        self.most_heard = max(self.most_heard, *heard)
        if lost or doubled:
            self.wrong.append(f"visit {number}: {lost} samples lost, {doubled} doubled")
        # What the ear takes for played and was passed over, and what waited in the device.
        unsure_s = 2 * Ear.LOOKS_EVERY_S + 0.1
        if max(heard) > OVERSHOOT + (1 + unsure_s) * REPLY_HZ / answer_samples():
            self.twice += 1
            self.wrong.append(f"visit {number}: answers heard {heard}")


def faults(seed: int) -> str:
    """A faults file: one fault on each connection, drawn by the seed."""
    drawn = random.Random(seed)
    tables = [
        f'[[fault]]\nwhen = "between"\nconnection = {number}\nafter_s = [0.0, 4.0]\n'
        f"{drawn.choice(SERVICE)}\n"
        for number in range(1, CONNECTIONS + 1)
    ]
    return "\n".join([f'seed = {seed}\nheard = "{HEARD}"\n', *tables])


def measure(scratch: Path, minutes: float) -> Section:
    drawn = random.Random(SEED)
    visitor = write_visitor(scratch / "visitor.wav")
    tally, rests, slow_s = Tally(), list[Rest](), list[float]()
    with Line() as line, running(scratch / "run", visitor, faults(SEED), line=line) as both:
        kiosk, concierge = both
        until(lambda: kiosk.status()["link"]["state"] == "up")
        pids = kiosk.status()["processes"]
        ear = Ear(kiosk)
        ear.start()
        began_s, number = time.monotonic(), 0
        while time.monotonic() < began_s + minutes * 60:
            number += 1
            threading.Timer(drawn.uniform(0, 8), _strike, (line, number, tally)).start()
            slow_s.append(_visit(kiosk, ear, tally, number, concierge))
            rests.append(_rest(kiosk, began_s))
            print(number, f"{rests[-1].at_s:.0f} s", rests[-1][1:], tally.wrong, flush=True)
            late_s = (time.monotonic() - began_s) % EVERY_S
            time.sleep(EVERY_S - late_s)
        lasted_s = time.monotonic() - began_s
        status = kiosk.status()
        lived = {who: pid for who, pid in pids.items() if status["processes"][who] == pid}
        cpu = {who: cpu_s(pid) * 60 / lasted_s for who, pid in lived.items()}
        struck = Counter(each["fault"] for each in concierge.lines("faults"))
        if status["processes"]["daemon"] != pids["daemon"]:
            tally.wrong.append(f"processes were {pids}, and are {status['processes']}")
    return _section(lasted_s, tally, struck, rests, cpu, status, slow_s)


def _strike(line: Line, number: int, tally: Tally) -> None:
    """Every other visit the line breaks; the others are the service's."""
    if number % 2:
        return
    kind = LINE[number // 2 % len(LINE)]
    tally.line[f"line {kind}"] += 1
    if kind == "half-open":
        line.freeze()
        time.sleep(6)
        line.cut()
    elif kind != "cut":
        line.refuse()
        time.sleep(2 if "2" in kind else 5)
    else:
        line.cut()
    line.resume()


def _visit(kiosk: Kiosk, ear: Ear, tally: Tally, number: int, concierge: Any) -> float:
    """Two questions, and the end of the visit; the longest that one took, in seconds."""
    turns, heard, longest_s = [], [], 0.0
    for _ in range(2):
        before, played = last_turn(kiosk), ear.samples
        assert kiosk.do("press")["ok"]
        time.sleep(HOLD_S)
        began_s = time.monotonic()
        assert kiosk.do("release")["ok"]
        turns.append(over(kiosk, before))
        longest_s = max(longest_s, time.monotonic() - began_s)
        tally.outcomes[turns[-1]["outcome"] or "stopped"] += 1
        time.sleep(0.7)
        apology = turns[-1]["outcome"] == "unanswered"
        heard.append(0.0 if apology else (ear.samples - played) / answer_samples())
    # An answer that is cut off by a lost line is over before the next session is told of it.
    by_s = time.monotonic() + SETTLE_S
    while True:
        lost, doubled, as_text = audit(kiosk, concierge, turns)
        missing = sum(turn["samples_missing"] for turn in turns)
        lost = max(lost - missing, 0)
        if (lost, doubled) == (0, 0) or time.monotonic() > by_s:
            break
        time.sleep(0.5)
    tally.visit(number, heard, (lost, doubled, as_text), missing)
    assert kiosk.do("reset")["ok"]
    until(lambda: kiosk.status().get("state") == "attract", 30)
    time.sleep(0.5)
    return longest_s


def _rest(kiosk: Kiosk, began_s: float) -> Rest:
    pids = kiosk.status()["processes"]
    return Rest(
        time.monotonic() - began_s,
        {who: own_mib(pid) for who, pid in pids.items()},
        {who: descriptors(pid) for who, pid in pids.items()},
    )


def _section(
    lasted_s: float,
    tally: Tally,
    struck: Counter[str],
    rests: list[Rest],
    cpu: dict[str, float],
    status: dict[str, Any],
    slow_s: list[float],
) -> Section:
    tenth = max(len(rests) // 10, 1)
    early, late = rests[tenth : 2 * tenth] or rests, rests[-tenth:]
    rows, failures = [], list(tally.wrong)
    for who in ("daemon", "sound"):
        sizes = [statistics.median(r.own_mib[who] for r in part) for part in (early, late)]
        files = [statistics.median(r.descriptors[who] for r in part) for part in (early, late)]
        growth = sizes[1] - sizes[0]
        if growth > GROWTH_MIB:
            failures.append(f"{who} grew by {growth:.1f} MiB")
        if files[1] > files[0]:
            failures.append(f"{who} has {files[1]:g} descriptors, and had {files[0]:g}")
        most = max(r.own_mib[who] for r in rests)
        rows.append(
            [
                who,
                *(figure(size) for size in (sizes[0], sizes[1], most)),
                f"{files[0]:g} → {files[1]:g}",
                str(max(r.descriptors[who] for r in rests)),
                figure(cpu.get(who), 1),
            ]
        )
    strikes = sum(struck.values()) + sum(tally.line.values())
    outcomes = ", ".join(f"{count} {word}" for word, count in tally.outcomes.most_common())
    counts = {
        "questions": str(tally.turns),
        "outcomes": outcomes,
        "lost": str(tally.lost),
        "doubled": str(tally.doubled),
        "nobody heard": str(tally.unheard),
        "restarts of sound": str(status["microphone"]["restarts"]),
        "as text": str(tally.as_text),
        "heard twice": str(tally.twice),
        "most heard of one answer": figure(tally.most_heard),
        "longest to the end of an answer, s": figure(max(slow_s), 1),
        "underruns": str(status["speaker"]["underruns"]),
    }
    kinds = sorted({**struck, **tally.line}.items())
    titles = ["", "own MiB, second tenth", "last tenth", "most"]
    titles += ["descriptors", "most", "CPU s/min"]
    return Section(
        f"{lasted_s / 60:.1f} minutes, a visitor with two questions every {EVERY_S:g} s, "
        f"{strikes} faults (one in {lasted_s / strikes:.1f} s). Memory is taken at rest and "
        f"without files; medians of the second and the last tenth. Targets: growth "
        f"≤ {GROWTH_MIB:g} MiB, no more descriptors, nothing lost or doubled, no answer heard "
        "twice. Nobody heard: samples that no process recorded, because the machine stood still "
        "and the sound process, late by half a second, was started again; the kiosk tells of them. "
        f"They count as not said.\n\nWhat struck: "
        + ", ".join(f"{count} {name}" for name, count in kinds)
        + ".",
        [
            Table(titles, rows),
            Table(list(counts), [list(counts.values())]),
        ],
        tuple(failures),
    )
