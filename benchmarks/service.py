"""The benchmark's end of the scripted service: starts it, sets its answers, reads what it saw."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Seen(NamedTuple):
    """Something that came to the service or went from it."""

    at_s: float
    what: str
    samples: int


class Heard(NamedTuple):
    """One activity as the service saw it. Times are monotonic seconds."""

    start_s: float
    audio: list[Seen]
    reply_s: float | None
    """When the first sound of the answer went into the socket."""


def certificate(directory: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file; clients trust it by `SSL_CERT_FILE`."""
    file = directory / "service.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {file} -out {file}.crt"
    subprocess.run(command.split(), check=True, capture_output=True, timeout=30)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


class Service:
    """A running service; see `server.py`.

    Args:
        pem: certificate and key, for TLS; plain without.
    """

    def __init__(self, pem: Path | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", *([str(pem)] if pem else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._say, self._hear = self._process.stdin, self._process.stdout
        self.url = f"{'wss' if pem else 'ws'}://127.0.0.1:{int(self._hear.readline())}"

    def answer(self, *, think_s: float = 0.3, reply_s: float = 2.5) -> None:
        """Answer like this from the next turn on."""
        self._say.write(json.dumps({"think_s": think_s, "reply_s": reply_s}) + "\n")
        self._say.flush()

    def take(self) -> list[Seen]:
        """What was seen since it was last asked."""
        self._say.write("{}\n")
        self._say.flush()
        return [Seen(*each) for each in json.loads(self._hear.readline())]

    def turns(self) -> list[Heard]:
        """The same as activities, oldest first."""
        turns: list[Heard] = []
        for seen in self.take():
            if seen.what == "start":
                turns.append(Heard(seen.at_s, [], None))
            elif seen.what == "audio":
                turns[-1].audio.append(seen)
            elif seen.what == "reply":
                turns[-1] = turns[-1]._replace(reply_s=seen.at_s)
        return turns

    def close(self) -> None:
        self._say.close()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def service(pem: Path | None = None) -> Iterator[Service]:
    running = Service(pem)
    try:
        yield running
    finally:
        running.close()
