"""Where things are on a screen of a given size, upright: a pure function of width and height.

Above, daylight with the avatar; below, the panel with all words. The words are never over the face
because they have a place of their own; a card stands beside the face, or above it.
"""

import pygame
from msgspec import Struct


class Layout(Struct, frozen=True):
    """Places and type sizes, in pixels of the upright picture."""

    size: tuple[int, int]
    margin: int
    avatar: pygame.Rect
    """Where the avatar is painted: above the panel, in a column that has room for shoulders."""
    panel: pygame.Rect
    text: pygame.Rect
    """Room for words on the panel."""
    meter: pygame.Rect
    """Place of the level meter, in the upper part of `text`."""
    badge: tuple[int, int]
    """Middle of the left end of the state's badge, or its middle if `badge_centred`."""
    badge_centred: bool
    toast: tuple[int, int]
    """Middle of a notice."""
    title_px: int
    """Type size of the largest line."""
    caption_px: int
    small_px: int
    caption_lines: int
    """Lines of the reply that are shown together."""

    @property
    def portrait(self) -> bool:
        """Whether the picture is higher than wide."""
        return self.size[1] > self.size[0]


def layout(size: tuple[int, int], large_type: bool = False, wide: bool = False) -> Layout:
    """Lay the screen out.

    Args:
        size: width and height in pixels.
        large_type: larger words, on a higher panel.
        wide: the avatar's place is the full width, for a picture that comes over a line.
    """
    width, height = size
    portrait = height > width
    short = min(width, height)
    margin = round(short * 0.045)
    share = (0.34 if portrait else 0.40) if large_type else (0.27 if portrait else 0.31)
    panel_height = round(height * share)
    panel = pygame.Rect(0, height - panel_height, width, panel_height)
    column = min(width, round(panel.top * 1.12))
    if wide:
        column = width
    elif portrait:
        column = round(width * (0.76 if large_type else 0.9))
    headroom = round(height * 0.10) if portrait else 0
    avatar = pygame.Rect((width - column) // 2, headroom, column, panel.top - headroom)

    caption_px = round(width * 0.05) if portrait else round(height * 0.046)
    caption_px = max(caption_px, 18)
    if large_type:
        caption_px = round(caption_px * 1.4)
    text_width = min(width - 2 * margin, 34 * caption_px)
    pad = round(panel_height * (0.11 if portrait else 0.12))
    text = pygame.Rect(
        (width - text_width) // 2, panel.top + pad, text_width, panel_height - 2 * pad
    )
    meter = pygame.Rect(0, 0, 0, round(text.height * (0.45 if portrait else 0.52)))
    meter.width = min(text.width, round(meter.height * 6.4))
    meter.midtop = text.midtop
    small_px = max(round(caption_px * 0.72), 14)
    lines = (text.height - round(small_px * 1.9)) // round(caption_px * 1.32)
    return Layout(
        size=size,
        margin=margin,
        avatar=avatar,
        panel=panel,
        text=text,
        meter=meter,
        badge=(width // 2, round(height * 0.055)) if portrait else (margin, margin + caption_px),
        badge_centred=portrait,
        toast=(width // 2, panel.top),
        title_px=round(caption_px * 1.45),
        caption_px=caption_px,
        small_px=small_px,
        caption_lines=min(max(lines, 2), 4 if portrait else 3),
    )


def card_place(place: Layout, face: pygame.Rect, logo: pygame.Rect) -> pygame.Rect:
    """Where a card stands: beside the face, on a narrow screen above or below it.

    Args:
        place: the layout.
        face: what nothing covers, on the screen.
        logo: nor this, in the upper corner; empty where there is none.
    """
    margin, gap = place.margin, place.margin // 2
    free = logo.bottom + gap if logo else margin
    if place.portrait:
        width = place.size[0] - 2 * margin
        above = pygame.Rect(margin, free, width, face.top - gap - free)
        bottom = place.panel.top - round(place.small_px * 1.7)
        below = pygame.Rect(margin, face.bottom + gap, width, bottom - face.bottom - gap)
        return max(above, below, key=lambda room: room.height)
    left = max(face.right, place.size[0] // 2 + round(place.panel.top * 0.30)) + gap
    top = max(margin + place.small_px, free)
    width = min(place.size[0] - margin - left, round(place.panel.top * 1.15))
    bottom = place.panel.top - max(margin, 2 * place.small_px)  # A notice stands below it.
    return pygame.Rect(place.size[0] - margin - width, top, width, bottom - top)
