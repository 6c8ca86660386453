"""Where log lines go: to the journal with fields, or to a person as readable lines.

A log call adds fields with `extra={"kiosk": {"turn": 7}}`: in the journal KIOSK_TURN=7 (`journalctl
KIOSK_TURN=7`), in a line ` turn=7` at the end.

Only our own loggers follow the configured level. At level debug `websockets` would write the
handshake's headers, the API key among them, and every frame of a visitor's voice.

systemd-python's own JournalHandler is not used: it sends every attribute of the record, arguments
included, as fields nobody asked for.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime

from kiosk.settings.untrusted import printable

_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
)
"""Least level and the journal's priority; below all of them 7, debug. Source: syslog(3)."""


def setup_logging(level: str) -> None:
    """Send our log to the journal or stderr, from `level` up: debug, info, warning or error."""
    handler: logging.Handler
    if under_journal():
        import systemd.journal

        handler = JournalHandler(systemd.journal.send)
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("kiosk").setLevel(level.upper())


def under_journal() -> bool:
    """Whether stderr is the journal itself, not a redirection. Source: systemd.exec(5)."""
    stream = os.environ.get("JOURNAL_STREAM")
    if not stream:
        return False
    try:
        stderr = os.fstat(2)
    except OSError:  # closed: certainly not the journal
        return False
    return stream == f"{stderr.st_dev}:{stderr.st_ino}"


class JournalHandler(logging.Handler):
    """One journal entry for each record, with its fields."""

    def __init__(self, send: Callable[..., object]) -> None:
        """`send`: systemd.journal.send."""
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, with the traceback as further lines of the message."""
        try:
            self._send(
                printable(self.format(record)),
                CODE_FILE=record.pathname,
                CODE_LINE=record.lineno,
                CODE_FUNC=record.funcName,
                LOGGER=record.name,
                PRIORITY=str(_priority(record.levelno)),
                SYSLOG_IDENTIFIER="kiosk",
                KIOSK_PART=_part(record),
                **{f"KIOSK_{key.upper()}": str(value) for key, value in _fields(record).items()},
            )
        except (OSError, TypeError, ValueError):
            self.handleError(record)  # logging's own way: a line on stderr, and the kiosk goes on


class LineFormatter(logging.Formatter):
    """`2026-11-20 13:45:01.123 warning audio.supervisor: the message  turn=7`."""

    def format(self, record: logging.LogRecord) -> str:
        """Lay a record out; a traceback follows on further lines."""
        when = datetime.fromtimestamp(record.created).isoformat(" ", "milliseconds")
        words = printable(record.getMessage())
        line = f"{when} {record.levelname.lower()} {_part(record)}: {words}"
        fields = printable(" ".join(f"{key}={value}" for key, value in _fields(record).items()))
        if fields:
            line += f"  {fields}"
        if record.exc_info:
            line += "\n" + printable(self.formatException(record.exc_info))
        return line


def _part(record: logging.LogRecord) -> str:
    return record.name.removeprefix("kiosk.")


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    fields: Mapping[str, object] = getattr(record, "kiosk", {})
    return fields


def _priority(level: int) -> int:
    return next((priority for least, priority in _PRIORITIES if level >= least), 7)
