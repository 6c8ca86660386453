"""In which language a visit is held, of those of the house: `talk.languages`."""

from collections.abc import Sequence

from kiosk.core.spoken_language import is_foreign, language_of, primary

UNREADABLE = "…"
"""Stands for a transcript in none of the languages: the service invents such from noise."""


class VisitLanguage:
    """See the module. Without languages nothing is looked at, and all is taken as it comes.

    Args:
        tags: of the languages that are spoken here.
    """

    def __init__(self, tags: Sequence[str] = ()) -> None:
        self._among = tuple(dict.fromkeys(primary(tag) for tag in tags))
        self.answered = ""
        """That of the newest answer, such as `de`; empty before the first of the visit."""
        self._said = self._heard = self._shown = ""

    def said(self, text: str) -> None:
        """An answer's transcript so far."""
        if self._among and text and text != self._said:
            self._said = text
            self.answered = language_of(text, self._among) or self.answered

    def readable(self, heard: str) -> str:
        """A visitor's transcript, or what stands for one that cannot be theirs."""
        return UNREADABLE if self._among and is_foreign(heard, self._among) else heard

    def shown(self, heard: str) -> str:
        """The same of the newest, which is asked for again and again."""
        if heard != self._heard:
            self._heard, self._shown = heard, self.readable(heard)
        return self._shown

    def end_visit(self) -> None:
        """The next visitor may speak another, and no word of this one is kept."""
        self.answered = self._said = self._heard = self._shown = ""
