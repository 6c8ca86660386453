"""What nobody could use is counted by name, and the names are bounded."""

from kiosk.core.oddities import MAX_NAMES, OTHERS, Oddities


def test_each_name_is_new_once_and_counted():
    oddities = Oddities()
    for name in ("a", "b", "a"):
        oddities.note(name)
    assert oddities.counts == {"a": 2, "b": 1}
    assert oddities.new == ["a", "b"]


def test_names_beyond_the_bound_are_counted_together():
    oddities = Oddities()
    for n in range(MAX_NAMES + 30):
        oddities.note(str(n))
    oddities.note("0")
    assert len(oddities.counts) == MAX_NAMES + 1
    assert (oddities.counts[OTHERS], oddities.counts["0"]) == (30, 2)
    assert OTHERS not in oddities.new
