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
_PATIENCE_S = 0.5


def candidates(driver: str, environ: Mapping[str, str], dri: Path = DRI) -> list[str]:
    """SDL drivers to be tried in turn."""
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


def there(
    driver: str,
    environ: Mapping[str, str],
    *,
    connectors: Path = CONNECTORS,
    x_sockets: Path = X_SOCKETS,
) -> bool:
    """Whether it is worth trying to open a screen by one of SDL's drivers; cheap.

    Whatever cannot be told is worth a try.
    """
    match driver:
        case "x11":
            display = re.match(r"(unix)?:(\d+)", environ.get("DISPLAY", ""))
            return display is None or _answers(x_sockets / f"X{display[2]}")
        case "wayland":
            name = environ.get("WAYLAND_DISPLAY", "wayland-0")
            return _answers(Path(environ.get("XDG_RUNTIME_DIR", "/")) / name)
        case "kmsdrm":
            plugs = outputs(connectors)
            return not plugs or any(status != "disconnected" for _, status, _ in plugs)
        case _:
            return True


def outputs(connectors: Path = CONNECTORS) -> tuple[tuple[str, str, str], ...]:
    """The plugs of all graphics cards: name, whether something is connected, its modes."""
    return tuple(
        (plug.name, _read(plug / "status"), _read(plug / "modes"))
        for plug in sorted(connectors.glob("card*-*"))
    )


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(_PATIENCE_S)
        try:
            caller.connect(str(path))
        except OSError:
            return False
        return True


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
