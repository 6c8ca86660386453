"""Stylesheets and colours of a drawing."""

import pytest

from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import read
from tests.draw.svg.drawings import svg


def test_a_stylesheet_is_worked_in_as_a_browser_does():
    """Attribute, rule by weight and place, own style, important: each outdoes those before it."""
    drawing = read(
        svg(
            '<style type="text/css"><![CDATA[ /* as Illustrator */ #big{stroke-width:4}'
            " .a,.b{fill:#111111} rect.a{fill:#222222} .a{fill:#333333} .b{opacity:.5!important}"
            " *{stroke-width:3} .c{fill:#444444} ]]></style>"
            '<rect id="big" class="a b" fill="#999999" style="opacity:.25" stroke-width="9"/>'
            '<circle class="c b" style="fill:#555555"/><path class="a"/>'
        )
    )
    rect, circle, path = (words for tag, _, words in drawing.elements if tag != "svg")
    text = drawing.text()
    assert rect.count("%.9g") == 2
    assert 'fill="rgba(34,34,34,1)" opacity="0.5" stroke-width="4"' in text
    assert 'fill="rgba(85,85,85,1)" opacity="0.5"' in text
    assert 'fill="rgba(51,51,51,1)"' in text
    assert circle.startswith("<circle")
    assert path.startswith("<path")


def test_of_a_colour_in_two_ways_the_one_that_is_known_is_drawn():
    """So Figma exports documents in Display P3, and fallbacks for older readers."""
    drawing = read(
        svg(
            '<rect fill="#2D909B" style="fill:#2D909B;fill:color(display-p3 0.25 0.56 0.6);"/>'
            '<linearGradient id="a"><stop/></linearGradient><rect fill="url(#a) rgb(1,2,3)"/>'
        )
    )
    assert drawing.text().count('fill="rgba(45,144,155,1)"') == 1
    assert drawing.text().count('fill="url(#i0)"') == 1
    with pytest.raises(DrawingError, match="is no colour"):
        read(svg('<rect style="fill:color(display-p3 0.25 0.56 0.6)"/>'))


def test_colours_can_be_replaced():
    drawing = read(svg('<rect width="9" height="9" fill="#1f7480"/>'), {"#1f7480": "#ff0000"})
    assert "rgba(255,0,0,1)" in drawing.text()
