"""SVG files as words and numbers: what is refused, what mixes, and what the renderer is given."""

import pytest

from kiosk.avatar.face.drawing import DEEPEST, MOST_ELEMENTS, Drawing, DrawingError, read

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" {}>'


def svg(inner: str, root: str = "") -> bytes:
    return f"{HEAD.format(root)}{inner}</svg>".encode()


def mixed(one: Drawing, other: Drawing, share: float) -> str:
    one.against(other)
    return one.text(one.numbers + share * (other.numbers - one.numbers))


def test_two_drawings_of_the_same_words_mix():
    small = read(svg('<path d="M0 0 l10,0 v-5.5z" fill="#000"/>'))
    large = read(svg('<path d="M 0 0 l 30 10 v-15.5 z" fill="#ffffff"/>'))
    half = mixed(small, large, 0.5)
    assert "l20.000 5.000 v-10.500 z" in half
    assert "rgb(128,128,128)" in half


def test_arc_flags_are_words_and_may_stand_together():
    one = read(svg('<path d="M0 0a5 5 0 01.5.5"/>'))
    assert "a5.000 5.000 0.000 0 1 0.500 0.500" in one.text()
    with pytest.raises(DrawingError, match="element 2"):
        one.against(read(svg('<path d="M0 0a5 5 0 11.5.5"/>')))


def test_other_words_are_told_by_element_and_line():
    base = read(svg('<g>\n<path d="M0 0L1 1"/>\n<path d="M0 0L1 1"/></g>'))
    other = read(svg('<g>\n<path d="M0 0L1 1"/>\n<path d="M0 0L1 1L2 2"/></g>'))
    with pytest.raises(DrawingError, match=r"element 4 \(path, line 3\).*copy of the base"):
        base.against(other)
    with pytest.raises(DrawingError, match="it has 3 elements and the base has 4"):
        base.against(read(svg('<g>\n<path d="M0 0L1 1"/></g>')))


def test_names_of_gradients_do_not_matter():
    def with_gradient(name: str) -> Drawing:
        return read(
            svg(
                f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="0" x2="9">'
                '<stop offset="0" stop-color="#123456"/></linearGradient>'
                f'<rect width="9" height="9" fill="url(#{name})"/>'
            )
        )

    with_gradient("a").against(with_gradient("linear%s4711"))
    assert 'fill="url(#g0)"' in with_gradient("a").text()


def test_what_a_drawing_program_adds_is_passed_over():
    drawing = read(
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://inkscape.org/n" i:version="1"'
        b' width="100mm" height="100mm" viewBox="0 0 100 100"><title>mine</title>'
        b'<i:view><i:grid/></i:view><metadata><a xmlns="x"/></metadata>'
        b'<g i:label="eye" id="layer1" style="display:inline;-inkscape-x:y">'
        b'<circle cx="5" cy="5px" r="4" style="fill:#ff0000;stroke:none;filter:none"/></g></svg>'
    )
    assert [tag for tag, _, _ in drawing.elements] == ["svg", "g", "circle"]
    assert 'fill="rgb(255,0,0)"' in drawing.text()


def test_the_roots_own_attributes_reach_its_children():
    """nanosvg ignores them; Figma writes them."""
    assert read(svg("<g/>", 'fill="none"')).text().startswith('<g fill="none">')


def test_colours_can_be_replaced():
    drawing = read(svg('<rect width="9" height="9" fill="#1f7480"/>'), {"#1f7480": "#ff0000"})
    assert "rgb(255,0,0)" in drawing.text()


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        ("<text>Hello</text>", "turn the text into paths"),
        ('<image href="x.png"/>', "PNG layer"),
        ('<use href="#a"/>', "unlink the clone"),
        ("<style>.a{}</style>", "without CSS classes"),
        ('<path class="a" d="M0 0"/>', "without CSS classes"),
        ("<mask/>", "cut the shapes"),
        ('<path d="M0 0" filter="url(#f)"/>', "draw the effect as a gradient"),
        ('<g clip-path="url(#c)"/>', "cut the shapes"),
        ('<g opacity="0.5"/>', "each shape"),
        ('<path d="M0 0" style="stroke-dasharray:1 2"/>', "draw the dashes"),
        ('<path d="M0 0L1"/>', "L has 1 numbers"),
        ('<path d="M0 0 X 3"/>', "no command"),
        ('<path d="0 0"/>', "begin with a command"),
        ('<path d="M0 0 A 1 1 0 2 0 1 1"/>', "without seven numbers"),
        ('<path d="M0 1e400"/>', "beyond 10000"),
        ('<rect width="50%"/>', "no number"),
        ('<rect fill="red"/>', "#rrggbb"),
        ('<rect fill="url(#no)"/>', "no gradient #no"),
        ('<rect fill="url(http://a.example/#x)"/>', "leads out of the file"),
        ('<g transform="rotate(1 2 3 4)"/>', "not understood"),
        ('<g transform="spin(1)"/>', "not understood"),
        ('<linearGradient id="a"/><rect fill="url(#a)"/>', "userSpaceOnUse"),
        ('<linearGradient id="a" gradientUnits="objectBoundingBox"/>', "userSpaceOnUse"),
        ("<g>" * DEEPEST + "</g>" * DEEPEST, "ungroup"),
        ("<g/>" * MOST_ELEMENTS, "more than 1000 elements"),
        (f'<path d="M{"0 " * 8_002}"/>', "more than 8000 numbers"),
        ("<svg/>", "in one svg element"),
        ("<g>", "no XML"),
    ],
)
def test_what_would_not_be_drawn_is_refused_with_a_remedy(inner, told):
    with pytest.raises(DrawingError, match=told):
        read(svg(inner))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no XML"),
        (b"\x89PNG\r\n", "no XML"),
        (b"<html/>", "svg element"),
        (b"<svg viewBox='0 0 9 9'/>", "namespace"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "no viewBox"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 -1 9"/>', "no viewBox"),
        (b" " * 600_000, "600000|585 KiB"),
    ],
)
def test_what_is_no_drawing_is_refused(data, told):
    with pytest.raises(DrawingError, match=told):
        read(data)


def test_a_document_type_is_refused_so_that_no_entity_can_grow():
    bomb = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + svg("<title>&b;</title>")
    with pytest.raises(DrawingError, match="DOCTYPE"):
        read(bomb)
