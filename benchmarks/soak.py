"""A kiosk and the concierge of this board, a visitor every 15 s: does anything leak, or get lost?

`python -m benchmarks soak --minutes 10`. What the visitor says is a looping WAV, the button a
script on the same time line. Everything that the concierge consumed is compared, byte for byte,
with the turn's range of that WAV.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import cpu_s, descriptors, own_mib, pss_mib
from benchmarks.report import Section, Table, figure
from benchmarks.subjects import Kiosk, closing, kiosk_command
from kiosk.demo.report import compare

EVERY_S = 15
PRESS_S, HOLD_S = 3.0, 2.6
QUESTION = "Where are the toilets?"
GROWTH_MIB = 2.0
"""After the first minute."""


class Sample(NamedTuple):
    at_s: float
    pss: dict[str, float]
    own: dict[str, float]
    descriptors: dict[str, int]


def measure(scratch: Path, minutes: float) -> Section:
    wav, script = _visitor(scratch, round(minutes * 60 / EVERY_S) + 1)
    pcm = wav.read_bytes()[44:]
    samples: list[Sample] = []
    with _concierge(scratch / "record") as url:
        more = {"button.source": f"script:{script}"}
        directory = scratch / "run"
        kiosk = Kiosk("soak", directory, kiosk_command(directory, url, wav, **more))
        with closing(kiosk):
            began_s = time.monotonic()
            turns: dict[int, dict[str, Any]] = {}
            while time.monotonic() < began_s + minutes * 60:
                time.sleep(5)
                status = kiosk.status()
                turns |= {turn["id"]: turn for turn in status["turns"] if turn["end"] is not None}
                # At the same place of each visit: at rest, after the answer.
                if status["state"] == "attract":
                    samples.append(_sample(kiosk, began_s))
            cpu = {who: cpu_s(pid) / minutes for who, pid in kiosk.pids.items()}
            time.sleep(EVERY_S)
            turns |= {turn["id"]: turn for turn in kiosk.status()["turns"]}
            status = kiosk.status()
    lost, doubled, whole = _compare(list(turns.values()), scratch / "record", pcm)
    return _section(minutes, samples, cpu, status, (len(turns), whole, lost, doubled))


def _sample(kiosk: Kiosk, began_s: float) -> Sample:
    return Sample(
        time.monotonic() - began_s,
        {who: pss_mib(pid) for who, pid in kiosk.pids.items()},
        {who: own_mib(pid) for who, pid in kiosk.pids.items()},
        {who: descriptors(pid) for who, pid in kiosk.pids.items()},
    )


def _visitor(scratch: Path, visits: int) -> tuple[Path, Path]:
    """Fifteen seconds with one question in them, and the presses of as many visits."""
    words, wav, script = scratch / "words.wav", scratch / "visitor.wav", scratch / "visitor.jsonl"
    subprocess.run(["espeak-ng", "-s", "150", "-w", words, QUESTION], check=True, timeout=20)
    mix = (
        f"sox -n -r 16000 -c 1 -b 16 {scratch}/noise.wav synth {EVERY_S} whitenoise gain -70",
        f"sox {words} -r 16000 -c 1 -b 16 {scratch}/late.wav pad {PRESS_S + 0.35}",
        f"sox -m -v 1 {scratch}/noise.wav -v 1 {scratch}/late.wav -b 16 {wav} trim 0 {EVERY_S}",
    )
    for command in mix:
        subprocess.run(command.split(), check=True, timeout=20)
    edges = (
        {"at_s": n * EVERY_S + PRESS_S + after_s, "do": do}
        for n in range(visits)
        for after_s, do in ((0.0, "press"), (HOLD_S, "release"))
    )
    script.write_text("".join(json.dumps(edge) + "\n" for edge in edges))
    return wav, script


@contextmanager
def _concierge(record: Path) -> Iterator[str]:
    words = ["concierge", "--port", "0", "--record", str(record), "--log-level", "warning"]
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", *words], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _compare(turns: list[dict[str, Any]], record: Path, pcm: bytes) -> tuple[int, int, int]:
    """Samples lost, samples doubled or foreign, and turns that came whole, byte for byte."""
    lines = (record / "turns.jsonl").read_text().splitlines()
    heard = sorted(map(json.loads, lines), key=lambda line: line["started_monotonic_s"])
    assert len(heard) == len(turns), f"{len(turns)} turns, {len(heard)} were recorded"
    lost = doubled = whole = 0
    for turn, line in zip(turns, heard, strict=True):
        said = _said(pcm, turn["start"], turn["end"])
        taken = (record / line["pcm"]).read_bytes()
        missing, extra = compare(said, taken)
        lost, doubled, whole = lost + missing, doubled + extra, whole + (said == taken)
    return lost, doubled, whole


def _said(pcm: bytes, start: int, end: int) -> bytes:
    size = len(pcm)
    laps = pcm * ((end - start) * 2 // size + 2)
    at = start * 2 % size
    return laps[at : at + (end - start) * 2]


def _section(
    minutes: float,
    samples: list[Sample],
    cpu: dict[str, float],
    status: dict[str, Any],
    came: tuple[int, int, int, int],
) -> Section:
    after = [sample for sample in samples if sample.at_s >= 60] or samples
    rows, failures = [], []
    for who in ("daemon", "sound"):
        sizes = [sample.own[who] for sample in after]
        growth = max(sizes) - sizes[0]
        if growth > GROWTH_MIB:
            failures.append(f"{who} grew by {growth:.1f} MiB")
        files = [sample.descriptors[who] for sample in samples]
        rows.append(
            [
                who,
                figure(after[-1].pss[who], 1),
                figure(sizes[0]),
                figure(sizes[-1]),
                figure(growth),
                f"{files[0]} → {files[-1]}",
                figure(cpu[who]),
            ]
        )
    turns, whole, lost, doubled = came
    underruns, restarts = status["speaker"]["underruns"], status["microphone"]["restarts"]
    counts = {
        "turns": turns,
        "whole": whole,
        "samples lost": lost,
        "doubled": doubled,
        "underruns": underruns,
        "restarts": restarts,
    }
    if whole != turns or underruns or restarts:
        failures.append(f"not as it must be: {counts}")
    titles = ["", "PSS, MiB", "own at 1 min", "at the end", "most growth"]
    titles += ["descriptors", "CPU s/min"]
    return Section(
        f"{minutes:g} minutes against the concierge, a visitor every {EVERY_S} s. Memory is taken "
        f"at rest; own is without files, whose share moves with who else runs Python. "
        f"Targets: growth ≤ {GROWTH_MIB:g} MiB, nothing lost, no underrun.",
        [
            Table(titles, rows),
            Table(list(counts), [[str(count) for count in counts.values()]]),
        ],
        tuple(failures),
    )
