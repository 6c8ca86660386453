"""Markdown, plain text, PDF and questions with answers, as passages."""

import re
from collections.abc import Iterator
from pathlib import Path

from kiosk.knowledge.documents import KnowledgeFileError, Passage
from kiosk.knowledge.questions import read_questions
from kiosk.settings.textfile import read_text

MAX_FILE_BYTES = 4 << 20
"""Of a text."""
MAX_PASSAGE_CHARACTERS = 1200
"""Longer sections are parted at their paragraphs: an answer needs few words around it."""
MAX_PAGES = 500
"""Of a PDF."""
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")


def read_markdown(file: Path) -> list[Passage]:
    """Sections by their headings, each with the headings above it."""
    headings: list[tuple[int, str]] = []
    passages: list[Passage] = []
    lines: list[str] = []
    fenced = False

    def close() -> None:
        title = " > ".join(words for _, words in headings)
        passages.extend(Passage(title, part) for part in parts_of("\n".join(lines)))
        lines.clear()

    for line in read_text(file, MAX_FILE_BYTES).split("\n"):
        fenced ^= bool(_FENCE.match(line))
        if fenced or not (heading := _HEADING.match(line)):
            lines.append(line)
            continue
        close()
        depth = len(heading[1])
        headings = [above for above in headings if above[0] < depth] + [(depth, heading[2])]
    close()
    return passages


def read_plain(file: Path) -> list[Passage]:
    """Paragraphs, as many to a passage as it takes."""
    return [Passage("", part) for part in parts_of(read_text(file, MAX_FILE_BYTES))]


def read_answers(file: Path) -> list[Passage]:
    """Each answer with all the ways in which it is asked for."""
    return [
        Passage(" / ".join(entry.questions), entry.answer)
        for entry in read_questions(file).place.entry
    ]


def read_pdf(file: Path) -> list[Passage]:
    """The text of each page."""
    from pypdf import PdfReader

    with file.open("rb") as stream:
        reader = PdfReader(stream)
        if reader.is_encrypted and not reader.decrypt(""):
            raise KnowledgeFileError("is locked with a password", "Save it without one")
        if len(reader.pages) > MAX_PAGES:
            raise KnowledgeFileError(
                f"has more than {MAX_PAGES} pages", "Leave out what no visitor asks for"
            )
        pages = [page.extract_text() for page in reader.pages]
    passages = [
        Passage(f"page {number}", part)
        for number, page in enumerate(pages, 1)
        for part in parts_of(page)
    ]
    if not passages:
        raise KnowledgeFileError(
            "holds no text, perhaps pictures of pages", "Save it from where it was written, as text"
        )
    return passages


def parts_of(text: str) -> Iterator[str]:
    """Paragraphs, joined as long as they stay short; a long one is parted at its sentences."""
    part = ""
    for paragraph in re.split(r"\n\s*\n", text):
        tidy = "\n".join(" ".join(line.split()) for line in paragraph.split("\n")).strip()
        for piece in _pieces(tidy):
            if part and len(part) + len(piece) > MAX_PASSAGE_CHARACTERS:
                yield part
                part = ""
            part = f"{part}\n{piece}" if part else piece
    if part:
        yield part


def _pieces(paragraph: str) -> Iterator[str]:
    """Pieces of at most a passage's length, with whole sentences or lines where there are such."""
    while len(paragraph) > MAX_PASSAGE_CHARACTERS:
        ends = [
            end.end()
            for end in re.finditer(r"[.!?。！？]\s*|\n", paragraph[:MAX_PASSAGE_CHARACTERS])
        ]
        at = ends[-1] if ends else MAX_PASSAGE_CHARACTERS
        yield paragraph[:at].strip()
        paragraph = paragraph[at:]
    if paragraph.strip():
        yield paragraph.strip()
