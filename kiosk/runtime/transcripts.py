"""Keeps what was said, where a house has decided that it may: a file a day, deleted in time.

Without `privacy.keep_transcripts` nothing is written. A line is one turn as JSON: when it began,
what the visitor said as the service heard it, the answer, and how it ended.
"""

import asyncio
import datetime
import logging
import os
import re
from collections.abc import Sequence
from math import inf
from pathlib import Path

import msgspec

from kiosk.core.turns import TurnWords
from kiosk.settings.privacy_settings import PrivacySettings

log = logging.getLogger("kiosk")

FILE_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.jsonl")
"""Other files of the folder are left alone."""
SWEEP_INTERVAL_S = 3600.0
"""Between two looks for what is too old, also where nobody speaks."""


class TranscriptLine(msgspec.Struct, frozen=True):
    """One turn, as it is written."""

    at: str
    """Local time with its offset, to the second."""
    visitor: str
    host: str
    outcome: str
    """See `kiosk.core.events.Finished`."""


class Transcripts:
    """See the module. A thread writes: a card that is slow keeps nobody waiting.

    Args:
        settings: `[privacy]`.
    """

    def __init__(self, settings: PrivacySettings) -> None:
        self._folder = Path(settings.keep_transcripts) if settings.keep_transcripts else None
        self._days = settings.keep_days
        self._waiting: list[TranscriptLine] = []
        self._writing: asyncio.Future[None] | None = None
        self._next_sweep_s = -inf
        self._failing = False

    def keep(self, turn_words: Sequence[TurnWords], now_s: float) -> None:
        """Write what was said, and delete what is too old; in the loop. What cannot be written is
        lost.

        Args:
            turn_words: of turns that are over.
            now_s: now, monotonic.
        """
        if self._folder is None:
            return
        self._waiting += [_line(words, now_s) for words in turn_words]
        is_due = self._waiting or now_s >= self._next_sweep_s
        if not is_due or (self._writing is not None and not self._writing.done()):
            return
        self._next_sweep_s = now_s + SWEEP_INTERVAL_S
        lines, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        self._writing = loop.run_in_executor(None, self._write, self._folder, lines)

    def close(self) -> None:
        """Write what waits; blocks for a small write."""
        if self._folder is not None:
            self._write(self._folder, self._waiting)

    def _write(self, folder: Path, lines: list[TranscriptLine]) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _delete_before(folder, datetime.date.today() - datetime.timedelta(days=self._days))
            for line in lines:
                _append(folder / f"{line.at[:10]}.jsonl", line)
        except OSError as error:
            if not self._failing:
                log.warning(
                    "privacy.keep_transcripts: cannot keep what is said: %s. Name a folder that the"
                    " kiosk may write to, below /var/lib/kiosk",
                    error,
                )
            self._failing = True
        else:
            self._failing = False


def _line(words: TurnWords, now_s: float) -> TranscriptLine:
    ago = datetime.timedelta(seconds=now_s - words.start_s)
    at = (datetime.datetime.now().astimezone() - ago).isoformat(timespec="seconds")
    return TranscriptLine(at, words.heard, words.said, words.outcome)


def _delete_before(folder: Path, day: datetime.date) -> None:
    """Delete the files of that day and of all before it."""
    for file in folder.iterdir():
        match = FILE_NAME.fullmatch(file.name)
        if match is not None and match[1] <= day.isoformat():
            file.unlink()


def _append(path: Path, line: TranscriptLine) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, msgspec.json.encode(line) + b"\n")
    finally:
        os.close(file)
