from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect

from kiosk.draw.rects import merged, outside

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


@given(st.lists(rects, max_size=6))
def test_large_rectangles_that_overlap_are_cut_where_joining_them_costs_more(some):
    large = [Rect(100 * r.x, 100 * r.y, 100 * r.width, 100 * r.height) for r in some]
    joined = merged(large)
    for rect in large:
        assert sum(rect.clip(part).w * rect.clip(part).h for part in joined) == rect.w * rect.h
    assert all(part.collidelist(joined[:n]) < 0 for n, part in enumerate(joined))


def test_a_head_over_shoulders_is_no_rectangle():
    head, shoulders = Rect(150, 0, 400, 450), Rect(0, 400, 700, 380)
    assert sorted(map(tuple, merged([head, shoulders]))) == [
        (0, 400, 700, 380), (150, 0, 400, 400),
    ]  # fmt: skip
    assert merged([head, head.move(0, 1)]) == [Rect(150, 0, 400, 451)]


@given(rects, rects)
def test_what_is_outside_a_hole(rect, hole):
    parts = outside(rect, hole)
    assert sorted(pixels(*parts)) == sorted(set(pixels(rect)) - set(pixels(hole)))
