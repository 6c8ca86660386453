"""What of a file is drawn, what is passed over, and what is refused with a remedy."""

import pytest

from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import read
from tests.draw.svg.drawings import svg


def test_what_a_drawing_program_adds_is_passed_over():
    drawing = read(
        b'\xef\xbb\xbf<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"'
        b' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://inkscape.org/n" i:version="1"'
        b' width="100mm" height="100mm" viewBox="0 0 100 100"><title>mine</title>'
        b'<i:view><i:grid/></i:view><metadata><a xmlns="x"/></metadata>'
        b'<g i:label="eye" id="layer1" style="display:inline;-inkscape-x:y">'
        b'<circle cx="5" cy="5px" r="4" style="fill:red;stroke:none;filter:none"/></g></svg>'
    )
    assert [tag for tag, _, _ in drawing.elements] == ["svg", "g", "circle"]
    assert 'fill="rgba(255,0,0,1)"' in drawing.text()
    assert drawing.size == pytest.approx((377.95, 377.95), abs=0.01)


def test_the_roots_own_attributes_reach_its_children():
    assert '<g fill="none">' in read(svg("<g/>", 'fill="none"')).text()


def test_a_drawing_that_is_no_utf_8_is_read():
    text = svg('<circle r="4"/>').decode()
    assert read(f'<?xml version="1.0" encoding="utf-16"?>{text}'.encode("utf-16")).numbers.size


def test_a_link_is_a_group():
    data = svg('<a xlink:href="https://a.example/" href="b"><path d="M0 0h9v9z"/></a>')
    data = data.replace(b"<svg", b'<svg xmlns:xlink="http://www.w3.org/1999/xlink"')
    assert "<g><g><path" in read(data).text()


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        ("<text>Hello</text>", r"<text> is not drawn: turn the text into paths \(Object to Path"),
        ('<image href="x.png"/>', "export it as PNG"),
        ('<image href="data:image/png;base64,AA"/>', "export it as PNG"),
        ("<pattern/>", "expand the pattern"),
        ("<foreignObject/>", "PNG"),
        ("<feTurbulence/>", "draw the effect as a gradient"),
        ("<script>x()</script>", "take the script away"),
        ('<rect onclick="x()"/>', "onclick is a script"),
        ("<animate/>", "delete the animation"),
        ('<g style="filter:blur(2px)"/>', r'filter: "blur\(2px\)" is not drawn'),
        ('<g style="clip-path:circle(9px)"/>', "clip-path: .* is not drawn"),
        ('<g vector-effect="non-scaling-stroke"/>', "apply it to the shape"),
        ('<path d="M0 0L1"/>', "L has 1 numbers"),
        ('<path d="M0 0 X 3"/>', "no command"),
        ('<path d="0 0"/>', "begin with a command"),
        ('<path d="M0 0 A 1 1 0 2 0 1 1"/>', "without seven numbers"),
        ('<path d="M0 1e400"/>', "beyond 1000000"),
        ('<rect width="3em"/>', "no number"),
        ('<rect fill="reddish"/>', "#rrggbb"),
        ('<rect fill="url(#no)"/>', "names #no, which is not in the file"),
        ('<rect fill="url(#a)"/><g id="a"/>', "names #a, which is a <g>"),
        ('<rect fill="url(#a)"/><linearGradient id="a"/>', "#a has no colours"),
        ('<rect fill="url(http://a.example/#x)"/>', "leads out of the file"),
        ('<use href="other.svg#a"/>', "leads out of the file"),
        ('<use href="file:///etc/passwd"/>', "leads out of the file"),
        ("<style>@import 'a.css';</style>", "@import is not read"),
        ("<style>g path{fill:red}</style>", 'selector "g path" is not read'),
        ("<style>.a:hover{fill:red}</style>", "is not read"),
        ('<g transform="rotate(1 2 3 4)"/>', "not understood"),
        ('<g transform="spin(1)"/>', "not understood"),
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
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e9 9"/>', "no viewBox"),
        (b" " * 600_000, "600000|585 KiB"),
        (b'<?xml-stylesheet href="a.css"?>' + svg(""), "stylesheet is another file"),
    ],
)
def test_what_is_no_drawing_is_refused(data, told):
    with pytest.raises(DrawingError, match=told):
        read(data)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE svg SYSTEM "http://a.example/x.dtd">',
        '<!DOCTYPE svg [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entities_are_refused_so_that_none_can_grow_or_fetch(doctype):
    with pytest.raises(DrawingError, match=r"entities.*Illustrator"):
        read(doctype.encode() + svg("<title>&b;</title>"))
