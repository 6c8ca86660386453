"""Switches the keys of the text console off or on: `python -m kiosk.service.console off`.

Without a desktop the picture stands over a text console, which goes on listening to every keyboard:
Ctrl+Alt+Del starts the board anew, Alt+F2 leads to a login prompt. Off, the console takes no key;
SDL reads keyboards from /dev/input, so one can be the button all the same.
"""

import fcntl
import sys
from pathlib import Path

CONSOLE = Path("/dev/tty1")
_KDSKBMODE = 0x4B45  # linux/kd.h
_MODES = {"off": 0x04, "on": 0x03}
"""K_OFF, and K_UNICODE, which is what the kernel begins with. Source: linux/kd.h."""


def main(arguments: list[str]) -> int:
    """Set the console's keyboard mode; the exit status."""
    if len(arguments) != 1 or arguments[0] not in _MODES:
        print("usage: python -m kiosk.service.console off|on", file=sys.stderr)
        return 2
    try:
        with CONSOLE.open("rb", buffering=0) as console:
            fcntl.ioctl(console, _KDSKBMODE, _MODES[arguments[0]])
    except OSError as error:
        print(f"{CONSOLE}: the console's keyboard cannot be set: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
