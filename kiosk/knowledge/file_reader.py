"""Reads the files of a house: `python -m kiosk.knowledge.file_reader`.

A process of its own, because these files come from anywhere and their readers are large: one that
crashes, hangs or wants more memory than the board has costs its file, and the daemon never loads a
reader. `reading.py` starts it and speaks with it: a line of JSON for each file on standard input, a
line of JSON on standard output. It ends with its input.
"""

import os
import resource
import signal
import sys
from pathlib import Path

import msgspec

from kiosk.errors import ConfigError
from kiosk.knowledge.calendars import DAYS, read_calendar
from kiosk.knowledge.documents import Document, KnowledgeFileError, Passage, tokens_of
from kiosk.knowledge.file_requests import FileAnswer, FileRequest
from kiosk.knowledge.prose import read_answers, read_markdown, read_pdf, read_plain
from kiosk.knowledge.tables import read_csv, read_workbook
from kiosk.settings.installation import library
from kiosk.settings.untrusted import clean

MAX_DATA_BYTES = 512 << 20
"""Memory of this process, held by the kernel."""
MAX_TOKENS = 500_000
"""Of one file: some thousand pages."""
_NICE = 10
"""Sound and drawing go first."""
_READERS = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain,
    ".toml": read_answers,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_workbook,
    ".ods": read_workbook,
    ".pdf": read_pdf,
}
_KINDS = {".pdf": "PDF", ".xlsx": "a workbook", ".ods": "a workbook", ".ics": "a calendar"}


def read(request: FileRequest) -> FileAnswer:
    """What is in a file, or why it cannot be used."""
    file = Path(request.file)
    try:
        return FileAnswer(_document(file, request))
    except KnowledgeFileError as error:
        return FileAnswer(what=error.what, remedy=error.remedy)
    except ConfigError as error:  # Names the file, which whoever asks does too.
        what, _, remedy = str(error).removeprefix(str(file)).lstrip(":, ").partition(". ")
        return FileAnswer(what=what, remedy=remedy)
    except ModuleNotFoundError as error:
        return FileAnswer(
            what=f"needs the library {error.name}", remedy=f"Install it: {library('knowledge')}"
        )
    except MemoryError:
        return FileAnswer(what="takes too much memory", remedy="Make it smaller, or several of it")
    except Exception as error:  # noqa: BLE001 - whatever a damaged file does to a library
        kind = _KINDS.get(file.suffix.lower(), "text")
        words = clean(f"{type(error).__name__}: {error}")
        return FileAnswer(what=f"cannot be read as {kind} ({words})", remedy="Save it again")


def _document(file: Path, request: FileRequest) -> Document:
    name, language, suffix = request.name, request.language, file.suffix.lower()
    if suffix == ".ics":
        events = read_calendar(file, request.zone, request.today)
        note = "" if events else f"nothing takes place in the next {DAYS} days"
        return Document(name, language, events=tuple(events), note=note)
    passages = [passage for passage in _READERS[suffix](file) if passage.text.strip()]
    if not passages:
        raise KnowledgeFileError("holds no words", "Write something into it, or remove it")
    tokens = sum(tokens_of(passage.title + passage.text) for passage in passages)
    if tokens > MAX_TOKENS:
        raise KnowledgeFileError(
            f"is longer than {MAX_TOKENS} tokens", "Leave out what no visitor asks for"
        )
    return Document(name, language, tuple(map(_tidy, passages)))


def _tidy(passage: Passage) -> Passage:
    """Without what would drive a terminal, or hide words from people."""
    from kiosk.settings.untrusted import printable

    return Passage(printable(passage.title), printable(passage.text))


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever asks decides when to end.
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_DATA_BYTES, MAX_DATA_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        answer = read(msgspec.json.decode(line, type=FileRequest))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
