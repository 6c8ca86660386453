"""A concierge in a process of its own, as a person starts it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

MUSEUM = Path(__file__).parents[2] / "config" / "concierge.toml"

TERSE = """
use = "lab"
[place.lab]
greeting = "Hi."
fallback = "No."
[[place.lab.entry]]
questions = ["where are the toilets", "where is the bathroom"]
answer = "There."
[[place.lab.entry]]
questions = ["tell me about the museum"]
answer = "It is an old house. It was built by a king."
[[place.lab.entry]]
questions = ["turn on the light", "make some light"]
answer = "On."
call = { name = "set_light", args = { on = true } }
"""
"""Knowledge with short answers, because a turn lasts as long as its sound."""


class Concierge:
    """A running concierge: its port, its record, its process."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.record = directory / "record"
        self.log = directory / "log"
        command = [sys.executable, "-m", "kiosk", "concierge", "--port", "0"]
        command += ["--record", str(self.record), *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on ws"), self.log.read_text()
        self.port = int(line.rpartition(":")[2])

    def turns(self, session: str) -> list[dict[str, Any]]:
        """The record's lines of a session."""
        lines = (self.record / "turns.jsonl").read_text().splitlines()
        return [turn for turn in map(json.loads, lines) if turn["session"] == session]

    def pcm(self, turn: dict[str, Any]) -> bytes:
        """The sound that was consumed in a turn."""
        return (self.record / turn["pcm"]).read_bytes()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.terminate()
        return self.process.wait(timeout=10)


Start = Callable[..., Concierge]


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a concierge with these options; it is stopped at the end."""
    running: list[Concierge] = []

    def begin(*options: str) -> Concierge:
        running.append(Concierge(tmp_path_factory.mktemp("concierge"), *options))
        return running[-1]

    yield begin
    for concierge in running:
        concierge.stop()


@pytest.fixture(scope="session")
def museum(start: Start) -> Concierge:
    """A concierge with the packaged knowledge."""
    return start()


@pytest.fixture(scope="session")
def lab(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Concierge:
    """A concierge with short answers."""
    return start("--knowledge", str(terse(tmp_path_factory.mktemp("lab"))))


def terse(directory: Path) -> Path:
    """The short knowledge as a file."""
    file = directory / "lab.toml"
    file.write_text(TERSE)
    return file


@pytest.fixture
def bad(tmp_path: Path) -> Iterator[Callable[[str], Concierge]]:
    """Start a concierge with these faults."""
    running: list[Concierge] = []

    def begin(plan: str) -> Concierge:
        directory = tmp_path / str(len(running))
        directory.mkdir()
        file = directory / "faults.toml"
        file.write_text('heard = "where are the toilets"\n' + plan)
        options = ("--faults", str(file), "--knowledge", str(terse(directory)))
        running.append(Concierge(directory, *options))
        return running[-1]

    yield begin
    for concierge in running:
        concierge.stop()
        assert "Traceback" not in concierge.log.read_text()
