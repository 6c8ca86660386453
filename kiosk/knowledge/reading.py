"""Follows a folder of knowledge: what changed on the disk is read, and the rest is kept.

A file that cannot be read any more keeps what was last read of it, over a restart too: what is
known lies in the state directory. Reading is done by a process of its own (`file_reader.py`).
"""

import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from kiosk.knowledge.documents import Document
from kiosk.knowledge.file_requests import FileAnswer, FileRequest
from kiosk.knowledge.house_knowledge import Knowledge, PassedOver
from kiosk.settings.below import inside
from kiosk.settings.whole_file import write_whole

log = logging.getLogger("kiosk.knowledge")

READ = (".csv", ".ics", ".markdown", ".md", ".ods", ".pdf", ".toml", ".tsv", ".txt", ".xlsx")
"""Ends of the names of files that are read."""
TIMEOUT_S = 30.0
"""For one file, on a slow board."""
MAX_FILES = 500
"""Of the folder; the rest is told and not read."""
MAX_FILE_BYTES = 32 << 20
"""Of any file; kinds of files have lower bounds of their own."""
_LANGUAGE = re.compile(r"\.([a-z]{2})$")
_SAVE_AS = "Save it as text, Markdown, CSV, .xlsx, .ics or PDF, or remove it"
_FORM = 1
"""Of what is kept; another one is read anew."""


class _FileState(Struct):
    """What is known of a file."""

    size: int
    changed_ns: int
    read_on: str
    """The day, such as `2026-12-01`: what takes place from then on is known."""
    document: Document | None = None
    """What was last read of it."""
    fault: str = ""
    """Why it cannot be read as it is now, with the remedy."""


class _Kept(Struct, frozen=True):
    form: int
    folder: str
    language: str
    zone: str
    files: dict[str, _FileState]


class KnowledgeReader:
    """See the module. One thread at a time.

    Args:
        folder: of the files; it need not be there.
        language: of files whose name tells none (`prices.de.csv` does), such as `de-DE`.
        zone: of the house, such as `Europe/Berlin`; empty: the system's.
        store: file that keeps what was read, for the next start; None: nothing is kept.
    """

    def __init__(
        self, folder: Path, language: str, zone: str = "", store: Path | None = None
    ) -> None:
        self._folder = folder
        self._language = language.partition("-")[0].lower()
        self._zone = zone
        self._store = store
        self._files: dict[str, _FileState] | None = None
        self._knowledge = Knowledge()

    def read(self, now: datetime) -> Knowledge:
        """What the folder holds; the same object as long as nothing changed.

        Args:
            now: on the house's clock.
        """
        begun = self._files is not None
        known = self._files if self._files is not None else self._kept()
        found, passed_over = _scan(self._folder)
        today = now.date().isoformat()
        files, stale = {}, []
        for name, (path, status) in found.items():
            state = known.get(name)
            same = state and (state.size, state.changed_ns) == (status.st_size, status.st_mtime_ns)
            if state and same and (state.read_on == today or not name.lower().endswith(".ics")):
                files[name] = state
            else:
                stale.append((name, path, status))
                files[name] = state or _FileState(0, 0, today)
        if begun and not stale and files.keys() == known.keys():
            return self._same(passed_over)
        requests = [
            FileRequest(str(path), name, self._language_of(name), self._zone, today)
            for name, path, _ in stale
        ]
        answers = zip(stale, _answers(requests), strict=True)
        for (name, _, status), answer in answers:
            files[name] = _state(files[name], status, today, answer)
        self._files = files
        documents = [state.document for state in files.values() if state.document is not None]
        faults = {name: state.fault for name, state in files.items() if state.fault}
        for name, fault in faults.items():
            if self._knowledge.faults.get(name) != fault:
                log.warning("%s: %s", self._folder / name, fault)
        if stale or files.keys() != known.keys():
            self._keep()
        self._knowledge = Knowledge(documents, faults, passed_over)
        return self._knowledge

    def _same(self, passed_over: list[PassedOver]) -> Knowledge:
        if self._knowledge.passed_over != tuple(passed_over):
            old = self._knowledge
            self._knowledge = Knowledge(old.documents, old.faults, passed_over)
        return self._knowledge

    def _language_of(self, name: str) -> str:
        match = _LANGUAGE.search(name.rpartition(".")[0].lower())
        return match[1] if match else self._language

    def _kept(self) -> dict[str, _FileState]:
        """What an earlier start has read; nothing where that is of another folder or form."""
        try:
            data = self._store.read_bytes() if self._store else b""
            kept = msgspec.json.decode(data, type=_Kept)
        except (OSError, msgspec.DecodeError):
            return {}
        meant = (_FORM, str(self._folder), self._language, self._zone)
        same = (kept.form, kept.folder, kept.language, kept.zone) == meant
        return kept.files if same else {}

    def _keep(self) -> None:
        if self._store is None:
            return
        assert self._files is not None  # noqa: S101 - it is called when they are read
        kept = _Kept(_FORM, str(self._folder), self._language, self._zone, self._files)
        try:
            write_whole(self._store, msgspec.json.encode(kept))
        except OSError as error:
            log.warning("cannot keep what was read of %s: %s", self._folder, error)


def _state(
    before: _FileState, status: os.stat_result, today: str, answer: FileAnswer
) -> _FileState:
    document, fault = answer.document, ""
    if document is None:
        document = before.document
        kept = "; what was last read of it stays" if document is not None else ""
        fault = f"{answer.what}{kept}. {answer.remedy}"
    return _FileState(status.st_size, status.st_mtime_ns, today, document, fault)


def _scan(folder: Path) -> tuple[dict[str, tuple[Path, os.stat_result]], list[PassedOver]]:
    """Files to be read, by their names below the folder, and those that are not."""
    found: dict[str, tuple[Path, os.stat_result]] = {}
    passed_over: list[PassedOver] = []
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            reason = _reason(folder, name, status := path.stat())
        except OSError as error:
            reason = (f"cannot be looked at: {error.strerror}", "Let this user read it")
        if reason is None and len(found) >= MAX_FILES:
            reason = (f"is one more than {MAX_FILES} files", "Join some of them")
        if reason is not None:
            passed_over.append(PassedOver(name, *reason))
        else:
            found[name] = (path, status)
    return found, passed_over


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(names))


def _reason(folder: Path, name: str, status: os.stat_result) -> tuple[str, str] | None:
    """Why a file is not read, and the remedy; None where it is."""
    last = name.rpartition("/")[2]
    if last.startswith((".", "~$")) or last.endswith("~"):
        return "is hidden, or a copy that an editor made", "Name it otherwise if it is meant"
    if not last.lower().endswith(READ):
        return "is of no kind that is read", _SAVE_AS
    try:
        if (folder / name).is_symlink():  # Folders that are links are not looked into.
            inside(folder, name)
    except ValueError:
        return "is a link that leads out of the folder", "Copy the file itself"
    if status.st_size > MAX_FILE_BYTES:
        return f"is larger than {MAX_FILE_BYTES >> 20} MiB", "Leave out what no visitor asks for"
    return None


def _answers(requests: Iterable[FileRequest]) -> Iterator[FileAnswer]:
    """What is in each file; a process that a file ends is started again for the next one."""
    process: subprocess.Popen[bytes] | None = None
    try:
        for request in requests:
            process = process or _started()
            answer = _asked(process, request)
            if answer is None:
                process.kill()
                process.communicate()
                process = None
            yield answer or FileAnswer(
                what=f"cannot be read, or not within {TIMEOUT_S:g} s", remedy="Save it again"
            )
    finally:
        if process is not None:
            process.kill()
            process.communicate()


def _started() -> subprocess.Popen[bytes]:
    # Without the warnings of the libraries about what they read all the same.
    command = [sys.executable, "-W", "ignore", "-m", "kiosk.knowledge.file_reader"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _asked(process: subprocess.Popen[bytes], request: FileRequest) -> FileAnswer | None:
    assert process.stdin is not None  # noqa: S101 - as it was started
    assert process.stdout is not None  # noqa: S101
    watch = threading.Timer(TIMEOUT_S, process.kill)
    watch.start()
    try:
        process.stdin.write(msgspec.json.encode(request) + b"\n")
        process.stdin.flush()
        return msgspec.json.decode(process.stdout.readline(), type=FileAnswer)
    except (OSError, msgspec.DecodeError):
        return None
    finally:
        watch.cancel()
