"""SVG files as words and numbers: what mixes, what the renderer is given, and what is refused."""

import pytest

from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import Drawing, read
from tests.draw.svg.drawings import svg


def mixed(one: Drawing, other: Drawing, share: float) -> str:
    one.against(other)
    return one.text(one.numbers + share * (other.numbers - one.numbers))


def test_two_drawings_of_the_same_words_mix():
    small = read(svg('<path d="M0 0 l10,0 v-5.5z" fill="#000"/>'))
    large = read(svg('<path d="M 0 0 l 30 10 v-15.5 z" fill="#ffffff80"/>'))
    half = mixed(small, large, 0.5)
    assert "L20 5 L20 -5.5 Z" in half
    assert "rgba(128,128,128,0.751)" in half


def test_other_words_are_told_by_element_and_line():
    base = read(svg('<g>\n<path d="M0 0L1 1"/>\n<path d="M0 0L1 1"/></g>'))
    other = read(svg('<g>\n<path d="M0 0L1 1"/>\n<path d="M0 0L1 1L2 2"/></g>'))
    with pytest.raises(DrawingError, match=r"element 4 \(path, line 3\).*copy of the base"):
        base.against(other)
    with pytest.raises(DrawingError, match="it has 3 elements and the base has 4"):
        base.against(read(svg('<g>\n<path d="M0 0L1 1"/></g>')))


def test_names_do_not_matter():
    """Of gradients, clip paths, filters, results and classes: tools number them anew."""

    def named(name: str) -> Drawing:
        return read(
            svg(
                f'<style>.{name}{{fill:url(#{name})}}</style><linearGradient id="{name}">'
                f'<stop stop-color="#123456"/></linearGradient><clipPath id="c{name}"><path/>'
                f'</clipPath><filter id="f{name}"><feFlood result="r{name}"/><feOffset'
                f' in="r{name}"/></filter><rect class="{name}" clip-path="url(#c{name})"'
                f' filter="url(#f{name})" width="9" height="9"/>'
            )
        )

    named("a").against(named("linear-4711"))
    assert named("a").text() == named("b_").text()


def test_mixtures_stay_legal_however_shapes_add_up():
    base = read(svg('<circle r="4" opacity="0.5" fill="#808080"/>'))
    small = read(svg('<circle r="1" opacity="0" fill="#000"/>'))
    text = mixed(base, small, 3.0)
    assert 'r="0"' in text
    assert 'opacity="0"' in text
    assert "rgba(0,0,0,1)" in text
