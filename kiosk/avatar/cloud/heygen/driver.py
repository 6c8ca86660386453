"""HeyGen's avatars as one of ours: `Avatar` over Streaming Avatar and LiveAvatar.

The clients beside it do the work; here they meet the kiosk's settings, secrets, journal and screen.
Each opening is a `HeyGenSession` of its own; what still comes of an earlier one is not told.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal

import pygame

from kiosk.avatar.cloud.heygen.keeper import make_keeper
from kiosk.avatar.cloud.heygen.liveavatar import LiveAvatarApi
from kiosk.avatar.cloud.heygen.options import AvatarVoice, LiveAvatarOptions, StreamingAvatarOptions
from kiosk.avatar.cloud.heygen.refusals import HeyGenError, TooManySessionsError
from kiosk.avatar.cloud.heygen.room import load_client
from kiosk.avatar.cloud.heygen.session import HeyGenSession
from kiosk.avatar.cloud.heygen.session_errors import RoomError, SessionLostError
from kiosk.avatar.cloud.heygen.streaming import StreamingAvatarApi
from kiosk.avatar.cloud.heygen.vendor_api import VendorApi
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.picture import NewestPicture
from kiosk.avatar.interface import OnAvatarEvent, Plays
from kiosk.core.scene import Scene, Senses
from kiosk.errors import KioskError
from kiosk.settings.secrets import HEYGEN_KEY, LIVEAVATAR_KEY, secret
from kiosk.settings.types import AvatarSettings, HeygenSettings, LiveavatarSettings


def make(
    product: Literal["heygen", "liveavatar"], settings: AvatarSettings, journal: SessionJournal
) -> "HeyGen":
    """Make the avatar of a product; nothing is opened, and nothing large imported, until `open`."""
    if product == "heygen":
        return HeyGen(streaming_api(settings.heygen), journal)
    return HeyGen(liveavatar_api(settings.liveavatar), journal)


def streaming_api(settings: HeygenSettings) -> StreamingAvatarApi:
    """Streaming Avatar as `[avatar.heygen]` says, by the key of the secret store."""
    options = StreamingAvatarOptions(
        avatar_name=settings.avatar,
        quality=settings.quality,
        language=settings.language,
        voice=AvatarVoice(voice_id=settings.voice) if settings.voice else None,
        activity_idle_timeout_s=settings.activity_idle_timeout_s,
    )
    return StreamingAvatarApi(lambda: secret(HEYGEN_KEY).reveal(), options, settings.base_url)


def liveavatar_api(settings: LiveavatarSettings) -> LiveAvatarApi:
    """LiveAvatar as `[avatar.liveavatar]` says, by the key of the secret store."""
    options = LiveAvatarOptions(avatar_id=settings.avatar_id, quality=settings.quality)
    return LiveAvatarApi(lambda: secret(LIVEAVATAR_KEY).reveal(), options, settings.base_url)


class HeyGen:
    """See the module. Nothing that it does raises into the loop.

    Args:
        api: of which of the two products.
        journal: of paid sessions.
    """

    plays = Plays.STREAM

    def __init__(self, api: VendorApi, journal: SessionJournal) -> None:
        self._api = api
        self._keeper = make_keeper(api, journal)
        self._picture = NewestPicture()
        self._session: HeyGenSession | None = None
        self._left: HeyGenSession | None = None
        """The one before, which may still be ending."""

    @property
    def patience_s(self) -> float:
        """1.5 s from the first chunk on, which may wait for 0.4 s of sound; longer by text, where
        a sentence must be complete before it is sent and HeyGen makes its voice.
        """
        return 1.9 if self.echoes else 8.0

    @property
    def echoes(self) -> bool:
        """Whether it says our own sound; else HeyGen's voice says the words."""
        return self._session is None or self._session.text is None

    @property
    def cap_s(self) -> float | None:
        """Seconds after its opening at which the vendor ends the session."""
        return self._session.client.max_duration_s if self._session is not None else None

    @property
    def least_s(self) -> float:
        """Seconds that a session costs at least."""
        return self._api.billed_at_least_s

    @property
    def idle_s(self) -> float:
        """Seconds without a sign of life after which the vendor ends it."""
        return self._api.idle_timeout_s

    @property
    def in_doubt(self) -> bool:
        """Whether an opening is not settled yet."""
        return self._keeper.in_doubt

    def frame_age_s(self, now_s: float) -> float:
        """Monotonic seconds since its newest picture came."""
        return self._picture.age_s(now_s)

    # --- the session -------------------------------------------------------------------------

    async def open(self, tell: OnAvatarEvent) -> None:
        """Open a session and join its room."""
        await self.close()
        self._keeper.retry_now()
        session = self._session = HeyGenSession(self._api, self._keeper, self._picture, tell)
        try:
            await session.open()
        except asyncio.CancelledError:
            await session.end()
            raise
        except HeyGenError as error:
            reason = error.reason
            if isinstance(error, TooManySessionsError):
                reason += await self._make_room()
            session.lose(reason, final=error.final, retry_after_s=error.retry_after_s)
        except SessionLostError as error:
            session.lose(error.reason, final=error.final)
        except RoomError as error:
            session.lose(str(error))
        except KioskError as error:  # Something on this side is missing.
            session.lose(str(error), final=True)

    async def close(self) -> None:
        """End the session; bounded. Again waits for the first."""
        if self._session is not None:
            self._left, self._session = self._session, None
            self._picture.forget()
        if self._left is not None:
            await self._left.end()

    async def reap(self) -> None:
        """Stop what an earlier process of ours left open, and nobody else's."""
        await self._keeper.reap()
        await load_client()  # Now, while nobody speaks: it takes a quarter of a second and more.

    async def _make_room(self) -> str:
        """Too many sessions are open: stop those that are ours, and tell how many are not."""
        try:
            await self._keeper.reap()
            open_now = await self._api.list_sessions()
        except KioskError:
            return ""
        return f" ({len(open_now)} sessions are open under this key)"

    # --- what the conversation does ----------------------------------------------------------

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Send the next of the reply's sound."""
        if self._session is not None:
            self._session.feed_audio(reply, pcm)

    def feed_text(self, reply: int, text: str) -> None:
        """Take the next of the reply's words, where it speaks by text."""
        if self._session is not None:
            self._session.feed_text(reply, text)

    def end_reply(self, reply: int) -> None:
        """Nothing more comes of this reply."""
        if self._session is not None:
            self._session.end_reply(reply)

    def interrupt(self) -> None:
        """Fall silent at once."""
        if self._session is not None:
            self._session.interrupt()

    def listening(self, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        if self._session is not None:
            self._session.listening(on)

    def extend_session(self) -> None:
        """Keep the session alive."""
        if self._session is not None:
            self._session.extend()

    # --- the drawing thread ------------------------------------------------------------------

    def place(self, backdrop: pygame.Surface) -> None:
        """Get ready to be painted in place of `backdrop`."""
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
        """Paint the newest picture."""
        return self._picture.paint(surface, rect, damage)

    @property
    def face_rect(self) -> pygame.Rect:
        """Where its head is."""
        return self._picture.face_rect

    def clear(self) -> None:
        """Let go of the surfaces."""
        self._picture.clear()
