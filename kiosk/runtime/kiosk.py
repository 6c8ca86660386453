"""The loop's thread of a kiosk: its parts are made of the settings, and meet here.

What has gone on (a period of sound, an edge of the button, a message, the clock) is told to the
conversation, and what that wants is carried out. Nothing is decided here.
"""

import asyncio
import contextlib
import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.audio import memory, wav
from kiosk.audio.supervisor import Sound
from kiosk.controls.socket import ControlSocket
from kiosk.core.conversation import Conversation
from kiosk.core.overlays import Mistake
from kiosk.core.reply_sound import Resampler
from kiosk.core.scene import Scene, State
from kiosk.core.session import Session
from kiosk.core.snapshot import SnapshotClock
from kiosk.display import content
from kiosk.live.credentials import Credentials
from kiosk.live.dialer import Dialer
from kiosk.reply.router import Performer
from kiosk.runtime.daemon_threads import DaemonThreads
from kiosk.runtime.snapshot_file import SnapshotFile
from kiosk.runtime.turn_count import TurnCount
from kiosk.runtime.wall_clock import WallClock
from kiosk.service.notify import Notifier
from kiosk.settings import packaged
from kiosk.settings.paths import state_dir
from kiosk.settings.types import Settings

if TYPE_CHECKING:
    import pygame

    from kiosk.avatar.cloud.avatarim.service import AvatarImService
    from kiosk.avatar.face.face import Face
    from kiosk.controls.button import ButtonSource
    from kiosk.controls.lamp import Lamp
    from kiosk.window.stage import Stage

log = logging.getLogger("kiosk")

TURNS_TODAY = "turns-today.json"
"""How many questions were asked today, in the state directory."""
TICK_S = 0.1
"""How often the conversation advances where no sound wakes it."""
MAX_RESTORES = 3
"""A visit whose restoring ends one daemon after the other is at fault itself."""
GRAIN_S = 0.001
"""epoll counts in milliseconds, and asyncio rounds up to them."""
FAREWELL_S = 0.5
"""For the open turn's end to reach the wire when the daemon stops."""


class Kiosk:
    """One running kiosk. Everything but `scene`, `senses` and `on_edge` belongs to the loop's
    thread.
    """

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
        self.stage: Stage | None = None
        self.tap: Callable[[pygame.Surface, float], None] | None = None
        """Looks on at each drawn frame, on the drawing thread; see `Stage.tap`."""
        self.screen_trouble = ""
        """Why there is no screen, where one was asked for."""
        self.face: Face | None = None
        """Our own face, once there is a screen for it."""
        self.demo = False
        """Whether a person tries it out, who may close the window although it takes the screen."""
        self.stop = threading.Event()
        self.fault: BaseException | None = None
        """A fault of ours that ends the daemon."""
        self.dialled = threading.Event()
        """The first setup is on the wire, or was tried."""
        self.rings_known = threading.Event()
        """The rings are there for the screen to look at, or never will be."""
        self.screen_known = threading.Event()
        """There is a screen, or it is known that there is none."""
        self.started_s = time.monotonic()
        self.sound = Sound(
            settings.audio,
            settings.button,
            settings.live.give_up_s,
            runtime_dir,
            on_period=self.pump,
            on_change=self._on_device,
        )
        self.session = Session(settings.live, random.random, resampler=_resampler)
        hint = {"keyboard": "space", "none": "none"}.get(settings.button.source, "button")
        self.conversation = Conversation(
            settings.button, settings.visit, self.session, hint, apology(settings.live.language)
        )
        self.showing = content.showing(settings.screen, settings.live.language)
        self.showing.mistake = mistake
        self.performer = Performer(settings.avatar, self.sound, state or state_dir(), self.pump)
        self.dialer = self._make_dialer()
        self.notifier = Notifier()
        self.button: ButtonSource | None = None
        self.lamp: Lamp | None = None
        self._lamp_state: State | None = None
        self._turn_count = TurnCount((state or state_dir()) / TURNS_TODAY, self.conversation.budget)
        self._wall_clock = WallClock()
        self._snapshot_file = SnapshotFile(runtime_dir)
        self._memo_clock = SnapshotClock()
        self._begun = False
        """Rings and snapshot are there."""
        self._pressed = False
        """What the button last told."""
        self.ticks = 0

    # --- from other threads ------------------------------------------------------------------

    def on_edge(self, pressed: bool, at_s: float) -> None:
        """A button edge, from any thread; `at_s` is the monotonic time of the edge."""
        with contextlib.suppress(RuntimeError):  # The loop has ended: so has the conversation.
            self._loop.call_soon_threadsafe(self.edge, pressed, at_s)

    def level(self) -> float:
        """See `Senses`."""
        return self.sound.mic.level

    def playhead(self) -> int:
        """See `Senses`."""
        return self.performer.mouth.heard

    def reply(self, start: int, end: int) -> bytes:
        """See `Senses`."""
        return self.performer.mouth.read_reply(start, end)

    # --- the loop's thread -------------------------------------------------------------------

    async def main(
        self, socket: ControlSocket, watch: Callable[["Kiosk"], Coroutine[Any, Any, None]]
    ) -> None:
        """Run until `stop` is set.

        Args:
            socket: is served meanwhile.
            watch: looks on meanwhile; see `kiosk.runtime.heartbeat`.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(DaemonThreads())
        memory.give_back_large_blocks()
        await self.sound.start()
        self.conversation.begin_reply(self.performer.mouth.begin())
        self.rings_known.set()
        recalled = self._recall()
        self._begun = True
        serves = self.mistake is None or self.mistake.serves
        dialling = asyncio.create_task(self.dialer.run() if serves else asyncio.sleep(inf))
        self.session.start(time.monotonic())
        self.dialer.wake()
        stopping = asyncio.create_task(asyncio.to_thread(self.stop.wait))
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(watch(self))]
        if self.performer.cloud_sessions is not None:
            tasks.append(asyncio.create_task(self.performer.cloud_sessions.run()))
        self._loop.set_exception_handler(self._die)
        try:
            await socket.start()
            await self._open_controls()
            if recalled and self._may_have_been_left():
                self.edge(False, time.monotonic())
            await asyncio.wait([stopping, dialling, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop.set()
            self.notifier.stopping()
            await self._close([dialling, *tasks], socket)
            await stopping

    async def _close(self, tasks: list[asyncio.Task[None]], socket: ControlSocket) -> None:
        """End in order; after a fault of ours the visit is left to the next start."""
        ended = [task.exception() for task in tasks if task.done() and not task.cancelled()]
        fault = self.fault or next((error for error in ended if error is not None), None)
        if fault is None:
            self.conversation.stop(time.monotonic())
            await self.dialer.drain(FAREWELL_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await socket.close()
        if self.button is not None:
            self.button.close()
        if self.lamp is not None:
            self.lamp.close()
        await self.sound.stop(keep=fault is not None)
        self._turn_count.close()
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

    def _make_dialer(self) -> "Dialer | AvatarImService":
        """Who carries the conversation to whoever answers it."""
        if (instead := self.performer.visitors_voice) is not None:
            instead.join(self.conversation, self._microphone, self.pump)
            return instead
        credentials = Credentials(self.settings.live)
        return Dialer(self.conversation, credentials, self._microphone, self.pump)

    def _tell_holes(self) -> None:
        """What was not recorded, or is there no more, is not said."""
        microphone = self.sound.mic
        # What is before may go at any moment, and what is about to be written over, too.
        full = microphone.written - microphone.capacity + microphone.RATE
        gone = max(microphone.zeroed, microphone.keep_from, full)
        self.session.outbox.holes = ((0, gone), *microphone.holes)

    def _microphone(self, start: int, end: int) -> bytes:
        return self.sound.mic.read(start, end)

    def _microphone_time(self, at_s: float) -> float | None:
        first_s = self.sound.mic.first_sample_monotonic_s
        return None if first_s is None else first_s + at_s

    def edge(self, pressed: bool, at_s: float) -> None:
        self._pressed = pressed
        sample = self.sound.mic.sample_at(at_s)
        if pressed:
            self._tell_holes()  # An edge that comes late may be older than what is kept.
            self.conversation.press(at_s, sample)
        else:
            self.conversation.release(at_s, sample)
        self.pump()
        if (deadline := self.conversation.next_deadline()) is not None:
            # The loop's clock is the monotonic clock, but its timers come up to a grain late.
            self._loop.call_at(deadline - GRAIN_S, self._pump_at, deadline)

    def _pump_at(self, due_s: float) -> None:
        """The last of the way to `due_s` is slept: it is less than a grain."""
        time.sleep(max(0.0, due_s - time.monotonic()))
        self.pump()

    def pump(self) -> None:
        """Something has gone on: let the conversation see it, and carry out what it says."""
        if not self._begun:
            return  # It does not know yet what a dead daemon still needs of the ring.
        now_s = time.monotonic()
        conversation, sound, performer = self.conversation, self.sound, self.performer
        conversation.button_cause = self.button.cause if self.button is not None else ""
        self._turn_count.tick()
        written = sound.mic.written  # First: the holes before it are there by then.
        if conversation.streaming or self.session.outbox.in_flight:
            self._tell_holes()  # There may be a new one, or the ring may have gone round.
        conversation.advance(now_s, written, performer.tick(now_s))
        performer.obey(conversation)
        sound.keep_from(conversation.keep_from())
        sound.wake_every_period = conversation.streaming
        self.dialer.wake()
        if self.dialer.setups_sent:
            self.dialled.set()
        self._stamp_first_sound()
        self._remember(now_s)
        scene = self.showing.apply(
            conversation.scene(now_s),
            now_s,
            conversation.visit_ends_s,
            self._wall_clock.minute(now_s),
        )
        if scene != self.scene:  # The stage draws at once whatever is another one.
            self.scene = scene
        performer.see(conversation, scene.state)
        if self.lamp is not None and scene.state is not self._lamp_state:
            self._lamp_state = scene.state
            self.lamp.show(scene.state)

    def _remember(self, now_s: float) -> None:
        """Keep the snapshot for the next daemon up to date."""
        conversation = self.conversation
        if not self._memo_clock.due(conversation.changes, conversation.small_changes, now_s):
            return
        try:
            self._snapshot_file.write(conversation.take_snapshot(self.sound.mic.epoch_ns))
        except OSError as error:
            log.warning("cannot store the state of the visit, a crash would lose it: %s", error)

    def _recall(self) -> bool:
        """Go on with the visit of a daemon that died; False where there is none."""
        snapshot = self._snapshot_file.read(self.sound.mic.epoch_ns)
        if snapshot is None:
            return False
        if snapshot.restores >= MAX_RESTORES:
            log.error(
                "forgetting the visit: the kiosk crashed %d times during it", snapshot.restores
            )
            self._snapshot_file.write(None)
            return False
        log.warning("continuing the visit that a crash interrupted")
        # The new sound process has not published yet: it is what was heard of the dead one.
        self.conversation.restore(snapshot, time.monotonic(), self.sound.reply.played)
        self._tell_holes()
        return True

    def _stamp_first_sound(self) -> None:
        turn = self.conversation.turns[-1] if self.conversation.turns else None
        if turn is None or turn.reply_start is None or turn.first_sound_s is not None:
            return
        mouth = self.performer.mouth
        if mouth.heard > turn.reply_start:
            turn.first_sound_s = mouth.time_of(turn.reply_start)

    def _on_device(self) -> None:
        device = self.sound.status
        self._tell_holes()
        self.conversation.microphone_missing = device.microphone.state == "missing"
        self.conversation.microphone_silent = device.microphone.state == "silent"
        self.conversation.speaker_missing = device.speaker.state == "missing"
        self.pump()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.ticks += 1
            self.pump()


def _resampler(rate_hz: int) -> Resampler:
    from kiosk.audio.process.convert import ToReply  # Numpy comes with it, and is seldom needed.

    return ToReply(rate_hz)


def _is_ours(error: BaseException) -> bool:
    """Whether any code of this package took part in it."""
    return any(
        frame.f_globals.get("__name__", "").partition(".")[0] == "kiosk"
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def apology(language: str) -> bytes:
    """What is said when the service does not answer: PCM s16le mono 24 kHz, empty where untold.

    Args:
        language: BCP-47 tag of the conversation.
    """
    recording = packaged.path(f"apology/{language.partition('-')[0].lower()}.wav")
    try:
        return wav.inspect(recording).pcm()
    except FileNotFoundError:
        return b""  # The screen still says it.
