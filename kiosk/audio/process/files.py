"""Files in the place of devices: a WAV as the microphone, a WAV or nothing as the speaker.

All keep the pace of a sound card: 20 ms periods at absolute deadlines, so that a late one is
followed by an early one and nothing drifts. Sample `i` of a `file:` input is heard `i / 16000` s
after the ring's epoch, whoever reads it: a killed and restarted worker goes on where the clock
says, and shifts nothing.
"""

import json
import os
import struct
import time
from pathlib import Path
from typing import Final, Protocol

from kiosk.audio.wav import PCM, inspect
from kiosk.errors import UserError
from kiosk.formats import (
    MICROPHONE_PERIOD_SAMPLES,
    PERIOD_NS,
    REPLY_HZ,
    REPLY_PERIOD_SAMPLES,
    SAMPLE_BYTES,
)
from kiosk.settings.types import AudioSettings

PREFIX: Final = "file:"


class Microphone(Protocol):
    """Where sound comes from. `device`, `rate_hz` and `channels` say what was really opened."""

    device: str
    rate_hz: int
    channels: int
    latency_ns: int

    @property
    def index(self) -> int | None:
        """Absolute index of what `read` gives next; None where only the clock can say."""
        ...

    def read(self) -> bytes:
        """One period, as soon as its last sample is there.

        Raises:
            OSError: the device is lost.
        """
        ...

    def close(self) -> None: ...


class SoundOutput(Protocol):
    """Where sound goes."""

    device: str
    rate_hz: int
    channels: int
    latency_ns: int
    bridges_ns: int
    """Longest time between two periods that is not heard as a gap, in nanoseconds."""

    def wait(self) -> None:
        """Until a period is wanted: as late as is safe, so that what is written is fresh."""
        ...

    def write(self, pcm: bytes) -> None:
        """Hand over sound.

        Raises:
            OSError: the device is lost.
        """
        ...

    def close(self) -> None: ...


def parse(value: str, key: str) -> tuple[Path, bool]:
    """`file:PATH.wav[?loop=1]` as (path, loop).

    Raises:
        UserError: it has another option, or names no file.
    """
    path, _, option = value.removeprefix(PREFIX).partition("?")
    if option not in {"", "loop=0", "loop=1"}:
        raise UserError(f'{key} = "{value}": "{option}" is not known; the only option is ?loop=1')
    if not path:
        raise UserError(f'{key} = "{value}": no file is named; write {PREFIX}PATH.wav')
    return Path(path), option == "loop=1"


def check(audio: AudioSettings) -> None:
    """Refuse files in the place of devices that cannot be used.

    Raises:
        UserError: one cannot; it says why.
    """
    if audio.input.startswith(PREFIX):
        check_input(audio.input)
    if audio.output.startswith(PREFIX):
        check_output(audio.output)


def check_input(value: str) -> None:
    """Refuse a `file:` input that cannot be played, at start and by name: later nobody reads it."""
    path, _ = parse(value, "audio.input")
    try:
        inspect(path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(
            f'audio.input = "{value}": cannot play {path}: {why}. '
            f"Expected a WAV of PCM or floats, for example from: sox IN -b 16 -r 16000 -c 1 OUT.wav"
        ) from None


def check_output(value: str) -> None:
    """Refuse a `file:` output that cannot be written."""
    path, loop = parse(value, "audio.output")
    where = path.parent
    if (
        loop
        or path.is_dir()
        or not where.is_dir()
        or not os.access(path if path.exists() else where, os.W_OK)
    ):
        raise UserError(
            f'audio.output = "{value}": cannot write {path}. '
            "Expected a file in a directory that exists"
        )


class FilePace:
    """Absolute deadlines, one period apart, from an origin."""

    def __init__(self, origin_ns: int) -> None:
        self.next_ns = origin_ns

    def wait(self) -> None:
        """Sleep until the next deadline, or not at all when it has passed."""
        if (left := self.next_ns - time.monotonic_ns()) > 0:
            time.sleep(left / 1e9)
        self.next_ns += PERIOD_NS


class FileMicrophone:
    """A WAV that is heard as if somebody played it in front of the microphone."""

    latency_ns = 0

    def __init__(self, value: str, epoch_ns: int) -> None:
        path, self._loop = parse(value, "audio.input")
        try:
            wav = inspect(path)
        except ValueError as error:
            raise OSError(f"{path}: {error}") from None
        self.device, self.rate_hz, self.channels = value, wav.rate, wav.channels
        if wav.ready:
            self._fd, self._offset, self._length = (
                os.open(path, os.O_RDONLY | os.O_CLOEXEC),
                wav.offset,
                wav.frames,
            )
        else:
            from kiosk.audio.process.convert import converted_file

            self._fd, self._offset = converted_file(wav), 0
            self._length = os.fstat(self._fd).st_size // SAMPLE_BYTES
        self._period = -(-(time.monotonic_ns() - epoch_ns) // PERIOD_NS)
        self._pace = FilePace(epoch_ns + (self._period + 1) * PERIOD_NS)

    @property
    def index(self) -> int:
        """Absolute index of the sample that `read` gives next."""
        return self._period * MICROPHONE_PERIOD_SAMPLES

    def read(self) -> bytes:
        self._pace.wait()
        at, need = self.index, MICROPHONE_PERIOD_SAMPLES
        self._period += 1
        pcm = b""
        while need and (self._loop or at < self._length):
            place = at % self._length
            n = min(need, self._length - place)
            piece = os.pread(self._fd, n * SAMPLE_BYTES, self._offset + place * SAMPLE_BYTES)
            if len(piece) < n * SAMPLE_BYTES:
                raise OSError(f"{self.device} became shorter while it was read")
            pcm, at, need = pcm + piece, at + n, need - n
        return pcm + bytes(need * SAMPLE_BYTES)

    def close(self) -> None:
        os.close(self._fd)


class NullSpeaker:
    """Plays to nobody, at the pace of a sound card.

    Also stands in for a missing speaker: lips, captions and the end of the answer follow the
    playhead, and must go on.
    """

    latency_ns = PERIOD_NS
    bridges_ns = 1_000_000_000
    rate_hz, channels = REPLY_HZ, 1

    def __init__(self, device: str = "null") -> None:
        self.device = device
        self._pace = FilePace(time.monotonic_ns())

    def wait(self) -> None:
        self._pace.wait()

    def write(self, pcm: bytes) -> None:
        """Nothing hears it."""

    def close(self) -> None:
        """Nothing was opened."""


class FileSpeaker:
    """Records what a device would have sounded, gap for gap, from the reply ring's epoch on.

    Beside it stands PATH.json with the monotonic time of its first sample. The WAV's header is
    right after every period, so a killed worker leaves a whole file, and the next one goes on in it
    where the clock says.
    """

    latency_ns = PERIOD_NS
    bridges_ns = 1_000_000_000
    rate_hz, channels = REPLY_HZ, 1

    def __init__(self, value: str, epoch_ns: int) -> None:
        path, _ = parse(value, "audio.output")
        self.device = value
        beside = path.with_name(path.name + ".json")
        about = json.dumps(
            {
                "first_sample_monotonic_s": epoch_ns / 1e9,
                "epoch_ns": epoch_ns,
                "rate_hz": REPLY_HZ,
            }
        )
        goes_on = path.exists() and beside.exists() and beside.read_text() == about
        self._fd = os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if goes_on else os.O_TRUNC), 0o644
        )
        if not goes_on:
            os.pwrite(self._fd, _header(0), 0)
            beside.write_text(about)
        period = -(-(time.monotonic_ns() - epoch_ns) // PERIOD_NS)
        self._pace = FilePace(epoch_ns + period * PERIOD_NS)
        self._bytes = (
            period * REPLY_PERIOD_SAMPLES * SAMPLE_BYTES
        )  # a gap in the file reads as zeros

    def wait(self) -> None:
        self._pace.wait()

    def write(self, pcm: bytes) -> None:
        os.pwrite(self._fd, pcm, 44 + self._bytes)
        self._bytes += len(pcm)
        os.pwrite(self._fd, _header(self._bytes), 0)

    def close(self) -> None:
        os.close(self._fd)


def _header(size: int) -> bytes:
    size = min(size, 0xFFFFFFFF - 36)  # a WAV cannot say more than 4 GB, which is a day
    fmt = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, PCM, 1, REPLY_HZ, REPLY_HZ * SAMPLE_BYTES, SAMPLE_BYTES, 16
    )
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
        + fmt
        + struct.pack("<4sI", b"data", size)
    )
