from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.scene import Piece
from kiosk.display.captions import (
    LEAD_SAMPLES,
    LETTER_SAMPLES,
    heard_so_far,
    word_times,
)

pieces = st.lists(st.tuples(st.integers(0, 50_000), st.text("ab c", max_size=12)), max_size=6)


SAID = (Piece(24_000, "It was built "), Piece(72_000, "in 1887. "), Piece(120_000, "Come and see."))


def test_nothing_before_the_playhead_is_there():
    assert heard_so_far(SAID, 24_000 - LEAD_SAMPLES - 1) == ""
    assert heard_so_far((), 10**9) == ""


def test_words_appear_as_the_playhead_reaches_them():
    """Ten letters over two seconds: the second word is the third letter. All of it a bit early."""
    assert heard_so_far(SAID, 24_000 - LEAD_SAMPLES) == "It"
    second = 24_000 + 48_000 * 2 // 10 - LEAD_SAMPLES
    assert heard_so_far(SAID, second - 1) == "It"
    assert heard_so_far(SAID, second + 1) == "It was"
    assert heard_so_far(SAID, 72_000 - LEAD_SAMPLES) == "It was built in"


def test_digits_and_pauses_take_their_time():
    """ "1887, " is as long as sixteen letters and a pause of four, which pass before "it"."""
    said = (Piece(0, "1887, it "), Piece(22 * 1000, "was"))
    start = 20 * 1000 - LEAD_SAMPLES
    assert heard_so_far(said, start - 1) == "1887,"
    assert heard_so_far(said, start + 1) == "1887, it"


def test_the_newest_piece_is_spread_at_the_pace_of_those_before():
    said = (Piece(0, "It was built"), Piece(20_000, " come and see"))
    last = 20_000 + 2000 * len("comeand") - LEAD_SAMPLES
    assert heard_so_far(said, last - 2).endswith("come and")
    assert heard_so_far(said, last + 2).endswith("come and see")


def test_a_single_piece_is_spread_at_the_pace_of_speech():
    said = (Piece(0, "Come and see"),)
    last = LETTER_SAMPLES * len("Comeand") - LEAD_SAMPLES
    assert heard_so_far(said, last - 2) == "Come and"
    assert heard_so_far(said, last + 2) == "Come and see"


def test_a_long_pause_is_not_filled_with_slow_words():
    """The next piece comes a minute later: the words before it are not a minute late."""
    said = (Piece(0, "One two three "), Piece(60 * 24_000, "four"))
    assert heard_so_far(said, 3 * 24_000) == "One two three"


def test_a_word_may_come_in_two_pieces():
    said = (Piece(0, "Hel"), Piece(24_000, "lo there"))
    assert heard_so_far(said, 0) == "Hello"


@given(pieces, st.integers(0, 100_000), st.integers(0, 100_000))
def test_more_is_shown_as_time_goes_on_and_never_less(parts, early, late):
    said = tuple(Piece(at, text) for at, text in sorted(parts, key=lambda part: part[0]))
    early, late = sorted((early, late))
    assert heard_so_far(said, late).startswith(heard_so_far(said, early))


def test_of_a_long_reply_only_the_words_near_the_playhead_are_timed():
    said = tuple(Piece(12_000 * n, f"word{n} and ") for n in range(200))
    shown = heard_so_far(said, 12_000 * 150)
    assert shown.split()[-1] == "word150"
    assert shown == "".join(piece.text for piece in said[:150]) + "word150"
    assert len(word_times.__wrapped__(said[118:152]).starts) < 100
    assert heard_so_far(said, 10**9) == "".join(piece.text for piece in said).strip()
