"""SVG files as words and numbers: what mixes, what the renderer is given, and what is refused."""

import pytest

from kiosk.draw.svg import styles
from kiosk.draw.svg.document import MAX_DEPTH, DrawingError
from kiosk.draw.svg.drawing import ATTRIBUTES, PART, PICTURE, PROPERTIES, Drawing, read
from kiosk.draw.svg.effort import MAX_LAYERS

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" {}>'


def svg(inner: str, root: str = "") -> bytes:
    return f"{HEAD.format(root)}{inner}</svg>".encode()


def mixed(one: Drawing, other: Drawing, share: float) -> str:
    one.against(other)
    return one.text(one.numbers + share * (other.numbers - one.numbers))


def test_two_drawings_of_the_same_words_mix():
    small = read(svg('<path d="M0 0 l10,0 v-5.5z" fill="#000"/>'))
    large = read(svg('<path d="M 0 0 l 30 10 v-15.5 z" fill="#ffffff80"/>'))
    half = mixed(small, large, 0.5)
    assert "L20 5 L20 -5.5 Z" in half
    assert "rgba(128,128,128,0.751)" in half


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("m10 10 20 0v5h-20z", "M10 10L30 10L30 15L10 15Z"),
        ("M0 0c1 2 3 4 5 6s7 8 9 10", "M0 0C1 2 3 4 5 6C7 8 12 14 14 16"),
        ("M0 0S1 2 3 4", "M0 0C0 0 1 2 3 4"),
        ("M0 0q2 4 4 0t4 0T9 9", "M0 0Q2 4 4 0Q6 -4 8 0Q10 4 9 9"),
        ("M5 5l1 0zl2 2", "M5 5L6 5ZL7 7"),
        ("M5 5a2 3 45 01.5.5", "M5 5A2 3 45 0 1 5.5 5.5"),
    ],
)
def test_short_forms_of_a_path_are_as_the_full_ones(short, full):
    """A design tool chooses them anew at each export, by where the points happen to be."""
    one, other = read(svg(f'<path d="{short}"/>')), read(svg(f'<path d="{full}"/>'))
    one.against(other)
    assert one.text() == other.text()


def test_arc_flags_are_words_and_may_stand_together():
    one = read(svg('<path d="M0 0a5 5 0 01.5.5"/>'))
    assert "A5 5 0 0 1 0.5 0.5" in one.text()
    with pytest.raises(DrawingError, match="element 2"):
        one.against(read(svg('<path d="M0 0a5 5 0 11.5.5"/>')))


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


def test_a_link_is_a_group():
    data = svg('<a xlink:href="https://a.example/" href="b"><path d="M0 0h9v9z"/></a>')
    data = data.replace(b"<svg", b'<svg xmlns:xlink="http://www.w3.org/1999/xlink"')
    assert "<g><g><path" in read(data).text()


def test_colours_can_be_replaced():
    drawing = read(svg('<rect width="9" height="9" fill="#1f7480"/>'), {"#1f7480": "#ff0000"})
    assert "rgba(255,0,0,1)" in drawing.text()


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


def nested(opening: str, times: int) -> str:
    return opening * times + "<path/>" + "</g>" * times


USES = "".join(f'<g id="u{n}">{f"""<use href="#u{n - 1}"/>""" * 10}</g>' for n in range(1, 7))
HOSTILE = {
    "deep nesting": (nested("<g>", MAX_DEPTH), "ungroup"),
    "deep nesting of what is passed over": (f"{'<title>' * 99}", "ungroup"),
    "a million elements by use of use": (f'<g id="u0"/>{USES}', "too much to draw"),
    "a reference to itself": ('<g id="a"><use href="#a"/></g>', "refers to itself"),
    "gradients in a ring": (
        '<linearGradient id="a" href="#b"><stop/></linearGradient><linearGradient id="b"'
        ' href="#a"/><path fill="url(#a)"/>',
        "refers to itself",
    ),
    "a long chain of use": (
        "".join(f'<g id="c{n}"><use href="#c{n + 1}"/></g>' for n in range(999)) + '<g id="c999"/>',
        "within each other",
    ),
    "a chain of filters": (
        '<filter id="f"><feGaussianBlur/></filter>' + '<path filter="url(#f)"/>' * 99,
        "too much to draw",
    ),
    "filters of many steps": (f"<filter>{'<feOffset/>' * 21}</filter>", "more than 20 steps"),
    "masks of masks": (nested('<g opacity="0.5">', MAX_LAYERS + 1), "flatten the groups"),
    "many elements": ("<g/>" * PART.max_elements, "more than 2000 elements"),
    "many numbers": (f'<path d="M{"0 " * 8_002}"/>', "more than 8000 numbers"),
    "a clip path of many lines": (
        f'<clipPath id="c"><path d="M{"0 " * 1_002}"/></clipPath>', "use a mask"
    ),
    "a clip path of many lines by use": (
        f'<path id="p" d="M{"0 " * 1_002}"/><clipPath id="c"><use href="#p"/></clipPath>',
        "use a mask",
    ),
    "markers at many points": (
        f'<marker id="m">{"<path/>" * 99}</marker><path marker-mid="url(#m)" d="M{"0 " * 4_000}"/>',
        "too much to draw",
    ),
    "endless dashes": (
        f'<path stroke-dasharray=".01" d="M0 0{"L9999 0 0 0" * 99}"/>', "more than 50000 dashes"
    ),
    "a pen of a thousand pages": ('<path stroke-width="99999"/>', "wider than 10 pages"),
    "a pen that is stretched": (
        '<g stroke-width="9"><g transform="matrix(1 99999 0 1 0 0)"><path/></g></g>',
        "wider than 10 pages",
    ),
    "a pen that is stretched again and again": (nested("<g transform='scale(9)'>", 9), "wider"),
    "a pen that is stretched by copies": (
        '<g id="a" transform="scale(99)"><path/></g><use href="#a" transform="scale(99)"/>',
        "wider than 10 pages",
    ),
    "a pen that is stretched by a viewBox": (
        '<symbol id="s" viewBox="0 0 1e-6 1"><path/></symbol><use href="#s"/>',
        "wider than 10 pages",
    ),
    "a stylesheet of brackets": (f"<style>a{{b:{'(' * 9_999}}}</style>", "brackets within"),
    "a stylesheet that applies often": (
        f"<style>{'g{fill:red}' * 999}</style>{'<g/>' * 999}", "declarations apply"
    ),
    "a stylesheet too long": (f"<style>/*{' ' * styles.MAX_CHARACTERS}*/</style>", "128 KiB"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_take_the_renderer_long_is_refused(name):
    """Before it sees it, because it is native code that nobody can interrupt."""
    inner, told = HOSTILE[name]
    with pytest.raises(DrawingError, match=told):
        read(svg(inner))


@pytest.mark.parametrize("name", sorted({*PROPERTIES, *ATTRIBUTES, "style", "class", "whatever"}))
@pytest.mark.parametrize("tag", ["svg", "path", "linearGradient", "use"])
def test_no_value_can_bring_elements_of_its_own(tag, name):
    """What reaches the renderer is written anew, and never what a file says as it stands."""
    for value in (
        "&quot;&gt;&lt;image href=&quot;x",
        "none&quot; href=&quot;x",
        "a:url(x)&quot;&gt;",
    ):
        attribute = f'{name}="{value}"'
        head = HEAD.replace(' viewBox="0 0 100 100"', "") if name == "viewBox" else HEAD
        data = (
            f"{head.format(attribute)}</svg>"
            if tag == "svg"
            else f"{head.format('')}<{tag} {attribute}/></svg>"
        )
        try:
            drawing = read(data.encode())
        except DrawingError:
            continue
        for text in (drawing.text(), drawing.page()):
            assert "image" not in text
            assert "href" not in text
            assert "url" not in text


def test_a_picture_that_is_drawn_once_may_hold_more():
    rich = svg('<path d="M0 0L9 9"/>' * 5000)
    with pytest.raises(DrawingError):
        read(rich)
    assert read(rich, bounds=PICTURE).numbers.size == 20_000


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
