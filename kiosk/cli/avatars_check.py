"""`kiosk avatars check`: a session with the cloud avatar, and what it is worth.

It is opened as a visitor's press opens it, shown for five seconds, spoken through, and closed. What
is measured is what a visitor would wait for, and what it costs.
"""

import array
import asyncio
import contextlib
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.sessions import CLOSE_TIMEOUT_S, OPEN_TIMEOUT_S
from kiosk.avatar.drivers import make_cloud_avatar, make_face
from kiosk.avatar.echo import audible
from kiosk.avatar.fallback_avatar import FallbackAvatar
from kiosk.avatar.interface import (
    VOICE_HZ,
    CloudAvatar,
    Lost,
    Ready,
    Told,
    Voice,
)
from kiosk.core.scene import Scene, State
from kiosk.errors import DeviceError, KioskError, UserError
from kiosk.settings.types import AvatarSettings, Settings

Tell = Callable[[str], None]

SHOWN_S = 5.0
LOOK_S = 0.005
WORDS = "Hello. This is a test of my voice."
TONE_S, TONE_HZ = 2.0, 220
PRICES = {
    "heygen": "HeyGen counts from the session's start; your plan says what a minute is",
    "liveavatar": "LiveAvatar takes 1 credit a minute of LITE from the session's start,"
    " and nothing of its sandbox avatar",
    "avatarim": "Alibaba Cloud counts from the instance's start to its stop; your contract says"
    " what a minute is",
}


def check(settings: Settings, state: Path, tell: Tell) -> int:
    """Hold a session and tell what it was like; the exit status.

    Args:
        settings: of the kiosk.
        state: where the session is journalled: not where a running kiosk keeps its own.
        tell: prints a line to the person.

    Raises:
        UserError: no cloud avatar is configured.
    """
    avatar = make_cloud_avatar(settings.avatar, SessionJournal(state))
    if avatar is None:
        raise UserError(
            'avatar.driver is "face", which costs nothing and needs no check. To try another:'
            " kiosk avatars check --set avatar.driver=heygen; to check a pack, name its folder"
        )
    checked = AvatarCheck(settings.avatar, avatar, tell)
    over = threading.Event()
    failure: list[BaseException] = []

    def hold() -> None:
        try:
            asyncio.run(checked.hold())
        except BaseException as error:  # noqa: BLE001 - carried to the main thread, which raises it
            failure.append(error)
        finally:
            over.set()

    thread = threading.Thread(target=hold, name="avatar-check")
    thread.start()
    try:
        _show(settings, checked, over, tell)
        over.wait()
    except KeyboardInterrupt:
        checked.stop()
        raise
    finally:
        thread.join()
    if failure:
        raise failure[0]
    return 0


class AvatarCheck:
    """One session. `scene` and the senses are the drawing thread's, all else the loop's."""

    def __init__(self, settings: AvatarSettings, avatar: CloudAvatar, tell: Tell) -> None:
        self.avatar = avatar
        self._settings = settings
        self._print = tell
        self._visitors = (
            settings.driver == "avatarim" and settings.avatarim.mode == "visitors-voice"
        )
        self.ready = False
        self._lost: Lost | None = None
        self._heard_s: float | None = None
        self._spoken_s: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    # --- the drawing thread --------------------------------------------------------------------

    def scene(self) -> Scene:
        """What the screen shows around it."""
        return Scene(State.SPEAKING if self.ready else State.THINKING)

    def level(self) -> float:
        """No microphone is open."""
        return 0.0

    def playhead(self) -> int:
        """Our own face says nothing."""
        return 0

    def reply(self, start: int, end: int) -> bytes:
        """See `playhead`."""
        return bytes(2 * (end - start))

    # --- the loop's thread ---------------------------------------------------------------------

    def stop(self) -> None:
        """End it now, in order; from any thread."""
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):  # It has ended.
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def hold(self) -> None:
        """Open, show, speak, close, and tell."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        began_s = time.monotonic()
        opening = asyncio.create_task(self.avatar.open(self._on_told))
        try:
            await self._show(opening, began_s)
        finally:
            self.ready = False
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.avatar.close()
            spent_s = time.monotonic() - began_s
            self._tell("cost", f"at most {spent_s:.1f} s of session")
            self._tell("", PRICES[self._settings.driver])

    async def _show(self, opening: "asyncio.Task[None]", began_s: float) -> None:
        await self._until(lambda: self._age_s() < math.inf, opening, "no picture came")
        self._tell("to the first picture", f"{time.monotonic() - began_s:.2f} s")
        await self._until(lambda: self.ready, opening, "it was not ready")
        self._tell("until it can speak", f"{time.monotonic() - began_s:.2f} s")
        self._speak()
        pictures: set[float] = set()
        ready_s = time.monotonic()
        while (now_s := time.monotonic()) - ready_s < SHOWN_S:
            self._fail_if_lost()
            pictures.add(round(now_s - self.avatar.frame_age_s(now_s), 4))
            await asyncio.sleep(LOOK_S)
        self._tell("pictures a second", f"{(len(pictures) - 1) / SHOWN_S:.1f}")
        how = "sound" if self.avatar.echoes else "text"
        if self._heard_s is None or self._spoken_s is None:
            raise KioskError(f"the {how} that was sent was not heard within {SHOWN_S:g} s")
        delay_ms = (self._heard_s - self._spoken_s) * 1000
        self._tell(f"{how} sent until heard", f"{delay_ms:.0f} ms")

    def _speak(self) -> None:
        self._heard_s, self._spoken_s = None, time.monotonic()
        if self._visitors:
            from kiosk.avatar.cloud.avatarim.driver import AvatarIm

            assert isinstance(self.avatar, AvatarIm)  # noqa: S101 - the mode is AvatarIM's
            self.avatar.speech_text(WORDS)  # It says what it answers.
            return
        self.avatar.hear(1, _tone())
        self.avatar.read(1, WORDS)
        self.avatar.end(1)

    def _tell(self, what: str, value: str) -> None:
        self._print(f"{what:24}{value}")

    def _on_told(self, told: Told) -> None:
        match told:
            case Ready():
                self.ready = True
            case Lost():
                self._lost = self._lost or told
            case Voice(pcm=pcm) if self._heard_s is None and self._spoken_s is not None:
                if audible(pcm).any():
                    self._heard_s = time.monotonic()

    def _age_s(self) -> float:
        return self.avatar.frame_age_s(time.monotonic())

    async def _until(
        self, so: Callable[[], bool], opening: "asyncio.Task[None]", otherwise: str
    ) -> None:
        end_s = time.monotonic() + OPEN_TIMEOUT_S
        while not so():
            self._fail_if_lost()
            if opening.done() and (error := opening.exception()) is not None:
                raise error
            if time.monotonic() > end_s:
                raise KioskError(f"{otherwise} within {OPEN_TIMEOUT_S:g} s")
            await asyncio.sleep(LOOK_S)

    def _fail_if_lost(self) -> None:
        if self._lost is not None:
            kind = UserError if self._lost.final else KioskError
            raise kind(f"{self._settings.driver}: {self._lost.reason}")


def _tone() -> bytes:
    """A quiet tone, s16le 24 kHz."""
    step = 2 * math.pi * TONE_HZ / VOICE_HZ
    samples = (round(4000 * math.sin(step * n)) for n in range(round(TONE_S * VOICE_HZ)))
    return array.array("h", samples).tobytes()


def _show(settings: Settings, checked: AvatarCheck, over: threading.Event, tell: Tell) -> None:
    """Draw until it is over, where there is a screen; in the main thread, because SDL wants it."""
    from kiosk.window.stage import Stage

    if settings.display.driver == "none":
        return
    face = make_face(settings.avatar)
    cast = FallbackAvatar(checked.avatar, face, lambda: checked.ready)
    stage = None
    try:
        stage = Stage(
            settings.display,
            cast,
            checked.scene,
            checked,
            lambda pressed, at_s: None,
            keyboard=False,
            wide=True,
        )
        stage.open(over)
        stage.run(over)
    except DeviceError as error:
        if not over.is_set():
            tell(f"{'nothing is shown':24}{error}")
    finally:
        if stage is not None:
            stage.close()
