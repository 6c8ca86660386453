"""How far the lips are from the sound: `python -m benchmarks.lips_to_sound`.

A known clip, an open vowel in bursts of uneven distance, is a service's reply. The whole kiosk
plays it on a real sound server, whose monitor is recorded, and draws on a real X server, whose
memory is looked at every two milliseconds. An opening of the mouth is where the pixels of the mouth
have gone half way from their closed to their open look; a burst begins where its loudness has risen
half way. The one's time less the other's is the error: it holds everything that lies between, the
playhead's correction for the device's latency, the lips' own lead, the frame's grid (33 ms) and the
way to the server. Loopback sinks hand a period (up to 20 ms) to the monitor before it would be
heard, so that the true error is smaller by 0 to 20 ms where it is positive.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import server as scripted
from benchmarks.machine import percentile
from benchmarks.subjects import Kiosk, closing, kiosk_command, speech
from tests.support.pulse import Pulse, pulse
from tests.support.xvfb import XServer, xvfb

RATE_HZ = 24_000
BURSTS = 60
BURST_S = 0.22
SIZE = (1280, 720)
LOOK_S = 0.002
CHUNK = 2400
LIMIT_S = 0.25
"""An opening belongs to a burst that is no further away."""
TARGET_MS = (40, 80)
"""Median and 95th percentile."""

Array = np.ndarray[Any, Any]


def clip() -> bytes:
    """Bursts of a vowel like "ah" with silence between."""
    from tests.support.screen import vowel

    dice = np.random.default_rng(4)
    burst = np.frombuffer(vowel(round(BURST_S * RATE_HZ)), "<i2").astype(float)
    edge = np.linspace(0, 1, 120)
    burst[:120] *= edge
    burst[-120:] *= edge[::-1]
    parts = [np.zeros(RATE_HZ)]
    for pause_s in dice.uniform(0.35, 0.6, BURSTS):
        parts += [burst, np.zeros(round(pause_s * RATE_HZ))]
    return np.concatenate([*parts, np.zeros(RATE_HZ)]).astype("<i2").tobytes()


class Peer(scripted.Peer):
    """Answers with the clip, three times as fast as it is heard."""

    sound = b""

    async def _answer(self) -> None:
        await asyncio.sleep(0.3)
        for at in range(0, len(self.sound), 2 * CHUNK):
            data = base64.b64encode(self.sound[at : at + 2 * CHUNK]).decode()
            blob = {"mimeType": f"audio/pcm;rate={RATE_HZ}", "data": data}
            self._send(scripted.frame(modelTurn={"role": "model", "parts": [{"inlineData": blob}]}))
            await asyncio.sleep(CHUNK / RATE_HZ / scripted.AHEAD)
        self._send(scripted.frame(generationComplete=True))
        self._send(scripted.frame(turnComplete=True))


async def serve(sound: bytes) -> None:
    """Be the service until standard input ends."""
    Peer.sound = sound
    loop = asyncio.get_running_loop()
    script = scripted.Script()
    listening = await loop.create_server(lambda: Peer(script), "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


class Eye(threading.Thread):
    """Notes each change of a part of the screen, with its monotonic time."""

    def __init__(self, screen: XServer, part: tuple[slice, slice]) -> None:
        super().__init__(daemon=True)
        self.seen: list[tuple[float, Array]] = []
        self.stop = threading.Event()
        self._memory, self._part = screen.pixels(), part

    def run(self) -> None:
        last: Array | None = None
        while not self.stop.is_set():
            now_s = time.monotonic()
            look = self._memory[self._part][::2, ::2].copy()
            if last is None or not np.array_equal(look, last):
                self.seen.append((now_s, look))
                last = look
            time.sleep(LOOK_S)


class Clock(threading.Thread):
    """Learns when a sample of the recording was recorded: the earliest of all arrivals says it."""

    def __init__(self, recording: Path) -> None:
        super().__init__(daemon=True)
        self._recording = recording
        self.offset_s = float("inf")
        self.stop = threading.Event()

    def run(self) -> None:
        last = -1
        while not self.stop.is_set():
            size = self._recording.stat().st_size
            if size != last:
                last = size
                self.offset_s = min(self.offset_s, time.monotonic() - size / 2 / RATE_HZ)
            time.sleep(0.001)


def rises(times: Array, values: Array, low: float, high: float) -> list[float]:
    """Where a curve crosses the middle upwards, having been below a quarter since the last time.

    A picture stands until the next one: its time is when it appeared, not between two.
    """
    middle, floor = low + 0.5 * (high - low), low + 0.25 * (high - low)
    found, ready = [], False
    for at_s, value in zip(times, values, strict=True):
        if value < floor:
            ready = True
        elif value >= middle and ready:
            found.append(float(at_s))
            ready = False
    return found


def openings(seen: list[tuple[float, Array]]) -> list[float]:
    """When the mouth opened, by its pixels alone."""
    times = np.array([at_s for at_s, _ in seen])
    looks = np.array([look.reshape(-1) for _, look in seen], dtype=np.float32)
    looks -= looks.mean(axis=0)
    # The one way in which these pixels change together most: the mouth between shut and open.
    values, vectors = np.linalg.eigh(looks @ looks.T)
    curve = vectors[:, -1] * np.sqrt(values[-1])
    # A mouth is shut for longer than it is open: the pause is the longer part.
    held = np.diff(times, append=times[-1])
    if held[curve > curve.mean()].sum() > held[curve <= curve.mean()].sum():
        curve = -curve
    low, high = np.percentile(np.repeat(curve, (held * 200).astype(int) + 1), [10, 95])
    return rises(times, curve, low, high)


def bursts(pcm: Array, offset_s: float) -> list[float]:
    """When each burst began in the recording."""
    step = RATE_HZ // 1000
    frames = pcm[: len(pcm) // step * step].reshape(-1, step).astype(float)
    loud = np.sqrt((frames**2).mean(axis=1))
    loud = np.convolve(loud, np.ones(8) / 8)[: len(loud)]  # The vowel's own pitch is 7 ms.
    times = offset_s + np.arange(len(loud)) / 1000 - 0.0035
    return rises(times, loud, 0.0, float(np.percentile(loud, 98)))


def measure(scratch: Path, url: str, wav: Path, screen: XServer, sound: Pulse) -> list[float]:
    """The error of each burst, in milliseconds; positive where the lips are late."""
    settings = {
        "display.driver": "x11",
        "display.size": "auto",
        "display.fullscreen": "true",
        "audio.output": "default",
        "log.level": "error",
    }
    command = kiosk_command(scratch / "run", url, wav, **settings)
    env = {"DISPLAY": screen.name, **sound.environment}
    with closing(Kiosk("x11", scratch / "run", command, env)) as kiosk:
        time.sleep(2)
        kiosk.press()
        time.sleep(1)
        kiosk.release()
        eye, clock = Eye(screen, mouth()), Clock(sound.recording)
        clock.start()
        eye.start()
        time.sleep(len(clip()) / 2 / RATE_HZ + 1.5)
        eye.stop.set()
        clock.stop.set()
        eye.join()
        clock.join()
        status = kiosk.status()
        print(
            f"{status['display']['driver']}; "
            f"underruns {status['speaker']['underruns']}; "
            f"reported latency {status['speaker']['latency_ms']:.0f} ms"
        )
    heard = bursts(np.frombuffer(sound.recording.read_bytes()[: 2**31], "<i2"), clock.offset_s)
    opened = openings(eye.seen)
    errors = []
    for at_s in heard:
        nearest = min(opened, key=lambda each: abs(each - at_s), default=float("inf"))
        if abs(nearest - at_s) <= LIMIT_S:
            errors.append((nearest - at_s) * 1e3)
    print(f"{len(heard)} bursts heard, {len(opened)} openings seen, {len(errors)} belong together")
    return errors


def mouth() -> tuple[slice, slice]:
    """Rows and columns of the lower half of the face, where the mouth is."""
    import pygame

    os.environ["SDL_VIDEODRIVER"] = "dummy"
    from kiosk.avatar.face.face import Face
    from kiosk.display.layout import layout

    pygame.display.init()
    pygame.display.set_mode((1, 1))
    place = layout(SIZE).avatar
    face = Face("host")
    face.place(pygame.Surface(place.size))
    box = face.face_rect.move(place.topleft)
    rows = slice(box.top + round(box.height * 0.55), box.bottom)
    columns = slice(box.left + box.width // 4, box.right - box.width // 4)
    return rows, columns


def main() -> None:
    sound = clip()
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve(sound))
        return
    command = [sys.executable, "-m", "benchmarks.lips_to_sound", "serve"]
    with tempfile.TemporaryDirectory(dir="/dev/shm") as directory:
        scratch = Path(directory)
        wav = speech(scratch)
        peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert peer.stdout
        url = f"ws://127.0.0.1:{int(peer.stdout.readline())}"
        try:
            with xvfb(scratch, SIZE) as screen, pulse(scratch / "pulse") as server:
                errors = measure(scratch, url, wav, screen, server)
        finally:
            peer.kill()
            peer.wait()
    print(json.dumps([round(each) for each in errors]))
    median, late = (percentile([abs(each) for each in errors], share) for share in (0.5, 0.95))
    print(
        f"error, lips less sound: median {percentile(errors, 0.5):+.0f} ms; its size: median "
        f"{median:.0f} ms, p95 {late:.0f} ms, worst {max(map(abs, errors)):.0f} ms of "
        f"{len(errors)}. Targets: median ≤ {TARGET_MS[0]}, p95 ≤ {TARGET_MS[1]}."
    )


if __name__ == "__main__":
    main()
