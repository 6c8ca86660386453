"""Pictures from files of any origin, for cards, background, logo and the layers of packs.

They are decoded in a process of its own (`image_decoder.py`): what a file does to a decoder, it
does not do to the daemon.
"""

import json
import logging
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.errors import UserError

if TYPE_CHECKING:
    import pygame

log = logging.getLogger("kiosk.screen")

TIMEOUT_S = 60.0
"""For one picture: 50 megapixels of PNG take some ten seconds on a board."""


_SAMPLE_PX = (64, 64)
"""Width and height at which a picture is tried: what is broken shows at any size."""


class PictureError(UserError, ValueError):
    """A picture cannot be shown.

    Args:
        file: that it was to be read from.
        what: is wrong with it; a verb first, no full stop.
        remedy: how to mend it.
    """

    def __init__(self, file: Path, what: str, remedy: str) -> None:
        super().__init__(f"{file} {what}. {remedy}")
        self.what, self.remedy = what, remedy


class ImageReader:
    """Reads pictures; a context manager, whose process starts with the first one.

    PNG, JPEG, WebP, AVIF and GIF (the first frame), turned upright, in sRGB, with alpha; and SVG.
    For one thread at a time. `read`, `read_whole` and `check` raise `PictureError`.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "ImageReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, file: Path, box: tuple[int, int], *, cover: bool = False) -> "pygame.Surface":
        """A picture scaled to a box, in pixels.

        Args:
            file: to be read.
            box: width and height that the whole picture fits into.
            cover: fill the box instead, and cut what is over.
        """
        return _surface(*self._read(file, {"box": box, "cover": cover}))

    def read_whole(self, file: Path, max_pixels: int) -> "pygame.Surface":
        """A picture at its own size, which is at most `max_pixels`."""
        return _surface(*self._read(file, {"max_pixels": max_pixels}))

    def check(self, file: Path) -> None:
        """Whether a picture can be shown; without pygame."""
        self._read(file, {"box": _SAMPLE_PX})

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _read(self, file: Path, options: dict[str, Any]) -> tuple[tuple[int, int], bytes]:
        process = self._process = self._process or _started()
        watch = threading.Timer(TIMEOUT_S, process.kill)
        watch.start()
        try:
            answer, pixels = _exchange(process, {"file": str(file), **options})
        except (EOFError, OSError):
            ended = f"signal {-status}" if (status := process.wait()) < 0 else f"status {status}"
            self.close()
            raise PictureError(
                file,
                f"cannot be decoded, or not within {TIMEOUT_S:g} s ({ended})",
                "Export it again",
            ) from None
        finally:
            watch.cancel()
        if "error" in answer:
            raise PictureError(file, answer["error"], answer["remedy"])
        if answer["note"]:
            log.warning("%s: %s", file, answer["note"])
        return tuple(answer["size"]), pixels


def _surface(size: tuple[int, int], pixels: bytes) -> "pygame.Surface":
    import pygame

    return pygame.image.frombuffer(pixels, size, "RGBA")


def _started() -> subprocess.Popen[bytes]:
    # Without the warnings of the library about what it reads all the same.
    command = [sys.executable, "-W", "ignore", "-m", "kiosk.draw.image_decoder"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _exchange(
    process: subprocess.Popen[bytes], request: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """Send a request and wait for its answer.

    Raises:
        EOFError, OSError: the process has ended.
    """
    assert process.stdin is not None  # noqa: S101 - as it was started
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    answer = json.loads(line)
    size = answer.get("size", (0, 0))
    pixels = process.stdout.read(size[0] * size[1] * 4)
    if len(pixels) < size[0] * size[1] * 4:
        raise EOFError
    return answer, pixels
