"""What was begun for a call, and what came of it, on disk: so that nothing is done twice.

A line of JSON for each, in the runtime directory, which outlives a daemon that is killed. The
intent is written before anything is done. One that has no outcome when the next daemon starts is in
doubt, and stays undone. It is forgotten with the visit, as are the calls.
"""

import logging
import os
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

log = logging.getLogger("kiosk.tools")

FILE = "tool-calls.jsonl"
MAX_FILE_BYTES = 4 << 20
"""Far more than a visit calls for. Beyond it nothing more is begun."""

Outcome = Literal["begun", "done", "failed", "in doubt"]


class CallRecord(Struct, frozen=True, omit_defaults=True):
    """A line of the log."""

    call: str
    """Its id."""
    tool: str
    key: str
    """See `ToolUse.key`."""
    outcome: Outcome = "begun"
    """`failed`: it was not done. `in doubt`: it was done once, or not at all."""
    response: dict[str, Any] | None = None
    """What the model was told."""


class OnceLog:
    """See the module. Everything belongs to the loop's thread.

    Args:
        folder: the runtime directory.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._records = {one.call: one for one in _read(self._file)}

    def find(self, call: str) -> CallRecord | None:
        """What is known of a call; None: nothing was begun for it."""
        return self._records.get(call)

    def write(self, record: CallRecord) -> None:
        """Note an intent or an outcome.

        Raises:
            OSError: it cannot be noted.
        """
        line = msgspec.json.encode(record) + b"\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._file, flags, 0o600)
        try:
            if os.fstat(descriptor).st_size + len(line) > MAX_FILE_BYTES:
                raise OSError(f"{self._file} is full")
            # A line that a killed daemon left half written must not swallow this one.
            if os.write(descriptor, b"\n" + line) != len(line) + 1:
                raise OSError(f"{self._file} was not written whole")
        finally:
            os.close(descriptor)
        self._records[record.call] = record

    def clear(self) -> None:
        """The visit is over."""
        if not self._records:
            return
        self._records.clear()
        try:
            self._file.unlink(missing_ok=True)
        except OSError as error:
            log.warning("cannot forget the calls of a visit: %s", error)


def _read(file: Path) -> list[CallRecord]:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        log.error("cannot read which calls were carried out: %s", error)  # noqa: TRY400
        return []
    records = []
    for line in filter(None, data.split(b"\n")):
        try:
            records.append(msgspec.json.decode(line, type=CallRecord))
        except msgspec.MsgspecError:
            log.warning("a line of %s is not whole: the kiosk was killed as it wrote it", file)
    return records
