"""AvatarIM as an avatar of the kiosk.

`voice-of-gemini`: the transcript of Gemini's reply is spoken by the avatar's own voice, through the
control API; Gemini's sound is not played. `visitors-voice`: the visitor's sound goes to AvatarIM's
own recognition and dialogue; see `speech_begin`. In both, picture and voice are the stream's.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pygame

from kiosk.avatar.avatarim.account import PRODUCT, control_of, user_id
from kiosk.avatar.avatarim.control import Control, ControlError
from kiosk.avatar.avatarim.dialogue import AskAgain, Dialogue, OnDialogue
from kiosk.avatar.avatarim.stay import Stay
from kiosk.avatar.base import Plays, Tell
from kiosk.avatar.journal import SessionJournal
from kiosk.avatar.video import Picture
from kiosk.core.scene import Scene, Senses
from kiosk.errors import CredentialError
from kiosk.settings import AvatarimSettings

log = logging.getLogger("kiosk.avatar")

STOP_AGAIN_S = (2.0, 8.0, 30.0)
"""Pauses before an instance that would not stop is stopped again; then at the next start."""


class AvatarIm:
    """See the module.

    Args:
        settings: `[avatar.avatarim]`.
        journal: remembers the instances that we started.
    """

    plays = Plays.STREAM
    echoes = False
    patience_s = 8.0
    """A sentence must be complete before it is sent, and the vendor's voice begins later still."""

    def __init__(self, settings: AvatarimSettings, journal: SessionJournal) -> None:
        self._settings = settings
        self._journal = journal
        self._picture = Picture()
        self._stay: Stay | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        """Endings, which go on when whoever asked for them waits no longer."""
        self.on_dialogue: OnDialogue | None = None
        """With `visitors-voice`: gets what is recognised, answered or lost, in the loop's
        thread.
        """

    # --- the loop's thread -------------------------------------------------------------------

    async def open(self, tell: Tell) -> None:
        """Open the session; tells `Ready` when there is a picture and it can be spoken to."""
        await self.close()
        self._stay = Stay(self._settings, self._journal, self._picture, tell, self._dialogue)
        await self._stay.open()

    def hear(self, utterance: int, pcm: bytes) -> None:
        """It has a voice of its own, and speaks by text."""

    def read(self, utterance: int, text: str) -> None:
        """Say the next of the transcript, as soon as there is a piece to say."""
        if self._stay is not None and self._stay.speech is not None:
            self._stay.speech.read(utterance, text)

    def end(self, utterance: int) -> None:
        """Say what is left of it."""
        if self._stay is not None and self._stay.speech is not None:
            self._stay.speech.end(utterance)

    def interrupt(self) -> None:
        """Cut off what it says. Without an access key (a session of others) it cannot be cut."""
        if self._stay is not None:
            self._stay.interrupt()

    def listening(self, on: bool) -> None:
        """The API has no pose for that."""

    def touch(self) -> None:
        """An instance has no idle limit that is known; the socket's heartbeats are the client's."""

    async def close(self) -> None:
        """End the session and stop the instance, if it is ours."""
        stay, self._stay = self._stay, None
        if stay is not None:
            await asyncio.shield(self._background(self._end(stay)))

    async def reap(self) -> None:
        """Stop the instances that an earlier process of ours left, by journal and by name."""
        orphans = self._journal.orphans(PRODUCT)
        try:
            control = control_of(self._settings)
        except (CredentialError, ControlError) as error:
            if orphans:
                log.warning("%d AvatarIM instances may still cost: %s", len(orphans), error)
            return
        if control is None:
            if orphans:
                log.warning("%d AvatarIM instances may still cost: no access key", len(orphans))
            return
        sessions = [entry.session for entry in orphans]
        try:
            running = await control.running()
        except ControlError as error:
            log.warning("running AvatarIM instances are not known: %s", error)
            running = []
        ours = user_id()
        sessions += [
            one.session_id
            for one in running
            if one.user_id == ours and one.session_id not in sessions
        ]
        for session in sessions:
            if not await self._stop(control, session):
                self._background(self._stop_again(control, session))

    # --- the visitor's voice ------------------------------------------------------------------

    def speech_begin(self) -> None:
        """With `visitors-voice`: the visitor begins to speak."""
        if self._stay is not None:
            self._stay.speech_begin()

    def speech(self, pcm: bytes) -> None:
        """The next of what the visitor says: s16le mono 16 kHz."""
        if self._stay is not None:
            self._stay.speech_goes_on(pcm)

    def speech_end(self) -> None:
        """The visitor has spoken."""
        if self._stay is not None:
            self._stay.speech_end()
        else:
            self._dialogue(AskAgain())

    def speech_text(self, text: str) -> None:
        """With `visitors-voice`: what the visitor wrote."""
        if self._stay is not None:
            self._stay.speech_text(text)

    def forget(self) -> None:
        """With `visitors-voice`: another visitor; the dialogue begins anew."""
        if self._stay is not None:
            self._stay.forget()

    # --- the drawing thread ------------------------------------------------------------------

    def place(self, backdrop: pygame.Surface) -> None:
        """Fill the backdrop's place."""
        self._picture.place(backdrop)

    def paint(
        self,
        surface: pygame.Surface,
        rect: pygame.Rect,
        scene: Scene,
        senses: Senses,
        now_s: float,
        *,
        damage: Sequence[pygame.Rect] = (),
    ) -> list[pygame.Rect]:
        """Paint the newest frame."""
        return self._picture.paint(surface, rect, damage)

    @property
    def face_rect(self) -> pygame.Rect:
        """Where a presenter's head is."""
        return self._picture.face_rect

    def clear(self) -> None:
        """Let go of the surfaces."""
        self._picture.clear()

    # --- any thread ----------------------------------------------------------------------------

    @property
    def cap_s(self) -> float | None:
        """No limit of an instance is published."""
        return None

    def frame_age_s(self, now_s: float) -> float:
        """Monotonic seconds since the newest frame came."""
        return self._picture.age_s(now_s)

    # --- within --------------------------------------------------------------------------------

    def _dialogue(self, told: Dialogue) -> None:
        if self.on_dialogue is not None:
            self.on_dialogue(told)

    def _background(self, doing: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _end(self, stay: "Stay") -> None:
        owned = await stay.end()
        if owned is not None:
            control, session = owned
            if not await self._stop(control, session):
                self._background(self._stop_again(control, session))

    async def _stop(self, control: Control, session: str) -> bool:
        try:
            await control.stop_instance(session)
        except ControlError as error:
            log.warning("AvatarIM's instance %s did not stop: %s", session, error)
            return False
        self._journal.closed(PRODUCT, session)
        return True

    async def _stop_again(self, control: Control, session: str) -> None:
        for pause_s in STOP_AGAIN_S:
            await asyncio.sleep(pause_s)
            if await self._stop(control, session):
                return
        log.error("AvatarIM's instance %s still costs: it is stopped at the next start", session)
