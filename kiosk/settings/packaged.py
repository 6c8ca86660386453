"""Files that come with the package: the documented defaults.

In a checkout they lie in `config/`, where a person looks for them, and `data/` beside this file is
a symbolic link to that folder. setuptools follows the link, so that a wheel holds the files in
`data/` itself; an editable installation reads through the link.
"""

from pathlib import Path

_HERE = Path(__file__).parent / "data"


def path(name: str) -> Path:
    """Where the packaged file `name` is, such as `kiosk.toml`."""
    return _HERE / name
