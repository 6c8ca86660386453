"""Files that come with the package: the documented defaults.

`config/` is where a person looks for them in a checkout, `data/` beside this file is where an
installed package keeps them. The second is a symbolic link to the first, so the repository holds
one copy; setuptools follows the link when it builds a wheel, and an editable install reads through
it.
"""

from pathlib import Path

_HERE = Path(__file__).parent / "data"


def path(name: str) -> Path:
    """Where the packaged file `name` is, such as `kiosk.toml`."""
    return _HERE / name
