"""Numbers and words of a path or an attribute, in all their spellings."""

import pytest

from kiosk.draw.svg.document import DrawingError
from kiosk.draw.svg.drawing import ATTRIBUTES, PROPERTIES, read
from tests.draw.svg.drawings import HEAD, svg


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
