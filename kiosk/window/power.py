"""Switching the panel off and on, where the machine lets us.

Three ways, each tried: the X server's DPMS, the backlight of a panel that has one, the console's
frame buffer. Where none works nothing happens: the picture is black in quiet hours anyway.
"""

import ctypes
import os
from pathlib import Path
from typing import Any, Protocol

BACKLIGHTS = Path("/sys/class/backlight")
BLANK = Path("/sys/class/graphics/fb0/blank")
_ON, _OFF = b"0", b"4"
"""FB_BLANK_UNBLANK and FB_BLANK_POWERDOWN of linux/fb.h, which both files understand."""
_DPMS_ON, _DPMS_OFF = 0, 3  # X11/extensions/dpmsconst.h


class Switch(Protocol):
    """One way."""

    def turn(self, on: bool) -> bool:
        """Do it; whether it was possible."""
        ...


class Files:
    """Backlights and frame buffer, by files that the user may or may not write."""

    def __init__(self, backlights: Path = BACKLIGHTS, blank: Path = BLANK) -> None:
        self._backlights, self._blank = backlights, blank

    def turn(self, on: bool) -> bool:
        """See `Switch`."""
        lights = [_write(path, on) for path in self._backlights.glob("*/bl_power")]
        return any(lights) or _write(self._blank, on)


class XScreen:
    """The X server's own, on a connection of its own.

    Only for a process that may end: Xlib ends whoever loses its server.
    """

    def __init__(self) -> None:
        self._x, self._extension = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXext.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        name = os.environ.get("DISPLAY", "").encode()
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(name or None))
        if not self._display:
            raise OSError("the X server does not answer")
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        self._was_managed = True
        """Whether the server switches the panel by itself too, when nobody touches a key."""

    def size(self) -> tuple[int, int]:
        """Width and height of the whole screen, as it is now."""
        window, numbers = ctypes.c_ulong(), [ctypes.c_uint() for _ in range(6)]
        places: list[Any] = [ctypes.byref(number) for number in numbers]
        self._x.XGetGeometry(self._display, self._root, ctypes.byref(window), *places)
        return numbers[2].value, numbers[3].value

    def keep_on(self) -> None:
        """As if somebody had touched a key: X switches its screen off where nobody does for ten
        minutes, and a kiosk may have none. To be said again and again.
        """
        self._x.XResetScreenSaver(self._display)
        self._x.XFlush(self._display)

    def turn(self, on: bool) -> bool:
        """See `Switch`."""
        numbers = ctypes.c_int(), ctypes.c_int()
        places = [ctypes.byref(number) for number in numbers]
        if not self._extension.DPMSQueryExtension(self._display, *places):
            return False
        if not self._extension.DPMSCapable(self._display):
            return False
        if not on:
            self._was_managed = self._is_managed()
        self._extension.DPMSEnable(self._display)  # Without it no level can be set.
        level = _DPMS_ON if on else _DPMS_OFF
        self._extension.DPMSForceLevel(self._display, ctypes.c_ushort(level))
        if on and not self._was_managed:
            self._extension.DPMSDisable(self._display)
        self._x.XSync(self._display, 0)
        return True

    def _is_managed(self) -> bool:
        level, managed = ctypes.c_ushort(), ctypes.c_ubyte()
        self._extension.DPMSInfo(self._display, ctypes.byref(level), ctypes.byref(managed))
        return bool(managed.value)


def x_screen() -> XScreen | None:
    """The X server's, where there is one and its library."""
    try:
        return XScreen()
    except OSError:
        return None


def _write(path: Path, on: bool) -> bool:
    try:
        path.write_bytes(_ON if on else _OFF)
    except OSError:
        return False
    return True
