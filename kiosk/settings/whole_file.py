"""Small files that are replaced as a whole: a crash while writing leaves the old one."""

import contextlib
import os
from pathlib import Path


def write_whole(file: Path, data: bytes, *, synced: bool = False) -> None:
    """Replace `file` by one of `data`; its folder is made where it is missing.

    Args:
        file: where it goes.
        data: what it is to hold.
        synced: it is on the disk when this returns, its name too, so that no power cut loses it. A
            memory card that is busy takes a second and more for that.

    Raises:
        OSError: what was there before is there still.
    """
    beside = file.with_suffix(".new")
    try:
        file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with beside.open("wb") as stream:
            stream.write(data)
            if synced:
                stream.flush()
                os.fsync(stream.fileno())
        beside.replace(file)
        if synced:
            _sync(file.parent)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Sync a folder, which keeps the names of its files: a power cut could lose a new one."""
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
