"""The record of exactly what was consumed: tests find lost or doubled speech with it."""

import logging
import time
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

log = logging.getLogger(__name__)


class StateEntry(Struct):
    """An entry of the history."""

    role: str
    """`user` or `model`."""
    text: str
    pcm: str
    """Name of the file with its sound; empty for what came as text."""


class TurnRecord(Struct):
    """A finished activity. Times are `time.monotonic()`, in seconds."""

    session: str
    connection: int
    turn: int
    pcm: str
    """Name of the file with exactly the PCM between activityStart and activityEnd."""
    samples: int
    rate_hz: int
    started_monotonic_s: float
    ended_monotonic_s: float
    heard: str = ""
    answered: str = ""
    first_audio_monotonic_s: float | None = None
    """When the first sound of the answer was sent; None if none was."""
    outcome: str = "cut"
    """`complete`, `interrupted`, or `cut` by the end of the connection."""


class StateRecord(Struct):
    """What a session holds now. The newest line of a session is its surviving state: what a resume
    undid is in the lines before.
    """

    monotonic_s: float
    session: str
    connection: int
    resumed: bool
    """The connection began with a handle."""
    history: list[StateEntry]


class Recorder:
    """Writes a directory: a PCM file for each activity and a line each in `turns.jsonl`; a line in
    `states.jsonl` whenever a session's history is another; in `usage.jsonl` what Google would bill.
    """

    def __init__(self, directory: Path | None) -> None:
        """Make the directory; None records nothing.

        Raises:
            OSError: it cannot be made.
        """
        self._directory = directory
        if directory:
            directory.mkdir(parents=True, exist_ok=True)

    def sound(self, name: str, pcm: bytes) -> None:
        """Write the sound of an activity."""
        self._write(name, pcm, "wb")

    def turn(self, record: TurnRecord) -> None:
        """Write the line of an activity, when what became of it is known."""
        heard, answered = record.heard, record.answered
        which = (record.session, record.turn)
        # A visitor's words stand in the log only where somebody asks for them.
        lengths = (len(heard), len(answered), record.outcome)
        log.info("session %s turn %d: heard %d characters, answered %d, %s", *which, *lengths)
        log.debug("session %s turn %d: heard %r, answered %r", *which, heard, answered)
        self._write("turns.jsonl", msgspec.json.encode(record) + b"\n", "ab")

    def usage(self, report: dict[str, Any]) -> None:
        """Write the tokens of a turn, as they are reported."""
        self._write("usage.jsonl", msgspec.json.encode(report) + b"\n", "ab")

    def state(self, record: StateRecord) -> None:
        """Write what a session holds now."""
        self._write("states.jsonl", msgspec.json.encode(record) + b"\n", "ab")

    def fault(self, name: str, connection: int) -> None:
        """Write that a fault struck, and when."""
        struck = {"monotonic_s": time.monotonic(), "fault": name, "connection": connection}
        self._write("faults.jsonl", msgspec.json.encode(struck) + b"\n", "ab")

    def _write(self, name: str, data: bytes, mode: Literal["ab", "wb"]) -> None:
        """A full disk costs the record, not the conversation."""
        if not self._directory:
            return
        try:
            with (self._directory / name).open(mode) as file:
                file.write(data)
        except OSError:
            log.exception("%s is not in the record", name)
