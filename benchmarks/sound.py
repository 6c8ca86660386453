"""What the sound costs: `python -m benchmarks.sound [SECONDS]`, from the top of the repository.

For files and for a real sound server, at rest and while it talks: processor seconds a minute and
memory (PSS) of the sound process, processor seconds of the daemon's side of it; and how long after
a press the last sound goes to the device.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kiosk.audio.supervisor import Sound
from kiosk.settings.types import AudioSettings
from tests.support.pulse import pulse
from tests.support.sounding import BUTTON, KEPT_S, until

TONE = b"".join(
    round(8000 * ((i * 440 / 24000 % 1) * 2 - 1)).to_bytes(2, "little", signed=True)
    for i in range(24000)
)


def cpu_s(pid: int) -> float:
    """Processor seconds of all threads, by the scheduler's own nanoseconds."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


async def measure(name: str, directory: Path, source: str, sink: str, seconds: float) -> None:
    """One line of figures for a pair of devices."""

    def on_period() -> None:
        sound.keep_from(sound.mic.sample_at(time.monotonic() - KEPT_S))

    audio = AudioSettings(input=source, output=sink, volume=1.0)
    sound = Sound(audio, BUTTON, 90.0, directory, on_period, lambda: None)
    began = time.monotonic()
    await sound.start()
    start_ms = (time.monotonic() - began) * 1000
    await until(lambda: sound.status.microphone.state == sound.status.speaker.state == "ok")
    ready_ms = (time.monotonic() - began) * 1000
    await asyncio.sleep(1)
    pid = sound.status.worker_pid or 0

    async def used(what: str) -> None:
        before, daemon, then = cpu_s(pid), cpu_s(os.getpid()), time.monotonic()
        await asyncio.sleep(seconds)
        minutes = (time.monotonic() - then) / 60
        print(
            f"{name:12} {what:10} sound {(cpu_s(pid) - before) / minutes:5.2f} CPU s/min "
            f"{pss_mb(pid):5.1f} MB   daemon's side {(cpu_s(os.getpid()) - daemon) / minutes:5.2f} "
            f"CPU s/min",
            flush=True,
        )

    sound.wake_every_period = False
    await used("at rest")
    sound.wake_every_period = True
    await used("listening")
    for _ in range(round(seconds) + 15):
        sound.play(TONE)
    await used("talking")
    delays = []
    for i in range(20):
        await asyncio.sleep(0.1 + 0.0031 * i)
        pressed = time.monotonic()
        sound.hold()
        await asyncio.sleep(0.08)
        delays.append((sound.reply.last_sound_s - pressed) * 1000)
        sound.resume()
    delays.sort()
    latency_ms = sound.status.speaker.latency_ms
    print(
        f"{name:12} start() {start_ms:.1f} ms, both devices after {ready_ms:.0f} ms; press to last "
        f"sound p50 {delays[10]:.1f} max {delays[-1]:.1f} ms, then {latency_ms:.0f} ms in the "
        f"device; underruns {sound.reply.underruns}, holes {len(sound.mic.holes)}",
        flush=True,
    )
    await sound.stop()


def main() -> None:
    """Files first, then the sound server."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        scratch = Path(name)
        speech, noise = scratch / "speech.wav", scratch / "noise.wav"
        subprocess.run(["espeak-ng", "-w", noise, "Where is the whale?"], check=True)
        subprocess.run(f"sox {noise} -c1 -r16000 -b16 {speech} dither -S".split(), check=True)
        files = measure("file, null", scratch / "run", f"file:{speech}?loop=1", "null", seconds)
        asyncio.run(files)
        with pulse(scratch / "pulse") as server:
            os.environ.update(server.environment)
            hiss = f"sox -n -c1 -r48000 -b16 {noise} synth 600 whitenoise gain -40"
            subprocess.run(hiss.split(), check=True)
            feeding = server.speak(noise)
            asyncio.run(measure("PulseAudio", scratch / "run", "default", "default", seconds))
            feeding.terminate()
            feeding.wait()


if __name__ == "__main__":
    main()
