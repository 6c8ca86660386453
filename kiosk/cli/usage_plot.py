"""The picture of `kiosk usage --plot`: a bar for each day, parted by what the money went for."""

import os
from collections.abc import Sequence
from pathlib import Path

import pygame

from kiosk.core.tally import Tally
from kiosk.core.tokens import NANO
from kiosk.display.text.fonts import Fonts
from kiosk.errors import UserError

SIZE = (1200, 500)
"""Pixels."""
LEFT, TOP, RIGHT, BOTTOM = 90, 80, 30, 60
"""Margins of the plot in pixels."""
TEXT_PX = 20
"""Size of all type in the plot."""
MAX_BAR_PX = 60
"""Width of a bar where there are few days."""
ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 7.5)
"""Times a power of ten: the distance of two lines."""
PAPER, INK, LINE = (255, 255, 255), (40, 48, 58), (222, 226, 230)
PARTS = (
    ("questions and answers", (46, 116, 181)),
    ("context read again", (240, 165, 60)),
    ("cloud avatar", (130, 90, 160)),
)
"""From the ground up."""


def write(days: Sequence[Tally], currency: str, file: Path) -> None:
    """Draw the days.

    Args:
        days: at least one, oldest first.
        currency: label of the amounts.
        file: is replaced.

    Raises:
        UserError: it cannot be written.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_mode((1, 1))  # Lines of text are made for a display.
    picture = _draw(days, currency)
    try:
        with file.open("wb") as out:
            pygame.image.save(picture, out, "plot.png")
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error}. Name another file") from error


def _draw(days: Sequence[Tally], currency: str) -> pygame.Surface:
    picture, fonts = pygame.Surface(SIZE), Fonts()
    picture.fill(PAPER)
    width, height = SIZE[0] - LEFT - RIGHT, SIZE[1] - TOP - BOTTOM
    step = _step(max(day.cost_n for day in days) / NANO)
    top = step * 4
    for line in range(5):
        y = TOP + height - height * line // 4
        pygame.draw.line(picture, LINE, (LEFT, y), (LEFT + width, y))
        amount = fonts.render(f"{step * line:g}", TEXT_PX, INK)
        picture.blit(amount, (LEFT - 12 - amount.get_width(), y - amount.get_height() // 2))
    pitch = width / len(days)
    every = -(-len(days) * 110 // width)
    for i, day in enumerate(days):
        middle = round(LEFT + pitch * (i + 0.5))
        ground = float(TOP + height)
        bar_px = max(min(round(pitch * 0.7), MAX_BAR_PX), 1)
        for amount_n, (_, colour) in zip(_parts(day), PARTS, strict=True):
            tall = height * amount_n / NANO / top
            upper = ground - tall
            bar = (middle - bar_px // 2, round(upper), bar_px, round(ground) - round(upper))
            pygame.draw.rect(picture, colour, bar)
            ground = upper
        if i % every == 0:
            name = fonts.render(day.period, TEXT_PX, INK)
            picture.blit(name, (middle - name.get_width() // 2, TOP + height + 14))
    _label(picture, fonts, currency)
    return picture


def _label(picture: pygame.Surface, fonts: Fonts, currency: str) -> None:
    """What is drawn, and in which colours."""
    heading = f"Cost by day in {currency}"
    picture.blit(fonts.render(heading, TEXT_PX, INK, bold=True), (LEFT, 24))
    x = SIZE[0] - RIGHT
    for name, colour in reversed(PARTS):
        words = fonts.render(name, TEXT_PX, INK)
        x -= words.get_width()
        picture.blit(words, (x, 24))
        pygame.draw.rect(picture, colour, (x - 24, 24 + words.get_height() // 2 - 8, 16, 16))
        x -= 52


def _parts(day: Tally) -> tuple[int, int, int]:
    """What the money of a day went for, as in `PARTS`."""
    return day.cost_n - day.again_n - day.avatar_n, day.again_n, day.avatar_n


def _step(highest: float) -> float:
    """A round quarter of the axis."""
    unit = 10.0**-6
    while True:
        for factor in ROUND:
            if 4 * unit * factor >= highest:
                return unit * factor
        unit *= 10
