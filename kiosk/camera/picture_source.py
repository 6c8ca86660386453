"""Pictures of a Video4Linux camera, or of a file that stands for one, as JPEG; by PyAV.

The device is open while pictures are wanted and no longer: its own light tells, too.
"""

from fractions import Fraction
from typing import Any

from kiosk.errors import DeviceError
from kiosk.settings.camera import FILE
from kiosk.settings.installation import library

MAX_SIDE_PX = 768
"""Source: Live API, video input."""
STALE_FRAMES = 5
"""A device keeps some that are old, and needs some to find its exposure."""
QUALITY = 4
"""Of mjpeg, 2 (best) to 31: some 60 kB a picture."""


class PictureSource:
    """See the module. Blocks, and is for one thread at a time.

    Args:
        source: `camera.source`, but not `none`.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._device: Any = None

    def take(self) -> bytes:
        """A picture of now.

        Raises:
            DeviceError: there is none; with what is wrong and the remedy.
        """
        try:
            import av
        except ImportError:
            told = f"needs the library av. Install it: {library('camera')}"
            raise DeviceError(f'camera.source = "{self._source}" {told}') from None
        try:
            if self._source.startswith(FILE):
                with av.open(self._source.removeprefix(FILE)) as file:
                    return _jpeg(av, next(file.decode(video=0)))
            if self._device is None:
                self._device = av.open(self._source, format="v4l2")
            frames = self._device.decode(video=0)
            for _ in range(STALE_FRAMES):
                next(frames)
            return _jpeg(av, next(frames))
        except (OSError, ValueError, StopIteration, av.FFmpegError) as error:
            self.close()
            why = str(error) or "no picture"
            told = f"gives no picture: {why}. Plug it in, or set another one or none"
            raise DeviceError(f'camera.source = "{self._source}" {told}') from None

    def close(self) -> None:
        """Let go of the device."""
        device, self._device = self._device, None
        if device is not None:
            device.close()


def _jpeg(av: Any, frame: Any) -> bytes:
    share = min(1.0, MAX_SIDE_PX / max(frame.width, frame.height))
    width, height = (max(round(side * share) // 2 * 2, 2) for side in (frame.width, frame.height))
    small = frame.reformat(width, height, format="yuvj420p")
    small.pts = 0
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = Fraction(1, 1)
    encoder.qmin = encoder.qmax = QUALITY
    return b"".join(bytes(packet) for packet in (*encoder.encode(small), *encoder.encode(None)))
