"""AvatarIM as an avatar of the kiosk.

`voice-of-gemini`: the transcript of Gemini's reply is spoken by the avatar's own voice, through the
control API; Gemini's sound is not played. `visitors-voice`: the visitor's sound goes to AvatarIM's
own recognition and dialogue; see `speech_begin`. In both, picture and voice are the stream's.
"""

import asyncio
import logging
from collections.abc import Sequence

import pygame

from kiosk.avatar.cloud.avatarim.dialogue import AskAgain, DialogueEvent, OnDialogue
from kiosk.avatar.cloud.avatarim.instances import Instances
from kiosk.avatar.cloud.avatarim.session import AvatarImSession
from kiosk.avatar.cloud.guarded_tasks import spawn
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.avatar.interface import OnAvatarEvent, Plays
from kiosk.core.scene import Scene, Senses
from kiosk.settings.types import AvatarimSettings

log = logging.getLogger("kiosk.avatar")

CLOSE_TIMEOUT_S = 3.0
"""`close` waits for so long; the end goes on behind it."""


class AvatarIm:
    """See the module.

    Args:
        settings: `[avatar.avatarim]`.
        journal: remembers the instances that we started.
    """

    plays = Plays.STREAM
    echoes = False
    patience_s = 8.0
    """A sentence must be complete before it is sent, and then the vendor makes its sound."""

    def __init__(self, settings: AvatarimSettings, journal: SessionJournal) -> None:
        self._settings = settings
        self._instances = Instances(settings, journal)
        self._picture = NewestPicture()
        self._session: AvatarImSession | None = None
        self._ending: asyncio.Task[None] | None = None
        """The end of the last session. It goes on when nobody waits for it any longer."""
        self.on_dialogue: OnDialogue | None = None
        """With `visitors-voice`: called in the loop's thread with what was recognised or lost,
        and with its answer."""

    # --- the loop's thread -------------------------------------------------------------------

    async def open(self, tell: OnAvatarEvent) -> None:
        """Open the session; tells `Ready` when there is a picture and it can be spoken to."""
        await self.close()
        self._instances.again()
        self._session = AvatarImSession(
            self._settings, self._instances, self._picture, tell, self._dialogue
        )
        await self._session.open()

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Nothing: it has a voice of its own, and speaks by text."""

    def feed_text(self, reply: int, text: str) -> None:
        """Say the next of the transcript, as soon as there is a piece to say."""
        if self._session is not None and self._session.speech is not None:
            self._session.speech.feed_text(reply, text)

    def end_reply(self, reply: int) -> None:
        """Say what is left of it."""
        if self._session is not None and self._session.speech is not None:
            self._session.speech.end_reply(reply)

    def interrupt(self) -> None:
        """Cut off what it says. Without an access key (a session of others) it cannot be cut."""
        if self._session is not None:
            self._session.interrupt()

    def listening(self, on: bool) -> None:
        """Nothing: the API has no pose for that."""

    def extend_session(self) -> None:
        """Nothing: an instance has no known idle time-out, and the client sends heartbeats."""

    async def close(self) -> None:
        """End the session and stop the instance, if it is ours; again waits for the first."""
        session, self._session = self._session, None
        if session is not None:
            self._ending = spawn(session.end())
        if self._ending is not None:
            await asyncio.wait([self._ending], timeout=CLOSE_TIMEOUT_S)

    async def reap(self) -> None:
        """Stop the instances that an earlier process of ours left, by journal and by name."""
        await self._instances.reap()

    # --- the visitor's voice ------------------------------------------------------------------

    def speech_begin(self) -> None:
        """With `visitors-voice`: the visitor begins to speak."""
        if self._session is not None:
            self._session.speech_begin()

    def speech(self, pcm: bytes) -> None:
        """The next of what the visitor says: s16le mono 16 kHz."""
        if self._session is not None:
            self._session.speech_goes_on(pcm)

    def speech_end(self) -> None:
        """The visitor has spoken."""
        if self._session is not None:
            self._session.speech_end()
        else:
            self._dialogue(AskAgain())

    def speech_text(self, text: str) -> None:
        """With `visitors-voice`: what the visitor wrote."""
        if self._session is not None:
            self._session.speech_text(text)

    def forget(self) -> None:
        """With `visitors-voice`: another visitor; the dialogue begins anew."""
        if self._session is not None:
            self._session.forget()

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

    @property
    def least_s(self) -> float:
        """It is billed by the time, as far as is published."""
        return 0.0

    @property
    def idle_s(self) -> float:
        """An instance runs until it is stopped, as far as is published."""
        return 0.0

    @property
    def in_doubt(self) -> bool:
        """Whether an opening is not settled yet."""
        return self._instances.in_doubt

    def frame_age_s(self, now_s: float) -> float:
        """Monotonic seconds since the newest frame came."""
        return self._picture.age_s(now_s)

    # --- within --------------------------------------------------------------------------------

    def _dialogue(self, event: DialogueEvent) -> None:
        if self.on_dialogue is not None:
            self.on_dialogue(event)
