"""What would take the renderer long is refused before it is drawn."""

import pytest

from kiosk.draw.svg import styles
from kiosk.draw.svg.document import MAX_DEPTH, DrawingError
from kiosk.draw.svg.drawing import PART, PICTURE, read
from kiosk.draw.svg.effort import MAX_LAYERS
from tests.draw.svg.drawings import svg


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


def test_a_picture_that_is_drawn_once_may_hold_more():
    rich = svg('<path d="M0 0L9 9"/>' * 5000)
    with pytest.raises(DrawingError):
        read(rich)
    assert read(rich, bounds=PICTURE).numbers.size == 20_000
