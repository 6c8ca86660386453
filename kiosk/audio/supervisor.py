"""The daemon's side of the sound: watches, kills and restarts the sound process; shares its rings.

Whether it lives is judged by the age of its last period alone: neither PortAudio nor the process
says when a card was pulled. All is called from the event loop's thread and nothing blocks it; numpy
and pyaudio are not imported here.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import resource
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import msgspec

from kiosk.audio import memory
from kiosk.audio.child import Child
from kiosk.audio.process.files import PREFIX, check
from kiosk.audio.rings.ring import DeviceState, MicrophoneRing, Orders, ReplyRing, Ring
from kiosk.audio.sound_status import PartStatus, SoundStatus
from kiosk.errors import UserError
from kiosk.formats import MICROPHONE_HZ, REPLY_HZ, SAMPLE_BYTES
from kiosk.settings.types import AudioSettings, ButtonSettings

R = TypeVar("R", bound=Ring)

log = logging.getLogger("kiosk.audio.sound")  # The name that is in the journals of the field.

_MISSING = {
    "microphone": ("K-MIC: no microphone", "audio.input"),  # As the screen and the README name it.
    "speaker": ("no speaker", "audio.output"),
}
"""What the journal calls a device that cannot be had, and the setting that names it."""

WATCH_S: Final = 0.15
"""Least time between two looks at the devices where periods come; at rest every 160 ms."""
TICK_S: Final = 0.1
"""Between two looks where no period comes: so soon must a missing device be noticed."""
NOTICED_S: Final = 0.3
"""Age of the last period at which a device is said to be missing; 500 ms are promised."""
KILLED_S: Final = 0.5
"""Age of the last period at which the process is killed: a write that hangs never returns."""
PATIENCE_S: Final = 5.0
"""The same while a device opens or settles, which takes a slow one seconds."""
SETTLING_S: Final = 3.0
"""A device just opened may stall once: a sound server's idle sink wakes up only after 2 s."""
STARTING_S: Final = 2.0
"""For so long a device that has given nothing yet is not called missing."""
SILENT_SAMPLES: Final = MICROPHONE_HZ // 2
"""Exact zeros for this long: a microphone that is muted or dead; a live one always has noise."""
MICROPHONE_SPAN_S: Final = 180.0
"""Sound that the ring holds at least: longer where a turn may be."""
REPLY_SPAN_S: Final = 60.0
"""Sound of the reply that the ring holds; what is longer waits here."""
MAX_WAITING_SAMPLES: Final = 300 * REPLY_HZ
"""Samples of reply that wait here for room in the ring: 14 MB, more than any answer has."""
STOP_S: Final = 1.0
"""For the sound process to end by itself; then it is killed."""


def back_off() -> Iterator[float]:
    """Seconds to wait before each restart: none at first, and never so many as to be late."""
    yield 0.0
    delay = 0.1
    while True:
        yield delay
        delay = min(delay * 2, 1.0)


class SoundSupervisor:
    """Microphone and speaker of one kiosk. The event loop's thread alone calls and writes it."""

    mic: MicrophoneRing
    """Set once, by `start`; only then may another thread read it, as the drawing thread does."""
    reply: ReplyRing
    """As `mic`."""

    def __init__(
        self,
        audio: AudioSettings,
        button: ButtonSettings,
        give_up_s: float,
        runtime_dir: Path,
        on_period: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        """Nothing runs before `start`.

        Args:
            audio: names the devices, or files in their place.
            button: bounds how long a turn may be, and so what the ring must hold.
            give_up_s: how long a turn that was not delivered is kept.
            runtime_dir: where the rings are.
            on_period: a period of the microphone or the speaker came, or none comes.
            on_change: the status changed.

        Raises:
            UserError: a `file:` input or output cannot be used.
        """
        check(audio)
        self._audio, self._dir = audio, runtime_dir
        held_s = button.max_hold_s + (button.pre_roll_ms + button.tail_ms) / 1000 + give_up_s
        self._span_s = max(MICROPHONE_SPAN_S, held_s + 10)
        self._on_period, self._on_change = on_period, on_change
        self.status = SoundStatus()
        """Never changed, but replaced by the loop's thread: read it once into a local."""
        self.ticks = 0
        """Turns of the supervisor, for the watchdog's verdict. The loop's thread alone counts."""
        self._lock = self._wake = -1
        self._child: Child | None = None
        self._started_ns = self._ticked_ns = self._woken_ns = 0
        self._delays = back_off()
        self._next: asyncio.TimerHandle | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()
        self._stopping = False
        self._names = {"microphone": audio.input, "speaker": audio.output}
        self._said = {who: PartStatus(device=name) for who, name in self._names.items()}
        self._orders = Orders()
        self._restarts = 0
        self._steady_ns: dict[str, int] = {}
        self._waiting: deque[bytes] = deque()
        self._total = 0

    # -- life --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take the runtime directory, open or recover the rings, start the process."""
        self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self._dir / "sound.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise UserError(
                f"another kiosk is running on {self._dir}. "
                "Stop it, or give this one another --runtime-dir"
            ) from None
        if not memory.is_tmpfs(self._dir):
            log.warning(
                "%s is on a disk, and what visitors say may be written there. Name a directory"
                " in memory (tmpfs), such as one below /run, with --runtime-dir",
                self._dir,
            )
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self.mic = self._obtain(MicrophoneRing, "microphone.ring", self._span_s)
        self.reply = self._obtain(ReplyRing, "reply.ring", REPLY_SPAN_S)
        self._recover()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._wake, self._woken)
        self._spawn()
        self._ticked_ns = time.monotonic_ns()
        self._next = loop.call_later(TICK_S, self._not_woken)

    def _obtain(self, kind: type[R], name: str, span_s: float) -> R:
        ring, reason = kind.obtain(self._dir / name, span_s, memory.punch)
        if reason:
            log.warning("The sound ring of an earlier start is replaced: %s", reason)
        return ring

    def _recover(self) -> None:
        """Clear what a kiosk that crashed left behind, but for what it still needed."""
        self.mic.claim(STOP_S)
        self.mic.keep_only(self.mic.keep_from)
        self.reply.keep_only(self.reply.written)
        for ring in (self.mic, self.reply):
            ring.beat(DeviceState.STARTING, 0)
        self.mic.release()
        self.mic.wake_every_period = True
        self.discard()

    async def stop(self, keep: bool = False) -> None:
        """End the process within a second, and wipe the rings unless the next start wants them."""
        self._stopping = True
        for timer in (self._next, self._restart):
            if timer:
                timer.cancel()
        if self._child is not None:
            self._child.finish()
            try:
                await asyncio.wait_for(self._gone.wait(), STOP_S)
            except TimeoutError:
                log.warning("The sound process did not end within %g s, killing it", STOP_S)
                self._child.kill()
                await self._gone.wait()
        if self._wake < 0:
            return
        asyncio.get_running_loop().remove_reader(self._wake)
        os.close(self._wake)
        self.mic.keep_only(self.mic.keep_from if keep else self.mic.written)
        self.reply.keep_only(self.reply.written)
        if not keep:
            # The mappings stay: the screen may look at them until it is closed.
            self.mic.path.unlink(missing_ok=True)
            self.reply.path.unlink(missing_ok=True)
        os.close(self._lock)
        self._wake = -1

    # -- the reply ---------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether there is reply that was not handed to the device, and it is not held."""
        return self._total > self.reply.played and not self._orders.held

    def keep_from(self, sample: int) -> None:
        """Say which microphone sample is the oldest still needed; all before is zeroed in 80 ms."""
        self.mic.keep_from = sample

    def play(self, pcm: bytes) -> int:
        """Say `pcm` (24 kHz mono s16le) after what is there; the index of its first sample."""
        index, samples = self._total, len(pcm) // SAMPLE_BYTES
        if self._total + samples - self.reply.written > MAX_WAITING_SAMPLES:
            log.error("The reply is too long: %.1f s of it are dropped", samples / REPLY_HZ)
            return index
        self._waiting.append(pcm[: samples * SAMPLE_BYTES])
        self._total += samples
        self._pour()
        return index

    def end_of_reply(self) -> None:
        """Nothing more comes: what is there is played out, and running dry is no underrun."""
        self._order(end=self._total)

    @property
    def wake_every_period(self) -> bool:
        """Whether `on_period` comes every 20 ms, as an open turn needs, or every 160 ms."""
        return self.mic.wake_every_period

    @wake_every_period.setter
    def wake_every_period(self, wish: bool) -> None:
        self.mic.wake_every_period = wish

    def hold(self) -> None:
        """Fade, and stand still."""
        self._order(held=1)

    def resume(self) -> None:
        """Go on where it faded."""
        self._order(held=0)

    def discard(self) -> None:
        """Drop everything that was given so far, also while held; what comes next is played."""
        self._waiting.clear()
        self._total = written = self.reply.written
        self._order(discard_before=written, held=0, end=written)

    def _order(self, **change: int) -> None:
        self._orders = self.reply.orders._replace(**change)
        self.reply.order(self._orders)

    def _pour(self) -> None:
        """Move what waits into the ring, as far as there is room."""
        while self._waiting and (room := self.reply.room * SAMPLE_BYTES):
            pcm = self._waiting.popleft()
            self.reply.append(pcm[:room])
            if len(pcm) > room:
                self._waiting.appendleft(pcm[room:])

    # -- the process

    def _spawn(self) -> None:
        self._restart = None
        job = {
            "runtime_dir": str(self._dir),
            "input": self._audio.input,
            "output": self._audio.output,
            "volume": self._audio.volume,
        }
        self._child = Child(job, self._wake, self._report, self._ended)
        self._started_ns = self._child.started_ns
        self._steady_ns = dict.fromkeys(self._said, self._started_ns + round(PATIENCE_S * 1e9))
        self._refresh()

    def _ended(self, status: int) -> None:
        """The process is gone: start the next one."""
        self._child = None
        if self._stopping:
            self._gone.set()
            return
        if time.monotonic_ns() - self._started_ns > PATIENCE_S * 1e9:
            self._delays = back_off()
        delay = next(self._delays)
        log.warning("The sound process ended (%d); the next one starts in %.1f s", status, delay)
        self._restarts += 1
        self._restart = asyncio.get_running_loop().call_later(delay, self._spawn)
        self._refresh()

    def _report(self, said: dict[str, Any]) -> None:
        """A line of the process: what it opened, or why it could not."""
        who = said.pop("who")
        if "lost" in said:
            what, key = _MISSING[who]
            log.warning("%s: %s. Plug it in, or change %s; retrying", what, said["lost"], key)
            self._said[who] = PartStatus(device=self._names[who], detail=said["lost"])
        else:
            self._said[who] = part = PartStatus(**said)
            name = self._names[who]
            settling_s = 0.0 if name == "null" or name.startswith(PREFIX) else SETTLING_S
            self._steady_ns[who] = time.monotonic_ns() + round(settling_s * 1e9)
            log.info("The %s is %s, %d Hz", who, part.device, part.rate_hz)
        self._refresh()

    def _woken(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        if self._waiting:
            self._pour()
        self._woken_ns = now_ns = time.monotonic_ns()
        if now_ns - self._ticked_ns > WATCH_S * 1e9:
            self._watch(now_ns)
        self._on_period()

    def _not_woken(self) -> None:
        """No period came: policy that moves with time goes on without sound."""
        self._watch(time.monotonic_ns())
        self._on_period()

    # -- watching ----------------------------------------------------------------------------------

    def _watch(self, now_ns: int) -> None:
        """Look at the devices; and again later, where no wake comes before."""
        if self._next is not None:
            self._next.cancel()
        comes = now_ns - self._woken_ns < (WATCH_S + TICK_S) * 1e9
        next_s = WATCH_S + TICK_S if comes else TICK_S
        self._next = asyncio.get_running_loop().call_later(next_s, self._not_woken)
        self.ticks += 1
        # We were stopped ourselves, and so perhaps was it.
        late = now_ns - self._ticked_ns > NOTICED_S * 1e9
        self._ticked_ns = now_ns
        if late:
            return
        if self._child is None:
            self.mic.wipe(self.mic.keep_from)
        else:
            for who, ring in (("microphone", self.mic), ("speaker", self.reply)):
                steady = ring.state is DeviceState.OK and now_ns > self._steady_ns[who]
                if self._age_s(ring, now_ns) > (KILLED_S if steady else PATIENCE_S):
                    log.warning("The %s stands still, restarting the sound process", who)
                    self._child.kill()
                    break
        self._refresh()

    def _age_s(self, ring: Ring, now_ns: int) -> float:
        return (now_ns - max(ring.beat_ns, self._started_ns)) / 1e9

    def _refresh(self) -> None:
        """Work out the status, and tell if it changed."""
        now_ns = time.monotonic_ns()
        before = self.status
        microphone = self._part("microphone", self.mic, before.microphone, now_ns)
        since = self.mic.silent_since
        if (
            microphone.state == "ok"
            and since is not None
            and self.mic.written - since >= SILENT_SAMPLES
        ):
            microphone = msgspec.structs.replace(microphone, state="silent")
        self.status = SoundStatus(
            microphone=microphone,
            speaker=self._part("speaker", self.reply, before.speaker, now_ns),
            worker_pid=self._child.pid if self._child else None,
            restarts=self._restarts,
            underruns=self.reply.underruns,
        )
        if self.status != before:
            self._on_change()

    def _part(self, who: str, ring: Ring, before: PartStatus, now_ns: int) -> PartStatus:
        said = self._said[who]
        state: Literal["starting", "ok", "missing"]
        if (
            ring.state is DeviceState.OK
            and now_ns - ring.beat_ns < NOTICED_S * 1e9
            and not said.detail
        ):
            state = "ok"
        elif (
            before.state == "starting"
            and not said.detail
            and self._age_s(ring, now_ns) < STARTING_S
        ):
            state = "starting"
        else:
            state = "missing"
        detail = (
            "the device stands still" if state == "missing" and not said.detail else said.detail
        )
        return msgspec.structs.replace(said, state=state, detail=detail)
