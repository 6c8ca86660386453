"""Type: the best of the fonts that this system has, found by a handful of known paths.

`pygame.font.SysFont` asks fc-list, which scans every font at its first call on a fresh card
(seconds on a Pi); a look at known paths takes microseconds. Where there is none of them, pygame's
own font is used.
"""

from functools import lru_cache
from pathlib import Path

import pygame

_ROOT = Path("/usr/share/fonts")
_FAMILIES = (
    ("truetype/open-sans/OpenSans-Regular.ttf", "truetype/open-sans/OpenSans-Semibold.ttf"),
    ("truetype/open-sans/OpenSans-Regular.ttf", "truetype/open-sans/OpenSans-SemiBold.ttf"),
    ("truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoSans-SemiBold.ttf"),
    ("truetype/noto/NotoSans-Regular.ttf", "truetype/noto/NotoSans-Bold.ttf"),
    ("truetype/lato/Lato-Regular.ttf", "truetype/lato/Lato-Semibold.ttf"),
    ("truetype/dejavu/DejaVuSans.ttf", "truetype/dejavu/DejaVuSans-Bold.ttf"),
)
"""Regular and bold, below _ROOT; the first family of which both are there is taken."""


@lru_cache(maxsize=1)
def family() -> tuple[Path, Path] | None:
    """Files of the regular and the bold font, or None for pygame's own."""
    for regular, bold in _FAMILIES:
        if (_ROOT / regular).is_file() and (_ROOT / bold).is_file():
            return _ROOT / regular, _ROOT / bold
    return None


class Fonts:
    """Fonts by size in pixels, each opened once. Valid while `pygame.font` is."""

    def __init__(self) -> None:
        self._opened: dict[tuple[int, bool], pygame.font.Font] = {}

    def get(self, px: int, bold: bool = False) -> pygame.font.Font:
        """The font of a size."""
        font = self._opened.get((px, bold))
        if font is None:
            files = family()
            font = pygame.font.Font(files[bold] if files else None, px)
            self._opened[px, bold] = font
        return font
