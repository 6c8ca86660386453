"""A stream with a picture that carries a number, and sound, from a process of its own.

It pushes RTMP to a receiver that listens, or serves HTTP-FLV and an HLS playlist. FFmpeg in one
process that both publishes and listens was seen to hang, and a publisher must be able to die:
`python -m tests.support.publisher --help`.

The number of a frame stands in its first rows as black and white blocks (`number_of`), so that a
test knows which one it sees after decoding and scaling. A tone of 440 Hz is on in every other
second; `--voice FILE` plays s16le mono 24 kHz from a file that may still grow, else silence.
"""

import argparse
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

BITS = 16
RATE_HZ = 24_000


def numbered(number: int, width: int, height: int) -> np.ndarray:
    """A grey picture with a number in it, most significant bit left, a third of it high."""
    picture = np.full((height, width, 3), 90 + number % 40, np.uint8)
    for bit in range(BITS):
        light = 235 if number >> (BITS - 1 - bit) & 1 else 20
        left, right = width * bit // BITS, width * (bit + 1) // BITS
        picture[: height // 3, left:right] = light
    return picture


def number_of(rgb: np.ndarray) -> int:
    """The number in a picture (height, width, 3), of any size but uncropped."""
    height, width, _ = rgb.shape
    number = 0
    for bit in range(BITS):
        number = number << 1 | int(rgb[height // 6, width * (2 * bit + 1) // (2 * BITS), 0] > 128)
    return number


class Publisher:
    """The process, from a test's side."""

    def __init__(self, url: str, *options: str) -> None:
        command = [sys.executable, "-m", "tests.support.publisher", url, *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )

    def address(self) -> str:
        """Where it serves, with `--serve`: it chose a port."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def freeze(self) -> None:
        """Nothing more comes, and no line is closed."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def die(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(self, *_: object) -> None:
        self.die()


class Source:
    """Writes the stream into an open container, at the pace of the clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._voice = Path(options.voice).open("rb") if options.voice else None  # noqa: SIM115
        if self._voice is not None:
            self._voice.seek(0, os.SEEK_END)  # Who comes late hears what is said now.

    def write(self, container: Any) -> None:
        options = self._options
        width, height = map(int, options.size.split("x"))
        video = container.add_stream("libx264", rate=options.rate)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.gop_size = options.rate
        video.options = {"preset": "ultrafast", "tune": "zerolatency"}
        audio = None
        if not options.mute:
            audio = container.add_stream("aac", rate=RATE_HZ)
            audio.layout = "mono"
        noise = None
        if options.busy:
            video.bit_rate = 2_000_000
            noise = np.random.default_rng(1).integers(0, 80, (height, width, 3), np.uint8)
        began_s = time.monotonic()
        number = 0
        while not options.frames or number < options.frames:
            picture = numbered(number % (1 << BITS), width, height)
            if noise is not None:
                low = height // 3
                picture[low:] += np.roll(noise[low:], number * 4, axis=1)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
            if audio is not None:
                container.mux(audio.encode(self._sound(number)))
            number += 1
            if not options.fast:
                time.sleep(max(began_s + number / options.rate - time.monotonic(), 0))
        container.mux(video.encode(None))

    def _sound(self, number: int) -> Any:
        samples = RATE_HZ // self._options.rate
        at = number * samples
        if self._voice is not None:
            wave = np.zeros(samples, "<i2")
            said = np.frombuffer(self._voice.read(2 * samples), "<i2")
            wave[: said.size] = said
        elif at // RATE_HZ % 2 == 0:
            t = np.arange(at, at + samples) / RATE_HZ
            wave = (8000 * np.sin(2 * np.pi * 440 * t)).astype("<i2")
        else:
            wave = np.zeros(samples, "<i2")
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, at
        return frame


def _push(options: argparse.Namespace) -> None:
    """Push to a receiver, as soon as it listens; again where it went away."""
    for _ in range(options.tries):
        try:
            with av.open(options.url, "w", format="flv", timeout=3) as container:
                Source(options).write(container)
        except OSError:
            time.sleep(0.1)
        else:
            return


def _serve(options: argparse.Namespace) -> None:
    """Serve `/live.flv` and `/live.m3u8` on loopback; print the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/live.flv"):
                self.send_response(200)
                self.send_header("content-type", "video/x-flv")
                self.end_headers()
                try:
                    with av.open(self.wfile, "w", format="flv", buffer_size=1024) as container:
                        Source(options).write(container)
                except (OSError, av.error.FFmpegError):
                    pass  # Who looked on has gone.
                return
            file = Path(options.folder, self.path.partition("?")[0].lstrip("/"))
            if not file.is_file():
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(file.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    if options.folder:
        threading.Thread(target=_segment, args=(options,), daemon=True).start()
    server.serve_forever()


def _segment(options: argparse.Namespace) -> None:
    """Write a growing HLS playlist into the folder."""
    hls = {"hls_time": "1", "hls_flags": "independent_segments", "hls_list_size": "6"}
    playlist = os.path.join(options.folder, "live.m3u8")  # noqa: PTH118
    with av.open(playlist, "w", format="hls", options=hls) as container:
        Source(options).write(container)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="rtmp://… to push to, `serve`, or `-` for the standard output")
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--rate", type=int, default=25)
    parser.add_argument("--frames", type=int, default=0, help="0: without end")
    parser.add_argument("--fast", action="store_true", help="not at the clock's pace")
    parser.add_argument("--busy", action="store_true", help="2 Mbit/s of what is hard to code")
    parser.add_argument("--mute", action="store_true", help="without a sound track")
    parser.add_argument("--voice", default="", help="file of s16le mono 24 kHz")
    parser.add_argument("--folder", default="", help="where HLS segments are written")
    parser.add_argument("--tries", type=int, default=100)
    options = parser.parse_args()
    if options.url == "serve":
        _serve(options)
    elif options.url == "-":
        with av.open(sys.stdout.buffer, "w", format="mpegts") as container:
            Source(options).write(container)
    else:
        _push(options)


if __name__ == "__main__":
    main()
