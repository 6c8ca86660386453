"""The renderer by way of ctypes: pixels as SDL wants them, faults as exceptions, many threads."""

import ctypes
from concurrent.futures import ThreadPoolExecutor

import pygame
import pytest

from kiosk.draw import svg
from kiosk.draw.svg import librsvg
from kiosk.window import screen_check

SQUARE = '<path d="M0 0h{0}v{0}H0z" fill="#{1}" opacity="{2}"/>'


@pytest.mark.parametrize("alpha", [0, 1, 3, 64, 128, 254, 255])
def test_colours_are_those_before_alpha(alpha):
    """SDL multiplies them at each blit; cairo's are multiplied already."""
    picture = svg.picture(SQUARE.format(9, "ff8000", alpha / 255), (9, 9))
    red, green, blue, opacity = picture.get_at((4, 4))
    assert opacity == alpha
    if alpha > 1:  # Of less there is nothing left to divide.
        assert red == 255
        assert abs(green - 128) <= 128 // alpha + 1
        assert blue == 0


def test_a_picture_of_any_width_has_each_row_in_its_place():
    for width in (1, 2, 3, 17, 255):
        picture = svg.picture('<path d="M0 2h999v1H0z" fill="#0f0"/>', (width, 5))
        for row in range(5):
            assert picture.get_at((width - 1, row))[3] == 255 * (row == 2), (width, row)


@pytest.mark.parametrize("size", [(0, 9), (9, 0), (-1, 9), (40_000, 9)])
def test_a_size_that_cannot_be_is_an_error(size):
    with pytest.raises(pygame.error):
        svg.picture("", size)


@pytest.mark.parametrize(
    "elements", ["<g>", "&x;", "\0", "<g transform='scale(1e300)'><path/></g>"]
)
def test_what_cannot_be_drawn_is_an_error_and_the_next_is_drawn(elements):
    for _ in range(100):
        try:
            svg.picture(elements, (9, 9))
        except pygame.error as error:
            assert "librsvg cannot draw this" in str(error)  # noqa: PT017 - or it draws nothing
    assert svg.picture(SQUARE.format(9, "f00", 1), (9, 9)).get_at((4, 4)) == (255, 0, 0, 255)


def test_threads_draw_at_once():
    def side(length: int) -> int:
        picture = svg.picture(SQUARE.format(length, "123456", 0.5), (120, 120))
        return picture.get_bounding_rect().width

    lengths = list(range(1, 121)) * 3
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(side, lengths)) == lengths


def test_a_machine_without_the_renderer_is_told_which_package_it_needs(monkeypatch):
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    librsvg._libraries.cache_clear()
    try:
        with pytest.raises(pygame.error, match=r"install the Debian package librsvg2-2"):
            svg.picture("", (9, 9))
        findings = list(screen_check._renderer("auto"))
        assert [finding.remedy for finding in findings] == ["Install the Debian package librsvg2-2"]
        assert not list(screen_check._renderer("none"))
    finally:
        librsvg._libraries.cache_clear()
