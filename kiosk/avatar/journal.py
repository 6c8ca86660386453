"""Which paid sessions are open, on disk: what a power cut leaves open is stopped at the next start.

One small file a session, written and synced before the session is joined and removed when the
vendor has confirmed its end. The directory is the service's state directory: the one place, beside
the settings, that outlives a reboot. Nothing of a visit stands in it.
"""

import contextlib
import logging
import os
import re
from pathlib import Path

import msgspec
from msgspec import Struct

log = logging.getLogger("kiosk.avatar")

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Entry(Struct, frozen=True):
    """An open session."""

    product: str
    """`heygen`, `liveavatar` or `avatarim`."""
    session: str
    """The vendor's id of it."""
    opened_s: float
    """Unix time."""
    facts: dict[str, str] = {}
    """Whatever else stopping it needs, such as a tenant; never a secret."""


class SessionJournal:
    """The open sessions of this kiosk. Calls block for one small write."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def opened(self, entry: Entry) -> None:
        """Remember `entry` before anything else is done with it.

        A disk that cannot be written to costs the guarantee, not the conversation: it is logged.
        """
        path = self._path(entry.product, entry.session)
        newborn = path.with_suffix(".new")
        try:
            self._directory.mkdir(mode=0o750, parents=True, exist_ok=True)
            with newborn.open("wb") as file:
                file.write(msgspec.json.encode(entry))
                file.flush()
                os.fsync(file.fileno())
            newborn.replace(path)
            self._sync()
        except OSError as error:
            log.warning("a power cut would now leave a paid session open: %s", error)

    def closed(self, product: str, session: str) -> None:
        """Forget it: the vendor has ended it."""
        try:
            self._path(product, session).unlink(missing_ok=True)
        except OSError as error:
            log.warning("an ended session stays in the journal: %s", error)

    def orphans(self, product: str) -> list[Entry]:
        """Those of a product that an earlier process opened and did not end, oldest first."""
        try:
            files = sorted(self._directory.glob(f"{product}-*.json"))
        except OSError as error:
            log.warning("open sessions cannot be looked up: %s", error)
            return []
        entries = []
        for file in files:
            try:
                entry = msgspec.json.decode(file.read_bytes(), type=Entry)
            except FileNotFoundError:
                continue  # Ended meanwhile.
            except OSError as error:  # The disk may only be slow to come: it is read again.
                log.warning("a session in the journal cannot be read now: %s", error)
                continue
            except msgspec.DecodeError as error:
                log.warning("%s tells no session, it is set aside: %s", file, error)
                with contextlib.suppress(OSError):  # Then the same is told again.
                    file.replace(file.with_suffix(".torn"))
                continue
            if entry.product == product:
                entries.append(entry)
        return sorted(entries, key=lambda entry: entry.opened_s)

    def _sync(self) -> None:
        """The name of a new file is the directory's: without this it can be gone after a cut."""
        directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _path(self, product: str, session: str) -> Path:
        return self._directory / f"{product}-{_UNSAFE.sub('_', session)[:100]}.json"
