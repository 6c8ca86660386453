"""A private PulseAudio server: real, clocked, recordable devices on a machine without any.

`speaker` is what the kiosk plays on, `micfeed` what is played into its microphone `mic`. A null
sink sleeps in blocks of 2 s while nobody wants less, and a first read or write would stall for that
long: `norewinds` makes them 50 ms, and a recorder with a short latency keeps each awake.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_PARTS = {
    "speaker": (
        "load-module module-null-sink sink_name=speaker rate=48000 channels=2 norewinds=1",
        "set-default-sink speaker",
    ),
    "mic": (
        "load-module module-null-sink sink_name=micfeed rate=48000 channels=1 norewinds=1",
        "load-module module-remap-source source_name=mic master=micfeed.monitor",
        "set-default-source mic",
    ),
}
_WARM_S = 1.0


class Pulse:
    """The server, while the context manager `pulse` is open."""

    def __init__(self, directory: Path, parts: Sequence[str]) -> None:
        self._parts = parts
        self._dir = directory
        self.recording = directory / "speaker.raw"
        """What the speaker sounded since the start: s16le mono 24 kHz, without a header."""
        self._server: subprocess.Popen[bytes] | None = None
        self._warmers: list[subprocess.Popen[bytes]] = []
        self.socket = f"unix:{directory}/native"
        self.environment = {
            "PULSE_SERVER": self.socket,
            "XDG_RUNTIME_DIR": str(directory),
            "HOME": str(directory),
            # by name: without the one, PulseAudio would take the other
            "PULSE_SINK": "speaker",
            "PULSE_SOURCE": "mic",
        }

    def start(self, warm_s: float = _WARM_S) -> None:
        """Start the server and its recorders; also after `kill`."""
        config = self._dir / "default.pa"
        lines = [line for part in self._parts for line in _PARTS[part]]
        door = f"load-module module-native-protocol-unix auth-anonymous=1 socket={self._dir}/native"
        config.write_text("\n".join([".fail", door, *lines, ""]))
        (self._dir / "native").unlink(missing_ok=True)
        self._server = self._run(
            "pulseaudio --daemonize=no --use-pid-file=no --exit-idle-time=-1 --disable-shm=no "
            f"--log-target=stderr --log-level=error -n -F {config}".split()
        )
        until = time.monotonic() + 10
        while self._pactl("info", check=False).returncode:
            assert time.monotonic() < until, "PulseAudio did not start"
            time.sleep(0.05)
        self._warm(self._parts)
        time.sleep(warm_s)

    def kill(self) -> None:
        """End the server, as if it had crashed."""
        self._end(self._warmers)
        if self._server:
            self._end([self._server])
            self._server = None

    def freeze(self) -> None:
        """Let the server hang: what waits for it waits for ever."""
        assert self._server
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._server
        self._server.send_signal(signal.SIGCONT)

    def speak(self, wav: Path) -> subprocess.Popen[bytes]:
        """Play a WAV into the microphone."""
        return self._run(["paplay", "-d", "micfeed", str(wav)])

    def remove(self, *what: str) -> None:
        """Take away `speaker`, `mic` or both, as if their plug had been pulled."""
        if "mic" in what:
            self._pactl("unload-module", "module-remap-source")
        for sink, name in (("micfeed", "mic"), ("speaker", "speaker")):
            if name in what:
                self._pactl("unload-module", self._module(f"sink_name={sink}"))

    def put_back(self, *what: str) -> None:
        """Return what was removed, and make it the default again."""
        for name in what:
            for line in _PARTS[name]:
                self._pactl(*line.split())
        self._warm(what)

    def _warm(self, parts: Sequence[str]) -> None:
        if "speaker" in parts:
            self._warmers.append(self._record("speaker.monitor", 24000, self.recording))
        if "mic" in parts:
            self._warmers.append(self._record("mic", 16000, self._dir / "mic.raw"))

    def _record(self, source: str, rate: int, to: Path) -> subprocess.Popen[bytes]:
        with to.open("ab") as file:
            return self._run(
                f"parec -d {source} --rate={rate} --channels=1 --format=s16le "
                "--latency-msec=20 --raw".split(),
                stdout=file,
            )

    def _module(self, argument: str) -> str:
        listed = self._pactl("list", "short", "modules").stdout.decode()
        return next(line.split("\t")[0] for line in listed.splitlines() if argument in line)

    def _pactl(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["pactl", *words],
            env=os.environ | self.environment,
            capture_output=True,
            check=check,
            timeout=10,
        )

    def _run(
        self, words: list[str], stdout: object = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            words, env=os.environ | self.environment, stdout=stdout, stderr=subprocess.DEVNULL
        )  # type: ignore[call-overload, no-any-return]

    @staticmethod
    def _end(processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        processes.clear()


@contextmanager
def pulse(directory: Path, parts: Sequence[str] = ("speaker", "mic")) -> Iterator[Pulse]:
    """A running server in a directory of its own, with some of the devices."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = Pulse(directory, parts)
    server.start()
    try:
        yield server
    finally:
        server.kill()
