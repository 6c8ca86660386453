"""The kiosk and the service, each in a process of its own, for tests of the whole."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kiosk.cli.ctl import ask
from kiosk.errors import UserError
from tests.concierge.visitor import speech

LOOP_S = 4.0
"""The visitor asks the same question every four seconds."""
QUESTION = "Where are the toilets?"


def until(condition: Callable[[], object], limit_s: float = 15.0) -> float:
    """Wait for something; returns how long it took, and fails where it took too long."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def write_visitor(path: Path) -> Path:
    """Four seconds: half a second of a quiet room, the question, a quiet room."""
    room = np.random.default_rng(3).normal(0, 6, int(LOOP_S * 16_000))
    words = np.frombuffer(speech(QUESTION), "<i2")
    room[8_000 : 8_000 + len(words)] += words
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(room.clip(-32768, 32767).astype("<i2").tobytes())
    return path


@contextlib.contextmanager
def runtime_directory() -> Iterator[Path]:
    """Where a kiosk keeps its rings: in memory, where there is some."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        yield Path(directory) / "run"


class Concierge:
    """The service on this board, in a process of its own."""

    def __init__(self, record: Path, port: int = 0, options: Sequence[str] = ()) -> None:
        self.record = record
        record.mkdir(parents=True, exist_ok=True)
        words = ["concierge", "--port", str(port), "--record", str(record), *options]
        with (record / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kiosk", *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().removeprefix("listening on ").strip()
        assert self.url.startswith("ws://")
        self.port = int(self.url.rsplit(":", 1)[1])

    def turns(self) -> list[dict]:
        return self.lines("turns")

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What stands in a file of the record."""
        with contextlib.suppress(FileNotFoundError):
            text = (self.record / f"{name}.jsonl").read_text()
            return [json.loads(line) for line in text.splitlines()]
        return []

    def pcm(self, name: str) -> bytes:
        """A sound of the record."""
        return (self.record / name).read_bytes()

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        finally:
            self.process.kill()


class Kiosk:
    """`kiosk run` in a process of its own, driven through its control socket."""

    def __init__(self, directory: Path, url: str, visitor: Path, *settings: str) -> None:
        self.directory = directory
        self.visitor = visitor
        common = (
            f'live.endpoint="{url}"',
            f'audio.input="file:{visitor}?loop=1"',
            'audio.output="null"',
            "button.source=none",
            "display.driver=none",
        )
        words = [x for each in (*common, *settings) for x in ("--set", each)]
        self.log = (directory.parent / f"{directory.name}.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "run", "--runtime-dir", str(directory), *words],
            stderr=self.log,
            env={"STATE_DIRECTORY": str(directory / "state"), **os.environ},
        )

    def do(self, verb: str, **more: str) -> dict:
        return ask(self.directory / "control.sock", {"do": verb, **more})

    def status(self) -> dict:
        with contextlib.suppress(UserError):
            return self.do("status")
        return {"link": {"state": "none"}, "microphone": {"state": "none"}, "turns": []}

    def up(self) -> "Kiosk":
        def ready() -> bool:
            status = self.status()
            return status["link"]["state"] == "up" and status["microphone"]["state"] == "ok"

        until(ready)
        return self

    def speak(self, hold: bool = False) -> None:
        """Press when the question begins, release when it is over."""
        time.sleep(0.4)  # The pre-roll must not reach into the time when no process listened.
        first_s = self.status()["microphone"]["first_sample_monotonic_s"]
        into_s = (time.monotonic() - first_s) % LOOP_S
        time.sleep((0.4 - into_s) % LOOP_S)
        assert self.do("press")["ok"]
        if hold:
            return
        time.sleep(2.2)
        assert self.do("release")["ok"]

    def answered(self) -> dict:
        """The newest turn, when it is over."""
        until(lambda: (turns := self.status()["turns"]) and turns[-1]["outcome"])
        return self.status()["turns"][-1]

    def said(self, turn: dict) -> bytes:
        """What the microphone's stand-in gave of a turn: the input is a function of the clock."""
        with wave.open(str(self.visitor)) as sound:
            loop = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
        return loop[np.arange(turn["start"], turn["end"]) % len(loop)].tobytes()

    def close(self) -> str:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(5)
        self.log.seek(0)
        return self.log.read().decode()
