"""What the process that reads files is asked and answers."""

from msgspec import Struct

from kiosk.knowledge.documents import Document


class FileRequest(Struct, frozen=True):
    """A file to be read."""

    file: str
    """Its path."""
    name: str
    """Its path below the folder of knowledge."""
    language: str
    """That it is written in."""
    zone: str
    """Of the house, such as `Europe/Berlin`; empty: the system's."""
    today: str
    """Such as `2026-12-01`."""


class FileAnswer(Struct, frozen=True):
    """What is in it, or why it cannot be used."""

    document: Document | None = None
    what: str = ""
    """What is wrong with it; a verb first, no full stop."""
    remedy: str = ""
    """How to mend it, a sentence without its full stop."""
