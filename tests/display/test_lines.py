"""Lines of captions and titles: where they may be broken, and that they hold still."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.display.lines import _segmenter, balanced, head, one_line, shown, wrap
from kiosk.display.scripts import reads_leftward, runs

texts = st.text(alphabet="abc déß蒸気กำเ \n.", max_size=60)


def measure(text: str) -> int:
    """Every letter ten pixels wide."""
    return 10 * len(text)


@given(texts, st.integers(30, 400))
def test_lines_fit_and_lose_no_letter(text, width):
    lines = wrap(text, width, measure)
    assert all(measure(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.sampled_from(["a", "bb", "ccc", "dddddd"]), min_size=2), st.integers(60, 300))
def test_more_words_never_change_the_lines_before(words, width):
    before = wrap(" ".join(words[:-1]), width, measure)
    after = wrap(" ".join(words), width, measure)
    assert after[: len(before) - 1] == before[:-1]


def test_it_scrolls_by_lines():
    words = ["one", "two", "three", "four", "five", "six"]
    known = " ".join(words)
    seen = [shown(" ".join(words[:n]), known, 100, 2, measure) for n in range(1, 7)]
    assert seen == [
        ["one"],
        ["one two"],
        ["one two", "three"],
        ["one two", "three four"],
        ["three four", "five"],
        ["three four", "five six"],
    ]


@given(texts, st.integers(40, 300), st.integers(0, 60))
def test_what_is_said_is_a_beginning_of_the_lines_that_will_be(known, width, place):
    said = shown(known[:place], known, width, 99, measure)
    whole = wrap(known, width, measure)
    assert whole[: max(len(said) - 1, 0)] == said[:-1]
    assert not said or whole[len(said) - 1].startswith(said[-1])


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("織機を動かしていて、今も動きます。", 80, ["織機を", "動かしていて、", "今も動きます。"]),
        ("它建于1887年。现在每个星期天运转。", 80, ["它建于", "1887年。现在", "每个星期天运转。"]),
        ("มันขับเคลื่อนเครื่องทอผ้าทั้งถนน", 200, ["มันขับเคลื่อนเครื่อง", "ทอผ้าทั้งถนน"]),
        ("Ask at museum.example/steam/engine", 240, ["Ask at", "museum.example/steam/", "engine"]),
        ("Est-elle bâtie ? Oui « en mai ».", 80, ["Est-elle", "bâtie ?", "Oui « en", "mai »."]),
        ("Um 15\xa0Uhr", 60, ["Um", "15\xa0Uhr"]),
    ],
    ids=["ja", "zh", "th", "address", "fr", "no-break space"],
)  # fmt: skip
def test_a_line_is_broken_where_a_reader_would(text, width, expected):
    assert wrap(text, width, measure) == expected


def test_no_line_begins_or_ends_with_a_mark_that_may_not():
    for width in range(40, 200, 10):
        for line in wrap("彼は「はい。」と言った。ちょっと、ファー！」" * 3, width, measure):
            assert line[0] not in "。」、！ょっー", (width, line)
            assert line[-1] != "「", (width, line)
        for line in wrap("เครื่องจักรไอน้ำในห้องโถงกำลังเคลื่อนไหว", width, measure):
            assert line[-1] not in "เแโใไ", (width, line)
            assert line[0] not in "ะาำ่้็ั", (width, line)


def test_without_the_library_lines_are_broken_between_letters(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "budoux", None)
    _segmenter.cache_clear()
    assert wrap("蒸気機関は動く。", 70, measure) == ["蒸気機関は動", "く。"]
    assert "budoux" in caplog.text
    _segmenter.cache_clear()


def test_every_line_is_read_in_the_direction_of_its_text():
    """The second line begins with a word of the other direction."""
    first, second = wrap("تعمل كل يوم أحد Sunday في الثالثة.", 190, measure)
    assert reads_leftward(first)
    assert reads_leftward(second)
    placed = "".join(part for _, part in runs(second))
    assert placed.endswith("Sunday")
    assert placed.startswith(".")
    _, second = wrap("It is called شكرا here.", 120, measure)
    assert "".join(part for _, part in runs(second)) == "اركش here."


def test_titles_are_balanced():
    assert wrap("Hold the button and speak", 200, measure) == ["Hold the button and", "speak"]
    assert balanced("Hold the button and speak", 200, measure) == ["Hold the button", "and speak"]
    assert balanced("Hold", 200, measure) == ["Hold"]


def test_balancing_ends_where_a_line_is_wider_by_itself_than_within_the_text():
    """As a line of mixed directions may be, once its own direction is marked."""

    def uneven(text: str) -> int:
        return measure(text) + (5 if text.startswith("\u200f") else 0)

    assert balanced("שלום לכולם Sunday בוקר", 120, uneven) == ["שלום לכולם", "\u200fSunday בוקר"]


@given(texts, st.integers(10, 400))
def test_balanced_lines_fit_and_are_no_more_than_wrapped_ones(text, width):
    lines = balanced(text, width, measure)
    assert len(lines) == len(wrap(text, width, measure))
    assert all(measure(line) <= max(width, 10) for line in lines)


def test_one_line_keeps_the_end():
    assert one_line("short", 100, measure) == "short"
    assert one_line("when was it built", 120, measure) == "… it built"
    assert measure(one_line("x" * 50, 100, measure)) <= 100


def test_a_beginning_ends_with_an_ellipsis_where_there_is_more():
    assert head("one two three", 100, 2, measure) == ["one two", "three"]
    assert head("one two three four five", 100, 2, measure) == ["one two", "three fou…"]
    assert head("one two", 100, 0, measure) == []
