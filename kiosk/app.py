"""The composition root: settings in, one running kiosk out. The only room that knows all others.

Threads: the main thread draws, because SDL wants it; one thread runs asyncio and with it everything
that decides; one child process owns the sound. They meet in the rings, in one reference to the
newest `Scene`, and in a button edge handed to the loop.
"""

import asyncio
import contextlib
import logging
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.audio.sound import Sound
from kiosk.config import Loaded
from kiosk.controls.socket import ControlSocket
from kiosk.core.conversation import Conversation
from kiosk.core.scene import Scene, State
from kiosk.core.session import Session
from kiosk.core.turns import Do
from kiosk.errors import ControlError, DeviceError
from kiosk.live.credentials import Credentials
from kiosk.live.dialer import Dialer
from kiosk.paths import SOCKET
from kiosk.service.journal import setup_logging
from kiosk.service.notify import Notifier
from kiosk.service.verdict import Verdict
from kiosk.settings import Settings
from kiosk.status import degraded, status

if TYPE_CHECKING:
    import pygame

    from kiosk.controls.button import ButtonSource
    from kiosk.controls.lamp import Lamp
    from kiosk.display.stage import Stage

log = logging.getLogger("kiosk")

READY_LIMIT_S = 3.0
"""The service manager is told READY even if the link is not up by then."""
TICK_S = 0.1
"""How often the conversation advances where no sound wakes it."""
FAREWELL_S = 0.5
"""For the open turn's end to reach the wire when the daemon stops."""
SCREEN_HEAD_START_S = 0.4
"""The screen's libraries are loaded when the first setup is on the wire, or after this."""


class Kiosk:
    """One running kiosk. Everything but `scene`, `senses` and `on_edge` belongs to the loop's
    thread.
    """

    def __init__(self, settings: Settings, runtime_dir: Path) -> None:
        self.settings = settings
        self.scene = Scene()
        self.stage: Stage | None = None
        self.tap: Callable[[pygame.Surface, float], None] | None = None
        """Looks on at each drawn frame, on the drawing thread; see `Stage.tap`."""
        self.screen_trouble = ""
        """Why there is no screen, where one was asked for."""
        self.stop = threading.Event()
        self.dialled = threading.Event()
        """The first setup is on the wire, or was tried."""
        self.screen_known = threading.Event()
        """There is a screen, or it is known that there is none."""
        self.started_s = time.monotonic()
        self.sound = Sound(
            settings.audio,
            settings.button,
            settings.live.give_up_s,
            runtime_dir,
            on_period=self._pump,
            on_change=self._on_device,
        )
        self.session = Session(settings.live, random.random)
        hint = {"keyboard": "space", "none": "none"}.get(settings.button.source, "button")
        self.conversation = Conversation(settings.button, settings.visit, self.session, hint)
        self.dialer = Dialer(
            self.conversation,
            Credentials(settings.live),
            self._microphone,
            self._pump,
        )
        self._socket = ControlSocket(runtime_dir / SOCKET, self._verbs())
        self._notifier = Notifier()
        self.button: ButtonSource | None = None
        self.button_trouble = ""
        """Why there is no button, where one was asked for."""
        self._lamp: Lamp | None = None
        self._lamp_state: State | None = None
        self._ticks = 0
        self._ready = False

    # --- from other threads ------------------------------------------------------------------

    def on_edge(self, pressed: bool, at_s: float) -> None:
        """A button edge, from any thread; `at_s` is the monotonic time of the edge."""
        with contextlib.suppress(RuntimeError):  # The loop has ended: so has the conversation.
            self._loop.call_soon_threadsafe(self._edge, pressed, at_s)

    def level(self) -> float:
        """See `Senses`."""
        return self.sound.mic.level

    def playhead(self) -> int:
        """See `Senses`."""
        return self.sound.reply.heard

    def reply(self, start: int, end: int) -> bytes:
        """See `Senses`."""
        return self.sound.reply.read_padded(start, end)

    # --- the loop's thread -------------------------------------------------------------------

    async def main(self) -> None:
        """Run until `stop` is set."""
        self._loop = asyncio.get_running_loop()
        await self.sound.start()
        self.conversation.begin_reply(self.sound.reply.written)
        dialling = asyncio.create_task(self.dialer.run())
        self.session.start(time.monotonic())
        self.dialer.poke()
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._watch())]
        try:
            await self._open_controls()
            await asyncio.to_thread(self.stop.wait)
        finally:
            self._notifier.stopping()
            self.conversation.stop(time.monotonic())
            await self.dialer.drain(FAREWELL_S)
            for task in (*tasks, dialling):
                task.cancel()
            await asyncio.gather(*tasks, dialling, return_exceptions=True)
            await self._socket.close()
            if self.button is not None:
                self.button.close()
            if self._lamp is not None:
                self._lamp.close()
            await self.sound.stop()

    async def _open_controls(self) -> None:
        """Open what a person touches; what is missing is told, and the rest works."""
        from kiosk.controls.button import open_button

        await self._socket.start()
        # Loading gpiozero takes as long as a fifth of a second: not in the loop.
        try:
            button = open_button(self.settings.button, self._microphone_time)
            if button is not None:
                await asyncio.to_thread(button.start, self.on_edge)
            self.button = button
        except DeviceError as error:
            self.button_trouble = str(error)
            log.error("no button: %s", error)  # noqa: TRY400 - said to a person
        try:
            self._lamp = await asyncio.to_thread(self._open_lamp)
        except DeviceError as error:
            log.error("no lamp: %s", error)  # noqa: TRY400 - said to a person

    def _open_lamp(self) -> "Lamp":
        from kiosk.controls.lamp import open_lamp

        return open_lamp(self.settings.lamp)

    def _microphone(self, start: int, end: int) -> bytes:
        return self.sound.mic.read(start, end)

    def _microphone_time(self, at_s: float) -> float | None:
        first_s = self.sound.mic.first_sample_monotonic_s
        return None if first_s is None else first_s + at_s

    def _edge(self, pressed: bool, at_s: float) -> None:
        sample = self.sound.mic.sample_at(at_s)
        if pressed:
            self.conversation.press(at_s, sample)
        else:
            self.conversation.release(at_s, sample)
        self._pump()
        if (deadline := self.conversation.next_deadline()) is not None:
            # The loop's clock is the monotonic clock.
            self._loop.call_at(deadline, self._pump)

    def _pump(self) -> None:
        """Something has gone on: let the conversation see it, and carry out what it says."""
        now_s = time.monotonic()
        conversation, sound = self.conversation, self.sound
        conversation.advance(now_s, sound.mic.written, sound.reply.heard)
        while conversation.commands:
            match conversation.commands.popleft():
                case Do.HOLD:
                    sound.hold()
                case Do.RESUME:
                    sound.resume()
                case Do.DISCARD:
                    sound.discard()
                    # What still waited for room in the ring never got an index.
                    conversation.begin_reply(sound.reply.written)
                case Do.END_OF_REPLY:
                    sound.end_of_reply()
                case bytes() as pcm:
                    sound.play(pcm)
        sound.keep_from(conversation.keep_from())
        sound.attentive = conversation.streaming
        self.dialer.poke()
        if self.dialer.setups_sent:
            self.dialled.set()
        self._stamp_first_sound()
        scene = conversation.scene(now_s)
        if scene != self.scene:  # The stage draws at once whatever is another one.
            self.scene = scene
        if self._lamp is not None and scene.state is not self._lamp_state:
            self._lamp_state = scene.state
            self._lamp.show(scene.state)

    def _stamp_first_sound(self) -> None:
        turn = self.conversation.turns[-1] if self.conversation.turns else None
        if turn is None or turn.reply_start is None or turn.first_sound_s is not None:
            return
        if self.sound.reply.heard > turn.reply_start:
            turn.first_sound_s = self.sound.reply.time_of(turn.reply_start)

    def _on_device(self) -> None:
        device = self.sound.status
        self.conversation.microphone_missing = device.microphone.state == "missing"
        self.conversation.microphone_silent = device.microphone.state == "silent"
        self.conversation.speaker_missing = device.speaker.state == "missing"
        self._pump()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._ticks += 1
            self._pump()

    # --- the service manager -----------------------------------------------------------------

    async def _watch(self) -> None:
        watchdog_s = self._notifier.watchdog_s
        verdict = Verdict((watchdog_s or 10.0) / 2)
        told = ""
        while True:
            await asyncio.sleep(min((watchdog_s or 10.0) / 4, TICK_S if not self._ready else 1.0))
            now_s = time.monotonic()
            text = ", ".join(degraded(self)) or "all parts up"
            if not self._ready and self._known(now_s):
                self._ready, told = True, text
                self._notifier.ready(text)
                log.info("ready: %s", text)
            elif self._ready and text != told:
                told = text
                self._notifier.status(text)
                log.info("now: %s", text)
            verdict.alive("loop", self._ticks, now_s)
            verdict.alive("sound", self.sound.ticks, now_s)
            if self.stage is not None:
                verdict.alive("screen", self.stage.turns, now_s)
            stuck = verdict.stuck(now_s)
            if stuck:
                log.error("stuck: %s", ", ".join(stuck))
            else:
                self._notifier.watchdog()

    def _known(self, now_s: float) -> bool:
        """Whether each part is up or known to be degraded."""
        device = self.sound.status
        if "starting" in (device.microphone.state, device.speaker.state):
            return now_s - self.started_s > READY_LIMIT_S
        if not self.screen_known.is_set():
            return False
        return (
            self.session.phase is self.session.phase.UP
            or bool(self.session.staff_code)
            or now_s - self.started_s > READY_LIMIT_S
        )

    # --- the control socket ------------------------------------------------------------------

    def _verbs(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        async def press(_: dict[str, Any]) -> dict[str, Any]:
            self._edge(True, time.monotonic())
            return {}

        async def release(_: dict[str, Any]) -> dict[str, Any]:
            self._edge(False, time.monotonic())
            return {}

        async def say(request: dict[str, Any]) -> dict[str, Any]:
            text = request.get("text")
            if not isinstance(text, str) or not text.strip():
                raise ControlError('say needs a text, such as {"do": "say", "text": "Hello"}')
            turn = self.conversation.say(text, time.monotonic())
            self._pump()
            return {"turn": turn}

        async def reset(_: dict[str, Any]) -> dict[str, Any]:
            self.conversation.reset(time.monotonic())
            self._pump()
            return {}

        async def tell_status(_: dict[str, Any]) -> dict[str, Any]:
            return status(self)

        async def end(_: dict[str, Any]) -> dict[str, Any]:
            self._loop.call_later(0.05, self.stop.set)  # After the answer has left.
            return {}

        return {
            "press": press,
            "release": release,
            "say": say,
            "reset": reset,
            "status": tell_status,
            "screenshot": self._screenshot,
            "quit": end,
        }

    async def _screenshot(self, request: dict[str, Any]) -> dict[str, Any]:
        path = request.get("path")
        if not isinstance(path, str) or not Path(path).is_absolute():
            raise ControlError("screenshot needs the absolute path of the PNG to write")
        if self.stage is None:
            trouble = self.screen_trouble or "display.driver is none"
            raise ControlError(f"there is no screen: {trouble}")
        png = await asyncio.wait_for(asyncio.wrap_future(self.stage.screenshot()), 5)
        try:
            await asyncio.to_thread(Path(path).write_bytes, png)
        except OSError as error:
            raise ControlError(f"{path} cannot be written: {error}") from None
        return {"path": path}


def run(
    loaded: Loaded,
    runtime_dir: Path,
    prepare: Callable[["Kiosk"], None] | None = None,
) -> int:
    """Be a kiosk until SIGTERM, SIGINT or `quit`. Returns the exit status.

    Args:
        loaded: the settings.
        runtime_dir: where rings and control socket go; on a tmpfs.
        prepare: called with the kiosk before it starts: the demo looks on from there.
    """
    settings = loaded.settings
    setup_logging(settings.log.level)
    kiosk = Kiosk(settings, runtime_dir)
    if prepare is not None:
        prepare(kiosk)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: kiosk.stop.set())
    trouble: list[BaseException] = []

    def loop() -> None:
        try:
            asyncio.run(kiosk.main())
        except BaseException as error:  # noqa: BLE001 - carried to the main thread, which raises it
            trouble.append(error)
        finally:
            kiosk.stop.set()
            kiosk.dialled.set()

    thread = threading.Thread(target=loop, name="loop")
    thread.start()
    try:
        _draw(kiosk)
        kiosk.stop.wait()
    finally:
        kiosk.stop.set()
        thread.join()
    if trouble:
        raise trouble[0]
    return 0


def _draw(kiosk: Kiosk) -> None:
    """Open the screen and draw until the kiosk stops; without a screen it still talks."""
    display = kiosk.settings.display
    if display.driver != "none":
        kiosk.dialled.wait(SCREEN_HEAD_START_S)
        from kiosk.display.stage import Stage  # Before the avatar: it quietens pygame.

        from kiosk.avatar.base import make_avatar  # isort: skip

        stage = Stage(
            display,
            make_avatar(kiosk.settings.avatar),
            lambda: kiosk.scene,
            kiosk,
            kiosk.on_edge,
            keyboard=kiosk.settings.button.source == "keyboard",
        )
        try:
            stage.open()
        except DeviceError as error:
            kiosk.screen_trouble = str(error)
            log.warning("no screen, talking without: %s", error)
        else:
            stage.tap = kiosk.tap
            kiosk.stage = stage
    kiosk.screen_known.set()
    if kiosk.stage is not None:
        try:
            kiosk.stage.run(kiosk.stop)
        finally:
            kiosk.stage.close()
