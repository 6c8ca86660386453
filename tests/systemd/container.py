"""A Debian 13 with a real systemd as PID 1 and Kiosk installed, as `make test-systemd` makes it.

It runs on an overlay that is thrown away, without a network, so every boot is a first boot.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[2] / "build" / "debian-13"

BOOT_S = 60
"""For a boot that takes 1.3 s on an idle machine."""


class Container:
    """One booted container."""

    def __init__(self, log: Path) -> None:
        # Only the unified hierarchy is known to systemd 257, and no systemd of the host is asked.
        self._output = log.open("wb")
        self._nspawn = subprocess.Popen(
            [
                *(
                    "systemd-nspawn",
                    "--quiet",
                    "--directory",
                    str(ROOT),
                    "--boot",
                    "--volatile=overlay",
                ),
                *("--register=no", "--keep-unit", "--private-network", "--console=pipe"),
            ],
            env={"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        try:
            self._init = eventually(self._find_init, BOOT_S, "the container has a PID 1")
            eventually(self._is_up, BOOT_S, "the container is up")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Power off."""
        self._nspawn.terminate()
        try:
            self._nspawn.wait(20)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait()
        self._output.close()

    def run(self, *words: str, check: bool = True, stdin: str = "") -> str:
        """Run a command inside as root; what it printed."""
        done = subprocess.run(
            ["nsenter", "--target", self._init, "--all", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        if check and done.returncode != 0:
            journal = self.run("journalctl", "--no-pager", "--lines=40", check=False)
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}\n{journal}")
        return done.stdout

    def show(self, what: str) -> str:
        """One property of the unit."""
        return self.run("systemctl", "show", "kiosk", "--property", what, "--value").strip()

    def journal(self, *matches: str) -> list[dict[str, Any]]:
        """The unit's entries, oldest first."""
        lines = self.run("journalctl", "--unit=kiosk", "--output=json", *matches).splitlines()
        return [json.loads(line) for line in lines]

    def ctl(self, *words: str) -> dict[str, Any]:
        """A request on the kiosk's control socket, the way a person makes it."""
        answer: dict[str, Any] = json.loads(self.run("kiosk", "ctl", *words))
        return answer

    def _find_init(self) -> str:
        assert self._nspawn.poll() is None, Path(self._output.name).read_text()
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text()
        return children.split()[0] if children else ""

    def _is_up(self) -> bool:
        return self.run("systemctl", "is-system-running", check=False).strip() in {
            "running",
            "degraded",
        }


def eventually(look: Callable[[], T], within_s: float, what: str) -> T:
    """The first true answer of `look`."""
    end = time.monotonic() + within_s
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.1)
