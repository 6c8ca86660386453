"""What is wanted of the reply, and where in it what is wanted lies.

Places are samples of the reply (24 kHz), as `reply/output` counts them: each step begins with its
count, and what the step hands out and discards is added to that.
"""

from collections import deque

from msgspec.structs import replace

from kiosk.core.inputs import ReplyAt
from kiosk.core.scene import Piece
from kiosk.core.turns import Command, ReplyCommand
from kiosk.formats import REPLY_HZ

MAX_REPLY_SAMPLES = 300 * REPLY_HZ
"""Samples of reply that may wait to be heard; no answer has so many."""
MAX_PIECES = 1_000
"""Pieces of the reply's transcript; what comes beyond them is added to the last."""


class SpokenReply:
    """See the module."""

    def __init__(self) -> None:
        self.commands: deque[Command] = deque()
        """For who speaks it, in this order."""
        self.pieces: list[Piece] = []
        """What is said, as captions show it."""
        self.heard = 0
        """The sample that is heard now."""
        self.end = 0
        """One past the last sample that was handed out."""
        self._held = False

    @property
    def speaking(self) -> bool:
        """Whether any of it is still to be heard."""
        return self.heard < self.end

    def begin(self, written: int) -> None:
        """Nothing of what is in the ring is to be heard."""
        self.heard = self.end = written

    def at(self, reply: ReplyAt) -> None:
        """All that was handed out has reached whoever counts it."""
        self.heard, self.end = reply.heard, reply.written

    def hold(self) -> None:
        """Fade it, and hold it."""
        self._held = True
        self.commands.append(ReplyCommand.HOLD)

    def resume(self) -> None:
        """Go on where it faded, if it did."""
        if self._held:
            self._held = False
            self.commands.append(ReplyCommand.RESUME)

    def discard(self) -> None:
        """Drop what has not been heard, if there is anything."""
        if self._held or self.speaking:
            self.drop()

    def drop(self) -> None:
        """Drop what has not been heard, and whoever speaks it stops."""
        self._held = False
        self.heard = self.end
        self.commands.append(ReplyCommand.DISCARD)

    def rewind(self, *, had_sound: bool) -> None:
        """The answer will come again: what is left of this one is not played."""
        self.pieces.clear()
        if had_sound:
            self.drop()

    def play(self, pcm: bytes) -> None:
        """Say the next of it, s16le."""
        if self.end - self.heard <= MAX_REPLY_SAMPLES:
            self.end += len(pcm) // 2
            self.commands.append(pcm)

    def tell(self, text: str) -> None:
        """The next of its transcript, at the place that the sound has reached."""
        self.commands.append(text)
        last = self.pieces[-1] if self.pieces else None
        if last is not None and (last.at_sample == self.end or len(self.pieces) >= MAX_PIECES):
            self.pieces[-1] = replace(last, text=last.text + text)
        else:
            self.pieces.append(Piece(self.end, text))

    def only_written(self) -> None:
        """It has no sound: its words are to be read."""
        self.pieces = [replace(piece, spoken=False) for piece in self.pieces]

    def complete(self) -> None:
        """Nothing more comes of it."""
        self.commands.append(ReplyCommand.END_OF_REPLY)
