"""Lines of captions and titles: where they may be broken, and that they hold still."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.display.text.lines import Captions, Lines, balanced, head, one_line, shown, wrap
from kiosk.display.text.scripts import reads_leftward, runs
from tests.display.text.measures import measure

texts = st.text(alphabet="abc déß蒸気กำเ \n.", max_size=60)


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


@given(st.lists(st.sampled_from(["a", "bb", "ccc", "d" * 9, "e" * 20]), min_size=1, max_size=12))
def test_a_word_that_fits_is_never_cut(words):
    for width in (200, 210, 260, 310):
        for lines in (wrap, balanced):
            assert " ".join(lines(" ".join(words), width, measure)).split() == words


def test_titles_are_not_narrower_than_their_longest_word():
    text = "Guided tour of the Wissenschaftsausstellung today"
    expected = ["Guided tour of the", "Wissenschaftsausstellung", "today"]
    assert balanced(text, 260, measure) == expected
    assert head(text, 260, 3, measure) == expected


class Counting:
    """Counts what is measured."""

    def __init__(self) -> None:
        self.calls = self.letters = 0

    def __call__(self, text: str) -> int:
        self.calls += 1
        self.letters += len(text)
        return sum(10 for char in text if not unicodedata.category(char).startswith(("M", "C")))


ENDLESS = {
    "digits": "1234567890",
    "letters": "x",
    "words": "word and more ",
    "Khmer": "ប្រទេសកម្ពុជាជាប្រទេសមួយនៅអាស៊ីអាគ្នេយ៍",
    "Chinese": "它建于年现在每个星期天下午三点仍会运转",
    "marks": "e" + "\u0301" * 99,
    "joiners": "\u200d",
    "hyphens": "-",
    "Arabic": "كانت تشغّل أنوال شارع كامل ",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_captions_cost_what_is_shown_and_not_what_was_said(name):
    """Pieces of 12 letters, and all at once."""
    for letters, step in ((1_400, 12), (10_000, 12), (10_000, 10_000)):
        text = (ENDLESS[name] * letters)[:letters]
        captions = Captions(Lines(600, counting := Counting()))
        worst = 0
        for end in range(step, letters + 1, step):
            before = counting.letters
            captions.last(text[:end], text[:end], 4)
            worst = max(worst, counting.letters - before)
        assert worst < 40_000, (letters, step)


@pytest.mark.parametrize("name", ENDLESS)
def test_other_texts_cost_in_proportion_to_their_lines(name):
    for lay_out in (
        lambda text, measure: head(text, 600, 3, measure),
        lambda text, measure: one_line(text, 600, measure),
        lambda text, measure: balanced(text, 600, measure, most=10),
    ):
        costs = []
        for letters in (5_000, 10_000):
            counting = Counting()
            lay_out((ENDLESS[name] * letters)[:letters], counting)
            costs.append(counting.letters)
        assert max(costs) < 120_000
    for lay_out in (wrap, balanced):
        costs = []
        for letters in (2_000, 4_000):
            counting = Counting()
            lay_out((ENDLESS[name] * letters)[:letters], 600, counting)
            costs.append(counting.letters)
        assert costs[1] <= 2.5 * costs[0] + 1_000, "linear"


def test_one_line_keeps_the_end():
    assert one_line("short", 100, measure) == "short"
    assert one_line("when was it built", 120, measure) == "… it built"
    assert measure(one_line("x" * 50, 100, measure)) <= 100


def test_a_beginning_ends_with_an_ellipsis_where_there_is_more():
    assert head("one two three", 100, 2, measure) == ["one two", "three"]
    assert head("one two three four five", 100, 2, measure) == ["one two", "three fou…"]
    assert head("one two", 100, 0, measure) == []
