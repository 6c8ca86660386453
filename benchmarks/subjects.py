"""What is measured: a kiosk, or a rival, each a process with a button."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from kiosk.audio.rings.ring import ReplyRing

STOP_S = 5.0
START_S = 15.0


class Subject(Protocol):
    """A client of the service, with a button."""

    name: str
    pids: dict[str, int]

    def press(self) -> None: ...
    def release(self) -> None: ...


def kiosk_command(runtime_dir: Path, url: str, wav: Path, **settings: str) -> list[str]:
    """A kiosk on files: what stands in no file of the machine's is said here."""
    said = {
        "live.api": "developer",
        "live.endpoint": url,
        "audio.input": f"file:{wav}?loop=1",
        "audio.output": "null",
        "button.source": "none",
        "lamp.driver": "none",
        "display.driver": "none",
        "display.size": "1280x720",
        "display.fullscreen": "false",
        "display.rotation": "0",
        "log.level": "warning",
        **settings,
    }
    sets = [word for key, value in said.items() for word in ("--set", f"{key}={value}")]
    return [sys.executable, "-m", "kiosk", "run", "--runtime-dir", str(runtime_dir), *sets]


class Kiosk:
    """A running kiosk, pressed through its control socket."""

    def __init__(
        self, name: str, runtime_dir: Path, command: list[str], env: dict[str, str] | None = None
    ) -> None:
        self.name, self._dir = name, runtime_dir
        self.process = subprocess.Popen(command, env={**os.environ, **(env or {})})
        try:
            self._connect()
            self.until_up()
        except BaseException:
            self.process.kill()
            raise
        self.pids: dict[str, int] = self.status()["processes"]
        self.reply = ReplyRing(runtime_dir / "reply.ring")

    def _connect(self) -> None:
        by_s = time.monotonic() + START_S
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(5)
            try:
                self._socket.connect(str(self._dir / "control.sock"))
            except OSError:
                self._socket.close()
                assert time.monotonic() < by_s, "the kiosk does not start"
                assert self.process.poll() is None, "the kiosk ended"
                time.sleep(0.02)
            else:
                self._attribution = self._socket.makefile("rb")
                return

    def until_up(self) -> None:
        """Wait until every part works."""
        by_s = time.monotonic() + START_S
        while self.status()["degraded"]:
            assert time.monotonic() < by_s, self.status()["degraded"]
            time.sleep(0.05)

    def ask(self, verb: str) -> dict[str, Any]:
        self._socket.sendall(b'{"do":"%s"}\n' % verb.encode())
        answer: dict[str, Any] = json.loads(self._attribution.readline())
        assert answer["ok"], answer
        return answer

    def press(self) -> None:
        self.ask("press")

    def release(self) -> None:
        self.ask("release")

    def status(self) -> dict[str, Any]:
        return self.ask("status")

    def close(self) -> None:
        self._socket.close()
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Rival:
    """A running `rivals.bare` or `rivals.google`."""

    def __init__(self, name: str, url: str, wav: Path) -> None:
        self.name = name
        self.process = subprocess.Popen(
            rival_command(name, url, wav), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pids = {"daemon": self.process.pid}
        self.starts: list[float] = []
        self.firsts: list[float] = []

    def _tell(self, word: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def press(self) -> None:
        self._tell("press")

    def release(self) -> None:
        self._tell("release")

    def close(self) -> None:
        """End it; `starts` and `firsts` are then known."""
        try:
            out, _ = self.process.communicate("quit\n", timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return
        if out:
            times = json.loads(out)
            self.starts, self.firsts = times["starts"], times["firsts"]


def rival_command(name: str, url: str, wav: Path) -> list[str]:
    return [sys.executable, "-m", f"benchmarks.rivals.{name}", url, str(wav)]


def speech(directory: Path, words: str = "Where is the blue whale, please? ") -> Path:
    """A WAV of the kiosk's own format with a voice and the noise of a room."""
    raw, wav = directory / "raw.wav", directory / "speech.wav"
    subprocess.run(["espeak-ng", "-w", raw, words * 3], check=True, timeout=20)
    convert = f"sox {raw} -c1 -r16000 -b16 {wav} dither -S"
    subprocess.run(convert.split(), check=True, timeout=20)
    raw.unlink()
    return wav


@contextlib.contextmanager
def closing(subject: Any) -> Iterator[Any]:
    try:
        yield subject
    finally:
        subject.close()
