"""Which of SDL's video drivers to try, and whether there is a screen behind them at all.

Without pygame: whoever only waits for a screen need not load it.
"""

import re
import socket
from collections.abc import Mapping
from pathlib import Path

OFF_SCREEN = frozenset({"dummy", "offscreen"})
"""Drivers that draw into memory: nothing about them can hang, end the process or be unplugged."""
DRI = Path("/dev/dri")
CONNECTORS = Path("/sys/class/drm")
X_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108 - where X servers have them
_CONNECT_TIMEOUT_S = 0.5
"""For a display server to take a connection: it is on this machine."""


def candidates(driver: str, environ: Mapping[str, str], dri: Path = DRI) -> list[str]:
    """SDL's names of the drivers to be tried in turn for `display.driver`."""
    if driver != "auto":
        return [driver]
    found = []
    if environ.get("WAYLAND_DISPLAY"):
        found.append("wayland")
    if environ.get("DISPLAY"):
        found.append("x11")
    if not found and dri.exists():
        found.append("kmsdrm")
    return found


def is_present(
    driver: str,
    environ: Mapping[str, str],
    *,
    connectors: Path = CONNECTORS,
    x_sockets: Path = X_SOCKETS,
) -> bool:
    """Whether a screen can be behind one of SDL's drivers; cheap.

    Where that cannot be told it is taken for present: opening it tells.
    """
    match driver:
        case "x11":
            display = re.match(r"(unix)?:(\d+)", environ.get("DISPLAY", ""))
            return display is None or _answers(x_sockets / f"X{display[2]}")
        case "wayland":
            name = environ.get("WAYLAND_DISPLAY", "wayland-0")
            return _answers(Path(environ.get("XDG_RUNTIME_DIR", "/")) / name)
        case "kmsdrm":
            found = outputs(connectors)
            return not found or any(status != "disconnected" for _, status, _ in found)
        case _:
            return True


def outputs(connectors: Path = CONNECTORS) -> tuple[tuple[str, str, str], ...]:
    """The connectors of all graphics cards: name, whether something is plugged in, its modes."""
    return tuple(
        (output.name, _read(output / "status"), _read(output / "modes"))
        for output in sorted(connectors.glob("card*-*"))
    )


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_CONNECT_TIMEOUT_S)
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
