"""Exports of design tools broken at random: each is refused by name or drawn, in little time."""

import random
import re
import time
from pathlib import Path

import pygame
import pytest

from kiosk.draw import svg

EXPORTS = [file.read_text() for file in sorted((Path(__file__).parent / "exports").glob("*.svg"))]
LIMIT_S = 5.0
"""For one drawing of 120 pixels, on a slow machine; a whole one takes 0.02 s."""
VALUES = (
    *(
        "",
        "none",
        "inherit",
        "0",
        "-1",
        "1e6",
        "-1e6",
        "1e-9",
        "1e308",
        "NaN",
        "100%",
        "-50%",
        "auto",
    ),
    *(
        "url(#eye)",
        "url(#none)",
        "url(http://a.example/#a)",
        "#",
        "#eye",
        "rgb(",
        "matrix(0,0,0,0,0,0)",
    ),
    *("scale(1e6)", "rotate(45)", "skewX(90)", "M0 0", "M0 0A1 1 0 0 1 1 1", "0 0 0 0", "multiply"),
    *("currentColor", "objectBoundingBox", "reflect", "evenodd", "\0", "&amp;", "%s", "%%", "{}"),
)
NUMBERS = ("0", "-1", "1", "1e-9", "-1e-3", "999999", "-1e6", "1e6", "0.5", "50%", "33", "-400")
ELEMENTS = (
    *('<g opacity=".5">', "</g>", '<use href="#eye"/>', '<rect width="99" height="99"/>', "<defs>"),
    *('<g id="eye"><use href="#eye1"/></g>', '<svg viewBox="0 0 0 0"><path d="M0 0L9 9"/></svg>'),
    *('<filter id="eye"><feGaussianBlur stdDeviation="9"/></filter>', "<style>.a{fill:red", "<!--"),
    *('<mask id="eye">', '<clipPath id="eye">', '<symbol id="eye" viewBox="0 0 1 1">', "</defs>"),
    *('<linearGradient id="eye" href="#eye">', "<stop/>", '<marker id="eye">', "<svg>", "&a;"),
)  # fmt: skip


def broken(dice: random.Random) -> str:
    """An export with a few changes, as an accident or an enemy would make them."""
    text = dice.choice(EXPORTS)
    for _ in range(dice.randrange(1, 5)):
        places = list(re.finditer(r'"([^"]*)"', text))
        match dice.randrange(12):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6:  # Another number.
                place = dice.choice(list(re.finditer(r"(?<=[\s\",(])-?\d+(\.\d+)?", text)))
                text = text[: place.start()] + dice.choice(NUMBERS) + text[place.end() :]
            case 7 if places:  # Another value for an attribute.
                place = dice.choice(places)
                text = f'{text[: place.start()]}"{dice.choice(VALUES)}"{text[place.end() :]}'
            case 8 | 9 if places:  # The value of another attribute.
                place, other = dice.choice(places), dice.choice(places)
                text = text[: place.start()] + other[0] + text[place.end() :]
            case 10:
                at = text.find("<", dice.randrange(len(text)))
                text = text[:at] + dice.choice(ELEMENTS) * dice.choice((1, 3, 30)) + text[at:]
            case _:
                at = dice.randrange(len(text))
                text = text[:at] + text[at + dice.randrange(200) :]
    return text


def try_out(seed: int) -> bool:
    text = broken(random.Random(seed))
    began_s = time.monotonic()
    told = ""
    try:
        svg.load(text.encode(), (120, 120))
    except svg.DrawingError as error:
        told = str(error)
    except pygame.error as error:
        told = f"{error}: export it again"
        assert "librsvg cannot draw this" in told, seed
    assert time.monotonic() - began_s < LIMIT_S, seed
    assert not told or re.fullmatch(r".+: .+", told), seed
    return not told


def test_exports_broken_at_random_are_told_or_drawn():
    drawn = sum(map(try_out, range(400)))
    assert 100 < drawn < 350, "many breaks are refused, and many leave a drawing"


@pytest.mark.long
def test_many_exports_broken_at_random_are_told_or_drawn():
    for seed in range(1000, 21_000):
        try_out(seed)
