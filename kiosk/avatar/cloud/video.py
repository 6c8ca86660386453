"""Receives the stream of a cloud avatar: RTMP, HTTP-FLV or HLS, or what a program writes.

PyAV does it, in a thread of its own: pictures go to the one slot of `NewestPicture`, the sound is
given on. Addresses hold stream keys: no address is logged whole.
"""

import contextlib
import json
import logging
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from kiosk.avatar.cloud.frame import Frame
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.formats import REPLY_HZ
from kiosk.settings import installation

log = logging.getLogger("kiosk.avatar")

OPEN_S = 5.0
"""Until a pulled stream has told what is in it; a listening one looks up so often, too."""
READ_S = 3.0
"""A stream without data for so long is opened anew; our own face plays since 1.5 s."""
FIRST_RETRY_S, MAX_RETRY_DELAY_S = 0.2, 5.0
LISTEN, EXTERNAL = "listen:", "external:"
MAX_PACE_ERROR_S = 0.5
"""Frames of a segmented stream that seem earlier than this come after a jump of its clock."""

_OPTIONS = {
    "fflags": "nobuffer",
    "flags": "low_delay",
    "probesize": "32000",
    "analyzeduration": "200000",
    # Files and devices are none of a stream's business: a playlist must not name them.
    "protocol_whitelist": "rtmp,rtmps,http,https,httpproxy,tls,tcp,crypto,data",
}


class Receiver:
    """Opens a stream, again and again, until it is stopped.

    Args:
        url: `rtmp://`, `http(s)://` of an FLV stream or an HLS playlist; `listen:rtmp://` to be
            pushed to; `external:PROGRAM` for what a program writes to its standard output.
        picture: gets the frames.
        voice: gets the sound, s16le mono 24 kHz, in the receiver's thread.
        facts: for an external program, as JSON on its standard input.
    """

    def __init__(
        self,
        url: str,
        picture: NewestPicture,
        voice: Callable[[bytes], None],
        facts: dict[str, Any] | None = None,
    ) -> None:
        self._url = url
        self._picture = picture
        self._voice = voice
        self._facts = facts or {}
        self._stopped = threading.Event()
        self._program: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        """Held where a program is started or ended: none is started after `stop`."""
        self.opened = 0
        """How often a stream was there."""
        self.trouble = ""
        """Why there is none just now."""
        self._thread = threading.Thread(target=self._run, name="avatar-video", daemon=True)

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self) -> None:
        """Receive no more; returns at once, the thread ends by itself."""
        self._stopped.set()
        with self._lock:
            if self._program is not None:
                _kill(self._program)
        self._picture.forget()
        if self._url.startswith(LISTEN):
            # A host that does not answer takes a while; whoever stops us runs a loop.
            threading.Thread(target=_poke, args=(self._url,), daemon=True).start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; tell whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause_s = FIRST_RETRY_S
        while not self._stopped.is_set():
            frames, fault, timed_out = self._picture.frames, None, False
            try:
                self._receive()
                trouble = "the stream ended"
            except ImportError:
                trouble = f"PyAV is missing. Install it: {installation.library('avatarim')}"
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may be better
                timed_out = type(error).__name__ == "ExitError"
                trouble = getattr(error, "strerror", None) or type(error).__name__
                fault = None if _is_the_streams(error) else error
            if self._stopped.is_set():
                return
            if trouble != self.trouble:
                log.warning("no picture from %s: %s", where(self._url), trouble, exc_info=fault)
            self.trouble = trouble
            if self._picture.frames > frames:
                pause_s = FIRST_RETRY_S
            if not (self._url.startswith(LISTEN) and timed_out):  # Nobody pushed yet.
                self._stopped.wait(pause_s * (0.5 + random.random() / 2))
                pause_s = min(pause_s * 2, MAX_RETRY_DELAY_S)

    def _receive(self) -> None:
        """Receive one stream to its end."""
        with self._open() as container:
            self.opened += 1
            pace = PicturePace() if container.format.name == "hls" else None
            for kind, at_s, data in _media(container):
                if pace is not None and at_s is not None:
                    self._stopped.wait(pace.early_s(at_s, time.monotonic()))
                if self._stopped.is_set():
                    return
                if kind == "audio":
                    self._voice(data)
                else:
                    self._picture.show(data)
                    if self.trouble:
                        log.info("the picture from %s is back", where(self._url))
                        self.trouble = ""

    def _open(self) -> Any:
        import av

        # FFmpeg's own lines on the standard error hold addresses.
        av.logging.set_level(av.logging.PANIC)
        url, options = self._url, dict(_OPTIONS)
        if url.startswith(EXTERNAL):
            with self._lock:
                if self._stopped.is_set():
                    raise EOFError
                self._program = program = _start(url.removeprefix(EXTERNAL), self._facts)
            try:
                assert program.stdout is not None  # noqa: S101 - it was asked for
                return _Piped(av.open(program.stdout, options=options), program)
            except BaseException:
                _end(program)
                raise
        if url.startswith(LISTEN):
            url, options["listen"] = url.removeprefix(LISTEN), "1"
        return av.open(url, options=options, timeout=(OPEN_S, READ_S))


def _is_the_streams(error: Exception) -> bool:
    """Whether it is of the kind that a stream may cause; all else is a fault of ours."""
    import av

    return isinstance(error, OSError | EOFError | NoPictureError | av.error.FFmpegError)


class _Piped:
    """A container that reads from a program, which ends with it."""

    def __init__(self, container: Any, program: subprocess.Popen[bytes]) -> None:
        self._container, self._program = container, program

    def __enter__(self) -> Any:
        return self._container

    def __exit__(self, *_: object) -> None:
        _end(self._program)
        self._container.close()


def _start(program: str, facts: dict[str, Any]) -> subprocess.Popen[bytes]:
    started = subprocess.Popen(
        [program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,  # A buffer would hold pictures back until it is full.
        start_new_session=True,  # What it starts is ended with it.
    )
    assert started.stdin is not None  # noqa: S101 - it was asked for
    # One that does not read them does not want to know.
    with contextlib.suppress(BrokenPipeError), started.stdin as to:
        to.write(json.dumps(facts).encode() + b"\n")
    return started


def _kill(program: subprocess.Popen[bytes]) -> None:
    """End it and all that it has started: it may be a script, and its children hold the pipe."""
    if program.returncode is None:  # Else its number may be another's by now.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)


def _end(program: subprocess.Popen[bytes]) -> None:
    _kill(program)
    program.wait()
    if program.stdout is not None:
        program.stdout.close()


def _media(container: Any) -> Iterator[tuple[str, float | None, Any]]:
    """Yield frames and sound as they come: kind, seconds of the stream's clock, and what it is."""
    import av

    streams = [stream for stream in container.streams if stream.type in {"video", "audio"}]
    if not any(stream.type == "video" for stream in streams):
        raise NoPictureError
    for stream in streams:
        if stream.type == "video":
            # Threads that each decode a frame of their own would be a frame of delay each.
            stream.thread_type = "SLICE"
            stream.codec_context.flags |= av.codec.context.Flags.low_delay
    resampler = av.AudioResampler(format="s16", layout="mono", rate=REPLY_HZ)
    for packet in container.demux(streams):
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError:
            continue  # What a lost packet leaves; the next key frame mends it.
        for frame in decoded:
            if packet.stream.type == "audio":
                for sound in resampler.resample(frame):
                    yield "audio", frame.time, bytes(sound.planes[0])[: 2 * sound.samples]
            else:
                yield "video", frame.time, _frame(frame)


def _frame(frame: Any) -> Frame:
    rgb = frame.reformat(format="rgb24")
    plane = rgb.planes[0]
    row = 3 * rgb.width
    # The view keeps the decoder's frame alive; only padded rows must be copied.
    data: Any = memoryview(plane)
    if plane.line_size != row:
        size = plane.line_size
        data = b"".join(data[n * size : n * size + row] for n in range(rgb.height))
    return Frame(rgb.width, rgb.height, data, time.monotonic())


class NoPictureError(Exception):
    """A stream of sound alone."""


class PicturePace:
    """When to show what a segmented stream delivers in bursts: by its own clock. Pure."""

    def __init__(self) -> None:
        self._offset_s: float | None = None

    def early_s(self, at_s: float, now_s: float) -> float:
        """Seconds to wait with what is stamped `at_s`; each jump of the clock begins anew."""
        if self._offset_s is None:
            self._offset_s = now_s - at_s
        early_s = at_s + self._offset_s - now_s
        if abs(early_s) > MAX_PACE_ERROR_S:
            self._offset_s = now_s - at_s
            return 0.0
        return max(early_s, 0.0)


def where(url: str) -> str:
    """The address without what may be secret in it."""
    if url.startswith(EXTERNAL):
        return os.path.basename(url)  # noqa: PTH119 - a name for a person
    parts = urlsplit(url.removeprefix(LISTEN))
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _poke(url: str) -> None:
    """Wake a receiver that waits for a publisher, so that its port is free again."""
    parts = urlsplit(url.removeprefix(LISTEN))
    host = parts.hostname or "127.0.0.1"
    host = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    # Refused where it is receiving: then it sees at the next packet that it is over.
    with contextlib.suppress(OSError):
        socket.create_connection((host, parts.port or 1935), timeout=0.2).close()
