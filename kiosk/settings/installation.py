"""How this Kiosk was installed, and how a person installs here what is missing.

All remedies come from here, so that each error names the one that fits. `make install`
leaves `MARK` in its virtual environment; a clone of the source has pyproject.toml beside the
package; everything else is a package that somebody installed with pip. A leaf.
"""

import os
import pwd
import shlex
import sys
from enum import Enum
from functools import cache
from pathlib import Path

MARK = "kiosk-service"
"""File in the virtual environment of the service (scripts/install)."""
SERVICE_USER = "kiosk"
_OPTIONS = {"board": " GPIO=1", "heygen": " AVATAR=heygen", "avatarim": " AVATAR=avatarim"}
"""What `make install` has to be told for an extra; the others it installs by itself."""
_ALWAYS = frozenset({"concierge", "knowledge", "screen", "vertex"})


class Installation(Enum):
    """The ways to come by Kiosk."""

    SERVICE = "service"
    """`make install`: a unit, a user, `/etc/kiosk`."""
    CLONE = "clone"
    """`make demo` and the like: the source, with a virtual environment in it."""
    PACKAGE = "package"
    """Somebody's own environment."""


@cache
def installation(prefix: Path | None = None, source: Path | None = None) -> Installation:
    """Tell how the Kiosk that runs was installed.

    Args:
        prefix: of the interpreter; `sys.prefix` by default.
        source: folder that the package lies in; by default this file's.
    """
    if ((prefix or Path(sys.prefix)) / MARK).exists():
        return Installation.SERVICE
    if ((source or _source()) / "pyproject.toml").exists():
        return Installation.CLONE
    return Installation.PACKAGE


def library(extra: str, how: Installation | None = None) -> str:
    """How to install the libraries of one of pyproject.toml's extras, such as `board`."""
    how = how or installation()
    if how is Installation.SERVICE and (extra in _OPTIONS or extra in _ALWAYS):
        return f"in Kiosk's source: sudo make install{_OPTIONS.get(extra, '')}"
    python = shlex.quote(sys.executable)
    if how is Installation.CLONE:
        pins = shlex.quote(str(_source() / "constraints.txt"))
        return f"{python} -m pip install -c {pins} 'kiosk[{extra}]'"
    return f"{'sudo ' * (how is Installation.SERVICE)}{python} -m pip install 'kiosk[{extra}]'"


def screen(how: Installation | None = None) -> str:
    """What to look at where no picture can be shown without a desktop."""
    cable = "Check the cable, and that the screen is on: HDMI must be connected at the start"
    match how or installation():
        case Installation.SERVICE:
            return cable
        case Installation.CLONE:  # The wheel of pygame has no KMSDRM driver; the service's has.
            return f"{cable}. On a board without a desktop, install the service: sudo make install"
        case _:
            return (
                f"{cable}. On a board without a desktop: sudo apt-get install python3-pygame, and a"
                " virtual environment made with --system-site-packages"
            )


def start(how: Installation | None = None) -> str:
    """How to start a kiosk that does not run, and where to look why."""
    how = how or installation()
    if how is Installation.SERVICE:
        return (
            "sudo systemctl start kiosk (why it is down: systemctl status kiosk,"
            " journalctl -u kiosk)"
        )
    return f"{shlex.quote(str(Path(sys.executable).with_name('kiosk')))} run"


def restart(how: Installation | None = None) -> str:
    """How to start a kiosk anew that runs."""
    how = how or installation()
    return "sudo systemctl restart kiosk" if how is Installation.SERVICE else "start it again"


def user() -> str:
    """Name of the user that this process runs as, or its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def join_group(group: str, user: str, how: Installation | None = None) -> str:
    """How to let a user into a group."""
    how = how or installation()
    again = "log in again"
    if how is Installation.SERVICE and user == SERVICE_USER:
        again = "sudo systemctl restart kiosk"
    return f"sudo usermod -aG {group} {user}, then {again}"


def _source() -> Path:
    return Path(__file__).resolve().parents[2]
