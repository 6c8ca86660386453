"""The loop's thread of a kiosk: its parts are made of the settings, and meet here.

What happens (a period of sound, an edge of the button, a message, the clock) is gathered, goes into
`Core.step`, and what comes out of it is carried out. Nothing is decided here.
"""

import asyncio
import contextlib
import logging
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.audio import memory
from kiosk.audio.supervisor import SoundSupervisor
from kiosk.controls.socket import ControlSocket
from kiosk.core.inputs import Input, Pressed, Released, Stopping
from kiosk.core.overlays import Mistake
from kiosk.core.scene import Scene, State
from kiosk.core.snapshot import VisitSnapshot
from kiosk.core.step import Outputs
from kiosk.live.credentials import Credentials
from kiosk.live.dialer import Dialer
from kiosk.reply.router import ReplyRouter
from kiosk.runtime.briefing import HEAD_START_S, Briefing
from kiosk.runtime.camera_watch import CameraWatch
from kiosk.runtime.daemon_threads import DaemonThreads
from kiosk.runtime.drawing_thread import DrawingThread
from kiosk.runtime.ledger_file import LedgerFile
from kiosk.runtime.make_core import make_core
from kiosk.runtime.make_tools import KioskTools
from kiosk.runtime.snapshot_file import SnapshotFile
from kiosk.runtime.step_inputs import StepInputs
from kiosk.runtime.transcripts import Transcripts
from kiosk.runtime.wall_clock import describe
from kiosk.service.notify import Notifier
from kiosk.service.system_view import SystemView
from kiosk.settings.paths import state_dir
from kiosk.settings.types import Settings

if TYPE_CHECKING:
    from kiosk.avatar.cloud.avatarim.service import AvatarImService
    from kiosk.avatar.interface import Avatar
    from kiosk.controls.button import ButtonSource
    from kiosk.controls.lamp import Lamp

log = logging.getLogger("kiosk")

STEP_INTERVAL_S = 0.15
"""While speech is sent a step is run so often, at a period; at rest each wake runs one."""
MAX_RESTORES = 3
"""A visit whose restoring ends one daemon after the other is at fault itself."""
TIMER_RESOLUTION_S = 0.001
"""epoll counts in milliseconds, and asyncio rounds up to them."""
DRAIN_TIMEOUT_S = 0.5
"""For the open turn's end to reach the wire when the daemon stops."""


class Kiosk:
    """One running kiosk. Everything belongs to the loop's thread, but for what is marked."""

    def __init__(
        self,
        settings: Settings,
        runtime_dir: Path,
        state: Path | None = None,
        mistake: Mistake | None = None,
    ) -> None:
        self.settings = settings
        self.runtime_dir = runtime_dir
        self.mistake = mistake
        """What is wrong with the settings that were asked for, where these are others."""
        self.scene = Scene()
        """Written by the loop's thread alone; the drawing thread reads the reference once a
        frame."""
        self.stop = threading.Event()
        self.fault: BaseException | None = None
        """A fault of ours that ends the daemon; the first one stays."""
        self.started_s = time.monotonic()
        self.sound = SoundSupervisor(
            settings.audio,
            settings.button,
            settings.live.give_up_s,
            runtime_dir,
            on_period=self._on_period,
            on_change=self.run_step,
        )
        self.core = make_core(settings, mistake)
        folder = state or state_dir()
        self.router = ReplyRouter(settings.avatar, self.sound, folder, self.run_step)
        self.transport = self._make_transport()
        self.drawing = DrawingThread(self)
        self.notifier = Notifier()
        self.button: ButtonSource | None = None
        self.lamp: Lamp | None = None
        self.briefing = Briefing(settings, folder)
        self._inputs = StepInputs(
            self.sound,
            self.router.output,
            self.router.counted,
            self.briefing,
            settings.hours.timezone,
        )
        self._tools = KioskTools(settings, self.briefing, runtime_dir, self.post)
        self._camera = CameraWatch(settings.camera, self.post)
        self._lamp_state: State | None = None
        self._ledger_file = LedgerFile(folder)
        self._transcripts = Transcripts(settings.privacy)
        self._snapshot_file = SnapshotFile(runtime_dir)
        self._begun = False
        """Rings and snapshot are there."""
        self._pressed = False
        """What the button last told."""
        self._due_s: float | None = None
        """For when a timer is set."""
        self._step_s = 0.0
        """When the last step was run."""
        self._streams: bool | None = None
        """Each period of the microphone matters at once; None until the sound process was told."""

    # --- from other threads ------------------------------------------------------------------

    def on_edge(self, pressed: bool, at_s: float) -> None:
        """A button edge, from any thread; `at_s` is the monotonic time of the edge."""
        with contextlib.suppress(RuntimeError):  # The loop has ended, and with it the visit.
            self._loop.call_soon_threadsafe(self.edge, pressed, at_s)

    def level(self) -> float:
        """See `Senses`."""
        return self.sound.mic.level

    def playhead(self) -> int:
        """See `Senses`."""
        return self.router.output.playhead

    def reply(self, start: int, end: int) -> bytes:
        """See `Senses`."""
        return self.router.output.read_reply(start, end)

    def cast(self, face: "Avatar") -> "Avatar":
        """Who stands on the stage; asked by the drawing thread."""
        return self.router.cast(face)

    # --- the loop's thread -------------------------------------------------------------------

    async def main(
        self, socket: ControlSocket, watch: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """Run until `stop` is set.

        Args:
            socket: is served meanwhile.
            watch: looks on meanwhile; see `kiosk.service.heartbeat`.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(DaemonThreads())
        memory.give_back_large_blocks()
        briefed = asyncio.create_task(self.briefing.read())
        await self.sound.start()
        await asyncio.wait([briefed], timeout=HEAD_START_S)
        restored = self._begin()
        serves = self.mistake is None or self.mistake.serves
        transport = asyncio.create_task(self.transport.run() if serves else asyncio.sleep(inf))
        self.run_step()
        stopping = asyncio.create_task(asyncio.to_thread(self.stop.wait))
        tasks = [asyncio.create_task(one) for one in (watch(), self.briefing.follow())]
        if self.router.cloud_sessions is not None:
            tasks.append(asyncio.create_task(self.router.cloud_sessions.run()))
        self._loop.set_exception_handler(self._die)
        try:
            await socket.start()
            await self._open_controls()
            await self._tools.open()
            if restored and self._may_have_been_left():
                self.edge(False, time.monotonic())
            await asyncio.wait([stopping, transport, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop.set()
            self.notifier.stopping()
            await self._close([transport, *tasks], socket)
            await stopping

    def _begin(self) -> bool:
        """The rings are there: begin the core. Returns whether it goes on with a dead daemon's
        visit.
        """
        now_s = time.monotonic()
        reply = self.router.output.begin(now_s)
        snapshot = self._read_snapshot()
        epoch_ns = self.sound.mic.epoch_ns
        account = self._ledger_file.read()
        microphone, house = self._inputs.microphone(), self._inputs.house(now_s)
        self.core.start(now_s, microphone, reply, epoch_ns, snapshot, account, house)
        self.drawing.rings_known.set()
        self._begun = True
        return snapshot is not None

    def _read_snapshot(self) -> VisitSnapshot | None:
        """The visit of a daemon that died; None where there is none to go on with."""
        snapshot = self._snapshot_file.read(self.sound.mic.epoch_ns)
        if snapshot is None:
            return None
        if snapshot.restores >= MAX_RESTORES:
            log.error(
                "forgetting the visit: the kiosk crashed %d times during it", snapshot.restores
            )
            self._snapshot_file.write(None)
            return None
        log.warning("continuing the visit that a crash interrupted")
        return snapshot

    async def _close(self, tasks: list[asyncio.Task[None]], socket: ControlSocket) -> None:
        """End in order; after a fault of ours the visit is left to the next start."""
        ended = [task.exception() for task in tasks if task.done() and not task.cancelled()]
        fault = self.fault or next((error for error in ended if error is not None), None)
        if fault is None:
            self.run_step(Stopping())
            await self.transport.drain(DRAIN_TIMEOUT_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await socket.close()
        await self._tools.close(keep=fault is not None)
        if self.button is not None:
            self.button.close()
        if self.lamp is not None:
            self.lamp.close()
        await self.sound.stop(keep=fault is not None)
        self._ledger_file.close(self.core.last_account())
        self._transcripts.close()
        if fault is not None:
            raise fault
        self._snapshot_file.write(None)

    def _may_have_been_left(self) -> bool:
        """Whether the button of a dead daemon's turn may be up by now, and would not say so."""
        return self.settings.button.source in ("gpio", "keyboard") and not self._pressed

    def _die(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A fault of ours in a callback: end at once, rather than live on half dead.

        The service manager starts the daemon again, and it goes on where this one was. A library
        that complains of a broken line is only logged: websockets does when a proxy hangs up.
        """
        loop.default_exception_handler(context)
        error = context.get("exception")
        if error is not None and _is_ours(error):
            self.fault = error
            self.stop.set()

    async def _open_controls(self) -> None:
        """Open what a person touches; what is missing is told, and the rest works."""
        from kiosk.controls.lamp import open_lamp
        from kiosk.controls.sources import open_button

        self.button = open_button(self.settings.button, self._microphone_time)
        if self.button is not None:
            # Loading gpiozero takes as long as a fifth of a second: not in the loop.
            await asyncio.to_thread(self.button.start, self.on_edge)
        self.lamp = open_lamp(self.settings.lamp)

    def _make_transport(self) -> "Dialer | AvatarImService":
        """Who carries the conversation to whoever answers it."""
        if (instead := self.router.dialogue) is not None:
            instead.join(self.core, self._read_microphone, self.post)
            return instead
        credentials = Credentials(self.settings.live)
        return Dialer(self.core, credentials, self._read_microphone, self.post)

    # --- what happens ------------------------------------------------------------------------

    def edge(self, pressed: bool, at_s: float) -> None:
        """A button edge, at a monotonic time."""
        self._pressed = pressed
        sample = self.sound.mic.sample_at(at_s)
        self.run_step(Pressed(at_s, sample) if pressed else Released(at_s, sample))

    def _run_step_at(self, due_s: float) -> None:
        """The last of the way to `due_s` is slept: it is less than the timer's resolution."""
        time.sleep(max(0.0, due_s - time.monotonic()))
        self.run_step()

    def post(self, happened: Input) -> None:
        """Something has happened. One step is run for all that is told in this turn of the loop."""
        if self._inputs.post(happened):
            self._loop.call_soon(self.run_step)

    def _on_period(self) -> None:
        """The microphone went on: what is said goes out at once, and decisions wait for a tick."""
        step_is_due = (
            not self._streams
            or time.monotonic() - self._step_s >= STEP_INTERVAL_S
            or self.core.recorded(self._inputs.microphone())
        )
        if step_is_due:
            self.run_step()
        else:
            self.transport.wake()

    # --- the step ----------------------------------------------------------------------------

    def run_step(self, *now_happened: Input) -> None:
        """Run a step of the core, and carry out what comes of it.

        Args:
            now_happened: what happens now, after all that was posted.
        """
        if not self._begun:
            return  # It does not know yet what a dead daemon still needs of the ring.
        now_s = self._step_s = time.monotonic()
        cause = self.button.cause if self.button is not None else ""
        inputs = self._inputs.take(now_s, cause)
        self._carry_out(self.core.step(now_s, [*inputs, *now_happened]))

    def _carry_out(self, outputs: Outputs) -> None:
        self.router.obey(outputs)
        self.sound.keep_from(outputs.keep_from)
        if self._streams is not outputs.wake_every_period:
            self._streams = self.sound.wake_every_period = outputs.wake_every_period
        self.transport.obey(outputs)
        if self.transport.setups_sent:
            self.drawing.dialled.set()
        self._ledger_file.keep(outputs.account, outputs.limit_cause)
        self._transcripts.keep(outputs.turn_words, self._step_s)
        if outputs.snapshot_due:
            self._store(outputs.snapshot)
        # Only now: a daemon that goes on after a crash must know that the question led to a call.
        self._tools.obey(outputs)
        self._camera.obey(outputs)
        if (due_s := outputs.wake_at_s) is not None and due_s != self._due_s:
            # The loop's clock is the monotonic clock, but its timers come up to so much late.
            self._loop.call_at(due_s - TIMER_RESOLUTION_S, self._run_step_at, due_s)
        self._due_s = outputs.wake_at_s
        scene = outputs.scene
        if scene != self.scene:  # The stage draws at once whatever is another one.
            self.scene = scene
        if self.lamp is not None and scene.state is not self._lamp_state:
            self._lamp_state = scene.state
            self.lamp.show(scene.state)

    def _store(self, snapshot: VisitSnapshot | None) -> None:
        """Keep the snapshot for the next daemon up to date."""
        try:
            self._snapshot_file.write(snapshot)
        except OSError as error:
            log.warning("cannot store the state of the visit, a crash would lose it: %s", error)

    def _read_microphone(self, start: int, end: int) -> bytes:
        return self.sound.mic.read(start, end)

    def _microphone_time(self, at_s: float) -> float | None:
        first_s = self.sound.mic.first_sample_monotonic_s
        return None if first_s is None else first_s + at_s

    # --- what is told of it ------------------------------------------------------------------

    def view(self) -> SystemView:
        """The kiosk as it is now."""
        sound, button, lamp, settings = self.sound, self.button, self.lamp, self.settings
        return SystemView(
            now_s=time.monotonic(),
            started_s=self.started_s,
            clock=describe(),
            mistake=self.mistake,
            scene=self.scene,
            core=self.core.view(),
            devices=sound.status,
            microphone=sound.mic,
            reply=sound.reply,
            bad_frames=self.transport.bad_frames,
            button_source=settings.button.source,
            button_trouble=button.trouble if button is not None else "",
            lamp_driver=settings.lamp.driver,
            lamp_trouble=lamp.trouble if lamp is not None else "",
            avatar=self.router.status(),
            avatar_trouble=self.router.trouble,
            pack=settings.avatar.pack,
            screen=self.drawing.view(),
            knowledge=self.briefing.status(),
            ticks={"loop": sound.ticks},
        )


def _is_ours(error: BaseException) -> bool:
    """Whether any code of this package took part in it."""
    return any(
        frame.f_globals.get("__name__", "").partition(".")[0] == "kiosk"
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )
