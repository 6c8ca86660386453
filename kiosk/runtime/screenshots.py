"""The folder of the pictures that staff asked for, in memory beside the control socket.

Whoever may talk to the kiosk names the file. So a name stays in this folder, and what lies there
under the name (a link, a pipe, a device) is replaced and never opened.
"""

import os
import tempfile
from pathlib import Path

from kiosk.errors import ControlError

MAX_FILES = 10
"""The oldest goes: they are in memory, and a visitor's words may stand in them."""
MODE = 0o640
"""The group that may ask for a picture may also look at it."""
SUFFIX = ".png"


def place(folder: Path, wanted: str) -> Path:
    """The file in `folder` that a request means by a name, or by an absolute path to there.

    Raises:
        ControlError: it is none.
    """
    path = Path(wanted) if "\0" not in wanted else Path()
    if path.parent not in (Path(), folder) or path.suffix != SUFFIX or path.name.startswith("."):
        raise ControlError(
            f"screenshot needs the name of a {SUFFIX[1:].upper()}, such as now{SUFFIX}; pictures go"
            f" to {folder}"
        )
    return folder / path.name


def write(file: Path, png: bytes) -> None:
    """Write a picture to a file of the folder, which appears when it is whole. Blocks.

    Raises:
        OSError: it cannot be written.
    """
    file.parent.mkdir(mode=0o750, exist_ok=True)
    descriptor, newborn = tempfile.mkstemp(SUFFIX, ".", file.parent)  # A new file, never a link.
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(png)
            os.fchmod(descriptor, MODE)
        Path(newborn).replace(file)
    except OSError:
        Path(newborn).unlink()
        raise
    pictures = sorted(file.parent.glob(f"*{SUFFIX}"), key=lambda one: one.lstat().st_mtime_ns)
    for oldest in pictures[:-MAX_FILES]:
        oldest.unlink()
