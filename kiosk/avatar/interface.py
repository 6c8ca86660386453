"""What an avatar is: someone who hears the reply, speaks it, and is painted before a backdrop.

It may be our own face, drawn on the board, or a picture that comes over a line. Its two sides live
in two threads. The loop's thread tells it what the conversation does: `open`, `feed_audio`,
`end_reply`, `interrupt`. The drawing thread asks it for pictures: `place`, `paint`. Between them a
driver keeps one reference to its newest picture, and no lock.

Who plays the sound is a property of the driver. With `Plays.BOARD` the reply goes to our speaker
and the avatar follows the playhead. With `Plays.STREAM` the avatar's own stream is the voice: the
driver tells it as `AvatarAudio`, our speaker path plays that, and the playhead is counted by it.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import force_setattr

from kiosk.avatar.retry_after import heeded_s
from kiosk.core.scene import Scene, Senses
from kiosk.settings.secrets import clean

if TYPE_CHECKING:
    import pygame

PICTURE_STALL_S = 1.2
"""A picture that stands for so long is taken for lost: our own face takes over. It is to be there
1.5 s after the line has failed, and some pictures were on their way yet."""


class Plays(Enum):
    """Where the voice comes from."""

    BOARD = "board"
    STREAM = "stream"


class Ready(Struct, frozen=True):
    """Event: it can be seen and spoken through from now on."""


class AvatarSpeaking(Struct, frozen=True):
    """Event: it has begun to speak this reply."""

    reply: int


class AvatarIdle(Struct, frozen=True):
    """Event: it has spoken this reply to its end, or stopped because of `interrupt`."""

    reply: int


class AvatarAudio(Struct, frozen=True):
    """Event, with `Plays.STREAM`: the next sound of its stream, silence included.

    s16le mono 24 kHz, in the order of the stream.
    """

    pcm: bytes


class Away(Struct, frozen=True):
    """Event: its line broke and is being mended; our own face goes on until it tells `Ready` again.

    The session is kept: another one would cost, and take longer.
    """


class Lost(Struct, frozen=True):
    """Event: it cannot be seen or spoken through any more; no event follows it."""

    reason: str
    """In plain words, for the operator."""
    final: bool = False
    """Trying again cannot help before a person has mended something (a key, a name, credits)."""
    retry_after_s: float = 0.0
    """The vendor's own wish, at most `MAX_RETRY_AFTER_S`; 0 where it has none."""

    def __post_init__(self) -> None:
        """Whoever says it: the words go to the log, to `status` and to the terminal, and an avatar
        that was to be left alone for ever would never be back.
        """
        force_setattr(self, "reason", clean(self.reason))
        force_setattr(self, "retry_after_s", heeded_s(self.retry_after_s))


AvatarEvent = Ready | AvatarSpeaking | AvatarIdle | AvatarAudio | Away | Lost
OnAvatarEvent = Callable[[AvatarEvent], None]


class Avatar(Protocol):
    """Who talks."""

    plays: Plays

    # --- the loop's thread -------------------------------------------------------------------

    async def open(self, on_event: OnAvatarEvent) -> None:
        """Get ready to speak; returns when that is begun; `on_event` is called as it goes on.

        A cloud avatar opens its paid session here and tells `Ready` or `Lost`. It may be opened
        again after `close` or `Lost`. Cancelled half-way, it leaves no session open.
        """
        ...

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Take the next of the reply's sound: s16le mono 24 kHz, any number of whole samples."""
        ...

    def feed_text(self, reply: int, text: str) -> None:
        """Take the next piece of the reply's transcript, for those that speak by text."""
        ...

    def end_reply(self, reply: int) -> None:
        """Nothing more comes of this reply."""
        ...

    def interrupt(self) -> None:
        """Fall silent at once, and forget what has been heard but not spoken."""
        ...

    def listening(self, on: bool) -> None:
        """The visitor holds the button, or let go of it."""
        ...

    def extend_session(self) -> None:
        """Somebody is here: keep the session alive."""
        ...

    async def close(self) -> None:
        """End the session and let go of everything that `open` took; again does nothing."""
        ...

    async def reap(self) -> None:
        """Stop the sessions that an earlier process of ours left open; before the first `open`."""
        ...

    # --- the drawing thread ------------------------------------------------------------------

    def place(self, backdrop: "pygame.Surface") -> None:
        """Get ready to be painted before `backdrop`, whose size is the avatar's place from now on.

        Called when the display is open, and again when its size changed.
        """
        ...

    def paint(
        self,
        surface: "pygame.Surface",
        rect: "pygame.Rect",
        scene: Scene,
        senses: Senses,
        now_s: float,
        *,
        damage: "Sequence[pygame.Rect]" = (),
    ) -> "list[pygame.Rect]":
        """Paint the frame of monotonic time `now_s` into `rect` of `surface`; return what changed.

        What did not change since the last call is left as it is, except `damage`: rectangles of the
        surface where the stage has drawn over the avatar, or that were never painted.
        """
        ...

    @property
    def face_rect(self) -> "pygame.Rect":
        """Where hair, face and chin may be, relative to the avatar's place: nothing covers it."""
        ...

    def clear(self) -> None:
        """Let go of everything that `place` took."""
        ...


class CloudAvatar(Avatar, Protocol):
    """A cloud avatar: it can be late, stall and end, and it costs money by the minute."""

    @property
    def patience_s(self) -> float:
        """Seconds from the first sound that it is fed until it must be heard; later our own
        face takes over.
        """
        ...

    @property
    def echoes(self) -> bool:
        """Whether its stream plays the very sound that it was fed; otherwise another voice says
        the same words.
        """
        ...

    @property
    def cap_s(self) -> float | None:
        """Seconds after its opening at which the vendor ends the session; None if unknown."""
        ...

    @property
    def least_s(self) -> float:
        """Seconds that a session costs at least."""
        ...

    @property
    def idle_s(self) -> float:
        """Seconds without a sign of life after which the vendor ends a session; 0: never."""
        ...

    @property
    def in_doubt(self) -> bool:
        """Whether an opening was given up that may have opened a session: no other is to follow
        before that is known.
        """
        ...

    def frame_age_s(self, now_s: float) -> float:
        """Any thread: seconds since its newest picture came; infinite before the first."""
        ...


class LocalAvatar:
    """The loop's side of an avatar on the board itself: there is nothing to open or to pay for."""

    plays = Plays.BOARD

    async def open(self, on_event: OnAvatarEvent) -> None:
        """Tell that it is ready."""
        on_event(Ready())

    def feed_audio(self, reply: int, pcm: bytes) -> None:
        """Its lips follow the playhead, not what arrives."""

    def feed_text(self, reply: int, text: str) -> None:
        """It speaks by sound."""

    def end_reply(self, reply: int) -> None:
        """Silence closes its lips."""

    def interrupt(self) -> None:
        """So does a playhead that stands."""

    def listening(self, on: bool) -> None:
        """It sees that in the scene."""

    def extend_session(self) -> None:
        """It costs nothing to keep."""

    async def close(self) -> None:
        """There is nothing to end."""

    async def reap(self) -> None:
        """There is nothing to leave behind."""
