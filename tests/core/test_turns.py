"""How much of a turn's answers was heard."""

from kiosk.core.turns import Turn
from kiosk.formats import REPLY_HZ


def test_only_what_can_be_heard_counts_from_where_it_can():
    turn = Turn(1, 100.0, 0, played_s=0.5)
    assert turn.played_until(10**9) == 0.5
    turn.audible_start = 48_000
    assert turn.played_until(40_000) == 0.5
    assert turn.played_until(48_000 + 2 * REPLY_HZ) == 2.5
