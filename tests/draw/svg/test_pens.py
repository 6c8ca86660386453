"""Lines that transforms would stretch beyond ten pages are refused before they are drawn."""

import pytest

from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import read
from tests.draw.svg.drawings import svg

LINE = '<path d="M0 0h9" stroke="#000" stroke-width="{}"/>'


@pytest.mark.parametrize(
    "inner",
    [
        LINE.format(999),
        f'<g transform="scale(30)"><g transform="scale(30)">{LINE.format(1)}</g></g>',
        f'<g transform="matrix(600 0 0 600 0 0)">{LINE.format(1)}</g>',
    ],
)
def test_a_wide_line_within_the_bound_is_drawn(inner):
    assert "stroke-width" in read(svg(inner)).text()


@pytest.mark.parametrize(
    "inner",
    [
        LINE.format(1001),
        f'<g transform="scale(40)"><g transform="scale(40)">{LINE.format(1)}</g></g>',
        f'<g transform="matrix(2000 0 0 2000 0 0)">{LINE.format(1)}</g>',
        f'<g transform="skewX(89.99)">{LINE.format(1)}</g>',
        f'<g id="a" transform="scale(40)">{LINE.format(1)}</g>'
        '<use href="#a" transform="scale(40)"/>',
    ],
)
def test_a_wider_one_is_refused_with_the_remedy(inner):
    with pytest.raises(DrawingError, match=r"wider than 10 pages.*flatten its transforms"):
        read(svg(inner))
