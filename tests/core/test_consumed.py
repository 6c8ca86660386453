"""What an index stands for is learnt at a quiet moment, and only where it can be right."""

import pytest

from kiosk.core.consumed import Consumed


def learnt(index: int, sent: int) -> Consumed:
    consumed = Consumed()
    consumed.take(index, 1.0)
    consumed.learn(sent, 1.0, 2.5)
    return consumed


@pytest.mark.parametrize("base", [-1, 0, 1, 400])
def test_base_is_learnt_whatever_the_service_counts_from(base: int) -> None:
    assert learnt(60 + base, 60).take(75 + base, 3.0) == 75


def test_index_that_is_late_teaches_nothing() -> None:
    assert learnt(45, 60).take(60, 3.0) is None
