"""HeyGen's avatars as one of ours: `Avatar` over Streaming Avatar and LiveAvatar.

The session costs money from the vendor's answer on, not from our joining: from then on it is in the
journal, and it is stopped on every way out. One visit to the vendor is one `Stay`; what still
comes of an earlier one is not told.
"""

import asyncio
import logging
from collections.abc import Sequence

import pygame

from kiosk.avatar.cloud.heygen.front import FrontEnd
from kiosk.avatar.cloud.heygen.rest import OPEN_CALL_TIMEOUT_S, RefusedError
from kiosk.avatar.cloud.heygen.room import load_client
from kiosk.avatar.cloud.heygen.stay import Stay
from kiosk.avatar.cloud.journal import SessionJournal
from kiosk.avatar.cloud.meter import Entry
from kiosk.avatar.cloud.picture import Picture
from kiosk.avatar.cloud.reaper import Reaper, UnattributableError
from kiosk.avatar.interface import Lost, Plays, Tell
from kiosk.core.scene import Scene, Senses
from kiosk.errors import KioskError
from kiosk.settings import installation

log = logging.getLogger("kiosk.avatar")

STOP_S = 2.5
"""For the vendor to confirm an end."""
WINDOW_SLACK_S = 30.0
"""Between the vendor's clock and ours."""
LONGEST_S = 2 * 3600.0
"""No session is older: not even its token is good for more than an hour."""


class HeyGen:
    """See the module. Nothing that it does raises into the loop.

    Args:
        front: which of the two products.
        journal: of paid sessions.
    """

    plays = Plays.STREAM

    def __init__(self, front: FrontEnd, journal: SessionJournal) -> None:
        self._front = front
        self._reaper = Reaper(front.product, journal, self._stop, self._find, LONGEST_S)
        self._picture = Picture()
        self._stay: Stay | None = None
        self._left: Stay | None = None
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
        return self._stay is None or self._stay.reader is None

    @property
    def cap_s(self) -> float | None:
        """Seconds after its opening at which the vendor ends the session."""
        return self._stay.cap_s if self._stay is not None else None

    @property
    def least_s(self) -> float:
        """Seconds that a session costs at least."""
        return self._front.least_s

    @property
    def idle_s(self) -> float:
        """Seconds without a sign of life after which the vendor ends it."""
        return self._front.idle_s

    @property
    def in_doubt(self) -> bool:
        """Whether an opening is not settled yet."""
        return self._reaper.in_doubt

    def frame_age_s(self, now_s: float) -> float:
        """Monotonic seconds since its newest picture came."""
        return self._picture.age_s(now_s)

    # --- the session -------------------------------------------------------------------------

    async def open(self, tell: Tell) -> None:
        """Open a session and join its room."""
        await self.close()
        if not await load_client():  # Before anything is paid for.
            remedy = installation.library("heygen")
            tell(Lost(f"livekit is missing. Install it: {remedy}", final=True))
            return
        self._reaper.again()
        stay = self._stay = Stay(self._front, self._reaper, self._picture, tell)
        try:
            await stay.enter()
        except asyncio.CancelledError:
            await stay.end()
            raise
        except RefusedError as error:
            if error.busy:
                await self._make_room(error)
            stay.lose(error.reason, final=error.final, retry_after_s=error.retry_after_s)
        except (ConnectionError, KioskError) as error:
            stay.lose(str(error), final=isinstance(error, KioskError))

    async def close(self) -> None:
        """End the session; bounded. Again waits for the first."""
        if self._stay is not None:
            self._left, self._stay = self._stay, None
            self._picture.forget()
        if self._left is not None:
            await self._left.end()

    async def reap(self) -> None:
        """Stop what an earlier process of ours left open, and nobody else's."""
        await self._reaper.reap()
        await load_client()  # Now, while nobody speaks: it takes a quarter of a second and more.

    async def _stop(self, entry: Entry) -> None:
        await self._front.stop(entry.session, STOP_S)

    async def _find(self, entry: Entry) -> list[str]:
        """By the window of time in which it was asked for; what is known is another one."""
        known = self._reaper.known
        unknown = [one for one in await self._front.list_sessions() if one.session not in known]
        first_s = entry.opened_s - WINDOW_SLACK_S
        last_s = entry.opened_s + OPEN_CALL_TIMEOUT_S + WINDOW_SLACK_S
        if any(one.created_s is None for one in unknown):
            raise UnattributableError
        return [one.session for one in unknown if first_s <= (one.created_s or 0.0) <= last_s]

    async def _make_room(self, refused: RefusedError) -> None:
        """Too many sessions are open: stop those that are ours, and tell how many are not."""
        try:
            await self._reaper.reap()
            open_now = await self._front.list_sessions()
        except (RefusedError, KioskError):
            return
        refused.reason += f" ({len(open_now)} sessions are open under this key)"

    # --- what the conversation does ----------------------------------------------------------

    def hear(self, utterance: int, pcm: bytes) -> None:
        """Send the next of the reply's sound."""
        if self._stay is not None and self._stay.realtime is not None:
            self._stay.realtime.hear(utterance, pcm)

    def read(self, utterance: int, text: str) -> None:
        """Take the next of the reply's words, where it speaks by text."""
        if self._stay is not None and self._stay.reader is not None:
            self._stay.reader.read(utterance, text)

    def end(self, utterance: int) -> None:
        """Nothing more comes for this utterance."""
        if self._stay is not None:
            self._stay.utterance_ends(utterance)

    def interrupt(self) -> None:
        """Fall silent at once."""
        if self._stay is not None:
            self._stay.interrupt()

    def listening(self, on: bool) -> None:
        """Take the pose of one who listens, or leave it."""
        if self._stay is not None:
            self._stay.listening(on)

    def touch(self) -> None:
        """Keep the session alive."""
        if self._stay is not None:
            self._stay.touch()

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
