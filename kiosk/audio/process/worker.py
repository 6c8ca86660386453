"""The sound process: microphone → ring, ring → speaker. The only file that imports pyaudio.

A process of its own, because PortAudio's failures cannot be mended from inside: a write to a card
that was pulled never returns, `is_active()` stays true for ever, and the list of devices is frozen
by the first `Pa_Initialize`, whose references are counted. The daemon watches the age of our last
period and kills us; what we know is in the rings.

Two blocking threads rather than callbacks: measured 1.7 % of a core against 2.5 %, an error comes
as an exception within 30 ms instead of as silence, and the 60 ms of buffer ride over what a
callback does not.

Started as `python -m kiosk.audio.process.worker JOB`; ends with its standard input, or with its
parent. With `--list` in place of the job it prints the devices of this machine.
"""

import contextlib
import json
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from kiosk.audio import memory
from kiosk.audio.pcm import level
from kiosk.audio.process.cards import PortAudio
from kiosk.audio.process.clock import PeriodClock
from kiosk.audio.process.files import (
    PREFIX,
    FileMicrophone,
    FileSpeaker,
    Microphone,
    NullSpeaker,
    SoundOutput,
)
from kiosk.audio.process.player import Player
from kiosk.audio.rings.ring import DeviceState, MicrophoneRing, ReplyRing, Ring
from kiosk.formats import MICROPHONE_PERIOD_SAMPLES, PERIOD_S, REPLY_PERIOD_SAMPLES, SAMPLE_BYTES

RETRY_S: Final = 0.5
"""Seconds between attempts to open a missing device: it is to be back within two."""
WIPE_PERIODS: Final = 2
"""Periods between two times that old speech is zeroed: 40 ms of the 200 ms that are allowed; a
daemon at rest says each 160 ms which it is."""
LAZY_PERIODS: Final = 8
"""Periods between two wakes of a daemon that is not waiting for sound."""
SILENCE: Final = bytes(MICROPHONE_PERIOD_SAMPLES * SAMPLE_BYTES)


class Job(NamedTuple):
    """What the daemon asks for, on the command line as JSON."""

    runtime_dir: str
    input: str
    output: str
    volume: float
    wake_fd: int
    parent: int


def _portaudio() -> Any:
    import pyaudio

    return pyaudio.PyAudio()


class Worker:
    """Two threads, one a direction. Each opens its device, and goes on when the other has none.

    What both see: rings, of which each cursor and state has one writer (`rings/mapped.py`), and
    `PortAudio`, which has a lock.
    """

    def __init__(self, job: Job, microphone: MicrophoneRing, reply: ReplyRing) -> None:
        self._job, self._microphone, self._reply = job, microphone, reply
        self._stop = threading.Event()
        self._devices = PortAudio(_portaudio)
        self._said: dict[str, dict[str, Any]] = {}
        """What was reported last, by direction: each thread reads and writes its own entry only."""

    def run(self) -> None:
        """Until standard input ends."""
        threads = [
            threading.Thread(target=self._capture, name="microphone", daemon=True),
            threading.Thread(target=self._playback, name="speaker", daemon=True),
        ]
        for thread in threads:
            thread.start()
        poll = select.poll()
        poll.register(0, select.POLLIN)
        while not (poll.poll() and os.read(0, 64) == b""):
            pass
        self._stop.set()
        until = time.monotonic() + 0.8
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0))

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # a daemon that was stopped for 2^64 periods
            os.eventfd_write(self._job.wake_fd, 1)

    def _report(self, who: str, **what: Any) -> None:
        """Tell the daemon, in one line of JSON on standard output, what has changed."""
        if self._said.get(who) != what:
            self._said[who] = what
            os.write(1, json.dumps({"who": who, **what}).encode() + b"\n")

    def _opened(self, who: str, device: Microphone | SoundOutput) -> None:
        latency_ms = device.latency_ns / 1e6
        self._report(
            who,
            device=device.device,
            rate_hz=device.rate_hz,
            channels=device.channels,
            latency_ms=latency_ms,
        )

    # -- microphone --------------------------------------------------------------------------------

    def _capture(self) -> None:
        ring = self._microphone
        ring.beat(DeviceState.STARTING, time.monotonic_ns())
        while not self._stop.is_set():
            try:
                microphone = self._open_microphone()
            except OSError as error:
                self._miss("microphone", ring, error)
                self._rest(ring)
                continue
            try:
                self._listen(microphone, ring)
            except OSError as error:
                self._miss("microphone", ring, error)
                ring.publish_level(0)
            finally:
                microphone.close()

    def _open_microphone(self) -> Microphone:
        name = self._job.input
        if name.startswith(PREFIX):
            return FileMicrophone(name, self._microphone.epoch_ns)
        return self._devices.microphone(name)

    def _miss(self, who: str, ring: Ring, error: OSError) -> None:
        # PortAudio's own errors have a number that says nothing to staff.
        words = str(error) if error.filename else error.strerror or str(error)
        self._report(who, lost=words)
        ring.beat(DeviceState.MISSING, time.monotonic_ns())
        self._wake()

    def _rest(self, ring: MicrophoneRing) -> None:
        """Wait for the next attempt. What the daemon no longer needs is wiped all the same."""
        for _ in range(round(RETRY_S / PERIOD_S)):
            ring.wipe(ring.keep_from)
            if self._stop.wait(PERIOD_S):
                return

    def _listen(self, microphone: Microphone, ring: MicrophoneRing) -> None:
        clock = PeriodClock(ring.RATE_HZ)
        count, silent_since = 0, None
        while not self._stop.is_set():
            index = microphone.index
            pcm = microphone.read()
            now_ns = time.monotonic_ns()
            at_ns, lost = clock.period(MICROPHONE_PERIOD_SAMPLES, now_ns)
            if index is not None:
                ring.skip_to(index)
                at_ns = (
                    ring.epoch_ns
                    + (index + MICROPHONE_PERIOD_SAMPLES) * 1_000_000_000 // ring.RATE_HZ
                )
            elif not count:
                ring.skip_to(ring.index_at(at_ns) - MICROPHONE_PERIOD_SAMPLES)
            elif lost:
                ring.skip_to(ring.written + lost)
            if pcm != SILENCE:
                silent_since = None
            elif silent_since is None:
                silent_since = ring.written
            ring.append(pcm)
            ring.publish(ring.written, at_ns, microphone.latency_ns)
            ring.publish_level(level(pcm), silent_since)
            ring.beat(DeviceState.OK, now_ns)
            if not count:
                self._opened("microphone", microphone)
            count += 1
            if count % WIPE_PERIODS == 0:
                ring.wipe(ring.keep_from)
            if count % 50 == 0:
                ring.publish_cpu(time.process_time_ns())
            if ring.wake_every_period or count % LAZY_PERIODS == 0:
                self._wake()

    # -- speaker -----------------------------------------------------------------------------------

    def _playback(self) -> None:
        ring = self._reply
        player = Player(ring, self._job.volume)
        ring.beat(DeviceState.STARTING, time.monotonic_ns())
        while not self._stop.is_set():
            try:
                speaker = self._open_speaker()
            except OSError as error:
                self._miss("speaker", ring, error)
                self._sound(NullSpeaker(), player, DeviceState.MISSING, round(RETRY_S / PERIOD_S))
                continue
            try:
                self._sound(speaker, player, DeviceState.OK)
            except OSError as error:
                self._miss("speaker", ring, error)
            finally:
                speaker.close()

    def _open_speaker(self) -> SoundOutput:
        name = self._job.output
        if name == "null":
            return NullSpeaker()
        if name.startswith(PREFIX):
            return FileSpeaker(name, self._reply.epoch_ns)
        return self._devices.speaker(name)

    def _sound(
        self, speaker: SoundOutput, player: Player, state: DeviceState, periods: int = -1
    ) -> None:
        ring, played, before_ns = self._reply, player.played, 0
        while periods and not self._stop.is_set():
            periods -= 1
            speaker.wait()
            pcm, sound = player.next_period()
            # The sound goes before the silence: when its last sample went is to be known.
            speaker.write(pcm[: sound * SAMPLE_BYTES] if sound else pcm)
            now_ns = time.monotonic_ns()
            if sound:
                if before_ns and now_ns - before_ns > speaker.bridges_ns:
                    ring.count_underrun()
                ring.publish(player.played, now_ns, speaker.latency_ns, player.began)
                ring.publish_sound(now_ns)
                if sound < REPLY_PERIOD_SAMPLES:
                    speaker.write(pcm[sound * SAMPLE_BYTES :])
            elif player.played != played:
                ring.publish(player.played, now_ns, 0, player.played)
            if state is DeviceState.OK and ring.state is not DeviceState.OK:
                self._opened("speaker", speaker)
            ring.beat(state, now_ns)
            if player.played != played:
                played = player.played
                edge = not before_ns or sound < REPLY_PERIOD_SAMPLES
                if edge or self._microphone.state is not DeviceState.OK:
                    self._wake()  # between the edges of a sound, the microphone's wakes will do
            before_ns = now_ns if sound == REPLY_PERIOD_SAMPLES else 0


def _die(args: threading.ExceptHookArgs) -> None:
    """A thread that ends by an error of ours takes the process along: the daemon starts anew."""
    sys.excepthook(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    os._exit(70)


def _silence_libraries() -> None:
    """Give Python a stderr of its own.

    ALSA, JACK and PortAudio write some 80 lines to descriptor 2 whenever a device is looked for.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def main() -> None:
    """Keep the sound going until the daemon is gone; with `--list`, print the devices as JSON."""
    if sys.argv[1:] == ["--list"]:
        _silence_libraries()
        os.write(1, json.dumps(PortAudio(_portaudio).devices()).encode() + b"\n")
        return
    job = Job(**json.loads(sys.argv[1]))
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # those are for the daemon, which then closes our standard input
        signal.signal(number, signal.SIG_IGN)
    memory.die_with_parent(signal.SIGKILL)
    if not memory.parent_is(job.parent):
        sys.exit("the daemon is gone")
    memory.forbid_core_dumps()
    memory.name_process("kiosk-sound")
    threading.excepthook = _die
    with contextlib.suppress(PermissionError):
        os.nice(-10)  # before whoever draws
    _silence_libraries()
    rings = Path(job.runtime_dir)
    microphone = MicrophoneRing(rings / "microphone.ring", memory.punch)
    reply = ReplyRing(rings / "reply.ring", memory.punch)
    microphone.claim(2.0)
    for ring in (microphone, reply):
        memory.lock(ring.mapping)
    Worker(job, microphone, reply).run()
    # No tidy end of the interpreter: a stream that hangs would hold it up, and one left open
    # crash it.
    os._exit(0)


if __name__ == "__main__":
    main()
