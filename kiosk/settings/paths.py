"""Where the runtime files are: the rings and the control socket.

One rule for `kiosk run`, which makes them, and `kiosk ctl`, which looks for them: what was given,
`$RUNTIME_DIRECTORY` (systemd sets it), `/run/kiosk`, `$XDG_RUNTIME_DIR/kiosk`. The two differ in
what "usable" means: the daemon must be able to write there, while a member of its group need only
reach the socket.
"""

import os
import shlex
import stat
from pathlib import Path

from kiosk.errors import UserError

SOCKET = "control.sock"
SYSTEM = Path("/run/kiosk")
"""Where a service of the system keeps its runtime files."""
SERVICE_STATE = Path("/var/lib/kiosk")
"""Where systemd keeps its state; see `StateDirectory=` of the unit."""


def runtime_dir(given: Path | None = None) -> Path:
    """Find the directory for a daemon's runtime files, and make it if need be.

    Raises:
        UserError: there is none that this user can write to.
    """
    named = given or _from_systemd()
    if named:
        _make(named)
        return named
    for candidate in _usual():
        try:
            _make(candidate)
        except UserError:
            continue
        return candidate
    raise UserError(
        "there is no directory for runtime files: $RUNTIME_DIRECTORY is not set, /run/kiosk cannot"
        " be written to and $XDG_RUNTIME_DIR is not set. Give one, on a tmpfs, with"
        " --runtime-dir DIR"
    )


def control_socket(given: Path | None = None) -> Path:
    """Find the control socket of the daemon that runs here, or where it would be."""
    named = given or _from_systemd()
    candidates = [named] if named else _usual()
    sockets = [candidate / SOCKET for candidate in candidates]
    # os.path.exists is also False where this user may not look: the next one may be theirs.
    found = [socket for socket in sockets if os.path.exists(socket)]  # noqa: PTH110
    return (found or sockets)[0]


def state_dir() -> Path:
    """Tell the directory of what outlives a reboot; it need not be there.

    `$STATE_DIRECTORY` (systemd sets it), else `kiosk` in `$XDG_STATE_HOME`, which is
    `~/.local/state` where it is not set.
    """
    first = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if first:
        return Path(first)
    own = os.environ.get("XDG_STATE_HOME")
    return (Path(own) if own else Path("~/.local/state").expanduser()) / "kiosk"


def kept_state(given: Path | None = None) -> Path:
    """Find the state directory of the kiosk of this machine, for a person who reads it.

    It is what was given, else `$STATE_DIRECTORY`, else that of the service where one is installed,
    else what `state_dir` tells.
    """
    if given is not None:
        return given
    if not os.environ.get("STATE_DIRECTORY") and os.path.exists(SERVICE_STATE):  # noqa: PTH110
        return SERVICE_STATE
    return state_dir()


def _from_systemd() -> Path | None:
    """`$RUNTIME_DIRECTORY`; systemd writes several with colons between them, the first is ours."""
    first = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(first) if first else None


def _usual() -> list[Path]:
    own = os.environ.get("XDG_RUNTIME_DIR")
    return [SYSTEM, *([Path(own) / "kiosk"] if own else [])]


def _make(directory: Path) -> None:
    """Make a directory that this user can write to; others than its group may not look into it."""
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise UserError(
            f"{directory}: cannot be made: {error}. Give another one with --runtime-dir DIR"
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise UserError(
            f"{directory}: may not be written to by this user. Give another one with"
            " --runtime-dir DIR, or run as the user that owns it"
        )
    _refuse_foreign(directory)


def _refuse_foreign(directory: Path) -> None:
    """Check that nobody else could read or replace what a visitor says.

    Raises:
        UserError: somebody could; with the remedy.
    """
    status = directory.stat()
    if status.st_uid != os.geteuid():
        raise UserError(
            f"{directory}: belongs to another user ({status.st_uid}), who could hear what visitors"
            " say. Run as that user, or give another directory with --runtime-dir DIR"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UserError(
            f"{directory}: others may write to it (mode {stat.S_IMODE(status.st_mode):04o}), and"
            f" could hear what visitors say. Remedy: chmod go-w {shlex.quote(str(directory))}, or"
            " another directory with --runtime-dir DIR"
        )
