"""What a conversation is made of: turns, commands to the sound path."""

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

from kiosk.core.outgoing import Kind, Outgoing
from kiosk.formats import REPLY_HZ


class Turn(Struct):
    """One press and its answer, as `status` tells it. Times are monotonic seconds, None if not
    yet.
    """

    id: int
    press_s: float
    start: int
    """First microphone sample."""
    end: int | None = None
    """One past the last microphone sample."""
    barge_in: bool = False
    marker_s: float | None = None
    """First `activityStart` handed to the socket."""
    release_s: float | None = None
    last_marker_s: float | None = None
    """Last `activityEnd` handed to the socket."""
    reply_byte_s: float | None = None
    """First sound of the reply received."""
    first_sound_s: float | None = None
    """First sample of the reply heard."""
    end_s: float | None = None
    reply_start: int | None = None
    """First sample in the reply ring."""
    audible_start: int | None = None
    """First sample in the reply ring of what can be heard of the present answer."""
    played_s: float = 0.0
    """Seconds that were heard of answers before it, which broke off."""
    samples_sent: int = 0
    """Counts what was sent again, too."""
    samples_missing: int = 0
    """Samples of it that no process recorded: the sound process had to be restarted."""
    heard: str = ""
    said: str = ""
    resumed: bool = False
    """More of the answer came after its end."""
    outcome: str = ""
    """Empty while the turn lasts; see `events.Finished`."""
    passed_on: bool = False
    """Its words were given to who keeps them."""

    @property
    def typed(self) -> bool:
        """Whether it was written, and not said: no sound of it was ever recorded."""
        return self.end == 0

    def close(self, end: int, release_s: float | None, holes: Iterable[tuple[int, int]]) -> None:
        """It ends at microphone sample `end` (exclusive).

        Args:
            end: where.
            release_s: when the button came up.
            holes: ranges of the microphone ring in which nothing was recorded.
        """
        self.end, self.release_s = end, release_s
        self.samples_missing = sum(
            max(min(end, hole_end) - max(self.start, hole_start), 0)
            for hole_start, hole_end in holes
        )

    def went_out(self, outgoing: Outgoing, now_s: float) -> None:
        """A message of it was handed to the socket."""
        if outgoing.kind is Kind.START and self.marker_s is None:
            self.marker_s = now_s
        elif outgoing.kind is Kind.END:
            self.last_marker_s = now_s
        elif outgoing.kind is Kind.AUDIO:
            self.samples_sent += outgoing.end - outgoing.start

    def heard_until(self, sample: int, at_s: float) -> None:
        """The reply was heard to there, at that time."""
        if self.reply_start is None or self.first_sound_s is not None:
            return
        if (since := sample - self.reply_start) > 0:
            self.first_sound_s = at_s - since / REPLY_HZ

    def rewind(self, heard: int) -> bool:
        """Its answer will come again. Returns whether any sound of it had come.

        Args:
            heard: the reply sample that is heard now.
        """
        self.played_s, self.audible_start = self.played_until(heard), None
        had_sound = self.reply_start is not None
        self.reply_start = self.reply_byte_s = self.first_sound_s = None
        return had_sound

    def played_until(self, sample: int) -> float:
        """Seconds of all its answers that were heard, the reply ring having been heard to there."""
        if self.audible_start is None:
            return self.played_s
        return self.played_s + max(sample - self.audible_start, 0) / REPLY_HZ


class TurnWords(Struct, frozen=True):
    """What was said in a turn that is over, for a house that keeps it."""

    start_s: float
    """When the visitor began, monotonic."""
    heard: str
    said: str
    outcome: str
    typed: bool = False
    """`heard` was written, and is no guess of the service."""


class ReplyCommand(Enum):
    """Commands to the sound path that carry nothing."""

    HOLD = "hold"
    """Fade the reply and hold it."""
    RESUME = "resume"
    """Go on where it faded."""
    DISCARD = "discard"
    """Drop what has not been heard."""
    END_OF_REPLY = "end of reply"


Command = ReplyCommand | bytes | str
"""Bytes: reply PCM, to be said after what is there. Text: the next of the reply's transcript, for
who speaks by text.
"""
