"""From exec to the first message on the wire, and to READY."""

import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.report import Section, Table, figure
from benchmarks.service import Service, service
from benchmarks.subjects import kiosk_command, rival_command, speech

RUNS = 9
LIMIT_S = 10.0
IMPORTS = ("kiosk.runtime.daemon", "websockets.asyncio.client", "google.genai")


def measure(scratch: Path, short: bool) -> Section:
    """Each in turn, several times, so that what else goes on here meets all alike."""
    runs = 3 if short else RUNS
    wav = speech(scratch)
    setup: dict[str, list[float]] = {}
    ready: dict[str, list[float]] = {}
    with service() as peer:
        for n in range(runs):
            for name, driver in (("kiosk, no screen", "none"), ("kiosk, screen (dummy)", "dummy")):
                extra = {"display.driver": driver}
                command = kiosk_command(scratch / f"run{n}{driver}", peer.url, wav, **extra)
                times = _kiosk(command, peer, scratch / "notify")
                setup.setdefault(name, []).append(times[0])
                ready.setdefault(name, []).append(times[1])
            for name, rival in (("bare websockets", "bare"), ("google-genai", "google")):
                times_s = _rival(rival_command(rival, peer.url, wav), peer)
                setup.setdefault(name, []).append(times_s)
    imports = {name: [_import_s(name) for _ in range(runs)] for name in IMPORTS}
    rows = [
        [name, figure(statistics.median(times), 3), figure(max(times), 3)]
        + (
            [figure(statistics.median(ready[name]), 3), figure(max(ready[name]), 3)]
            if name in ready
            else ["-", "-"]
        )
        for name, times in setup.items()
    ]
    titles = ["", "exec → setup at the service", "worst", "exec → READY", "worst"]
    return Section(
        f"Seconds from exec, by the service's clock and by systemd's notify socket; median and "
        f"worst of {runs} runs. Targets: setup ≤ 0.3, READY ≤ 1.0.",
        [
            Table(titles, rows),
            Table(
                ["import", "seconds, median"],
                [[f"`{n}`", figure(statistics.median(times), 3)] for n, times in imports.items()],
            ),
        ],
    )


def _setup_s(peer: Service, began_s: float) -> float:
    while True:
        for seen in peer.take():
            if seen.what == "setup":
                return seen.at_s - began_s
        assert time.monotonic() - began_s < LIMIT_S, "no setup came"
        time.sleep(0.02)


def _kiosk(command: list[str], peer: Service, notify: Path) -> tuple[float, float]:
    notify.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notify))
        manager.settimeout(LIMIT_S)
        began_s = time.monotonic()
        process = subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": str(notify)})
        try:
            while b"READY=1" not in manager.recv(4096):
                pass
            ready_s = time.monotonic() - began_s
            return _setup_s(peer, began_s), ready_s
        finally:
            process.terminate()
            process.wait(LIMIT_S)


def _rival(command: list[str], peer: Service) -> float:
    began_s = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        return _setup_s(peer, began_s)
    finally:
        process.communicate(b"quit\n", timeout=LIMIT_S)


def _import_s(name: str) -> float:
    code = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=LIMIT_S, text=True
    )
    return float(run.stdout)
