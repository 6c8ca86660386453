"""`python -m benchmarks [start|talk|press|soak]...`: measures, prints, writes docs/performance.md.

Without a name all but `soak`. `--short` tries everything out in a minute and writes nothing.
"""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

from benchmarks import report
from benchmarks.machine import load

NAMES = ("start", "talk", "press")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(report.ORDER))
    parser.add_argument("--short", action="store_true", help="only try: nothing is written")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak (default 10)")
    options = parser.parse_args()
    unknown = set(options.names) - set(report.ORDER)
    if unknown:
        parser.error(
            f"not known: {', '.join(sorted(unknown))}; there are {', '.join(report.ORDER)}"
        )
    status = 0
    for name in options.names or NAMES:
        before = load()
        module = importlib.import_module(f"benchmarks.{name}")
        with tempfile.TemporaryDirectory(prefix="kiosk-bench-", dir="/dev/shm") as scratch:
            if name == "soak":
                section = module.measure(Path(scratch), options.minutes)
            else:
                section = module.measure(Path(scratch), options.short)
        if options.short:
            print("\n\n".join(map(report.text, section.tables)), flush=True)
        else:
            print(report.write(name, section, before), flush=True)
        for failure in section.failures:
            print(f"FAILED: {failure}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
