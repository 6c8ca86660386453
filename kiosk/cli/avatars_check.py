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
from kiosk.avatar.interface import AvatarAudio, AvatarEvent, CloudAvatar, Lost, Ready
from kiosk.core.scene import Scene, State
from kiosk.errors import DeviceError, KioskError, UserError
from kiosk.formats import REPLY_HZ
from kiosk.settings.types import AvatarSettings, Settings

Report = Callable[[str], None]

SHOWN_S = 5.0
"""For which it is looked at."""
HEARD_TIMEOUT_S = 5.0
"""In which it must be heard after something was sent."""
POLL_INTERVAL_S = 0.005
"""A quarter of what lies between two pictures, at most."""
WORDS = "Hello. This is a test of my voice."
TONE_S, TONE_HZ = 2.0, 220
PRICES = {
    "heygen": "HeyGen counts from the session's start; your plan says what a minute is",
    "liveavatar": "LiveAvatar takes 1 credit a minute of LITE from the session's start,"
    " and nothing of its sandbox avatar",
    "avatarim": "Alibaba Cloud counts from the instance's start to its stop; your contract says"
    " what a minute is",
}


def check(
    settings: Settings, state: Path, tell: Report, kind: "type[AvatarCheck] | None" = None
) -> int:
    """Hold a session and tell what it was like; the exit status.

    Args:
        settings: of the kiosk.
        state: where the session is journalled: not where a running kiosk keeps its own.
        tell: prints a line to the person.
        kind: what is looked at; None for the short check.

    Raises:
        UserError: no cloud avatar is configured, or something that a person can mend.
        KioskError: it cannot be opened, seen, heard or kept.
    """
    journal = SessionJournal(state)
    avatar = make_cloud_avatar(settings.avatar, journal)
    if avatar is None:
        raise UserError(
            'avatar.driver is "face", which costs nothing and needs no check. To try another:'
            " kiosk avatars check --set avatar.driver=liveavatar; to check a pack, name its folder"
        )
    checked = (kind or AvatarCheck)(settings.avatar, avatar, journal, tell)
    checked.announce()
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
    return checked.status


class AvatarCheck:
    """One session. `scene` and the senses are the drawing thread's, all else the loop's."""

    def __init__(
        self, settings: AvatarSettings, avatar: CloudAvatar, journal: SessionJournal, tell: Report
    ) -> None:
        self.avatar = avatar
        self._journal = journal
        self._settings = settings
        self._print = tell
        self._visitors = (
            settings.driver == "avatarim" and settings.avatarim.mode == "visitors-voice"
        )
        self.ready = False
        self.status = 0
        """The exit status, where nothing is raised."""
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

    def announce(self) -> None:
        """Say what comes, before anything is paid for."""

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
        opening = asyncio.create_task(self.avatar.open(self._on_event))
        try:
            await self._show(opening, began_s)
            await self._after_shown()
        finally:
            self.ready = False
            closing_s = time.monotonic()
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.avatar.close()
            await self._after_closed(began_s, closing_s)

    async def _after_shown(self) -> None:
        """What else is looked at while the session is open."""

    async def _after_closed(self, began_s: float, closing_s: float) -> None:
        self._tell("cost", f"at most {time.monotonic() - began_s:.1f} s of session")
        self._tell("", PRICES[self._settings.driver])

    async def _show(self, opening: "asyncio.Task[None]", began_s: float) -> None:
        await self._until(lambda: self._age_s() < math.inf, opening, "no picture came")
        self._tell("to the first picture", f"{time.monotonic() - began_s:.2f} s")
        await self._until(lambda: self.ready, opening, "it was not ready")
        self._tell("until it can speak", f"{time.monotonic() - began_s:.2f} s")
        self._speak(1)
        pictures: set[float] = set()
        ready_s = time.monotonic()
        while (now_s := time.monotonic()) - ready_s < SHOWN_S:
            self._fail_if_lost()
            pictures.add(round(now_s - self.avatar.frame_age_s(now_s), 4))
            await asyncio.sleep(POLL_INTERVAL_S)
        self._tell("pictures a second", f"{(len(pictures) - 1) / SHOWN_S:.1f}")
        await self._until_heard()
        self._tell(f"{self._means} sent until heard", f"{self._delay_ms():.0f} ms")

    @property
    def _means(self) -> str:
        return "sound" if self.avatar.echoes else "text"

    async def _until_heard(self) -> None:
        """Wait for what was sent last.

        Raises:
            KioskError: it is not heard within `HEARD_TIMEOUT_S` of its sending.
        """
        assert self._spoken_s is not None  # noqa: S101 - it has spoken
        while self._heard_s is None:
            self._fail_if_lost()
            if time.monotonic() - self._spoken_s > HEARD_TIMEOUT_S:
                words = f"the {self._means} that was sent was not heard in {HEARD_TIMEOUT_S:g} s"
                raise KioskError(f"{words}. Try another avatar or voice of the vendor's")
            await asyncio.sleep(POLL_INTERVAL_S)

    def _delay_ms(self) -> float:
        """From the sending to the first sound of what was sent last."""
        assert self._heard_s is not None and self._spoken_s is not None  # noqa: S101, PT018
        return (self._heard_s - self._spoken_s) * 1000

    def _speak(self, reply: int) -> None:
        self._heard_s, self._spoken_s = None, time.monotonic()
        if self._visitors:
            from kiosk.avatar.cloud.avatarim.driver import AvatarIm

            assert isinstance(self.avatar, AvatarIm)  # noqa: S101 - the mode is AvatarIM's
            self.avatar.speech_text(WORDS)  # It says what it answers.
            return
        self.avatar.feed_audio(reply, _tone())
        self.avatar.feed_text(reply, WORDS)
        self.avatar.end_reply(reply)

    def _tell(self, what: str, value: str) -> None:
        self._print(f"{what:24}{value}")

    def _on_event(self, event: AvatarEvent) -> None:
        match event:
            case Ready():
                self.ready = True
            case Lost():
                self._lost = self._lost or event
            case AvatarAudio(pcm=pcm) if self._heard_s is None and self._spoken_s is not None:
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
            await asyncio.sleep(POLL_INTERVAL_S)

    def _fail_if_lost(self, more: str = "") -> None:
        if self._lost is not None:
            kind = UserError if self._lost.final else KioskError
            raise kind(f"{self._settings.driver}: {self._lost.reason}{more and '.'}{more}")


def _tone() -> bytes:
    """A quiet tone, s16le 24 kHz."""
    step = 2 * math.pi * TONE_HZ / REPLY_HZ
    samples = (round(4000 * math.sin(step * n)) for n in range(round(TONE_S * REPLY_HZ)))
    return array.array("h", samples).tobytes()


def _show(settings: Settings, checked: AvatarCheck, over: threading.Event, tell: Report) -> None:
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
