import os
import struct
import subprocess
import time
import wave

import numpy as np
import pytest

from kiosk.audio.process.files import (
    FileMicrophone,
    FileSpeaker,
    NullSpeaker,
    check_input,
    check_output,
)
from kiosk.audio.wav import inspect
from kiosk.errors import UserError


def write_wav(path, samples, rate=16000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples, "<i2").tobytes())
    return path


def header(kind=1, bits=16, data=b"\1\0" * 8, length=None):
    fmt = struct.pack("<HHIIHH", kind, 1, 16000, 32000, 2, bits)
    size = len(data) if length is None else length
    riff = struct.pack("<4sI4s", b"RIFF", 4 + 8 + len(fmt) + 8 + len(data), b"WAVE")
    extra = struct.pack("<4sI4s", b"LIST", 3, b"abc")
    return (
        riff
        + extra
        + struct.pack("<4sI", b"fmt ", len(fmt))
        + fmt
        + struct.pack("<4sI", b"data", size)
        + data
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        (b"", "not a WAV"),
        (b"ID3 an mp3 file, rather", "not a WAV"),
        (header(kind=2, bits=4), "neither PCM nor floats"),
        (header(kind=7, bits=8), "neither PCM nor floats"),
        (header(data=b""), "holds no sound"),
        (header()[:40], "cut short|no sound"),
    ],
)
def test_refuses_a_file_that_cannot_be_heard_by_name(tmp_path, content, why):
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf"(?s)audio\.input.*a\.wav.*({why})"):
        check_input(f"file:{path}")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(UserError, match="not a file"):
        check_input(f"file:{tmp_path}/a.wav")


def test_refuses_an_unknown_option(tmp_path):
    write_wav(tmp_path / "a.wav", [1, 2])
    check_input(f"file:{tmp_path}/a.wav?loop=1")
    with pytest.raises(UserError, match="loop=1"):
        check_input(f"file:{tmp_path}/a.wav?repeat=1")


def test_reads_what_espeak_and_sox_write(tmp_path):
    subprocess.run(["espeak-ng", "-w", tmp_path / "a.wav", "hello"], check=True)
    spoken = inspect(tmp_path / "a.wav")
    assert spoken.frames > 5000
    for form in (["-b16"], ["-b24"], ["-b32"], ["-e", "floating-point", "-b32"]):
        subprocess.run(["sox", tmp_path / "a.wav", *form, "-c3", tmp_path / "b.wav"], check=True)
        other = inspect(tmp_path / "b.wav")
        assert other.channels == 3
        assert other.frames == spoken.frames
        first = np.frombuffer(other.pcm(), "<i2")[::3].astype(int)
        assert np.abs(first - np.frombuffer(spoken.pcm(), "<i2")).max() <= 1, form


def test_what_a_pipe_writes_is_read_to_its_end(tmp_path):
    """espeak-ng and sox cannot go back to say how long it became."""
    with (tmp_path / "a.wav").open("wb") as out:
        subprocess.run(["espeak-ng", "--stdout", "hello"], stdout=out, check=True)
    subprocess.run(["espeak-ng", "-w", tmp_path / "b.wav", "hello"], check=True)
    assert inspect(tmp_path / "a.wav").frames == inspect(tmp_path / "b.wav").frames


def test_refuses_an_output_that_cannot_be_written(tmp_path):
    check_output(f"file:{tmp_path}/new.wav")
    for bad in (f"{tmp_path}/none/new.wav", f"{tmp_path}", f"{tmp_path}/a.wav?loop=1"):
        with pytest.raises(UserError, match=r"audio\.output"):
            check_output(f"file:{bad}")


@pytest.mark.parametrize("loop", [False, True])
def test_a_file_is_heard_by_the_clock(tmp_path, loop):
    sound = np.arange(1, 1001, dtype="<i2")
    write_wav(tmp_path / "a.wav", sound)
    epoch = time.monotonic_ns() - 2_500_000  # not a whole period ago
    microphone = FileMicrophone(f"file:{tmp_path}/a.wav" + "?loop=1" * loop, epoch)
    for _ in range(8):
        index = microphone.index
        pcm = np.frombuffer(microphone.read(), "<i2")
        assert time.monotonic_ns() >= epoch + (index + 320) * 62_500
        whole = np.arange(index, index + 320)
        expected = whole % 1000 + 1 if loop else np.where(whole < 1000, whole + 1, 0)
        assert pcm.tolist() == expected.tolist()
    assert index == 8 * 320
    microphone.close()


def test_another_rate_is_converted_and_no_seam_is_heard(tmp_path):
    t = np.arange(44100 * 4) / 44100
    left = 9000 * np.sin(2 * np.pi * 440 * t)
    write_wav(tmp_path / "a.wav", np.stack([left, left], axis=1), 44100, 2)
    # Four seconds of it are a whole number of waves: where it begins again, none is broken.
    url = f"file:{tmp_path}/a.wav?loop=1"
    microphone = FileMicrophone(url, time.monotonic_ns() - 3_800_000_000)
    first = microphone.index
    pcm = np.frombuffer(b"".join(microphone.read() for _ in range(20)), "<i2")
    at = np.arange(first, first + len(pcm))
    assert at[0] < 64_000 < at[-1]
    wrong = np.abs(pcm - 9000 * np.sin(2 * np.pi * 440 * at / 16000))
    assert wrong[np.abs(at - 64_000) > 200].max() < 60, "beside the ends, which the filter blurs"
    microphone.close()


def test_a_file_that_was_taken_away_is_a_lost_device(tmp_path):
    with pytest.raises(OSError, match="No such"):
        FileMicrophone(f"file:{tmp_path}/no.wav", 0)
    (tmp_path / "a.wav").write_bytes(b"x")
    with pytest.raises(OSError, match="WAV"):
        FileMicrophone(f"file:{tmp_path}/a.wav", 0)


def play(speaker, value, periods):
    for _ in range(periods):
        speaker.wait()
        speaker.write(np.full(480, value, "<i2").tobytes())


def test_a_recording_is_whole_at_any_time_and_goes_on_by_the_clock(tmp_path):
    path, epoch = tmp_path / "out.wav", time.monotonic_ns()
    first = FileSpeaker(f"file:{path}", epoch)
    play(first, 7, 3)
    with wave.open(str(path)) as file:  # as if it had been killed here
        assert file.getnframes() >= 3 * 480
    time.sleep(0.1)
    second = FileSpeaker(f"file:{path}", epoch)
    play(second, 9, 2)
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(100000), "<i2")
    assert len(sound) == pytest.approx((time.monotonic_ns() - epoch) * 24e-6, abs=960)
    assert (sound == 7).sum() == 3 * 480
    assert (sound == 9).sum() == 2 * 480
    gap = np.flatnonzero(sound == 9).min() - np.flatnonzero(sound == 7).max() - 1
    assert gap >= 4 * 480
    assert gap % 480 == 0
    third = FileSpeaker(f"file:{path}", epoch + 1)  # of another kiosk
    third.close()
    with wave.open(str(path)) as file:
        assert file.getnframes() == 0


def test_nobody_hears_at_the_pace_of_a_card():
    speaker, before = NullSpeaker(), time.monotonic()
    play(speaker, 1, 11)
    assert 0.19 < time.monotonic() - before < 0.5
