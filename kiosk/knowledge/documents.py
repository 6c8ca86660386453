"""What is read of a file of knowledge, as it is kept and looked up."""

from msgspec import Struct

from kiosk.errors import UserError


class KnowledgeFileError(UserError, ValueError):
    """A file of knowledge cannot be used.

    Args:
        what: is wrong with it; a verb first, no full stop.
        remedy: how to mend it, a sentence without its full stop.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy}")
        self.what, self.remedy = what, remedy


class Passage(Struct, frozen=True):
    """A part of a file that answers something by itself."""

    title: str
    """Its headings, its sheet, its page or its question; may be empty."""
    text: str


class CalendarEvent(Struct, frozen=True):
    """Something that takes place, in the house's local time."""

    start: str
    """Such as `2026-12-05T14:00`, or `2026-12-05` for a whole day."""
    end: str
    """The moment at which it is over; of a whole day, its last."""
    title: str
    place: str = ""
    about: str = ""

    @property
    def day(self) -> str:
        """Of its start, such as `2026-12-05`."""
        return self.start[:10]

    def told(self) -> str:
        """Without its day, as a line for the model."""
        lasts = "all day" if len(self.start) == 10 else f"{self.start[11:]}-{self.end[11:]}"
        if self.end[:10] != self.day:
            lasts = f"{lasts.partition('-')[0]} until {self.end.replace('T', ' ')}"
        place = f" ({self.place})" if self.place else ""
        about = f". {self.about}" if self.about else ""
        return f"{lasts} {self.title}{place}{about}"


class Document(Struct, frozen=True):
    """What is known of a file."""

    name: str
    """Its path below the folder."""
    language: str
    """Such as `de`."""
    passages: tuple[Passage, ...] = ()
    events: tuple[CalendarEvent, ...] = ()
    note: str = ""
    """What was passed over in it; empty where nothing was."""


def tokens_of(text: str) -> int:
    """About how many tokens a text costs the model.

    Four letters of English make one; letters beyond ASCII are rarer in its vocabulary, and a sign
    of Chinese or Japanese is about one by itself.
    """
    plain = sum(c < "\x80" for c in text)
    signs = sum(c >= "\u2e80" for c in text)
    return -(-plain // 4) + -(-(len(text) - plain - signs) // 2) + signs
