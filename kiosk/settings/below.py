"""Names of files that must stay below a folder: what settings, packs and staff may name."""

from pathlib import Path

from kiosk.settings.checks import is_below
from kiosk.settings.textfile import spelled


def inside(folder: Path, name: str) -> Path:
    """The file `name` in `folder`.

    Raises:
        ValueError: it leads out of the folder, by its name or by a link.
    """
    if not is_below(name):
        raise ValueError(f"{name!r} is not a file below {folder}")
    try:
        home = folder.resolve()
        file = spelled(home / name).resolve()
    except RuntimeError:  # Python 3.11 and 3.12; later ones raise when the file is opened.
        raise ValueError(f"{name!r} is a link that leads to itself") from None
    if not file.is_relative_to(home):
        raise ValueError(f"{name!r} leads out of {folder}")
    return file
