"""What a conversation is made of: turns, a held button, commands to the sound path."""

from enum import Enum

from msgspec import Struct

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

    def played_until(self, sample: int) -> float:
        """Seconds of all its answers that were heard, the reply ring having been heard to there."""
        if self.audible_start is None:
            return self.played_s
        return self.played_s + max(sample - self.audible_start, 0) / REPLY_HZ


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


class Press(Struct):
    """A button that is down, or whose tail is not over."""

    press_s: float
    start: int
    barge_in: bool
    turn: int = 0
    """Its turn, once it has lasted `min_hold_ms`: the utterance is open."""
    release_s: float | None = None
    end: int | None = None
    """Where the tail after the release ends."""
