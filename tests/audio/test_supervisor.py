import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from kiosk.audio import supervisor
from kiosk.audio.pcm import FADE_SAMPLES
from kiosk.audio.rings.mapped import HEADER
from kiosk.audio.rings.ring import MicrophoneRing
from kiosk.audio.supervisor import SoundSupervisor, back_off
from kiosk.errors import UserError
from kiosk.formats import REPLY_PERIOD_SAMPLES
from kiosk.settings.types import AudioSettings
from tests.support.sounding import BUTTON, KEPT_S, sounding, until

# Every sample says where in the file it belongs, and none is zero.
SPEECH = (np.arange(4 * 16000) % 30011 + 1).astype("<i2")


@pytest.fixture
def speech(tmp_path):
    path = tmp_path / "speech.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(SPEECH.tobytes())
    return f"file:{path}?loop=1"


@pytest.fixture
def directory():
    """A runtime directory in memory, as a kiosk's is."""
    path = Path("/dev/shm") / f"kiosk-test-{os.getpid()}"
    path.mkdir()
    yield path
    for file in path.iterdir():
        file.unlink()
    path.rmdir()


def heard(start, end):
    return SPEECH[np.arange(start, end) % len(SPEECH)]


def kept(ring, start, end):
    """What the ring must have of it: a stall of this machine is a hole, which it records."""
    samples = heard(start, end).copy()
    for first, last in ring.holes:
        samples[max(first - start, 0) : max(last - start, 0)] = 0
    return samples


def held(path):
    """Indexes in the ring's payload of all samples in the file that are not zero."""
    return np.flatnonzero(np.frombuffer(path.read_bytes()[HEADER:], "<i2"))


def tone(n, at=0):
    wave = 8000 * np.sin(2 * np.pi * 440 / 24000 * np.arange(at, at + n))
    return wave.astype("<i2").tobytes()


def recorded(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(1 << 24), "<i2")


def alive(pid):
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_a_killed_worker_is_replaced_and_shifts_nothing(directory, speech):
    async with sounding(directory, speech, keep_all=True) as sound:
        await until(lambda: sound.mic.written > 8000)
        first = sound.mic.first_sample_monotonic_s
        for restarts in (1, 2):
            written = sound.mic.written
            os.kill(sound.status.worker_pid, signal.SIGKILL)
            await until(lambda n=restarts: sound.status.restarts == n)
            await until(lambda w=written: sound.mic.written > w + 4000)
            await asyncio.sleep(0.1)
        assert len(sound.mic.holes) >= 2  # A stall of this machine is another.
        assert sound.mic.first_sample_monotonic_s == pytest.approx(first, abs=1e-6)
        written = sound.mic.written
        assert abs(sound.mic.sample_at(time.monotonic()) - written) < 3200
        expected = heard(0, written).copy()
        began = next(i for i in range(0, written, 320) if any(sound.mic.read(i, i + 320)))
        expected[:began] = 0
        for start, end in sound.mic.holes:
            assert 0 < end - start < 4 * 16000  # A busy machine starts a worker late.
            expected[start:end] = 0
        assert sound.mic.read(0, written) == expected.tobytes()


async def test_a_worker_that_stands_still_is_noticed_and_killed(directory, speech):
    async with sounding(directory, speech) as sound:
        await until(lambda: sound.status.microphone.state == "ok")
        pid = sound.status.worker_pid
        os.kill(pid, signal.SIGSTOP)
        assert await until(lambda: sound.status.microphone.state == "missing") < 0.6
        assert await until(lambda: sound.status.worker_pid not in {pid, None}) < 1
        await until(lambda: sound.status.microphone.state == "ok")
        assert sound.status.speaker.state == "ok"
        assert not alive(pid)


async def test_a_second_kiosk_is_refused(directory, speech):
    async with sounding(directory, speech) as first:
        await until(lambda: first.mic.written > 0)
        with pytest.raises(UserError, match="another kiosk is running"):
            async with sounding(directory, speech):
                pass
        written = first.mic.written
        await until(lambda: first.mic.written > written)
    async with sounding(directory, speech) as second:
        await until(lambda: second.mic.written > 0)


async def test_ends_within_a_second_and_leaves_nothing(directory, speech):
    async with sounding(directory, speech, keep_all=True) as sound:
        await until(lambda: sound.mic.written > 3200)
        pid, began = sound.status.worker_pid, time.monotonic()
    assert time.monotonic() - began < 1
    assert not alive(pid)
    assert [file.name for file in directory.iterdir()] == ["sound.lock"]


async def test_a_worker_that_does_not_end_is_killed(directory, speech):
    async with sounding(directory, speech) as sound:
        await until(lambda: sound.mic.written > 0)
        pid = sound.status.worker_pid
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        await sound.stop()
        assert time.monotonic() - began < 1.5
        assert not alive(pid)


@pytest.mark.parametrize("source", ["file:/none.wav", "file:", "file:/etc/hostname"])
async def test_a_file_that_cannot_be_heard_is_refused_at_once(directory, source):
    with pytest.raises(UserError, match=r"audio\.input"):
        async with sounding(directory, source):
            pass


async def test_outside_a_turn_the_file_holds_nothing_old(directory, speech):
    most = (KEPT_S + 0.2) * 16000
    async with sounding(directory, speech) as sound:
        path, ring = sound.mic.path, sound.mic
        await until(lambda: ring.written > 16000)
        for _ in range(15):
            await asyncio.sleep(0.05)
            newest = ring.written
            old = held(path)
            assert 0 < len(old) < most
            assert old.min() > newest - most


async def test_a_turn_is_kept_whole_and_zeroed_when_it_is_settled(directory, speech):
    async with sounding(directory, speech, keep_all=True) as sound:
        await until(lambda: sound.mic.written > 16000)
        start = sound.mic.written - 4800
        sound.keep_from(start)
        await asyncio.sleep(1.0)
        end = sound.mic.written
        assert sound.mic.read(start, end) == kept(sound.mic, start, end).tobytes()
        assert held(sound.mic.path).min() >= start
        sound.keep_from(end)
        await until(lambda: held(sound.mic.path).min() == end, 0.5)


async def test_without_a_worker_old_speech_is_zeroed_all_the_same(directory, speech, monkeypatch):
    monkeypatch.setattr(supervisor, "back_off", lambda: iter([60.0]))
    async with sounding(directory, speech, keep_all=True) as sound:
        await until(lambda: sound.mic.written > 16000)
        os.kill(sound.status.worker_pid, signal.SIGKILL)
        await until(lambda: sound.status.worker_pid is None)
        sound.keep_from(sound.mic.sample_at(time.monotonic()))
        await until(lambda: not len(held(sound.mic.path)), 0.5)


DAEMON = """
import asyncio, sys
from pathlib import Path
from tests.support.sounding import sounding
async def main():
    async with sounding(Path(sys.argv[1]), sys.argv[2], keep_all=True) as sound:
        while sound.mic.written < 16000:
            await asyncio.sleep(0.01)
        sound.keep_from(8000)
        sound.play(bytes([1, 1]) * 24000)
        await asyncio.sleep(0.3)
        print(sound.status.worker_pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def crashed(directory, speech):
    """Let a daemon crash in mid-sentence; the pid that its worker had."""
    daemon = subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(directory), speech], stdout=subprocess.PIPE, text=True
    )
    assert daemon.stdout
    pid = int(daemon.stdout.readline())
    daemon.kill()
    daemon.wait()
    return pid


async def test_a_sentence_survives_a_crash_of_the_daemon_and_nothing_else_does(directory, speech):
    pid = crashed(directory, speech)
    await until(lambda: not alive(pid))
    before = MicrophoneRing(directory / "microphone.ring").written
    async with sounding(directory, speech, keep_all=True) as sound:
        # On a busy machine the first worker began late, and there is nothing before that.
        began = next(i for i in range(8000, before, 320) if any(sound.mic.read(i, i + 320)))
        assert sound.mic.read(began, before) == kept(sound.mic, began, before).tobytes()
        assert held(sound.mic.path).min() == began
        assert not len(held(sound.reply.path))
        await until(lambda: sound.mic.written > before)
        now = sound.mic.written
        (hole,) = sound.mic.holes
        assert hole[0] == before
        assert sound.mic.read(hole[1], now) == kept(sound.mic, hole[1], now).tobytes()


@pytest.mark.parametrize(("words", "left"), [([], 8000), (["--all"], None)])
def test_the_unit_can_sweep_up_after_a_crash(directory, speech, words, left):
    pid = crashed(directory, speech)
    while alive(pid):
        time.sleep(0.02)
    for name in ("visit.memo", "visit.aside", "visit.new"):
        (directory / name).write_bytes(b"words")
    command = [sys.executable, "-m", "kiosk.audio.sweep", str(directory), *words]
    subprocess.run(command, check=True)
    assert [each.name for each in directory.glob("visit.*")] == ([] if words else ["visit.memo"])
    ring = directory / "microphone.ring"
    assert ring.exists() == (left is not None)
    assert left is None or held(ring).min() >= left  # Later where the machine stalled just there.
    reply = directory / "reply.ring"
    assert not reply.exists() or not len(held(reply))


async def test_sweeps_nothing_while_a_kiosk_lives(directory, speech):
    async with sounding(directory, speech) as sound:
        await until(lambda: sound.mic.written > 0)
        command = [sys.executable, "-m", "kiosk.audio.sweep", str(directory), "--all"]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True)
        assert done.returncode == 1
        assert b"is running" in done.stderr
        assert sound.mic.path.exists()


async def test_a_foreign_ring_is_set_aside(directory, speech):
    (directory / "microphone.ring").write_bytes(b"something else" * 3000)
    async with sounding(directory, speech) as sound:
        await until(lambda: sound.mic.written > 0)
        assert (directory / "microphone.ring.aside").read_bytes().startswith(b"something")


async def test_a_hold_is_silence_within_a_period_and_a_fade(directory, speech, tmp_path):
    out = tmp_path / "out.wav"
    async with sounding(directory, speech, f"file:{out}") as sound:
        await until(lambda: sound.status.speaker.state == "ok")
        sound.play(tone(24000 * 5))
        sound.end_of_reply()
        delays = []
        for _ in range(8):
            await until(lambda: sound.reply.heard > sound.reply.played - 480)
            await asyncio.sleep(0.1 + 0.003 * len(delays))
            pressed = time.monotonic()
            sound.hold()
            assert not sound.playing
            await asyncio.sleep(0.1)
            delays.append(sound.reply.last_sound_s - pressed)
            standing = sound.reply.played
            await asyncio.sleep(0.05)
            assert sound.reply.played == standing == sound.reply.heard
            sound.resume()
        # a period, and what this machine's scheduler adds; the fade is what is handed over last
        assert sorted(delays)[4] < 0.025
        assert max(delays) < 0.06
        await asyncio.sleep(0.1)
        last = sound.play(tone(2400))
        assert last == 120_000
        sound.discard()
        await asyncio.sleep(0.1)
        assert not sound.playing
        assert sound.reply.played == sound.reply.written == 122_400
        assert sound.reply.underruns == 0
    sound_out = recorded(out)
    assert np.abs(np.diff(sound_out.astype(int))).max() < 1000
    loud = np.flatnonzero(sound_out)
    starts = loud[1:][np.diff(loud) > REPLY_PERIOD_SAMPLES // 2]
    ends = loud[:-1][np.diff(loud) > REPLY_PERIOD_SAMPLES // 2]
    assert len(starts) == 8
    assert set((ends + 2) % REPLY_PERIOD_SAMPLES) <= {FADE_SAMPLES, FADE_SAMPLES + 1}


async def test_a_recording_and_its_playhead_survive_a_killed_worker(directory, speech, tmp_path):
    out = tmp_path / "out.wav"
    async with sounding(directory, speech, f"file:{out}") as sound:
        await until(lambda: sound.status.speaker.state == "ok")
        sound.play(tone(24000 * 2))
        sound.end_of_reply()
        await until(lambda: sound.reply.played > 12000)
        os.kill(sound.status.worker_pid, signal.SIGKILL)
        await until(lambda: sound.reply.played == 48000)
        began = sound.reply.epoch_ns / 1e9
    length = len(recorded(out)) / 24000
    assert length == pytest.approx(time.monotonic() - began, abs=0.3)
    assert (recorded(out) != 0).sum() == pytest.approx(48000, abs=1500)


async def test_more_reply_than_the_ring_holds_waits_and_follows(directory, speech):
    async with sounding(directory, speech) as sound:
        minute = bytes(2 * 24000 * 60)
        assert sound.play(minute) == 0
        assert sound.play(minute) == 24000 * 60
        assert sound.reply.written < 24000 * 62
        assert sound.playing
        for _ in range(10):
            sound.play(minute)
        assert sound.play(b"\1\0") < 24000 * 60 * 7  # what no answer has is dropped
        sound.discard()
        assert not sound.playing or await until(lambda: not sound.playing) < 1
        assert sound.play(b"\1\0") == sound.reply.written - 1


async def test_a_microphone_that_gives_only_zeros_is_silent(directory, tmp_path):
    path = tmp_path / "short.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(SPEECH[:16000].tobytes())
    async with sounding(directory, f"file:{path}") as sound:
        await until(lambda: sound.status.microphone.state == "ok")
        assert sound.mic.level > 0.01
        await until(lambda: sound.status.microphone.state == "silent")
        assert 0.4 < (sound.mic.written - 16000) / 16000 < 0.8
        assert sound.mic.level == 0


async def test_a_missing_device_is_told_with_code_cause_and_remedy(directory, caplog):
    async with sounding(directory, "no such card") as sound:
        await until(lambda: sound.status.microphone.state == "missing")
    (told,) = [record.getMessage() for record in caplog.records if "K-MIC" in record.getMessage()]
    assert told.startswith("K-MIC: no microphone: ")
    assert told.endswith(". Plug it in, or change audio.input; retrying")
    assert "[Errno" not in told


async def test_a_daemon_at_rest_is_woken_less_often(directory, speech):
    periods = 0

    def on_period():
        nonlocal periods
        periods += 1

    audio = AudioSettings(input=speech, output="null", volume=1.0)
    sound = SoundSupervisor(audio, BUTTON, 90.0, directory, on_period, lambda: None)
    await sound.start()
    try:
        await until(lambda: sound.status.microphone.state == "ok")
        periods = 0
        await asyncio.sleep(0.6)
        assert 20 < periods <= 32
        sound.wake_every_period = False
        await asyncio.sleep(0.1)
        periods = 0
        await asyncio.sleep(0.6)
        assert 2 < periods <= 5
    finally:
        await sound.stop()


def test_restarts_at_once_and_then_never_late():
    delays = back_off()
    first = [next(delays) for _ in range(12)]
    assert first[0] == 0
    assert max(first) == 1.0
