"""A real X server without a screen, for as long as a test needs it."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest


class XServer:
    """The name of a display, such as `:3`, and what is on its screen."""

    def __init__(self, name: str, frame_buffer: Path, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self._frame_buffer = frame_buffer
        self._process = process

    def kill(self) -> None:
        """End it as if its plug had been pulled."""
        self._process.kill()
        self._process.wait()

    def grab(self) -> np.ndarray:
        """Pixels of the whole screen as the server has them: rows, columns, RGB."""
        return self.pixels()[:, :, ::-1].copy()

    def pixels(self) -> np.ndarray:
        """The server's own memory, which changes as it draws: rows, columns, BGR."""
        # An XWD file: words of 32 bits, big-endian; colours of 12 bytes; then 32 bits a pixel.
        data = np.memmap(self._frame_buffer, np.uint8, "r")
        words = data[:100].view(">u4")
        header, width, height, row_bytes, colours = (int(words[n]) for n in (0, 4, 5, 12, 19))
        start = header + 12 * colours
        rows = data[start : start + row_bytes * height].reshape(height, -1, 4)
        return rows[:, :width, :3]


class _ClientMessage(ctypes.Structure):
    """XClientMessageEvent of Xlib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("room", ctypes.c_long * 24),  # An XEvent is longer.
    )


def ask_to_close(server: XServer, window: int) -> None:
    """What a window manager sends when somebody clicks on its cross (WM_DELETE_WINDOW)."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x.XOpenDisplay(server.name.encode()))
    protocols = x.XInternAtom(display, b"WM_PROTOCOLS", 0)
    data = (ctypes.c_long * 5)(x.XInternAtom(display, b"WM_DELETE_WINDOW", 0))
    event = _ClientMessage(33, 0, 1, display.value, window, protocols, 32, data)
    x.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(event))
    x.XCloseDisplay(display)


@contextmanager
def xvfb(directory: Path, size: tuple[int, int] = (1280, 720)) -> Iterator[XServer]:
    """Run Xvfb on a free display, its frame buffer in `directory`."""
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        pytest.fail(f"{' and '.join(missing)} not installed (apt install xvfb xdotool)")
    reading, writing = os.pipe()
    screen = f"{size[0]}x{size[1]}x24"
    # Without -noreset it resets when the last client leaves, and refuses whoever comes just then.
    command = f"Xvfb -displayfd {writing} -screen 0 {screen} -nolisten tcp -noreset -fbdir"
    with subprocess.Popen(
        [*command.split(), str(directory)], pass_fds=[writing], stderr=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                number = answer.readline().strip()
            assert number, "Xvfb did not start"
            yield XServer(f":{number}", directory / "Xvfb_screen0", server)
        finally:
            server.terminate()
