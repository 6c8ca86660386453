"""The snapshot in the runtime directory: written whole or not at all, trusted only when whole.

On a tmpfs and for the owner alone, as the microphone ring that it belongs to; gone with the visit.
"""

import logging
import os
import zlib
from pathlib import Path

import msgspec

from kiosk.core.snapshot import VisitSnapshot

log = logging.getLogger("kiosk.snapshot")

NAME = "visit.snapshot"
MAGIC = b"KIOSKMEMO\x02"
"""The last byte is the version: another one is not read."""
_SUM = 4
"""Bytes of the checksum (CRC-32) after the magic."""


class SnapshotFile:
    """One snapshot in a directory.

    Args:
        directory: the runtime directory.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME
        self._new = self._path.with_suffix(".new")
        self._aside = self._path.with_suffix(".aside")
        self._there = True
        """There may be a file."""

    def write(self, snapshot: VisitSnapshot | None) -> None:
        """Replace what is there; None takes it away.

        Raises:
            OSError: the directory is full or gone.
        """
        if snapshot is None:
            if self._there:
                # What was set aside may hold a visitor's words as well.
                for path in (self._path, self._new, self._aside):
                    path.unlink(missing_ok=True)
                self._there = False
            return
        body = msgspec.msgpack.encode(snapshot)
        self._there = True
        with open(self._new, "wb", opener=_private) as file:
            file.write(MAGIC + zlib.crc32(body).to_bytes(_SUM, "little") + body)
        self._new.replace(self._path)

    def read(self, ring_epoch_ns: int) -> VisitSnapshot | None:
        """What a dead daemon left, or None; what cannot be trusted is set aside.

        Args:
            ring_epoch_ns: epoch of the microphone ring that is there now.
        """
        try:
            whole = self._path.read_bytes()
        except FileNotFoundError:
            return None
        body = whole[len(MAGIC) + _SUM :]
        told = whole[len(MAGIC) : len(MAGIC) + _SUM]
        if not whole.startswith(MAGIC) or zlib.crc32(body).to_bytes(_SUM, "little") != told:
            self._set_aside("the file is damaged, or not of this kiosk")
            return None
        try:
            snapshot = msgspec.msgpack.decode(body, type=VisitSnapshot)
        except msgspec.MsgspecError as error:
            self._set_aside(str(error))
            return None
        if snapshot.ring_epoch_ns != ring_epoch_ns:
            self._set_aside("the sound that belongs to it is gone")
            return None
        return snapshot

    def _set_aside(self, why: str) -> None:
        """Keep the file for who looks for it, without the words of the visitor, who has left."""
        log.warning("cannot continue the visit in %s: %s", self._path, why)
        os.truncate(self._path, min(self._path.stat().st_size, len(MAGIC) + _SUM))
        self._path.replace(self._aside)
        self._there = True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
