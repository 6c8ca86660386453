"""How one talks here: what begins and ends a turn. Each way is a `TalkMode`.

What a mode knows of the conversation is `TalkHost`, and no more.
"""

from typing import Protocol

from kiosk.core.notices import Notices
from kiosk.core.press import Press
from kiosk.core.session import Session
from kiosk.core.spoken import SpokenReply
from kiosk.core.visit import Visit


class TalkHost(Protocol):
    """The conversation, as a mode sees it."""

    session: Session
    reply: SpokenReply
    """What is said to the visitor."""
    notices: Notices
    visit: Visit
    written: int
    """One past the newest microphone sample."""
    last_end: int
    """One past the last sample of the newest turn, or of the visit before."""

    @property
    def may_ask(self) -> bool:
        """Whether there is a microphone, and anything more is asked today."""
        ...

    def begin_turn(self, began_s: float, start: int, now_s: float, *, barge_in: bool) -> int:
        """A visitor asks, from microphone sample `start` on. Returns the turn's number."""
        ...

    def end_turn(self, turn: int, end: int, ended_s: float | None, now_s: float) -> None:
        """It ends at microphone sample `end` (exclusive)."""
        ...

    def begin_stream(self, start: int, now_s: float) -> None:
        """An open microphone hears what is asked next, from microphone sample `start` on."""
        ...

    def greet(self, now_s: float) -> None:
        """Somebody has come and says nothing yet: say what the house wants to be said then."""
        ...

    def changed(self) -> None:
        """The next daemon is to know of it, should this one die now."""
        ...


class TalkMode(Protocol):
    """One way to talk. Times are monotonic seconds, places microphone samples."""

    hands_free: bool
    """Whether nothing is held while speaking."""

    @property
    def listening(self) -> bool:
        """Whether what is said now will be sent."""
        ...

    @property
    def asking(self) -> bool:
        """Whether that is what a visitor says to us: the visit goes on meanwhile."""
        ...

    @property
    def acting(self) -> bool:
        """Whether a visitor acts now, or has just done so."""
        ...

    @property
    def busy(self) -> bool:
        """Whether each microphone period matters."""
        ...

    @property
    def is_ending(self) -> bool:
        """Whether a turn's last sample is recorded, and `advance` has yet to end it."""
        ...

    def press(self, now_s: float, sample: int) -> None:
        """The button went down when the microphone was at `sample`."""

    def release(self, now_s: float, sample: int) -> None:
        """The button came up when the microphone was at `sample`."""

    def advance(self, now_s: float) -> None:
        """Time and sound have gone on."""

    def hear_reply(self, now_s: float) -> None:
        """What the avatar is to say is known by now."""

    def taken(self, now_s: float) -> None:
        """The service answers what an open microphone has sent it."""

    def next_deadline(self) -> float | None:
        """When `advance` should be called even if no sound goes on; None: at no certain time."""

    def ready(self) -> int:
        """One past the last sample that may be sent of an open utterance."""
        ...

    def keep_from(self) -> int:
        """First sample that may still become part of a turn."""
        ...

    def reset(self) -> None:
        """The visit is over."""

    def stop(self, now_s: float) -> None:
        """The daemon ends: an open turn gets its end."""

    def press_to_keep(self) -> Press | None:
        """The press that the next daemon goes on with, should this one die now."""

    def restore(self, press: Press | None) -> None:
        """Go on with the press of a daemon that died."""
