"""`python -m benchmarks [NAME]...`: measures, prints, writes docs/performance.md or reliability.md.

Without a name all of performance.md but `soak`, which takes ten minutes. `--short` only tries and
writes nothing.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import report
from benchmarks.machine import load

WHOLE = ("start", "talk", "press", "soak", "texts", "cloud", "faults", *report.RELIABILITY)
"""They give tables. The others are programs of their own, which print."""
MINUTES = {"soak": 10.0, "endurance": 30.0}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(report.ORDER))
    parser.add_argument("--short", action="store_true", help="only try: nothing is written")
    parser.add_argument("--minutes", type=float, help="of soak (10) or endurance (30)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(report.ORDER):
        parser.error(f"{', '.join(sorted(unknown))}: there are {', '.join(report.ORDER)}")
    status = 0
    for name in options.names or [name for name in report.PERFORMANCE if name != "soak"]:
        print(f"== {name}", flush=True)
        before = load()
        section = _whole(name, options) if name in WHOLE else _room(name)
        if options.short:
            print("\n\n".join(map(report.text, section.tables)), flush=True)
        else:
            print(report.write(name, section, before), flush=True)
        for failure in section.failures:
            print(f"FAILED: {failure}", file=sys.stderr)
            status = 1
    return status


def _whole(name: str, options: argparse.Namespace) -> report.Section:
    module = importlib.import_module(f"benchmarks.{name}")
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir="/dev/shm") as scratch:
        how = options.minutes or MINUTES[name] if name in MINUTES else options.short
        section: report.Section = module.measure(Path(scratch), how)
        return section


def _room(name: str) -> report.Section:
    run = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}"], stdout=subprocess.PIPE, text=True, check=True
    )
    return report.Section(f"```\n{run.stdout.strip()}\n```")


if __name__ == "__main__":
    sys.exit(main())
