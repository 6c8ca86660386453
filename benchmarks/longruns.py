"""The pure core's long tests, with what each took: `python -m benchmarks longruns`."""

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from benchmarks.machine import load
from benchmarks.report import Section, Table
from tests.core.model.wander import wander

RUNS = {
    "20,000 stories of a kiosk, a service and a line": "core/model/test_model.py",
    "ten hours in a museum, on both platforms": "core/model/test_day.py",
    "30,000 stories of loaded dice": "core/model/test_wander.py",
    "the seeded bugs are found": "core/model/test_mutants.py",
    "20,000 sequences keep the wire legal and come to rest": "core/test_order.py",
    "1,000,000 inputs of a service that talks nonsense": "core/test_fuzz.py",
}
TALES = 10_000
UNKNOWABLE = {
    "misled": "misled: its answer may be another's",
    "textless": "textless: the service told no word of it",
}


def measure(scratch: Path, short: bool) -> Section:
    rows, failures = [], []
    for what, file in RUNS.items():
        began_s, began = time.monotonic(), datetime.now().astimezone()
        marks = "not long" if short else "long or not long"
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", marks, f"tests/{file}"],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        took_s = time.monotonic() - began_s
        (scratch / f"{Path(file).stem}.log").write_text(run.stdout)
        said = run.stdout.strip().splitlines()[-1].partition(" in ")[0]
        rows.append([what, f"`{file}`", f"{began:%H:%M %Z}", f"{took_s:.0f}", said, load()])
        print(rows[-1], flush=True)
        if run.returncode:
            failures.append(f"{file}: {run.stdout[-2000:]}")
    kinds = wander(range(TALES // 20 if short else TALES))
    shares = [
        [why, *(f"{kinds[kind] / kinds['all'] * 100:.2f}" for kind in (what, f"{what}, lost"))]
        for what, why in UNKNOWABLE.items()
    ]
    return Section(
        'Each is `pytest -m "long or not long" tests/FILE`: the short test of the file and the '
        "long one; `make test-long` runs the long ones, with other seeds each time.",
        [
            Table(["what", "file", "began", "seconds", "result", "load"], rows),
            Table([f"of {kinds['all']} utterances of loaded dice", "%", "lost unknown, %"], shares),
        ],
        tuple(failures),
    )
