"""The demo's cloud avatar: a stand-in for the vendor's cloud, in a process of its own.

The stand-ins are test tools, and so are the libraries that they need: they are no part of an
installed kiosk. From a clone of the source the demo finds them beside the package.
"""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kiosk
from kiosk.errors import KioskError, UserError
from kiosk.settings import installation

START_TIMEOUT_S = 20.0
"""Loading the libraries of a stand-in takes a while from a slow card."""
END_TIMEOUT_S = 10.0
"""For the stand-in to end its sessions and print what they cost."""
SOURCE = Path(kiosk.__file__).resolve().parents[1]
MODULE = "tests.support.stand_in"
_NEEDS = {
    "liveavatar": ("aiohttp", "aiortc", "livekit"),
    "heygen": ("aiohttp", "aiortc", "livekit"),
    "avatarim": ("av", "alibabacloud_avatar20220130"),
}


class Cloud:
    """A stand-in that runs.

    Attributes:
        settings: what `--set` would say, to meet it.
        cost: what it told at its end: `opened` and `left_open` sessions, `wrongs`.
    """

    def __init__(self, settings: list[str]) -> None:
        self.settings = settings
        self.cost: dict[str, Any] = {}


@contextlib.contextmanager
def stand_in(product: str, folder: Path) -> Iterator[Cloud]:
    """Run the stand-in of `product`; its secrets go into this process's environment.

    Raises:
        UserError: it is not there, or a library that it needs.
    """
    _require(product)
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE, product, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=SOURCE,
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - asked for
    timer = threading.Timer(START_TIMEOUT_S, process.kill)
    timer.start()
    try:
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            raise KioskError(f"the stand-in of {product} did not start: {process.wait()}")
        told = json.loads(line)
        os.environ.update(told["environment"])
        cloud = Cloud([f"{key}={json.dumps(value)}" for key, value in told["settings"].items()])
        yield cloud
        process.stdin.close()
        timer = threading.Timer(END_TIMEOUT_S, process.kill)
        timer.start()
        cloud.cost = json.loads(process.stdout.readline() or "{}")
    finally:
        timer.cancel()
        process.kill()
        process.wait()


def _require(product: str) -> None:
    if not (SOURCE / MODULE.replace(".", "/")).with_suffix(".py").is_file():
        raise UserError(
            f"the stand-in of {product} is part of the source, not of an installed kiosk. Clone it,"
            f" and there: make setup-test, then .venv/bin/kiosk demo --avatar {product}"
        )
    missing = [name for name in _NEEDS[product] if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"the stand-in of {product} needs {', '.join(missing)}: make setup-test"
            f" (or {installation.library('test')})"
        )
