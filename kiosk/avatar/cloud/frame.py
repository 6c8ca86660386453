"""A picture of a cloud avatar. A leaf: numpy and pygame are loaded where they are asked for."""

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    import pygame


class Frame(Struct, frozen=True):
    """A picture: bytes R, G, B row by row, without padding; whoever gave it does not change it."""

    width: int
    height: int
    rgb: bytes | bytearray | memoryview
    at_s: float
    """Monotonic seconds at which it came."""

    def array(self) -> "np.ndarray":
        """Give its pixels, `(height, width, 3)` of uint8, without a copy; not to be written to."""
        import numpy as np

        pixels = np.frombuffer(self.rgb, np.uint8).reshape(self.height, self.width, 3)
        pixels.flags.writeable = False
        return pixels

    def surface(self) -> "pygame.Surface":
        """Give it as a surface of pygame, without a copy. No display need be open."""
        import pygame

        return pygame.image.frombuffer(self.rgb, (self.width, self.height), "RGB")
