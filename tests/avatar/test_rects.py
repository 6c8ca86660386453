from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect

from kiosk.avatar.rects import merged, outside

rects = st.builds(
    Rect, st.integers(0, 30), st.integers(0, 30), st.integers(0, 12), st.integers(0, 12)
)


def pixels(*some: Rect) -> list[tuple[int, int]]:
    return [(x, y) for r in some for x in range(r.left, r.right) for y in range(r.top, r.bottom)]


@given(st.lists(rects, max_size=6))
def test_merged_rectangles_cover_all_and_are_apart(some):
    joined = merged(some)
    assert set(pixels(*some)) <= set(pixels(*joined))
    assert len(pixels(*joined)) == len(set(pixels(*joined)))


@given(rects, rects)
def test_what_is_outside_a_hole(rect, hole):
    parts = outside(rect, hole)
    assert sorted(pixels(*parts)) == sorted(set(pixels(rect)) - set(pixels(hole)))
