"""What a house knows, as of one reading of its folder: immutable, for any thread.

Little of it goes whole into the model's instruction. Of more, the instruction tells what there is,
and the model looks it up.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from msgspec import Struct

from kiosk.knowledge.documents import CalendarEvent, Document, Passage, tokens_of
from kiosk.knowledge.search import PassageIndex

WHOLE_TOKENS = 4_000
"""So much goes whole into the instruction. All of it is billed again at each turn."""
PROGRAMME_DAYS = 14
"""Of the calendars, so many days go into the instruction with the rest."""
MAX_PROGRAMME_LINES = 60
"""Of those days in the instruction; the rest is looked up."""
MAX_FOUND = 6
"""Passages of one look-up."""
MAX_DATES = 5
"""Of something that takes place again and again, in one look-up."""
MAX_TITLES = 12
"""Of one file in the overview."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOOK_UP = "look_up"
"""Name of the tool by which the model asks."""


class FoundPassage(Struct, frozen=True):
    """What a look-up gives."""

    source: str
    """The file, as it is called below the folder."""
    title: str
    text: str


class PassedOver(Struct, frozen=True):
    """A file of the folder that is not read."""

    name: str
    what: str
    """Why; a verb first, no full stop."""
    remedy: str


class _Entry(Struct, frozen=True):
    """What is looked up: a passage, or all days of something that takes place."""

    document: Document
    passage: Passage
    events: tuple[CalendarEvent, ...] = ()


class Knowledge:
    """See the module.

    Args:
        documents: of the files that could be read, now or at some earlier time.
        faults: of a file that cannot be read as it is now, what is wrong with it and the remedy.
        passed_over: files that are not read.
    """

    def __init__(
        self,
        documents: Sequence[Document] = (),
        faults: Mapping[str, str] | None = None,
        passed_over: Sequence[PassedOver] = (),
    ) -> None:
        self.documents = tuple(documents)
        self.faults = dict(faults or {})
        self.passed_over = tuple(passed_over)

    @cached_property
    def tokens(self) -> int:
        """About how many tokens all passages cost the model; calendars apart."""
        return sum(map(self.tokens_in, self.documents))

    @staticmethod
    def tokens_in(document: Document) -> int:
        """Those of one document."""
        return tokens_of("\n".join(_lines(document)))

    @property
    def is_whole(self) -> bool:
        """Whether all passages go into the instruction."""
        return self.tokens <= WHOLE_TOKENS

    @property
    def looks_up(self) -> bool:
        """Whether there is more than the instruction tells."""
        return not self.is_whole or any(document.events for document in self.documents)

    def instruction(self, now: datetime) -> str:
        """What the model is told of it at the beginning; empty where nothing is known.

        Args:
            now: on the house's clock.
        """
        parts = ["# What is known of this house"]
        written = [document for document in self.documents if document.passages]
        if self.is_whole:
            parts += [f"## {one.name}\n" + "\n".join(_lines(one)) for one in written]
        elif written:
            told = [f"- {one.name} ({one.language}): {_overview(one)}" for one in written]
            parts.append(
                f"Use the tool {LOOK_UP} before you answer from these files, or say that you do not"
                " know:\n" + "\n".join(told)
            )
        if programme := self._programme(now, PROGRAMME_DAYS if self.is_whole else 2):
            parts.append(f"## What takes place from now on; later days: {LOOK_UP}\n{programme}")
        return "\n\n".join(parts) if len(parts) > 1 else ""

    def prepare(self) -> None:
        """Make ready for the first look-up, which else takes a second of a board per 1000 passages.

        Raises:
            UserError: the libraries for it are not installed.
        """
        self._index.find(LOOK_UP, "")

    def look_up(
        self, question: str, language: str, now: datetime, day: date | None = None
    ) -> tuple[FoundPassage, ...]:
        """What fits a question best, and what takes place around that time.

        Args:
            question: some words.
            language: that they are in, such as `de` or `de-DE`.
            now: on the house's clock.
            day: whose programme is wanted; None: that of now and tomorrow.

        Raises:
            UserError: the libraries for it are not installed.
        """
        numbers = self._index.find(question, language.partition("-")[0].lower())
        entries = [self._entries[number] for number in numbers]
        found = [told for entry in entries if (told := _found(entry, now)) is not None]
        begin = now if day is None else datetime.combine(day, datetime.min.time())
        programme = self._programme(begin, 2 if day is None else 1)
        if programme or (day is not None and any(one.events for one in self.documents)):
            names = ", ".join(one.name for one in self.documents if one.events)
            title = f"What takes place {'now and tomorrow' if day is None else f'on {day}'}"
            programme = programme or "Nothing is written for that day."
            found = [*found[: MAX_FOUND - 1], FoundPassage(names, title, programme)]
        return tuple(found[:MAX_FOUND])

    @cached_property
    def _entries(self) -> tuple[_Entry, ...]:
        return tuple(entry for document in self.documents for entry in _entries(document))

    @cached_property
    def _index(self) -> PassageIndex:
        return PassageIndex(
            [
                (entry.document.language, f"{entry.passage.title}\n{entry.passage.text}")
                for entry in self._entries
            ]
        )

    def _programme(self, begin: datetime, days: int) -> str:
        """What is not over at a moment, or begins in the days after it, a line each."""
        from_, until = _stamp(begin), (begin.date() + timedelta(days=days)).isoformat()
        events = sorted(
            (one for document in self.documents for one in document.events if one.start < until),
            key=lambda event: event.start,
        )
        # A whole day is over when it is; its end is written without a time.
        coming = [one for one in events if one.end >= from_[: len(one.end)]]
        lines = [f"{_day(one.day)}: {one.told()}" for one in coming]
        if len(lines) > MAX_PROGRAMME_LINES:
            left = len(lines) - MAX_PROGRAMME_LINES
            lines = [*lines[:MAX_PROGRAMME_LINES], f"… and {left} more: {LOOK_UP}"]
        return "\n".join(lines)


def _lines(document: Document) -> Iterator[str]:
    title = ""
    for passage in document.passages:
        if passage.title != title:
            title = passage.title
            yield f"[{title}]"
        yield passage.text


def _overview(document: Document) -> str:
    """A few titles of a document, or the beginning of its first passage."""
    titles = list(dict.fromkeys(one.title for one in document.passages if one.title))
    if not titles:
        return document.passages[0].text[:80].replace("\n", " ")
    more = "; …" if len(titles) > MAX_TITLES else ""
    return "; ".join(title[:60] for title in titles[:MAX_TITLES]) + more


def _entries(document: Document) -> Iterator[_Entry]:
    for passage in document.passages:
        yield _Entry(document, passage)
    alike: defaultdict[tuple[str, str, str], list[CalendarEvent]] = defaultdict(list)
    for event in document.events:
        alike[event.title, event.place, event.about].append(event)
    for (title, place, about), events in alike.items():
        yield _Entry(document, Passage(title, f"{place} {about}"), tuple(events))


def _found(entry: _Entry, now: datetime) -> FoundPassage | None:
    name, passage = entry.document.name, entry.passage
    if not entry.events:
        return FoundPassage(name, passage.title, passage.text)
    from_ = _stamp(now)
    coming = [one for one in entry.events if one.end >= from_[: len(one.end)]]
    if not coming:
        return None
    told = [f"{_day(one.day)}: {one.told()}" for one in coming[:MAX_DATES]]
    more = "\n…" if len(coming) > MAX_DATES else ""
    return FoundPassage(name, passage.title, "\n".join(told) + more)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def _day(day: str) -> str:
    """Such as `Saturday 2026-12-05`."""
    return f"{WEEKDAYS[date.fromisoformat(day).weekday()]} {day}"
